"""The rockery of Taihu stone, and the rocks along the shore.

The rule kept here: a Taihu stone is a solid with holes worn through it, so it is modelled as a field (solid where the
field is positive) and skinned with surface nets; its normals are the field's own slope, which keeps it crisp.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vr_scenes.garden.plan import PAVILION, WATER_Y, pond_outline
from vr_scenes.shapes import Floats, Mesh, from_triangles, merge, move, tint, uv_by_axis

__all__ = ["PLACE", "pebble", "rockery", "shore_rocks", "surface_net"]

PLACE = (-5.2, -7.5)

_BLOBS = np.array(
    [  # x, y, z, radius x, y, z of each stone that the heap is built from
        (-1.55, 0.55, 0.15, 0.75, 0.85, 0.55),
        (-0.95, 1.3, 0.0, 0.42, 1.0, 0.42),
        (-0.35, 2.2, 0.0, 0.34, 0.9, 0.36),
        (0.25, 1.15, 0.15, 0.40, 1.1, 0.42),
        (0.55, 2.3, 0.0, 0.34, 0.75, 0.34),
        (1.2, 0.55, 0.0, 0.65, 0.75, 0.55),
        (1.55, 1.5, -0.05, 0.34, 0.9, 0.36),
        (0.0, 0.15, -0.4, 1.7, 0.5, 0.65),
        (0.0, 3.05, 0.0, 0.78, 0.36, 0.36),
        (2.2, 0.2, 0.3, 0.5, 0.5, 0.42),
        (-2.3, 0.25, 0.0, 0.55, 0.5, 0.5),
        (1.1, 2.05, 0.0, 0.5, 0.3, 0.3),
        (-0.6, 1.95, 0.1, 0.5, 0.3, 0.34),
    ]
)
_HOLES = np.array(
    [  # holes worn through: x, y, then radii
        (-0.38, 1.3, 0.27, 0.40),
        (0.10, 2.35, 0.22, 0.36),
        (0.95, 1.3, 0.30, 0.42),
        (-1.35, 1.05, 0.17, 0.24),
        (0.32, 1.62, 0.15, 0.2),
        (-0.45, 2.7, 0.13, 0.17),
        (1.62, 1.55, 0.13, 0.26),
        (-0.05, 0.42, 0.42, 0.42),
        (0.62, 2.85, 0.13, 0.13),
        (-1.9, 0.55, 0.16, 0.17),
    ]
)


def _field(points: Floats) -> Floats:
    """Positive inside the stone; points (.., 3) in metres, the heap's middle at the origin."""
    wobble = _noise(points * 3.1) * 0.10 + np.abs(_noise(points * 6.3 + 3)) * 0.09 - 0.02
    solid = np.full(points.shape[:-1], -9.0)
    for x, y, z, rx, ry, rz in _BLOBS:
        inside = 1 - np.sqrt(
            ((points[..., 0] - x) / rx) ** 2 + ((points[..., 1] - y) / ry) ** 2 + ((points[..., 2] - z) / rz) ** 2
        )
        solid = np.logaddexp(solid * 16, inside * min(rx, rz) * 16) / 16
    for x, y, rx, ry in _HOLES:
        drift = 0.18 * np.sin(points[..., 2] * 2.1 + x * 5)
        hole = 1 - np.sqrt(((points[..., 0] - x - drift) / rx) ** 2 + ((points[..., 1] - y) / ry) ** 2)
        solid = np.minimum(solid, -hole * min(rx, ry) * 1.6)
    return solid + wobble


def _noise(points: Floats) -> Floats:
    """A smooth repeatable wobble, -1..1, made of crossed waves."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return (
        np.sin(x + 1.7 * np.sin(y * 0.9)) * np.cos(1.3 * y + 0.8 * np.sin(z * 1.1))
        + np.sin(1.2 * z + 1.4 * np.sin(x * 1.3 + 1))
    ) / 2


def surface_net(field: Callable[[Floats], Floats], low: Floats, high: Floats, cell: float) -> Mesh:
    """The surface field = 0 as a mesh: one vertex in each cell it crosses (naive surface nets, Gibson 1998)."""
    axes = [np.arange(low[axis], high[axis] + cell, cell) for axis in range(3)]
    samples = field(np.stack(np.meshgrid(*axes, indexing="ij"), -1))
    corners = [
        samples[a : samples.shape[0] - 1 + a, b : samples.shape[1] - 1 + b, c : samples.shape[2] - 1 + c]
        for a in (0, 1)
        for b in (0, 1)
        for c in (0, 1)
    ]
    stack = np.stack(corners, -1)
    crossed = (stack.max(-1) > 0) & (stack.min(-1) <= 0)
    number = np.full(crossed.shape, -1, dtype=np.int64)
    number[crossed] = np.arange(int(crossed.sum()))
    centres = np.argwhere(crossed) * cell + np.array([axis[0] for axis in axes]) + cell / 2
    positions, normals = _onto_surface(field, centres, cell)
    faces = np.concatenate([_faces(samples, number, axis) for axis in range(3)])
    made = from_triangles(positions, faces)
    return Mesh(positions, normals, made.uvs, made.tints, faces)


def _onto_surface(field: Callable[[Floats], Floats], points: Floats, cell: float) -> tuple[Floats, Floats]:
    """Points stepped along the field's slope, and the outward slope there."""
    moved = points.copy()
    for _ in range(3):
        value, slope = field(moved), _slope(field, moved)
        step = (value / np.maximum(np.sum(slope**2, -1), 1e-6))[:, None] * slope
        moved = moved - np.clip(step, -cell * 0.5, cell * 0.5)
        moved = np.clip(moved, points - cell * 0.6, points + cell * 0.6)
    outward = -_slope(field, moved)
    return moved, outward / np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)


def _slope(field: Callable[[Floats], Floats], points: Floats, step: float = 0.02) -> Floats:
    return np.stack(
        [
            (field(points + np.eye(3)[axis] * step) - field(points - np.eye(3)[axis] * step)) / (2 * step)
            for axis in range(3)
        ],
        -1,
    )


def _faces(samples: Floats, number: np.ndarray, axis: int) -> np.ndarray:
    """Two triangles for each grid edge along `axis` whose ends lie on different sides."""
    inside = np.moveaxis(samples > 0, axis, 0)
    cells = np.moveaxis(number, axis, 0)
    change = inside[1:] != inside[:-1]
    edge = np.argwhere(change[:, 1:-1, 1:-1])
    x, y, z = edge[:, 0], edge[:, 1] + 1, edge[:, 2] + 1
    quad = np.stack([cells[x, y - 1, z - 1], cells[x, y, z - 1], cells[x, y, z], cells[x, y - 1, z]], -1)
    outward = inside[x, y, z] ^ (axis == 1)
    quad = np.where(outward[:, None], quad, quad[:, ::-1])
    return np.concatenate([quad[:, [0, 1, 2]], quad[:, [0, 2, 3]]])


def rockery() -> Mesh:
    """The heap behind the pond, about 5 m long and 3.4 m high."""
    made = surface_net(_field, np.array([-3.1, -0.4, -1.3]), np.array([3.0, 3.8, 1.3]), 0.16)
    shade = 0.86 + 0.14 * np.clip(_noise(made.positions * 6.0), -1, 1)
    made = Mesh(made.positions, made.normals, made.uvs, made.tints * shade[:, None], made.triangles)
    return move(uv_by_axis(made, 1.3), (PLACE[0], 0, PLACE[1]))


def pebble(random: np.random.Generator, size: Floats, detail: int = 2) -> Mesh:
    """A worn stone: a ball of triangles, squeezed and dented; `size` its three radii."""
    points, faces = _ball(detail)
    shift = random.uniform(0, 20, 3)
    points = points * (1 + 0.24 * _noise(points * 2.2 + shift) + 0.1 * _noise(points * 5 + shift))[:, None] * size
    return uv_by_axis(from_triangles(points, faces), 1.1)


def _ball(detail: int) -> tuple[Floats, np.ndarray]:
    points = np.array([(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)], dtype=float)
    faces = np.array([(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)])
    for _ in range(detail):
        corners = points[faces]
        middles = [(corners[:, a] + corners[:, b]) / 2 for a, b in ((0, 1), (1, 2), (2, 0))]
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        ab, bc, ca = middles
        fresh = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]).reshape(
            -1, 3
        )
        points, faces = np.unique(np.round(fresh, 6), axis=0, return_inverse=True)
        faces = faces.reshape(-1, 3)
        points = points / np.linalg.norm(points, axis=1, keepdims=True)
    return points, faces


def shore_rocks(seed: int = 11) -> Mesh:
    """Stones set along the water's edge, larger and smaller by turns, with gaps for steps and pavilion."""
    random = np.random.default_rng(seed)
    made = []
    for x, z in pond_outline(78):
        near_bridge = np.hypot(x + 1.2, z - 4.4) < 1.1
        if near_bridge or np.hypot(x - PAVILION[0], z - PAVILION[1]) < 2.7:
            continue
        big = random.random() < 0.15
        size = random.uniform(0.4, 0.62) if big else random.uniform(0.2, 0.36)
        stone = pebble(random, size * random.uniform([0.9, 0.6, 0.9], [1.35, 1.0, 1.35]), 2 if big else 1)
        at = np.array([x, WATER_Y + 0.18 + random.uniform(0.0, 0.16), z]) + random.normal(0, 0.1, 3) * [1, 0.2, 1]
        made.append(tint(move(stone, at), np.full(3, random.uniform(0.72, 0.98))))
    for east, south, radii in (
        (-12.7, 10.1, (0.55, 1.35, 0.45)),
        (-12.2, 10.9, (0.5, 0.75, 0.42)),
        (-13.1, 10.9, (0.4, 0.95, 0.4)),
    ):
        made.append(
            move(pebble(random, np.array(radii), 3), (east, radii[1] * 0.7, south))
        )  # stones that close the view down the court
    return merge(made)
