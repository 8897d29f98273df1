"""The pond: a level sheet of water, the bank below it, lotus leaves and a few flowers.

The rule kept here: the water is one flat part by itself, marked so that a viewer can give it a mirror.
"""

from __future__ import annotations

import numpy as np

from vr_scenes.garden.plan import PAVILION, WATER_Y, pond_outline
from vr_scenes.shapes import Mesh, from_triangles, grid, lathe, merge, move, tint, uv_by_axis

__all__ = ["bank", "lotus", "water_sheet"]


def water_sheet() -> Mesh:
    """A flat star of triangles a little wider than the shore."""
    outline = pond_outline(48)
    centre = outline.mean(axis=0)
    wide = centre + (outline - centre) * 1.03
    points = np.vstack([centre, wide])
    here = np.arange(48)
    faces = np.stack([np.zeros(48, dtype=int), 1 + here, 1 + (here + 1) % 48], 1)
    made = from_triangles(np.column_stack([points[:, 0], np.full(49, WATER_Y), points[:, 1]]), faces)
    return uv_by_axis(made, 4.0)


def bank() -> Mesh:
    """The wall of the pond from the shore down."""
    outline = np.vstack([pond_outline(72), pond_outline(72)[:1]])
    rows = [np.column_stack([outline[:, 0], np.full(73, y), outline[:, 1]]) for y in (0.0, -0.3, -0.7, -1.1)]
    made = grid(np.stack(rows))
    centre = np.array([1.0, 0, -1.5])
    inward = float(np.sum((centre - made.positions) * made.normals))
    made = made if inward > 0 else grid(np.stack(rows), flip=True)
    return tint(uv_by_axis(made, 1.2), (0.6, 0.62, 0.56))


def lotus(seed: int = 5) -> Mesh:
    """Round leaves lying on the water or standing over it, and a few flowers."""
    random = np.random.default_rng(seed)
    made = []
    for centre, count, spread in (((-3.6, -1.2), 30, 1.7), ((6.6, 0.4), 24, 1.3), ((-1.4, -4.6), 16, 1.0)):
        for number in range(count):
            x, z = np.array(centre) + random.normal(0, spread * 0.5, 2)
            if np.hypot(x - PAVILION[0], z - PAVILION[1]) < 3.2 or not _inside(x, z):
                continue
            radius = random.uniform(0.16, 0.34)
            standing = number % 3 == 0
            made.append(
                _leaf(x, z, radius, WATER_Y + (random.uniform(0.14, 0.4) if standing else 0.012), standing, random)
            )
            if number % 6 == 0:
                made.append(_flower(x + 0.2, z + 0.1, WATER_Y + random.uniform(0.3, 0.5)))
    return merge(made)


def _inside(x: float, z: float) -> bool:
    outline = pond_outline(72)
    centre = outline.mean(axis=0)
    near = outline[
        np.argmin(
            np.abs(
                np.angle(
                    np.exp(1j * (np.arctan2(*(outline - centre).T[::-1]) - np.arctan2(z - centre[1], x - centre[0])))
                )
            )
        )
    ]
    return bool(np.hypot(x - centre[0], z - centre[1]) < np.linalg.norm(near - centre) - 0.5)


def _leaf(x: float, z: float, radius: float, y: float, cupped: bool, random: np.random.Generator) -> Mesh:
    angles = np.linspace(0, 2 * np.pi, 10)[:-1] + random.uniform(0, 6)
    rim_y = y + (0.05 * radius / 0.25 + random.normal(0, 0.012, 9) if cupped else np.zeros(9))
    rim = np.column_stack([x + radius * np.cos(angles), rim_y, z - radius * np.sin(angles)])
    points = np.vstack([[x, y, z], rim])
    faces = [(0, 1 + n, 1 + (n + 1) % 9) for n in range(9)]
    return tint(from_triangles(points, faces), np.array([0.16, 0.30, 0.13]) * random.uniform(0.75, 1.15))


def _flower(x: float, z: float, y: float) -> Mesh:
    petals = []
    for ring_number, (count, lean, length) in enumerate(((5, 0.9, 0.15), (5, 0.45, 0.13))):
        for number in range(count):
            a = 2 * np.pi * (number + ring_number / 2) / count
            out = np.array([np.cos(a), 0, np.sin(a)])
            side = np.array([-np.sin(a), 0, np.cos(a)]) * 0.045
            base, tip = np.array([x, y, z]), np.array([x, y, z]) + out * length * lean + [0, length * (1.3 - lean), 0]
            middle = (base + tip) / 2 + out * 0.03
            petals.append(
                from_triangles([base, middle - side, tip, middle + side], [(0, 1, 2), (0, 2, 3), (0, 2, 1), (0, 3, 2)])
            )
    heart = move(lathe([(0.0, 0), (0.03, 0.0), (0.04, 0.05), (0, 0.055)], 5), (x, y, z))
    return merge([tint(merge(petals), (0.95, 0.66, 0.70)), tint(heart, (0.8, 0.75, 0.3))])
