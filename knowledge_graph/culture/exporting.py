"""Collections as files others can use: CSV, Linked Art or IIIF manifests, one object a line.

Rule: a file is written beside its place and moved there whole, or not at all; memory does not grow with the collection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from commons.errors import BadInput
from commons.languages import load_messages
from commons.writing import output
from knowledge_graph.culture.record import CultureRecord

__all__ = ["FORMATS", "export"]

FORMATS = ("csv", "linked-art", "iiif")


def export(records: Iterable[CultureRecord], form: str, out: Path, base: str) -> int:
    """Write the records to `out`; gives their number. `base` is the platform's address.

    Raises BadInput for another format or no place for a file, Unavailable where it cannot be written.
    """
    if form not in FORMATS:
        raise BadInput(f"no format '{form}'", next=f"Take one of {', '.join(FORMATS)}.")
    count = 0

    def counted() -> Iterator[CultureRecord]:
        nonlocal count
        for record in records:
            count += 1
            yield record

    with output(out) as file:
        file.writelines(_lines(counted(), form, base))
    return count


def _lines(records: Iterator[CultureRecord], form: str, base: str) -> Iterator[bytes]:
    if form == "csv":
        from knowledge_graph.culture.table_csv import csv_lines

        yield from csv_lines(records)
    elif form == "linked-art":
        from knowledge_graph.culture.linked_art import linked_art

        yield from (_json(linked_art(record, base)) for record in records)
    else:
        from knowledge_graph.culture.iiif import manifest

        messages = load_messages()
        yield from (_json(manifest(record, base, messages)) for record in records)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
