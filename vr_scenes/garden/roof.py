"""Roofs: concave slopes, eaves that turn up at the corners, rows of round tiles, ridges.

The rule kept here: a roof is a surface first (a function of two shares), and its tiles are laid on that surface, so
tiles, ridge and underside can never part. Tile rows run square to the eave, as a tiler lays them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from vr_scenes.shapes import Floats, Mesh, from_triangles, grid, merge, move, pipe, tint, turn

__all__ = ["HexRoof", "saddle_roof", "tile_row"]

_TILE = 0.55  # metres that one repeat of the tile picture covers


def tile_row(path: ArrayLike, ups: ArrayLike, radius: float, sides: int = 4, *, ends: bool = True) -> Mesh:
    """A row of round tiles: half a tube along a path (n, 3), bulging towards `ups` (n, 3)."""
    line, up = np.asarray(path, dtype=float), np.asarray(ups, dtype=float)
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = np.cross(along, up)
    angles = np.linspace(0, np.pi, sides + 1)
    sheet = line[:, None] + radius * (
        side[:, None] * np.cos(angles)[None, :, None] + up[:, None] * np.sin(angles)[None, :, None]
    )
    made = grid(sheet, _TILE)
    if float(np.sum(made.normals * np.repeat(up, sides + 1, 0))) < 0:
        made = grid(sheet, _TILE, flip=True)
    return merge([made, _end_disc(line[-1], along[-1], side[-1], up[-1], radius)]) if ends else made


def _end_disc(point: Floats, along: Floats, side: Floats, up: Floats, radius: float) -> Mesh:
    """The round end tile (wadang) that closes a row at the eave."""
    angles = np.linspace(0, 2 * np.pi, 7)[:-1]
    rim = point + radius * 1.15 * (np.cos(angles)[:, None] * side + np.sin(angles)[:, None] * up) + along * 0.012
    fan = [(0, number, number + 1) for number in range(1, 5)]
    made = from_triangles(rim, fan, np.stack([np.cos(angles), np.sin(angles)], 1) * 0.2)
    if float(made.normals[0] @ along) < 0:
        made = from_triangles(rim, [(a, c, b) for a, b, c in fan], made.uvs)
    return tint(made, (0.8, 0.8, 0.8))


@dataclass(frozen=True)
class HexRoof:
    """A six-sided pointed roof (zanjianding) in the manner of Suzhou: steep, with high upturned corners."""

    radius: float = 3.35
    """from the axis to a corner of the eave, before the corner is drawn out."""
    eave: float = 3.25
    rise: float = 2.35
    lift: float = 0.72
    """how much higher a corner is than the middle of its eave."""

    def surface(self, across: Floats, down: Floats) -> Floats:
        """Points (.., 3) of the sector that faces +z; across -1..1 from hip to hip, down 0 (top) .. 1 (eave)."""
        corner = np.abs(across) ** 3.2 * down**4
        reach = self.radius * np.cos(np.pi / 6) * down * (1 + 0.075 * corner)
        sideways = self.radius * 0.5 * down * across * (1 + 0.10 * corner)
        height = self.eave + self.rise * (1 - down) * (0.52 + 0.48 * (1 - down)) + self.lift * corner
        return np.stack([sideways, height, reach], -1)

    def tiles(self) -> Mesh:
        """Tile rows, ridges and the skin they lie on."""
        sector = merge([self._skin(0.0, flip=False), *self._rows(), self._ridge()])
        return merge(turn(sector, 60.0 * number) for number in range(6))

    def underside(self) -> Mesh:
        """The boards and rafters one sees from the bench below."""
        sector = merge([self._skin(-0.09, flip=True), *self._rafters()])
        return merge(turn(sector, 60.0 * number) for number in range(6))

    def _skin(self, drop: float, *, flip: bool) -> Mesh:
        across, down = np.meshgrid(np.linspace(-1, 1, 9), np.linspace(0.03, 1, 8))
        points = self.surface(across, down) + np.array([0, drop, 0])
        made = grid(points, _TILE)
        if (made.normals[:, 1].mean() < 0) != flip:
            made = grid(points, _TILE, flip=True)
        return made

    def _rows(self, spacing: float = 0.2) -> list[Mesh]:
        half = self.radius * 0.5
        count = int(half / spacing)
        rows = []
        for number in range(-count, count + 1):
            sideways = number * spacing
            start = max(abs(sideways) / half, 0.05) + 0.012
            down = np.linspace(start, 1.0, 2 + int(round(6 * (1 - start)) + 1))
            across = sideways / (half * down)
            rows.append(tile_row(self.surface(across, down), self._up(across, down), 0.062))
        return rows

    def _up(self, across: Floats, down: Floats) -> Floats:
        step = 1e-3
        slope = self.surface(across, down + step) - self.surface(across, down - step)
        level = self.surface(across + step, down) - self.surface(across - step, down)
        up = np.cross(slope, level)
        up *= np.sign(up[:, 1:2])
        return up / np.linalg.norm(up, axis=1, keepdims=True)

    def _ridge(self) -> Mesh:
        down = np.linspace(0.03, 1.0, 12)
        hip = self.surface(np.ones_like(down), down) + np.array([0, 0.075, 0])
        out = hip[-1] - hip[-2]
        tip = np.array(
            [
                hip[-1] + out * 0.30 + [0, 0.06, 0],
                hip[-1] + out * 0.55 + [0, 0.17, 0],
                hip[-1] + out * 0.72 + [0, 0.30, 0],
            ]
        )
        radii = np.concatenate([np.full(12, 0.105), [0.085, 0.06, 0.02]])
        return tint(pipe(np.vstack([hip, tip]), radii, 6, _TILE), (0.85, 0.85, 0.85))

    def _rafters(self) -> list[Mesh]:
        made = []
        for across in np.linspace(-0.92, 0.92, 11):
            down = np.array([0.2, 0.55, 0.8, 0.99])
            line = self.surface(np.full_like(down, across), down) - np.array([0, 0.14, 0])
            made.append(tint(pipe(line, 0.038, 4, 1.0), (0.9, 0.8, 0.72)))
        return made


def saddle_roof(
    axis: ArrayLike,
    half: float,
    rise: float,
    *,
    spacing: float = 0.22,
    radius: float = 0.06,
    steps: int = 3,
    ridge: float = 0.09,
    turn_up: float = 0.0,
    sides: tuple[int, ...] = (-1, 1),
    ends: bool = True,
) -> Mesh:
    """Two slopes along an axis (n, 3) at eave height, with tile rows and a ridge.

    `turn_up` lifts both ends of the ridge; `sides` says which slopes get tile rows (1: to the right of the axis).
    """
    line = np.asarray(axis, dtype=float)
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    along = line[-1] - line[0]
    side = np.cross(along / np.linalg.norm(along), [0, 1, 0])
    side /= np.linalg.norm(side)

    def slope(share: Floats, sign: int, where: Floats) -> Floats:
        base = np.stack([np.interp(where, lengths, line[:, column]) for column in range(3)], -1)
        height = rise * (1 - share) * (0.7 + 0.3 * (1 - share))
        return base + side * (sign * half * share)[:, None] + np.stack([0 * share, height, 0 * share], -1)

    made = [_slope_skin(slope, sign, lengths[-1], steps, max(len(line), 2)) for sign in (-1, 1)]
    for where in np.arange(spacing / 2, lengths[-1], spacing):
        for sign in sides:
            share = np.linspace(0.02, 1, steps + 1)
            path = slope(share, sign, np.full_like(share, where))
            up = np.cross(np.gradient(path, axis=0), along)
            up *= np.sign(up[:, 1:2])
            made.append(tile_row(path, up / np.linalg.norm(up, axis=1, keepdims=True), radius, 3, ends=ends))
    return merge([*made, _saddle_ridge(line, lengths, rise, ridge, turn_up)])


def _slope_skin(
    slope: Callable[[Floats, int, Floats], Floats], sign: int, length: float, steps: int, columns: int
) -> Mesh:
    wheres = np.linspace(0, length, columns)
    sheet = np.stack([slope(np.linspace(0, 1, steps + 1), sign, np.full(steps + 1, where)) for where in wheres])
    made = grid(sheet, _TILE)
    return made if made.normals[:, 1].mean() > 0 else grid(sheet, _TILE, flip=True)


def _saddle_ridge(line: Floats, lengths: Floats, rise: float, ridge: float, turn_up: float) -> Mesh:
    where = np.linspace(0, lengths[-1], max(len(line), 14 if turn_up else 2))
    base = np.stack([np.interp(where, lengths, line[:, column]) for column in range(3)], -1)
    share = np.abs(2 * where / lengths[-1] - 1)
    base[:, 1] += rise + ridge * 0.6 + turn_up * share**6
    along = (line[-1] - line[0]) / np.linalg.norm(line[-1] - line[0])
    base += along * ((2 * where / lengths[-1] - 1) * turn_up * 0.5 * share**6)[:, None]
    return tint(move(pipe(base, ridge, 6, _TILE), (0, 0, 0)), (0.82, 0.82, 0.82))
