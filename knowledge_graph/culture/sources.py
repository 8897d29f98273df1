"""Where objects can come from: each source with its museum, the shapes it is published in, and who reads a row of it.

Adding a museum means a module with one function and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from commons.errors import BadInput, NotFound
from knowledge_graph.culture import carnegie, cleveland, met, table_csv
from knowledge_graph.culture.linked_art_read import read_linked_art
from knowledge_graph.culture.reading import CHUNK, Raw, csv_rows, json_objects
from knowledge_graph.culture.record import CultureRecord
from knowledge_graph.near import did_you_mean

__all__ = ["SOURCES", "Source", "rows_of", "source_named"]

Read = Callable[[Mapping[str, Any], str], CultureRecord]


@dataclass(frozen=True)
class Source:
    """`columns` must all be in a CSV's header; None where the source publishes no CSV. `has_json` says whether JSON is read."""

    name: str
    museum: str
    read: Read
    columns: frozenset[str] | None
    has_json: bool


SOURCES: Mapping[str, Source] = {
    one.name: one
    for one in (
        Source("carnegie", carnegie.MUSEUM, carnegie.read_carnegie, None, True),
        Source("cleveland", cleveland.MUSEUM, cleveland.read_cleveland, cleveland.CSV_COLUMNS, True),
        Source("met", met.MUSEUM, met.read_met, met.CSV_COLUMNS, False),
        Source("shuyuan", "an export of this platform", table_csv.read_row, frozenset(table_csv.COLUMNS), False),
        Source("linked-art", "Linked Art 1.0 documents", read_linked_art, None, True),
    )
}


def source_named(name: str) -> Source:
    """The source of that name. Raises NotFound with the nearest one."""
    if name not in SOURCES:
        near = did_you_mean(name, SOURCES)
        raise NotFound(f"no museum source '{name}'", where=", ".join(SOURCES), next=near or "Take one of these.")
    return SOURCES[name]


def rows_of(source: Source, file: BinaryIO) -> Iterator[Raw]:
    """The rows of a file in one of the source's shapes, told apart by how it begins. Raises BadInput for another shape.

    A CSV's header is checked and not among the rows.
    """
    head = file.read(CHUNK)
    file.seek(0)
    if not head.strip():
        raise BadInput("the file is empty", next="Give the file as the museum publishes it.")
    if head.startswith(b"version https://git-lfs"):
        raise BadInput("this is a Git LFS pointer, not the data", next="Fetch the file itself: git lfs pull.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput("the file is UTF-16", next="Save it as UTF-8.")
    is_json = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    if is_json and source.has_json:
        return json_objects(file)
    if is_json or source.columns is None:
        wanted = "JSON" if source.columns is None else "CSV"
        raise BadInput(f"the file is not {wanted}", next=f"'{source.name}' is published as {wanted}.")
    return _checked(csv_rows(file), source.columns)


def _checked(rows: Iterator[Raw], columns: frozenset[str]) -> Iterator[Raw]:
    header = next(rows, None)
    named = header.value if header and isinstance(header.value, list) else []
    if missing := sorted(columns - set(named)):
        raise BadInput(
            f"the header lacks {', '.join(missing)}", where="line 1", next="Give the file as the museum publishes it."
        )
    if len(set(named)) < len(named):
        twice = sorted({name for name in named if named.count(name) > 1})
        raise BadInput(f"the header has {', '.join(twice)} twice", where="line 1")
    yield from rows
