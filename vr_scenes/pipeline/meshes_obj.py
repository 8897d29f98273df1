"""Reads Wavefront OBJ with its MTL: corners become vertices, polygons fans, negative numbers count from the end.

The rule kept here: a line that says more than it has, or names what is not there, is refused with its number. Materials and
pictures that lie beside the file are taken; one that is missing is a note, since the shape stands without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput, ShuyuanError, TooLarge
from vr_scenes.pipeline.meshes_files import beside, read_bounded
from vr_scenes.pipeline.meshes_model import Caps, Look, Model, Surface, joined
from vr_scenes.pipeline.pictures import linear

__all__ = ["read_obj"]

_POLYGON = 1024  # corners of one face


@dataclass
class _Found:
    """What the lines have said so far; rows of v, vt and vn, and for each material its corners (v, vt, vn), −1 for none."""

    name: str
    caps: Caps
    v: list[list[float]] = field(default_factory=list)
    vt: list[list[float]] = field(default_factory=list)
    vn: list[list[float]] = field(default_factory=list)
    corners: dict[str, list[tuple[int, int, int]]] = field(default_factory=dict)
    libraries: list[str] = field(default_factory=list)
    look: str = ""

    def refuse(self, number: int, told: str) -> BadInput:
        return BadInput(f"line {number}: {told}", where=self.name, next="Export the model again; it is damaged.")


def read_obj(path: Path, caps: Caps | None = None) -> Model:
    """The model of an .obj file. Raises BadInput (found, where, what next)."""
    caps = caps or Caps()
    text = read_bounded(path, caps.file_bytes).decode("utf-8", "replace")
    found = _Found(path.name, caps)
    for number, line in _lines(text):
        _line(found, number, line.split())
    notes: list[str] = []
    looks, pictures = _looks(path, found, notes)
    names = [name for name, corners in found.corners.items() if corners]
    surfaces = [_surface(found, name, at) for at, name in enumerate(names)]
    made = tuple(looks.get(name, Look(name=name[:80], rough=0.9)) for name in names)
    return Model(joined(surfaces, path.name, caps), made, tuple(pictures), tuple(dict.fromkeys(notes)))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; one that ends with a backslash goes on."""
    held = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.endswith("\\"):
            held += line[:-1] + " "
            continue
        yield number, held + line
        held = ""


def _line(found: _Found, number: int, words: list[str]) -> None:
    kind = words[0] if words else ""
    try:
        if kind == "v":
            found.v.append([float(word) for word in words[1:7]])
            if len(found.v[-1]) < 3:
                raise found.refuse(number, "a vertex of fewer than three numbers")
        elif kind == "vt":
            found.vt.append([float(words[1]), float(words[2]) if len(words) > 2 else 0.0])
        elif kind == "vn":
            found.vn.append([float(word) for word in words[1:4]])
        elif kind == "f":
            _face(found, number, words[1:])
        elif kind == "usemtl":
            found.look = " ".join(words[1:])
        elif kind == "mtllib":
            found.libraries.append(" ".join(words[1:]))
    except (ValueError, IndexError) as error:
        raise found.refuse(number, f"'{' '.join(words)[:60]}' cannot be read") from error
    if len(found.v) > found.caps.vertices:
        raise TooLarge(f"more than {found.caps.vertices} vertices", where=found.name, next="Split the model.")


def _face(found: _Found, number: int, words: list[str]) -> None:
    if len(words) < 3 or len(words) > _POLYGON:
        raise found.refuse(number, f"a face of {len(words)} corners")
    ring = [_corner(found, number, word) for word in words]
    corners = found.corners.setdefault(found.look, [])
    for at in range(1, len(ring) - 1):
        corners += (ring[0], ring[at], ring[at + 1])
    if len(corners) > 3 * found.caps.triangles:
        raise TooLarge(f"more than {found.caps.triangles} triangles", where=found.name, next="Split the model.")


def _corner(found: _Found, number: int, word: str) -> tuple[int, int, int]:
    parts = (word + "//").split("/")
    made = []
    for part, rows, what in ((parts[0], found.v, "v"), (parts[1], found.vt, "vt"), (parts[2], found.vn, "vn")):
        if not part:
            made.append(-1)
            continue
        at = int(part)
        at = at - 1 if at > 0 else at + len(rows)
        if at < 0 or at >= len(rows):
            raise found.refuse(number, f"a face names {what} {part} of {len(rows)}")
        made.append(at)
    return made[0], made[1], made[2]


def _surface(found: _Found, name: str, look: int) -> Surface:
    corners = np.array(found.corners[name], np.int64)
    rows, triangles = np.unique(corners, axis=0, return_inverse=True)
    vertices = np.array([row[:3] for row in found.v])
    normals = _picked(found.vn, rows[:, 2], 3)
    uvs = _picked(found.vt, rows[:, 1], 2)
    if uvs is not None:
        # OBJ's origin is the lower left, glTF's the upper left.
        uvs = uvs * [1, -1] + [0, 1]
    colours = None
    if all(len(row) >= 6 for row in found.v):
        shades = linear(np.clip(np.array([row[3:6] for row in found.v])[rows[:, 0]], 0, 1))
        colours = np.concatenate([shades, np.ones((len(rows), 1))], axis=1)
    return Surface(vertices[rows[:, 0]], triangles.reshape(-1, 3), look, normals, uvs, colours)


def _picked(rows: list[list[float]], numbers: NDArray[np.int64], width: int) -> NDArray[np.float64] | None:
    if not rows or (numbers < 0).all():
        return None
    table = np.array([row[:width] for row in rows] + [[0.0] * width])
    made: NDArray[np.float64] = table[numbers]
    return made


def _looks(path: Path, found: _Found, notes: list[str]) -> tuple[dict[str, Look], list[bytes]]:
    looks: dict[str, Look] = {}
    pictures: dict[str, int] = {}
    data: list[bytes] = []
    for library in dict.fromkeys(found.libraries):
        file = beside(path.parent, library, found.name)
        if not file.is_file():
            notes.append(f"its materials '{library[:60]}' are not there")
            continue
        for name, values in _entries(read_bounded(file, 1 << 20).decode("utf-8", "replace")).items():
            looks[name] = _look(name, values, file, pictures, data, notes)
    return looks, data


def _entries(text: str) -> dict[str, dict[str, list[str]]]:
    made: dict[str, dict[str, list[str]]] = {}
    name = ""
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] == "newmtl":
            name = " ".join(words[1:])
            made[name] = {}
        elif name in made:
            made[name][words[0].lower()] = words[1:]
    return made


def _look(
    name: str, values: dict[str, list[str]], file: Path, pictures: dict[str, int], data: list[bytes], notes: list[str]
) -> Look:
    named: dict[str, int] = {}
    for role, key in (("base", "map_kd"), ("normal", "norm"), ("emissive", "map_ke")):
        if key in values:
            picture = _picture(values[key], file, pictures, data, notes)
            named |= {} if picture is None else {role: picture}
    try:
        shade = [float(word) for word in values.get("kd", ["1", "1", "1"])[:3]]
        clear = float(values["d"][0]) if "d" in values else 1 - float(values.get("tr", ["0"])[0])
        red, green, blue = (float(one) for one in linear(np.clip(np.array(shade), 0, 1)))
    except (ValueError, IndexError) as error:
        told = f"material '{name[:60]}' has numbers that cannot be read"
        raise BadInput(told, where=file.name, next="Correct the .mtl.") from error
    colour = (1.0, 1.0, 1.0, clear) if "base" in named else (red, green, blue, clear)
    alpha = "BLEND" if clear < 0.99 else "OPAQUE"
    return Look(name[:80], colour, rough=0.9, alpha=alpha, pictures=named)


def _picture(words: list[str], file: Path, pictures: dict[str, int], data: list[bytes], notes: list[str]) -> int | None:
    """The picture that the end of a line names, options before it (-s 1 1 1) left out."""
    while words and words[0].startswith("-"):
        words = words[1:]
        while len(words) > 1 and _is_value(words[0]):
            words = words[1:]
    name = " ".join(words)
    if name in pictures:
        return pictures[name]
    try:
        found = read_bounded(beside(file.parent, name, file.name), 1 << 30)
    except TooLarge:
        raise
    except ShuyuanError as error:
        if "leads out" in error.found:
            raise
        notes.append(f"its picture '{name[:60]}' is not there")
        return None
    pictures[name] = len(data)
    data.append(found)
    return pictures[name]


def _is_value(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return word in ("on", "off")
    return True
