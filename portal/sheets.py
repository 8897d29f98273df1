"""Tables as CSV, both ways: what leaves cannot run as a formula in a spreadsheet.

What comes in may be UTF-8 or the GB 18030 that Excel in China writes.

Pure functions; people, courses and marks are the caller's business.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from commons.errors import Faults, TooLarge

__all__ = ["MOST_ROWS", "RosterRow", "read_roster", "safe_cell", "write_csv"]

MOST_ROWS = 5000
ACCOUNT = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){2,31}")
# Characters that make a spreadsheet take a cell for a formula, their full-width twins, and those that hide one behind a gap.
RISKY = re.compile(r"^[\s\ufeff\u200b-\u200f\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]")
ACCOUNT_HEADS = frozenset({"account", "username", "user", "id", "账号", "账户", "用户名"})
NAME_HEADS = frozenset({"name", "姓名", "称呼"})


@dataclass(frozen=True)
class RosterRow:
    """One line of a roster; `name` may be ""."""

    account: str
    name: str


def safe_cell(value: object) -> object:
    """Numbers as they are; text that a spreadsheet might run gets an apostrophe in front.

    >>> safe_cell("=1+1"), safe_cell("林"), safe_cell(-2), safe_cell(None)
    ("'=1+1", '林', -2, '')
    """
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value
    text = str(value)
    return "'" + text if RISKY.match(text) else text


def write_csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table as UTF-8 with a mark that makes Excel read it as such."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe_cell(cell) for cell in head])
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def read_roster(data: bytes) -> list[RosterRow]:
    """The people a roster names. Raises Faults with every bad line, TooLarge above MOST_ROWS."""
    lines = [row for row in csv.reader(io.StringIO(_text(data))) if any(cell.strip() for cell in row)]
    if len(lines) > MOST_ROWS:
        raise TooLarge(f"the roster has {len(lines)} lines", next=f"At most {MOST_ROWS} at once; split it.")
    account_at, name_at, first = _columns(lines[0] if lines else [])
    found: dict[str, RosterRow] = {}
    faults = []
    for number, row in enumerate(lines[first:], first + 1):
        account = _cell(row, account_at).lower()
        if ACCOUNT.fullmatch(account):
            found[account] = RosterRow(account, _cell(row, name_at)[:60])
        else:
            faults.append(f"line {number}: {account[:40]!r} is not an account name")
    if faults or not found:
        raise Faults(faults or ["the file names nobody"], where="roster", next="One account a line, then its name.")
    return list(found.values())


def _columns(head: Sequence[str]) -> tuple[int, int, int]:
    """Where the account and the name stand, and the first line that holds people."""
    names = [cell.strip().lower() for cell in head]
    account = next((at for at, name in enumerate(names) if name in ACCOUNT_HEADS), -1)
    if account < 0:
        return 0, 1, 0
    return account, next((at for at, name in enumerate(names) if name in NAME_HEADS), -1), 1


def _cell(row: Sequence[str], at: int) -> str:
    text = row[at].strip() if 0 <= at < len(row) else ""
    return text[1:] if text.startswith("'") and RISKY.match(text[1:]) else text


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding).replace("\0", "")
        except UnicodeDecodeError:
            continue
    raise Faults(["the file is neither UTF-8 nor GB 18030 text"], where="roster", next="Save it as CSV, UTF-8.")
