"""The points of a PLY, ascii or binary: the header is read by our own eyes, and held against the file's length.

The rule kept here: only the vertex element is read; what lies before it must have a known length. Source: G. Turk, The PLY
Polygon File Format, 1994.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from commons.errors import BadInput
from vr_scenes.pipeline.points_rows import Rows
from vr_scenes.pipeline.points_text import numbers_to_file

__all__ = ["PlyElement", "PlyHeader", "open_ply", "read_ply_header"]

_KINDS = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2", "uint16": "u2",
    "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4", "double": "f8", "float64": "f8",
}  # fmt: skip
_FORMATS = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}
_HEADER_BYTES = 65536
_COLOURS = (("red", "green", "blue"), ("r", "g", "b"), ("diffuse_red", "diffuse_green", "diffuse_blue"))
_INTENSITIES = ("intensity", "scalar_Intensity", "scalar_intensity", "reflectance")
_EXPORT = "Export it again as binary PLY."


@dataclass(frozen=True)
class PlyElement:
    """`fields` are (name, numpy kind); None for a list, whose rows have no fixed length."""

    name: str
    count: int
    fields: dict[str, str | None] = field(default_factory=dict)

    def dtype(self, order: str) -> np.dtype[np.void]:
        """Of one row; only where there is no list."""
        return np.dtype([(name, order + str(kind)) for name, kind in self.fields.items()])


@dataclass(frozen=True)
class PlyHeader:
    """`order` is numpy's byte order, empty for text; `start` the byte after the header."""

    order: str
    start: int
    elements: tuple[PlyElement, ...]


def read_ply_header(path: Path) -> PlyHeader:
    """The header of a PLY. Raises BadInput."""
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    end = head.find(b"end_header")
    line_end = head.find(b"\n", end)
    if not head.startswith(b"ply") or end < 0 or line_end < 0:
        raise BadInput("not a PLY, or its header does not end", where=f"{path.name}, byte {len(head)}", next=_EXPORT)
    order, elements = "?", list[PlyElement]()
    for number, line in enumerate(head[:end].decode("latin-1").splitlines()):
        words = line.split()
        where = f"{path.name}, line {number + 1}"
        try:
            if words[:1] == ["format"]:
                order = _FORMATS[words[1]]
            elif words[:1] == ["element"]:
                elements.append(PlyElement(words[1], int(words[2])))
            elif words[:2] == ["property", "list"]:
                elements[-1].fields[words[4]] = None
            elif words[:1] == ["property"]:
                if words[2] in elements[-1].fields:
                    raise BadInput(f"'{words[2][:60]}' twice", where=where, next=_EXPORT)
                elements[-1].fields[words[2]] = _KINDS[words[1]]
        except (IndexError, KeyError, ValueError) as error:
            raise BadInput(f"'{line[:60]}' is not understood", where=where, next=_EXPORT) from error
    if order == "?" or any(one.count < 0 for one in elements):
        raise BadInput("no format, or a count below nought", where=path.name, next=_EXPORT)
    return PlyHeader(order, line_end + 1, tuple(elements))


def open_ply(path: Path, work: Path, most: int) -> Rows:
    """The vertices of a PLY as rows; text is first turned into bytes in `work`. Raises BadInput."""
    header = read_ply_header(path)
    names = [one.name for one in header.elements]
    if "vertex" not in names:
        raise BadInput("no element 'vertex'", where=path.name, next=_EXPORT)
    before, vertex = header.elements[: names.index("vertex")], header.elements[names.index("vertex")]
    if any(None in one.fields.values() for one in (*before, vertex)) or not {"x", "y", "z"} <= set(vertex.fields):
        raise BadInput("vertices without x, y, z, or with lists at or before them", where=path.name, next=_EXPORT)
    if not 0 < vertex.count <= most:
        raise BadInput(
            f"{vertex.count:,} points; 1 to {most:,} are taken", where=path.name, next="Cut the cloud in parts."
        )
    size = path.stat().st_size
    if header.order:
        start = header.start + sum(one.count * one.dtype(header.order).itemsize for one in before)
        dtype, place = vertex.dtype(header.order), path
        room = max(0, size - start) // dtype.itemsize
    else:
        # The shortest row of text: a digit and a space for each value.
        room = (size - header.start + 1) // (2 * len(vertex.fields))
        start = 0
    if vertex.count > room:
        raise BadInput(f"the header says {vertex.count:,} points, and the file has room for {room:,}",
                       where=f"{path.name}, byte {header.start}", next="It was cut off: copy it again.")  # fmt: skip
    if not header.order:
        place = work / "rows.bin"
        skip = sum(one.count for one in before)
        numbers_to_file(path, header.start, len(vertex.fields), vertex.count, place, skip)
        dtype = np.dtype([(name, "<f8") for name in vertex.fields])
    colour = next((one for one in _COLOURS if set(one) <= set(vertex.fields)), ())
    white = (
        {"u1": 255.0, "u2": 65535.0, "f4": 1.0, "f8": 1.0}.get(str(vertex.fields[colour[0]]), 255.0)
        if colour
        else 255.0
    )
    intensity = next((one for one in _INTENSITIES if one in vertex.fields), "")
    return Rows(place, path.name, start, dtype, vertex.count, colour, white, intensity)
