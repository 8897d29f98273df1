"""The collections as one CSV table that carries everything a record says, and back without loss.

Rule: no cell can run as a formula in a spreadsheet: text that might, or that begins with the mark itself, gets an apostrophe
in front, and reading takes exactly one away. Lists and maps are JSON in their cell.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from commons.errors import BadInput
from knowledge_graph.culture.record import CultureRecord, from_json, to_json
from knowledge_graph.culture.words import whole

__all__ = ["COLUMNS", "csv_lines", "read_row"]

# A formula begins with one of these or its full-width twin, perhaps behind a gap.
RISKY = re.compile(r"^[\s\ufeff\u200b-\u200f\u2060]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n']")
TEXT = ("source", "name", "source_id", "accession", "museum", "url", "title_language", "kind", "date", "period", "dynasty",
        "culture", "medium", "classification", "department", "dimensions", "credit", "raw")  # fmt: skip
NUMBERS = ("earliest", "latest", "withheld")
NESTED = ("title", "makers", "places", "materials", "rights", "image_rights", "identifiers", "images")
COLUMNS = (*TEXT[:6], "title", *TEXT[6:], *NUMBERS, *NESTED[1:])


def csv_lines(records: Iterable[CultureRecord]) -> Iterator[bytes]:
    """The table a line at a time, the header first, in UTF-8 with the mark that makes Excel read it as such."""
    yield b"\xef\xbb\xbf" + _line(COLUMNS)
    for record in records:
        yield _line([_cell(key, value) for key, value in _ordered(to_json(record))])


def read_row(row: Mapping[str, Any], raw: str) -> CultureRecord:
    """The record of one row; the hash it carries is kept. Raises BadInput where a cell cannot be read."""
    found: dict[str, Any] = {key: _plain(str(row[key])) for key in TEXT}
    for key in NUMBERS:
        cell = _plain(str(row[key]))
        found[key] = whole(cell)
        if cell and found[key] is None:
            raise BadInput(f"{key} is {cell[:40]!r}, wanted a whole number")
    found["withheld"] = found["withheld"] or 0
    for key in NESTED:
        try:
            found[key] = json.loads(_plain(str(row[key])))
        except ValueError as error:
            raise BadInput(f"{key} is not JSON") from error
    try:
        return from_json(found)
    except (TypeError, ValueError) as error:
        raise BadInput(f"a cell has another shape than this table's ({error})") from error


def _ordered(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((key, values[key]) for key in COLUMNS)


def _cell(key: str, value: Any) -> str:
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if key in NESTED else str(value)
    return "'" + text if RISKY.match(text) and key not in NUMBERS else text


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") else cell


def _line(cells: Iterable[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()
