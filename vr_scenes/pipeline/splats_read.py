"""Splats from PLY (as 3DGS training writes it) and .splat.

The rule kept here: a value that is no number is a fault, told with its splat; rows are read a chunk at a time and harmonics
become bytes at once. Both formats are y down, z forward, and are turned to +Y up.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline.points_ply import read_ply_header
from vr_scenes.pipeline.splats_cloud import SH_BYTES, Floats, Splats, chained, flipped, quantised_sh

__all__ = ["checked", "read_ply", "read_splat"]

_CHUNK = 1 << 18
_C0 = 0.28209479177387814
_SPLAT = np.dtype([("place", "<f4", (3,)), ("scale", "<f4", (3,)), ("colour", "u1", (4,)), ("turn", "u1", (4,))])
_FARTHEST = 1e7
_AGAIN = "It was cut off: copy it again."


def read_ply(path: Path, most: int) -> Splats:
    """The splats of a 3DGS PLY. Raises BadInput."""
    header = read_ply_header(path)
    element = header.elements[0] if header.elements else None
    wanted = ["x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "opacity"]
    wanted += [f"scale_{one}" for one in range(3)] + [f"rot_{one}" for one in range(4)]
    if element is None or element.name != "vertex" or None in element.fields.values() or not header.order:
        raise BadInput(
            "no binary vertices at the beginning", where=path.name, next="Export it as binary 3DGS PLY, or as SPZ."
        )
    if missing := [name for name in wanted if name not in element.fields]:
        raise BadInput(
            f"no property {', '.join(missing[:6])}", where=path.name, next="Export it as 3DGS PLY, or as SPZ."
        )
    rest = sum(name.startswith("f_rest_") for name in element.fields)
    names = [f"f_rest_{one}" for one in range(rest)]
    if rest not in SH_BYTES.values() or any(name not in element.fields for name in names):
        raise BadInput(f"{rest} values of harmonics; 0, 9, 24 or 45 belong", where=path.name, next="Export it again.")
    dtype = element.dtype(header.order)
    _room(element.count, (path.stat().st_size - header.start) // dtype.itemsize, most, path.name, header.start)
    made = []
    with path.open("rb") as file:
        file.seek(header.start)
        for at in range(0, element.count, _CHUNK):
            rows = np.fromfile(file, dtype, min(_CHUNK, element.count - at))
            # Their order is colour by colour; ours is harmonic by harmonic.
            harmonics = (
                _columns(rows, names).reshape(len(rows), 3, rest // 3).transpose(0, 2, 1).reshape(len(rows), rest)
            )
            raw = _columns(rows, wanted)
            _finite(raw, at, path.name)
            _finite(harmonics, at, path.name)
            with np.errstate(over="ignore"):
                alpha = 1 / (1 + np.exp(-raw[:, 6]))
            turn = raw[:, [11, 12, 13, 10]]
            made.append(
                checked(
                    Splats(raw[:, :3], raw[:, 7:10], turn, alpha, raw[:, 3:6], quantised_sh(harmonics)), at, path.name
                )
            )
    return flipped(chained(made))


def read_splat(path: Path, most: int) -> Splats:
    """The splats of a .splat file: rows of 32 bytes. Raises BadInput."""
    size = path.stat().st_size
    if size % _SPLAT.itemsize:
        raise BadInput(f"{size:,} bytes are no whole number of splats", where=path.name, next=_AGAIN)
    _room(size // _SPLAT.itemsize, size // _SPLAT.itemsize, most, path.name, 0)
    made: list[Splats] = []
    with path.open("rb") as file:
        while len(rows := np.fromfile(file, _SPLAT, _CHUNK)):
            at = sum(len(one) for one in made)
            _finite(rows["place"], at, path.name)
            _finite(rows["scale"], at, path.name)
            scale = np.log(np.maximum(rows["scale"], np.float32(1e-9)))
            turn = (rows["turn"].astype(np.float32) - 128) / 128
            colour = (rows["colour"][:, :3] / np.float32(255) - np.float32(0.5)) / np.float32(_C0)
            alpha = rows["colour"][:, 3] / np.float32(255)
            none = np.empty((len(rows), 0), np.uint8)
            part = Splats(rows["place"], scale, turn[:, [1, 2, 3, 0]], alpha, colour, none)
            made.append(checked(part, at, path.name))
    return flipped(chained(made))


def checked(splats: Splats, first: int, name: str) -> Splats:
    """With turns of length one and sizes within what SPZ holds. Raises BadInput for a splat that is nowhere."""
    far = ~(np.abs(splats.place) < _FARTHEST).all(axis=1)
    if far.any():
        row = int(far.argmax())
        raise BadInput(f"a splat at {splats.place[row].tolist()}", where=f"{name}, splat {first + row:,}",
                       next="Remove it and export again.")  # fmt: skip
    wide = np.clip(splats.turn, -1e6, 1e6)
    length = np.linalg.norm(wide, axis=1, keepdims=True)
    none = length[:, 0] < 1e-6
    turn = wide / np.maximum(length, 1e-6)
    turn[none] = (0, 0, 0, 1)
    alpha, colour = np.clip(splats.alpha, 0, 1), np.clip(splats.colour, -8, 8)
    place, scale, turn, alpha, colour = (
        one.astype(np.float32) for one in (splats.place, np.clip(splats.scale, -10, 5.9), turn, alpha, colour)
    )
    return Splats(place, scale, turn, alpha, colour, splats.sh)


def _columns(rows: NDArray[np.void], names: list[str]) -> Floats:
    made = np.empty((len(rows), len(names)), np.float32)
    for number, name in enumerate(names):
        made[:, number] = rows[name]
    return made


def _finite(values: Floats, first: int, name: str) -> None:
    bad = ~np.isfinite(values).all(axis=1)
    if bad.any():
        row = int(bad.argmax())
        raise BadInput(
            "a value that is no number", where=f"{name}, splat {first + row:,}", next="Remove it and export again."
        )


def _room(count: int, room: int, most: int, name: str, start: int) -> None:
    if not 0 < count <= most:
        raise BadInput(f"{count:,} splats; 1 to {most:,} are taken", where=name, next="Thin it out first.")
    if count > room:
        raise BadInput(f"the header says {count:,} splats, and the file has room for {max(0, room):,}",
                       where=f"{name}, byte {start}", next=_AGAIN)  # fmt: skip
