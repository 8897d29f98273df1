"""Tables as CSV that people take along: what leaves cannot run as a formula in a spreadsheet.

Pure functions; people, courses and marks are the caller's business. What comes in is read by portal.roster.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

__all__ = ["RISKY", "safe_cell", "write_csv"]

# Characters that make a spreadsheet take a cell for a formula, their full-width twins, and those that hide one behind a gap.
RISKY = re.compile(r"^[\s\ufeff\u200b-\u200f\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]")


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
