"""Where objects can come from: each source with its museum, the shapes it is published in, and who reads a row of it.

Adding a museum means a module with one function and one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO

from commons.errors import BadInput, NotFound
from knowledge_graph.culture import carnegie, cleveland, met, table_csv
from knowledge_graph.culture.linked_art_read import JSON_KEYS, read_linked_art
from knowledge_graph.culture.reading import CHUNK, Raw, csv_rows, json_objects
from knowledge_graph.culture.record import CultureRecord
from knowledge_graph.near import did_you_mean

__all__ = ["SOURCES", "Source", "rows_of", "source_named"]

Read = Callable[[Mapping[str, Any], str], CultureRecord]
# So many rows tell whose file it is.
FIRST = 20


@dataclass(frozen=True)
class Source:
    """`columns` must all be in a CSV's header; None where the source publishes no CSV. `keys` are in every object of its
    JSON and in no other source's; None where it publishes no JSON.
    """

    name: str
    museum: str
    read: Read
    columns: frozenset[str] | None
    keys: frozenset[str] | None


SOURCES: Mapping[str, Source] = {
    one.name: one
    for one in (
        Source("carnegie", carnegie.MUSEUM, carnegie.read_carnegie, None, carnegie.JSON_KEYS),
        Source("cleveland", cleveland.MUSEUM, cleveland.read_cleveland, cleveland.CSV_COLUMNS, cleveland.JSON_KEYS),
        Source("met", met.MUSEUM, met.read_met, met.CSV_COLUMNS, None),
        Source("shuyuan", "an export of this platform", table_csv.read_row, frozenset(table_csv.COLUMNS), None),
        Source("linked-art", "Linked Art 1.0 documents", read_linked_art, None, JSON_KEYS),
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
    if is_json and source.keys is not None:
        return _own(json_objects(file), source)
    if is_json or source.columns is None:
        wanted = "JSON" if source.columns is None else "CSV"
        found = _named(json_objects(file) if is_json else csv_rows(file))
        then = _other(found) or f"'{source.name}' is published as {wanted}."
        raise BadInput(f"the file is not {wanted}", next=then)
    return _checked(csv_rows(file), source.columns)


def _own(rows: Iterator[Raw], source: Source) -> Iterator[Raw]:
    """The rows, where one of the first has the source's own keys or none of them can be read. Raises BadInput otherwise."""
    first = list(islice(rows, FIRST))
    keys = source.keys or frozenset()
    read = [frozenset(map(str, raw.value)) for raw in first if isinstance(raw.value, dict)]
    if read and not any(keys <= found for found in read):
        missing = sorted(keys - max(read, key=lambda found: len(keys & found)))
        raise BadInput(
            f"no object has {', '.join(missing)}",
            where=f"the first {len(read)} of the file",
            next=_other(_named(iter(first))) or f"Give the file as {source.museum} publishes it.",
        )
    return chain(first, rows)


def _named(rows: Iterator[Raw]) -> frozenset[str]:
    """The keys of the first row that can be read, or a CSV's header."""
    for raw in islice(rows, FIRST):
        if isinstance(raw.value, dict | list):
            return frozenset(map(str, raw.value))
    return frozenset()


def _other(found: frozenset[str]) -> str:
    """Whose file it is, as what to do next; "" where nothing tells."""
    for source in SOURCES.values():
        if any(own and own <= found for own in (source.keys, source.columns)):
            told = f"This looks like a file of {source.museum}"
            return f"{told}: shuyuan graph import-museum {source.name} FILE."
    return ""


def _checked(rows: Iterator[Raw], columns: frozenset[str]) -> Iterator[Raw]:
    header = next(rows, None)
    named = header.value if header and isinstance(header.value, list) else []
    if missing := sorted(columns - set(named)):
        then = _other(frozenset(named)) or "Give the file as the museum publishes it."
        raise BadInput(f"the header lacks {', '.join(missing)}", where="line 1", next=then)
    if len(set(named)) < len(named):
        twice = sorted({name for name in named if named.count(name) > 1})
        raise BadInput(f"the header has {', '.join(twice)} twice", where="line 1")
    yield from rows
