"""Reads STL, binary or ASCII: loose triangles are joined at equal corners, and edges sharper than 40° stay edges.

The rule kept here: a binary file has exactly the length its count promises, or is refused. STL knows neither unit nor
colour; its numbers are taken as metres.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline.meshes_files import read_bounded
from vr_scenes.pipeline.meshes_model import Caps, Look, Model, Surface, joined, smooth_normals

__all__ = ["creased", "read_stl"]

_SHARP = np.cos(np.radians(40))
_SMALL = 300_000  # triangles; a larger one is a scan, which has no edges worth keeping apart


def read_stl(path: Path, caps: Caps | None = None) -> Model:
    """The mesh of an .stl file. Raises BadInput (found, where, what next)."""
    caps = caps or Caps()
    data = read_bounded(path, caps.file_bytes)
    corners = _binary(data, path.name) if not _is_text(data) else _text(data, path.name)
    if not np.isfinite(corners).all():
        at = int(np.argmax(~np.isfinite(corners).all(axis=(1, 2))))
        told = f"triangle {at} has a corner that is not a finite point"
        raise BadInput(told, where=path.name, next="Repair the model and export it again.")
    flat = np.ascontiguousarray(corners.reshape(-1, 3) + np.float32(0))
    rows, numbers = np.unique(flat.view(np.dtype((np.void, 12))).ravel(), return_inverse=True)
    positions, triangles = rows.view(np.float32).reshape(-1, 3), numbers.reshape(-1, 3)
    if len(triangles) > _SMALL:
        surface = Surface(positions, triangles, 0, smooth_normals(positions, triangles))
    else:
        surface = creased(positions, triangles)
    return Model(joined([surface], path.name, caps), (Look(rough=0.9),))


def creased(positions: NDArray[Any], triangles: NDArray[Any]) -> Surface:
    """A surface whose normals are smooth across flat edges and part at sharp ones (a vertex for each side)."""
    corners = positions[triangles].astype(np.float64)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(cross, axis=1, keepdims=True)
    facing = cross / np.where(area > 0, area, 1)
    place = triangles.reshape(-1)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(positions) + 1))
    sizes = np.diff(starts)
    normals = np.zeros((len(place), 3))
    for step in range(int(min(sizes.max(initial=0), 64))):
        # Each corner meets the corner `step` places on in the ring of those at the same place.
        mine = order
        size = np.repeat(sizes, sizes)
        within = np.arange(len(order)) - np.repeat(starts[:-1], sizes)
        other = order[np.repeat(starts[:-1], sizes) + (within + step) % np.maximum(size, 1)]
        near = (facing[mine // 3] * facing[other // 3]).sum(axis=1) > _SHARP
        take = (step < size) & (near | (step == 0))
        normals[mine[take]] += cross[other[take] // 3]
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    unit = np.round(normals / np.where(length > 0, length, 1) * 512).astype(np.int64)
    keys = np.concatenate([place[:, None], unit], axis=1)
    rows, numbers = np.unique(keys, axis=0, return_inverse=True)
    return Surface(positions[rows[:, 0]], numbers.reshape(-1, 3), 0, rows[:, 1:] / 512.0)


def _is_text(data: bytes) -> bool:
    """Whether it is ASCII: many binary files begin with 'solid' too."""
    if data.lstrip()[:5].lower() != b"solid":
        return False
    return len(data) < 84 or len(data) != 84 + 50 * int.from_bytes(data[80:84], "little")


def _binary(data: bytes, name: str) -> NDArray[np.float32]:
    if len(data) < 84:
        raise BadInput(f"it ends after {len(data)} bytes, inside its header", where=name, next="Export it again.")
    count = int.from_bytes(data[80:84], "little")
    if 84 + 50 * count > len(data):
        told = f"byte 80: it promises {count} triangles and holds {(len(data) - 84) // 50}: it is cut off"
        raise BadInput(told, where=name, next="Export the model again; it is damaged.")
    row = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    return np.ascontiguousarray(np.frombuffer(data, row, count, 84)["corners"], np.float32)


def _text(data: bytes, name: str) -> NDArray[np.float32]:
    found = re.findall(rb"vertex\s+(\S+)\s+(\S+)\s+(\S+)", data)
    if not found or len(found) % 3:
        told = f"{len(found)} corners do not make whole triangles: it is cut off"
        raise BadInput(told, where=name, next="Export the model again; it is damaged.")
    try:
        return np.array(found).astype(np.float32).reshape(-1, 3, 3)
    except ValueError as error:
        raise BadInput("a corner is not three numbers", where=name, next="Export the model again.") from error
