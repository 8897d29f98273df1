"""Triangle meshes in metres, +Y up, as plain arrays, and the few solids that a built place is made of.

The rule kept here: a mesh is a value. Every function returns a new one with unit normals that point out of the
solid and triangles wound counter-clockwise seen from outside. It knows nothing of gardens, files or light.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "Floats",
    "Mesh",
    "beam",
    "box",
    "extrude",
    "flat",
    "from_triangles",
    "grid",
    "lathe",
    "merge",
    "move",
    "pipe",
    "ring",
    "tint",
    "turn",
    "uv_by_axis",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Mesh:
    """n vertices and m triangles."""

    positions: Floats
    """(n, 3) metres."""
    normals: Floats
    """(n, 3) unit length."""
    uvs: Floats
    """(n, 2) texture coordinates, 1 = one repeat of the picture."""
    tints: Floats
    """(n, 3) linear colour factor, 0..1."""
    triangles: NDArray[np.int64]
    """(m, 3) vertex numbers."""


def from_triangles(positions: ArrayLike, triangles: ArrayLike, uvs: ArrayLike | None = None) -> Mesh:
    """A smooth mesh: each normal is the area-weighted mean of the triangles that meet there."""
    points = np.asarray(positions, dtype=float).reshape(-1, 3)
    faces = np.asarray(triangles, dtype=np.int64).reshape(-1, 3)
    cross = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], cross)
    texture = np.zeros((len(points), 2)) if uvs is None else np.asarray(uvs, dtype=float)
    return Mesh(points, _unit(normals), texture, np.ones_like(points), faces)


def flat(mesh: Mesh) -> Mesh:
    """The same surface with a hard edge between any two triangles that do not lie in one plane."""
    faces = mesh.triangles.reshape(-1)
    made = from_triangles(mesh.positions[faces], np.arange(len(faces)), mesh.uvs[faces])
    return replace(made, tints=mesh.tints[faces])


def merge(meshes: Iterable[Mesh]) -> Mesh:
    """One mesh of many; the order of the parts is kept."""
    parts = list(meshes)
    if not parts:
        return Mesh(
            np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 2)), np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int64)
        )
    starts = np.cumsum([0] + [len(part.positions) for part in parts[:-1]])
    return Mesh(
        np.concatenate([part.positions for part in parts]),
        np.concatenate([part.normals for part in parts]),
        np.concatenate([part.uvs for part in parts]),
        np.concatenate([part.tints for part in parts]),
        np.concatenate([part.triangles + start for part, start in zip(parts, starts, strict=True)]),
    )


def move(mesh: Mesh, offset: ArrayLike) -> Mesh:
    """The mesh carried by `offset` metres."""
    return replace(mesh, positions=mesh.positions + np.asarray(offset, dtype=float))


def turn(mesh: Mesh, degrees: float, axis: str = "y") -> Mesh:
    """The mesh turned about an axis through the origin, right-handed."""
    matrix = _rotation(axis, np.radians(degrees))
    return replace(mesh, positions=mesh.positions @ matrix.T, normals=mesh.normals @ matrix.T)


def tint(mesh: Mesh, colour: ArrayLike) -> Mesh:
    """The mesh with its colour factor multiplied by `colour` (three numbers, 0..1, linear)."""
    return replace(mesh, tints=mesh.tints * np.asarray(colour, dtype=float))


def uv_by_axis(mesh: Mesh, size: float = 1.0) -> Mesh:
    """Texture coordinates taken from the two axes along which each vertex's surface lies; `size` metres a repeat."""
    axis = np.argmax(np.abs(mesh.normals), axis=1)
    first = np.where(axis == 0, 2, 0)
    second = np.where(axis == 1, 2, 1)
    rows = np.arange(len(axis))
    uvs = np.stack([mesh.positions[rows, first], mesh.positions[rows, second]], axis=1) / size
    return replace(mesh, uvs=uvs)


def box(size: ArrayLike, centre: ArrayLike = (0, 0, 0), texture: float = 1.0) -> Mesh:
    """A block of `size` (x, y, z) metres."""
    half = np.asarray(size, dtype=float) / 2
    outline = np.array([[-half[0], -half[2]], [half[0], -half[2]], [half[0], half[2]], [-half[0], half[2]]])
    return move(extrude(outline, -half[1], half[1], texture), centre)


def extrude(outline: ArrayLike, low: float, high: float, texture: float = 1.0, *, scale_top: float = 1.0) -> Mesh:
    """A convex outline (n, 2) in x, z drawn up from y = low to y = high; the top may be smaller or larger."""
    base = np.asarray(outline, dtype=float)
    count = len(base)
    bottom = np.column_stack([base[:, 0], np.full(count, low), base[:, 1]])
    top = np.column_stack([base[:, 0] * scale_top, np.full(count, high), base[:, 1] * scale_top])
    here, after = np.arange(count), (np.arange(count) + 1) % count
    sides = np.concatenate(
        [np.stack([here, here + count, after], 1), np.stack([after, here + count, after + count], 1)]
    )
    fan = np.arange(1, count - 1)
    floor = np.stack([np.zeros_like(fan), fan, fan + 1], 1)
    roof = np.stack([np.zeros_like(fan), fan + 1, fan], 1) + count
    made = flat(from_triangles(np.concatenate([bottom, top]), np.concatenate([sides, floor, roof])))
    return uv_by_axis(_facing_out(made), texture)


def beam(start: ArrayLike, end: ArrayLike, width: float, height: float, texture: float = 1.0) -> Mesh:
    """A straight timber between two points; `height` is across, in the upright plane, `width` is level."""
    begin, finish = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    along = finish - begin
    length = float(np.linalg.norm(along))
    forward = along / length
    side = np.cross(forward, [0.0, 1.0, 0.0])
    side = np.array([1.0, 0, 0]) if np.linalg.norm(side) < 1e-9 else side / np.linalg.norm(side)
    up = np.cross(side, forward)
    block = box((width, height, length), texture=texture)
    matrix = np.stack([side, up, -forward], axis=1)
    return replace(block, positions=block.positions @ matrix.T + (begin + finish) / 2, normals=block.normals @ matrix.T)


def grid(points: ArrayLike, texture: float = 1.0, *, flip: bool = False) -> Mesh:
    """A smooth sheet through points (rows, columns, 3); texture runs by length along rows and columns."""
    sheet = np.asarray(points, dtype=float)
    rows, columns = sheet.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    faces = np.concatenate([np.stack([a, c, b], -1).reshape(-1, 3), np.stack([b, c, d], -1).reshape(-1, 3)])
    across = _lengths(sheet, 1) / texture
    down = _lengths(sheet, 0) / texture
    made = from_triangles(sheet, faces[:, ::-1] if flip else faces, np.stack([across, down], -1).reshape(-1, 2))
    return made


def lathe(profile: ArrayLike, sides: int, texture: float = 1.0) -> Mesh:
    """A profile (n, 2) of radius and height, from bottom to top, turned about the y axis."""
    line = np.asarray(profile, dtype=float)
    angles = np.linspace(0, 2 * np.pi, sides + 1)
    sheet = np.stack(
        [line[:, :1] * np.cos(angles), np.repeat(line[:, 1:], sides + 1, 1), line[:, :1] * np.sin(angles)], -1
    )
    return _facing(grid(sheet, texture), outward_from_axis=True)


def pipe(path: ArrayLike, radii: ArrayLike, sides: int = 6, texture: float = 1.0) -> Mesh:
    """A round limb along a path (n, 3); one radius for each point."""
    line = np.asarray(path, dtype=float)
    radius = np.broadcast_to(np.asarray(radii, dtype=float), len(line))
    along = _unit(np.gradient(line, axis=0))
    helper = np.where(np.abs(along[:, 1:2]) > 0.9, [[1.0, 0, 0]], [[0, 1.0, 0]])
    side = _unit(np.cross(along, helper))
    other = np.cross(side, along)
    angles = np.linspace(0, 2 * np.pi, sides + 1)
    circle = side[:, None] * np.cos(angles)[None, :, None] + other[:, None] * np.sin(angles)[None, :, None]
    made = grid(line[:, None] + circle * radius[:, None, None], texture)
    outward = np.repeat(line, sides + 1, axis=0)
    return _away_from(made, outward)


def ring(inner: ArrayLike, outer: ArrayLike, steps: int = 1, texture: float = 1.0) -> Mesh:
    """A flat sheet between two closed outlines (n, 3) whose points correspond; seen from +normal it is counter-clockwise."""
    first, last = np.asarray(inner, dtype=float), np.asarray(outer, dtype=float)
    first, last = np.vstack([first, first[:1]]), np.vstack([last, last[:1]])
    share = np.linspace(0, 1, steps + 1)[:, None, None]
    return uv_by_axis(grid(first[None] * (1 - share) + last[None] * share), texture)


def _lengths(sheet: Floats, axis: int) -> Floats:
    steps = np.linalg.norm(np.diff(sheet, axis=axis), axis=-1)
    pad = [(0, 0), (0, 0)]
    pad[axis] = (1, 0)
    return np.cumsum(np.pad(steps, pad), axis=axis)


def _unit(vectors: Floats) -> Floats:
    size = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.where(size > 1e-12, vectors / np.maximum(size, 1e-12), np.array([0.0, 1.0, 0.0]))


def _rotation(axis: str, angle: float) -> Floats:
    cos, sin = np.cos(angle), np.sin(angle)
    if axis == "x":
        return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
    if axis == "y":
        return np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
    return np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])


def _facing_out(mesh: Mesh) -> Mesh:
    return _away_from(mesh, np.broadcast_to(mesh.positions.mean(axis=0), mesh.positions.shape))


def _facing(mesh: Mesh, *, outward_from_axis: bool) -> Mesh:
    axis = mesh.positions * np.array([0.0, 1.0, 0.0])
    spread = _away_from(mesh, axis) if outward_from_axis else mesh
    return spread


def _away_from(mesh: Mesh, centres: ArrayLike) -> Mesh:
    """Triangles and normals turned so that they face away from the given centre of each vertex, as a whole surface."""
    outward = mesh.positions - np.asarray(centres)
    agree = float(np.sum(outward * mesh.normals))
    if agree >= 0:
        return mesh
    return replace(mesh, normals=-mesh.normals, triangles=mesh.triangles[:, ::-1])
