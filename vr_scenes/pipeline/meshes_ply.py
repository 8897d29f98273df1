"""Reads a PLY mesh: ASCII, binary of either order; normals, colours and texture coordinates kept.

The rule kept here: the header is not believed. The bytes that it promises are held against those that are there before an
array is made; a face names only vertices that are there. Colours are taken as sRGB, as scanners write them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput, ShuyuanError, TooLarge
from vr_scenes.pipeline.meshes_files import beside, read_bounded
from vr_scenes.pipeline.meshes_model import Caps, Look, Model, Surface, joined
from vr_scenes.pipeline.pictures import linear

__all__ = ["Element", "read_ply", "read_ply_header"]

_KINDS = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
_NEXT = "Export the model again; it is damaged."


@dataclass(frozen=True)
class Element:
    """An element of the header: its name, count and properties (name, kind, kind of the list's length or "")."""

    name: str
    count: int
    properties: tuple[tuple[str, str, str], ...]


def read_ply_header(data: bytes, name: str) -> tuple[str, list[Element], int, list[str]]:
    """Format, elements, where the body begins, and the comments. Raises BadInput for what is no whole header."""
    end = data.find(b"end_header", 0, 1 << 16)
    if not data.startswith(b"ply") or end < 0:
        raise BadInput("it has no whole PLY header", where=name, next=_NEXT)
    start = data.index(b"\n", end) + 1 if b"\n" in data[end : end + 16] else end + 11
    form, elements, comments = "", [], []
    for number, line in enumerate(data[:end].decode("ascii", "replace").splitlines(), 1):
        words = line.split()
        try:
            if words[:1] == ["format"]:
                form = words[1]
            elif words[:1] == ["comment"]:
                comments.append(line[8:].strip())
            elif words[:1] == ["element"]:
                elements.append(Element(words[1], int(words[2]), ()))
            elif words[:1] == ["property"]:
                held = (
                    (words[4], _KINDS[words[3]], _KINDS[words[2]])
                    if words[1] == "list"
                    else (words[2], _KINDS[words[1]], "")
                )
                elements[-1] = Element(elements[-1].name, elements[-1].count, (*elements[-1].properties, held))
        except (LookupError, ValueError) as error:
            raise BadInput(f"header line {number}: '{line[:60]}' cannot be read", where=name, next=_NEXT) from error
    if form not in ("ascii", "binary_little_endian", "binary_big_endian"):
        raise BadInput(f"its format is '{form}'", where=name, next="Export it as ASCII or binary PLY.")
    if any(one.count < 0 for one in elements):
        raise BadInput("an element's count is negative", where=name, next=_NEXT)
    return form, elements, start, comments


def read_ply(path: Path, caps: Caps | None = None) -> Model:
    """The mesh of a .ply file. Raises BadInput (found, where, what next)."""
    caps = caps or Caps()
    data = read_bounded(path, caps.file_bytes)
    form, elements, at, comments = read_ply_header(data, path.name)
    if any(one.count > 3 * caps.triangles for one in elements):
        raise TooLarge("its header promises more than can be", where=path.name, next="Split the model.")
    reader = _Ascii(data[at:], path.name) if form == "ascii" else _Binary(data, at, form, path.name)
    tables = {one.name: reader.table(one) for one in elements}
    vertex = tables.get("vertex", {})
    if not {"x", "y", "z"} <= set(vertex):
        raise BadInput("its vertices have no x, y and z", where=path.name, next=_NEXT)
    corners, seams = _faces(tables.get("face", {}), path.name, len(vertex["x"]))
    notes: list[str] = []
    pictures = _pictures(comments, path, notes)
    surface = _surface(vertex, corners, seams)
    look = Look(rough=0.9, pictures={"base": 0} if pictures and surface.uvs is not None else {})
    return Model(joined([surface], path.name, caps), (look,), tuple(pictures if look.pictures else ()), tuple(notes))


class _Ascii:
    def __init__(self, body: bytes, name: str) -> None:
        self.lines, self.at, self.name = body.decode("ascii", "replace").splitlines(), 0, name

    def table(self, element: Element) -> dict[str, Any]:
        """Each property's values; a list property's as a list of arrays."""
        if self.at + element.count > len(self.lines):
            told = f"it promises {element.count} of '{element.name}' and is cut off after {len(self.lines) - self.at}"
            raise BadInput(told, where=self.name, next=_NEXT)
        made: dict[str, list[Any]] = {name: [] for name, _, _ in element.properties}
        for number in range(element.count):
            words = self.lines[self.at + number].split()
            try:
                for name, _, length in element.properties:
                    if length:
                        size = int(words[0])
                        made[name].append([float(word) for word in words[1 : 1 + size]])
                        if size < 0 or len(made[name][-1]) != size:
                            raise ValueError
                        words = words[1 + size :]
                    else:
                        made[name].append(float(words[0]))
                        words = words[1:]
            except (ValueError, IndexError) as error:
                told = f"{element.name} {number} cannot be read"
                raise BadInput(told, where=self.name, next=_NEXT) from error
        self.at += element.count
        return {
            name: made[name] if length else np.array(made[name], kind if kind[0] == "f" else "f8").astype(kind)
            for name, kind, length in element.properties
        }


class _Binary:
    def __init__(self, data: bytes, at: int, form: str, name: str) -> None:
        self.data, self.at, self.name = data, at, name
        self.order = "<" if form == "binary_little_endian" else ">"

    def table(self, element: Element) -> dict[str, Any]:
        if not element.properties:
            return {}
        if not any(length for _, _, length in element.properties):
            return self._plain(element)
        return self._lists(element)

    def _plain(self, element: Element) -> dict[str, Any]:
        row = np.dtype([(f"{number}", self.order + kind) for number, (_, kind, _) in enumerate(element.properties)])
        self._ensure(element, row.itemsize * element.count)
        rows = np.frombuffer(self.data, row, element.count, self.at)
        self.at += row.itemsize * element.count
        return {name: rows[f"{number}"] for number, (name, _, _) in enumerate(element.properties)}

    def _lists(self, element: Element) -> dict[str, Any]:
        """Faces: all at once where each list has the length of the first, else one by one."""
        self._ensure(element, element.count)
        first = self._row_lengths(element)
        if first is not None:
            return first
        made: dict[str, list[Any]] = {name: [] for name, _, _ in element.properties}
        for number in range(element.count):
            for name, kind, length in element.properties:
                size = int(self._take(length, 1, element, number)[0]) if length else 1
                made[name].append(self._take(kind, size, element, number))
        return {name: made[name] for name, _, _ in element.properties}

    def _row_lengths(self, element: Element) -> dict[str, Any] | None:
        if not element.count:
            return {name: [] for name, _, _ in element.properties}
        start, lengths, fields = self.at, [], []
        for number, (_, kind, length) in enumerate(element.properties):
            size = int(self._take(length, 1, element, 0)[0]) if length else 1
            self._take(kind, size, element, 0)
            lengths.append(size)
            fields += [(f"n{number}", self.order + length)] if length else []
            fields.append((f"v{number}", self.order + kind, (size,)))  # type: ignore[arg-type]
        self.at = start
        row = np.dtype(fields)
        if row.itemsize * element.count > len(self.data) - start:
            return None
        rows = np.frombuffer(self.data, row, element.count, start)
        for number, (_, _, length) in enumerate(element.properties):
            if length and (rows[f"n{number}"] != lengths[number]).any():
                return None
        self.at += row.itemsize * element.count
        return {name: rows[f"v{number}"] for number, (name, _, _) in enumerate(element.properties)}

    def _take(self, kind: str, size: int, element: Element, number: int) -> NDArray[Any]:
        row = np.dtype(self.order + kind)
        if size < 0 or self.at + size * row.itemsize > len(self.data):
            told = f"{element.name} {number}: a list of {size} goes beyond the end of the file"
            raise BadInput(told, where=self.name, next=_NEXT)
        made = np.frombuffer(self.data, row, size, self.at)
        self.at += size * row.itemsize
        return made

    def _ensure(self, element: Element, size: int) -> None:
        if self.at + size > len(self.data):
            told = (f"it promises {element.count} of '{element.name}' ({size} bytes from byte {self.at}) "
                    f"and has {len(self.data) - self.at}")  # fmt: skip
            raise BadInput(told, where=self.name, next=_NEXT)


def _faces(table: dict[str, Any], name: str, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64] | None]:
    """(m, 3) vertex numbers, and (m, 3, 2) coordinates where faces carry them."""
    lists = table.get("vertex_indices", table.get("vertex_index"))
    if lists is None or not len(lists):
        raise BadInput("it has no faces", where=name, next="Give it as points, or export the surface.")
    seams = table.get("texcoord")
    if isinstance(lists, np.ndarray) and lists.shape[1] == 3:
        corners = lists.astype(np.int64)
        flat = seams if isinstance(seams, np.ndarray) and seams.shape[1] == 6 else None
        return corners, None if flat is None else flat.reshape(-1, 3, 2).astype(np.float64)
    made, coordinates = [], []
    for number, ring in enumerate(lists):
        rim = [] if seams is None else list(seams[number])
        for at in range(1, len(ring) - 1):
            made.append((int(ring[0]), int(ring[at]), int(ring[at + 1])))
            if len(rim) == 2 * len(ring):
                coordinates.append([rim[2 * one : 2 * one + 2] for one in (0, at, at + 1)])
    return np.array(made, np.int64).reshape(-1, 3), np.array(coordinates) if len(coordinates) == len(
        made
    ) and made else None


def _surface(vertex: dict[str, Any], corners: NDArray[np.int64], seams: NDArray[np.float64] | None) -> Surface:
    def columns(*names: str) -> NDArray[np.float64] | None:
        if not set(names) <= set(vertex):
            return None
        return np.stack([np.asarray(vertex[name], np.float64) for name in names], axis=1)

    positions, normals = columns("x", "y", "z"), columns("nx", "ny", "nz")
    assert positions is not None
    uvs = next(
        (
            found
            for pair in (("s", "t"), ("u", "v"), ("texture_u", "texture_v"))
            if (found := columns(*pair)) is not None
        ),
        None,
    )
    colours = columns("red", "green", "blue")
    if colours is not None:
        whole = np.asarray(vertex["red"]).dtype.kind in "ui"
        colours = np.concatenate(
            [linear(np.clip(colours / (255 if whole else 1), 0, 1)), np.ones((len(colours), 1))], axis=1
        )
    if seams is not None and corners.size and corners.min() >= 0 and corners.max() < len(positions):
        keys = np.concatenate([corners.reshape(-1, 1).astype(np.float64), seams.reshape(-1, 2)], axis=1)
        rows, numbers = np.unique(keys, axis=0, return_inverse=True)
        old = rows[:, 0].astype(np.int64)
        positions, corners, uvs = positions[old], numbers.reshape(-1, 3), rows[:, 1:]
        normals = None if normals is None else normals[old]
        colours = None if colours is None else colours[old]
    if uvs is not None:
        # PLY's origin is the lower left, glTF's the upper left.
        uvs = uvs * [1, -1] + [0, 1]
    return Surface(positions, corners, 0, normals, uvs, colours)


def _pictures(comments: list[str], path: Path, notes: list[str]) -> list[bytes]:
    """The picture that a comment names (MeshLab's TextureFile)."""
    for comment in comments:
        if comment.lower().startswith("texturefile"):
            name = comment[len("TextureFile") :].strip()
            try:
                return [read_bounded(beside(path.parent, name, path.name), 1 << 30)]
            except ShuyuanError as error:
                if "leads out" in error.found:
                    raise
                notes.append(f"its picture '{name[:60]}' is not there")
    return []
