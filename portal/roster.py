"""Class lists as spreadsheets save them: UTF-8, UTF-16 with its mark or GB 18030; commas, semicolons or tabs; any line ends.

One line is one person. What cannot be read is refused with its line and a reason, never guessed at and never swallowed.
Pure functions; a reason is a message key, so that it is told in the reader's language.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from portal.sheets import RISKY

__all__ = ["MOST_ROWS", "Refused", "Roster", "RosterRow", "read_roster"]

MOST_ROWS = 5000
NAME_LETTERS = 60
ACCOUNT = re.compile(r"[a-z](?:[a-z0-9]|-(?=[a-z0-9])){2,31}")
ACCOUNT_HEADS = frozenset({"account", "username", "user", "id", "账号", "账户", "用户名"})
NAME_HEADS = frozenset({"name", "姓名", "称呼"})
SEPARATORS = ",;\t"
QUOTED = re.compile(r' *"((?:[^"]|"")*)" *')
UNSEEN = ("Cc", "Zl", "Zp")  # control characters and line breaks of every kind


@dataclass(frozen=True)
class RosterRow:
    """One line of a roster; `name` may be ""."""

    account: str
    name: str


@dataclass(frozen=True)
class Refused:
    """What was not taken: its line from 1 (0: the whole file), the message key that says why, and the text it is about."""

    line: int
    key: str
    text: str = ""


@dataclass(frozen=True)
class Roster:
    """The people of a file, each once, and what was refused; of a file refused as a whole `rows` is empty."""

    rows: tuple[RosterRow, ...] = ()
    refused: tuple[Refused, ...] = ()


def read_roster(data: bytes) -> Roster:
    """The people a file names. Never raises: every fault is in `refused`."""
    text = _text(data)
    if text is None:
        return _whole("portal.roster.encoding")
    lines = [(number, line) for number, line in enumerate(_lines(text), 1) if line.strip(SEPARATORS + " ")]
    separator = next((mark for _, line in lines if (mark := _separator(line))), ",")
    account_at, name_at, first = _columns(fields_of(lines[0][1], separator) or [] if lines else [])
    if len(lines) - first > MOST_ROWS:
        return _whole("portal.roster.many", str(MOST_ROWS))
    found: dict[str, RosterRow] = {}
    refused = []
    for number, line in lines[first:]:
        row = _row(fields_of(line, separator), account_at, name_at)
        if isinstance(row, RosterRow):
            found.setdefault(row.account, row)
        else:
            refused.append(Refused(number, row[0], row[1]))
    if not found and not refused:
        return _whole("portal.roster.nobody")
    return Roster(tuple(found.values()), tuple(refused))


def fields_of(line: str, separator: str) -> list[str] | None:
    """The cells of one line; None when its quotation marks do not pair up.

    >>> fields_of('lin,"Lin, Xiao"', ","), fields_of('lin,"open', ","), fields_of("lin;", ";")
    (['lin', 'Lin, Xiao'], None, ['lin', ''])
    """
    cells, at = [], 0
    while True:
        quoted = QUOTED.match(line, at)
        end = line.find(separator, at)
        if quoted:
            cells.append(quoted[1].replace('""', '"'))
            at = quoted.end()
        else:
            cell = line[at : end if end >= 0 else None]
            if '"' in cell:
                return None
            cells.append(cell)
            at += len(cell)
        if at == len(line):
            return cells
        if line[at] != separator:
            return None
        at += 1


def _row(cells: Sequence[str] | None, account_at: int, name_at: int) -> RosterRow | tuple[str, str]:
    """The person of a line, or why there is none: a message key and the text it is about."""
    if cells is None:
        return "portal.roster.quotes", ""
    account, name = _cell(cells, account_at).lower(), _cell(cells, name_at)
    if not ACCOUNT.fullmatch(account):
        return "portal.roster.account", account[:40]
    if any(unicodedata.category(letter) in UNSEEN for letter in name):
        return "portal.roster.name", account
    return RosterRow(account, name[:NAME_LETTERS])


def _whole(key: str, text: str = "") -> Roster:
    return Roster(refused=(Refused(0, key, text),))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _separator(line: str) -> str:
    """The first separator outside quotation marks, or ""; an account holds none, so what stands after it is the file's own."""
    return next((letter for letter in re.sub(r'"[^"]*"', "", line) if letter in SEPARATORS), "")


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


def _text(data: bytes) -> str | None:
    """The text, or None when it is in none of the encodings."""
    marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None
