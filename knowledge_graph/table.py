"""The graph as one CSV table, a statement a row, and back without loss.

A value that a spreadsheet would take for a formula is written with an apostrophe before it, which reading takes off.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from commons.errors import BadInput
from knowledge_graph.model import TIE_RELATIONS, Graph
from knowledge_graph.near import did_you_mean
from knowledge_graph.statements import Key, graph_of, statements

__all__ = ["COLUMNS", "read_table", "write_table"]

COLUMNS = ("thing", "id", "to", "field", "language", "value")
SETS = frozenset({"alt", "broader", "related", "exact", "same"})
FIELDS: dict[str, tuple[str, ...]] = {
    "area": ("", "label"),
    "concept": ("area", "label", "definition", "alt", "broader", "related", "exact"),
    "prerequisite": ("author", "method", "confidence", "confirmed_by"),
    "entity": ("kind", "label", "note", "same"),
    "tie": TIE_RELATIONS,
}
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def write_table(graph: Graph) -> str:
    """`graph` as CSV in UTF-8 with the columns COLUMNS, one statement a row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for key, value in statements(graph).items():
        row = [key.thing, key.id, key.to, key.field, key.language, key.member or value]
        writer.writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in row])
    return out.getvalue()


def read_table(text: str) -> tuple[Graph, list[str]]:
    """The graph that a table says, unchecked, and what is wrong with its rows. Raises BadInput without a header."""
    faults: list[str] = []
    said: dict[Key, str] = {}
    try:
        for number, key, value in _rows(text, faults):
            if key in said:
                faults.append(f"row {number}: {key.told()} is there twice")
            said[key] = value
    except csv.Error as error:
        raise BadInput(f"this is not CSV: {error}", next="Check that the file is whole.") from error
    return graph_of(said), faults


def _rows(text: str, faults: list[str]) -> Iterator[tuple[int, Key, str]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    if tuple(next(reader, ())) != COLUMNS:
        raise BadInput(f"the first row is not {','.join(COLUMNS)}", next="Take the columns of `graph export csv`.")
    for row in reader:
        place = f"row {reader.line_num}"
        if len(row) != len(COLUMNS):
            faults.append(f"{place}: {len(row)} cells, wanted {len(COLUMNS)}")
            continue
        thing, name, to, field, language, value = (cell[1:] if cell.startswith("'") else cell for cell in row)
        if thing not in FIELDS or field not in FIELDS[thing]:
            wrong, known = (thing, tuple(FIELDS)) if thing not in FIELDS else (field, FIELDS[thing])
            faults.append(
                f"{place}: '{wrong[:40]}' is none of {', '.join(known)}. {did_you_mean(wrong, known)}".rstrip()
            )
            continue
        if field == "confidence" and not _is_number(value):
            faults.append(f"{place}: confidence '{value[:40]}' is no number")
            continue
        member = value if field in SETS else ""
        yield reader.line_num, Key(thing, name, to, field, language, member), "" if member else value


def _is_number(text: str) -> bool:
    try:
        return float(text) == float(text)
    except ValueError:
        return False
