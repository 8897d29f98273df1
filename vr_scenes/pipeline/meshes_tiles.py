"""A large mesh without pictures as 3D Tiles 1.1: each level of its ladder cut into cells, finer cells for finer levels.

The rule kept here: a tile replaces what it refines (REPLACE), its box holds all below it, its error is the measured error of its
level and 0 at the finest. Levels are simplified whole, so neighbours of one level meet exactly; neighbours of different levels
differ by less than the coarser one's error. Boxes stand +Z up, as 3D Tiles prescribes; the .glb files +Y up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vr_scenes.pipeline.meshes_glb import write_level
from vr_scenes.pipeline.meshes_model import Model, used_only
from vr_scenes.pipeline.meshopt import Meshopt
from vr_scenes.pipeline.tileset import settle, write_json

__all__ = ["LARGE", "write_tiles"]

LARGE = 1_000_000
"""Triangles beyond which a mesh without pictures is cut into tiles."""
_TILE = 60_000


@dataclass
class _Tile:
    """A cell of one level: its file, the box of it and of all below, and what refines it."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    uri: str = ""
    error: float = 0.0
    children: list[_Tile] = field(default_factory=list)

    def grow(self, other: _Tile) -> None:
        self.low, self.high = np.minimum(self.low, other.low), np.maximum(self.high, other.high)


def write_tiles(models: Sequence[Model], errors: Sequence[float], out: Path, meshopt: Meshopt) -> tuple[str, int, int]:
    """Tiles of the levels (coarse to fine, each with its error in metres) under `out`/<sha256>/: that name, tiles, bytes."""
    work = out / ".tiles"
    work.mkdir(exist_ok=True)
    low = models[-1].mesh.positions.min(axis=0)
    side = float(np.ptp(models[-1].mesh.positions, axis=0).max()) * 1.0001 or 1.0
    cuts = _cuts([len(model.mesh.triangles) for model in models])
    below: dict[tuple[int, int, int], _Tile] = {}
    for level in range(len(models) - 1, -1, -1):
        here: dict[tuple[int, int, int], _Tile] = {}
        for cell, part in _parts(models[level], low, side, cuts[level]):
            tile = _Tile(
                part.mesh.positions.min(axis=0),
                part.mesh.positions.max(axis=0),
                f"{level}-{'-'.join(map(str, cell))}.glb",
            )
            tile.error = float(errors[level]) if level < len(models) - 1 else 0.0
            data, _ = write_level(part, meshopt, bits=14)
            (work / tile.uri).write_bytes(data)
            here[cell] = tile
        for cell, tile in below.items():
            shift = cuts[level + 1] - cuts[level]
            above = (cell[0] >> shift, cell[1] >> shift, cell[2] >> shift)
            if above not in here:
                here[above] = _Tile(tile.low, tile.high, error=float(errors[level]))
            here[above].children.append(tile)
            here[above].grow(tile)
        below = here
    (root,) = below.values()
    diagonal = float(np.linalg.norm(root.high - root.low))
    write_json(
        work / "tileset.json",
        {"asset": {"version": "1.1"}, "geometricError": diagonal, "root": _json(root) | {"refine": "REPLACE"}},
    )
    files = [path for path in work.iterdir() if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    return settle(work, out), len(files) - 1, size


def _cuts(triangles: Sequence[int]) -> list[int]:
    """How often the cube is halved at each level, so that a tile has about 60,000 triangles; the first is one tile."""
    made = [0]
    for count in triangles[1:]:
        made.append(max(made[-1], int(np.ceil(np.log(max(1.0, count / _TILE)) / np.log(4)))))
    return made


def _parts(model: Model, low: NDArray[np.float64], side: float, cut: int) -> list[tuple[tuple[int, int, int], Model]]:
    """The model cut by the cell in which a triangle's middle lies."""
    mesh = model.mesh
    if cut == 0:
        return [((0, 0, 0), model)]
    middles = mesh.positions[mesh.triangles].mean(axis=1)
    cells = np.clip(((middles - low) / side * (1 << cut)).astype(np.int64), 0, (1 << cut) - 1)
    keys = (cells[:, 0] << 2 * cut) | (cells[:, 1] << cut) | cells[:, 2]
    order = np.argsort(keys, kind="stable")
    edges = np.flatnonzero(np.diff(keys[order])) + 1
    made = []
    for rows in np.split(order, edges):
        x, y, z = (int(one) for one in cells[rows[0]])
        made.append(((x, y, z), replace(model, mesh=used_only(replace(mesh, triangles=mesh.triangles[np.sort(rows)])))))
    return made


def _json(tile: _Tile) -> dict[str, Any]:
    middle, half = (tile.low + tile.high) / 2, np.maximum((tile.high - tile.low) / 2, 1e-6)
    box = [middle[0], -middle[2], middle[1], half[0], 0, 0, 0, half[2], 0, 0, 0, half[1]]
    made: dict[str, Any] = {
        "boundingVolume": {"box": [round(float(one), 6) for one in box]},
        "geometricError": tile.error,
    }
    if tile.uri:
        made["content"] = {"uri": tile.uri}
    if tile.children:
        made["children"] = [_json(child) for child in tile.children]
    return made
