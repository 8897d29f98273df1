"""Earth and moss round the pond, paved court and paths, and what is seen beyond the walls.

The rule kept here: the ground is one sheet with a hole for the pond; paving lies a finger's breadth above it. The
pagoda and the hills are scenery borrowed from outside (jiejing) and take no part in light or collisions.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vr_scenes.garden.plan import COURT_WALL_Z, EAST, NORTH, SOUTH, WEST, pond_outline
from vr_scenes.shapes import Floats, Mesh, extrude, grid, merge, move, ring, tint, uv_by_axis

__all__ = ["beyond", "moss", "paving"]


def moss() -> Mesh:
    """The ground of the garden and of the court's plant beds, with slow changes of colour."""
    outline = pond_outline(72)
    centre = outline.mean(axis=0)
    ray = outline - centre
    ray /= np.linalg.norm(ray, axis=1, keepdims=True)
    reach_x = np.where(ray[:, 0] > 0, EAST - centre[0], centre[0] - WEST) / np.maximum(np.abs(ray[:, 0]), 1e-9)
    reach_z = np.where(ray[:, 1] > 0, COURT_WALL_Z - centre[1], centre[1] - NORTH) / np.maximum(np.abs(ray[:, 1]), 1e-9)
    outer = centre + ray * np.minimum(reach_x, reach_z)[:, None]
    level = np.zeros((72, 1))
    made = [ring(np.hstack([outline[:, :1], level, outline[:, 1:]]), np.hstack([outer[:, :1], level, outer[:, 1:]]), 8)]
    corners = [(WEST, NORTH), (EAST, NORTH), (EAST, COURT_WALL_Z), (WEST, COURT_WALL_Z)]
    for east, south in corners:  # the ring cuts the corners off: a sheet just below fills them
        inner = (east - np.sign(east) * 5, south - np.sign(south) * 4)
        made.append(move(_up(grid(_sheet(inner[0], east, inner[1], south, 4, 4))), (0, -0.01, 0)))
    made.append(_up(grid(_sheet(WEST, EAST, COURT_WALL_Z, SOUTH, 40, 9))))
    ground = uv_by_axis(merge([_up(part) for part in made]), 1.5)
    x, z = ground.positions[:, 0], ground.positions[:, 2]
    shade = 0.9 + 0.1 * np.sin(x * 1.3 + 2 * np.sin(z * 0.7)) * np.cos(z * 1.1)
    return Mesh(ground.positions, ground.normals, ground.uvs, ground.tints * shade[:, None], ground.triangles)


def paving() -> Mesh:
    """The court's pebble floor, the path from the gate, and the paths round the pond."""
    court = [
        _up(grid(_sheet(WEST + 0.3, EAST - 0.3, COURT_WALL_Z + 1.55, SOUTH - 1.35, 40, 8))),
        _up(grid(_sheet(-2.5, 0.5, COURT_WALL_Z - 0.2, COURT_WALL_Z + 1.56, 5, 4))),
        _up(grid(_sheet(4.9, 7.1, SOUTH - 1.36, SOUTH - 0.15, 4, 3))),
    ]
    floor = [move(part, (0, 0.016, 0)) for part in court]
    paths = [
        _ribbon([(-1.0, 6.9), (-1.0, 5.8), (-1.2, 4.4)], 1.5),
        _ribbon([(-1.0, 5.9), (-4.6, 5.5), (-8.4, 4.2), (-10.6, 1.8), (-12.4, 0.6)], 1.25),
        _ribbon([(-10.8, 1.6), (-10.4, -2.4), (-9.2, -5.6), (-7.2, -9.6), (-3.6, -9.9), (0.4, -8.9), (3.2, -8.6)], 1.2),
        _ribbon([(-0.9, 5.9), (3.4, 5.5), (7.6, 4.4), (10.9, 1.6), (11.2, -2.2), (9.6, -6.4), (7.6, -7.4)], 1.2),
    ]
    return uv_by_axis(merge(floor + paths), 1.6)


def _sheet(x0: float, x1: float, z0: float, z1: float, columns: int, rows: int) -> Floats:
    x, z = np.meshgrid(np.linspace(min(x0, x1), max(x0, x1), columns), np.linspace(min(z0, z1), max(z0, z1), rows))
    return np.stack([x, np.zeros_like(x), z], -1)


def _up(mesh: Mesh) -> Mesh:
    if mesh.normals[:, 1].mean() > 0:
        return mesh
    return Mesh(mesh.positions, -mesh.normals, mesh.uvs, mesh.tints, mesh.triangles[:, ::-1])


def _ribbon(bends: Sequence[tuple[float, float]], width: float) -> Mesh:
    """A path along bends, rounded, with a kerb on both sides."""
    line = np.array(bends, dtype=float)
    for _ in range(3):  # Chaikin's corner cutting
        inner = np.stack([line[:-1] * 0.75 + line[1:] * 0.25, line[:-1] * 0.25 + line[1:] * 0.75], 1).reshape(-1, 2)
        line = np.vstack([line[:1], inner, line[-1:]])
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    offsets = np.array([-0.5, -0.44, 0.0, 0.44, 0.5]) * width
    heights = np.array([0.0, 0.022, 0.03, 0.022, 0.0])
    points = line[:, None] + across[:, None] * offsets[None, :, None]
    sheet = np.stack([points[..., 0], np.broadcast_to(heights, points.shape[:2]), points[..., 1]], -1)
    made = _up(grid(sheet))
    edge = np.tile(np.array([0.62, 0.9, 1.0, 0.9, 0.62]), len(line))
    return Mesh(made.positions, made.normals, made.uvs, made.tints * edge[:, None], made.triangles)


def beyond() -> Mesh:
    """Pale hills and, above the western wall, a far pagoda of seven storeys."""
    hills = [
        _hill(radius, height, seed, colour)
        for radius, height, seed, colour in ((150, 17, 3, (0.66, 0.735, 0.75)), (120, 11, 4, (0.60, 0.68, 0.68)))
    ]
    return merge([*hills, move(_pagoda(), (-46, 0, -10))])


def _hill(radius: float, height: float, seed: int, colour: Sequence[float]) -> Mesh:
    angles = np.linspace(0, 2 * np.pi, 73)
    random = np.random.default_rng(seed)
    swell = sum(
        random.uniform(0.2, 1) / order * np.sin(order * angles + random.uniform(0, 6)) for order in (2, 3, 5, 7, 11, 17)
    )
    top = height * (0.55 + 0.28 * np.asarray(swell))
    foot = np.stack([radius * np.cos(angles), np.full(73, -4.0), radius * np.sin(angles)], 1)
    crest = np.stack([radius * np.cos(angles), np.maximum(top, 1.0), radius * np.sin(angles)], 1)
    made = grid(np.stack([foot, crest]))
    inward = float(np.sum(made.normals * -made.positions))
    return tint(made if inward > 0 else grid(np.stack([foot, crest]), flip=True), colour)


def _pagoda() -> Mesh:
    """Eight-sided storeys, each a little narrower, with wide eaves and a mast."""
    angles = np.radians(np.arange(8) * 45 + 22.5)
    outline = np.stack([np.cos(angles), np.sin(angles)], 1)
    made = []
    y = 0.0
    for storey in range(7):
        wide, high = 3.6 - 0.32 * storey, 3.3 - 0.16 * storey
        made.append(tint(move(extrude(outline * wide, 0, high - 0.9), (0, y, 0)), (0.66, 0.62, 0.56)))
        made.append(
            tint(
                move(extrude(outline * wide * 1.5, high - 0.9, high - 0.25, scale_top=0.72), (0, y, 0)),
                (0.50, 0.53, 0.54),
            )
        )
        y += high - 0.3
    made.append(tint(move(extrude(outline * 2.2, 0, 2.2, scale_top=0.08), (0, y, 0)), (0.50, 0.53, 0.54)))
    made.append(tint(move(extrude(outline * 0.16, 0, 4.6, scale_top=0.3), (0, y + 1.8, 0)), (0.45, 0.46, 0.46)))
    return merge(made)
