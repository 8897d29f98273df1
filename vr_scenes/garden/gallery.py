"""The covered gallery (lang) along the west wall, where the bracket set stands.

The rule kept here: columns stand at even spaces; roof, beams and floor follow from the plan's two corners.
"""

from __future__ import annotations

import itertools

import numpy as np

from vr_scenes.garden.plan import GALLERY_X, GALLERY_Z
from vr_scenes.garden.roof import saddle_roof
from vr_scenes.shapes import Mesh, beam, box, grid, lathe, merge, move, pipe, tint

__all__ = ["gallery_stone", "gallery_tiles", "gallery_timber"]

_EAVE = 2.78
_COLUMNS = 6


def _column_places() -> list[float]:
    return [float(z) for z in np.linspace(GALLERY_Z[0] + 0.25, GALLERY_Z[1] - 0.25, _COLUMNS)]


def gallery_stone() -> Mesh:
    """Floor slab with its kerb; column bases."""
    west, east = GALLERY_X
    length = GALLERY_Z[1] - GALLERY_Z[0]
    floor = box((east - west + 0.2, 0.3, length), ((east + west) / 2 + 0.1, -0.03, 0))
    drum = [(0.14, 0.0), (0.17, 0.05), (0.165, 0.12), (0.125, 0.16), (0.0, 0.16)]
    return merge([floor] + [move(lathe(drum, 8), (east - 0.18, 0.12, z)) for z in _column_places()])


def gallery_timber() -> Mesh:
    """Columns, tie beams, rafters, ceiling boards and the low rail."""
    west, east = GALLERY_X
    front, middle = east - 0.18, (west + east) / 2
    parts = []
    places = _column_places()
    for z in places:
        parts.append(pipe([(front, 0.2, z), (front, _EAVE, z)], [0.09, 0.083], 8))
        parts.append(beam((front, _EAVE - 0.08, z), (west, _EAVE - 0.08, z), 0.11, 0.17))
        parts.append(pipe([(middle, _EAVE, z), (middle, _EAVE + 0.55, z)], [0.07, 0.07], 6))
    for start, end in itertools.pairwise(places):
        parts += _bay(front, start, end)
    parts.append(beam((middle, _EAVE + 0.58, GALLERY_Z[0]), (middle, _EAVE + 0.58, GALLERY_Z[1]), 0.12, 0.12))
    for z in np.arange(GALLERY_Z[0], GALLERY_Z[1], 0.28):
        for side in (west, east + 0.18):
            parts.append(beam((middle, _EAVE + 0.62, float(z)), (side, _EAVE + 0.02, float(z)), 0.06, 0.05))
    return tint(merge(parts), (0.95, 0.93, 0.92))


def _bay(front: float, start: float, end: float) -> list[Mesh]:
    made = [
        beam((front, _EAVE - 0.02, start), (front, _EAVE - 0.02, end), 0.09, 0.18),
        beam((front, _EAVE - 0.36, start), (front, _EAVE - 0.36, end), 0.04, 0.04),
    ]
    if start < 0 < end:  # the bay before the bracket set stays open
        return made[:1]
    for share in np.linspace(0.08, 0.92, 11):
        z = start * (1 - share) + end * share
        made.append(beam((front, _EAVE - 0.1, z), (front, _EAVE - 0.36, z), 0.025, 0.025))
    made += [beam((front, 0.62, start), (front, 0.62, end), 0.3, 0.05)]
    made += [beam((front, 0.12, z), (front, 0.6, z), 0.035, 0.035) for z in np.linspace(start + 0.2, end - 0.2, 8)]
    return made


def gallery_tiles() -> Mesh:
    """The roof, and the boards one sees from below."""
    middle = sum(GALLERY_X) / 2
    axis = np.linspace((middle, _EAVE + 0.1, GALLERY_Z[0] - 0.3), (middle, _EAVE + 0.1, GALLERY_Z[1] + 0.3), 12)
    roof = saddle_roof(axis, 1.45, 0.72, spacing=0.21, radius=0.06, steps=2, ridge=0.1, turn_up=0.28)
    gables = []
    for z, sign in ((GALLERY_Z[0] - 0.02, -1), (GALLERY_Z[1] + 0.02, 1)):
        gables.append(tint(box((2.2, 0.35, 0.1), (middle, _EAVE + 0.22, z + sign * 0.02)), (1.0, 1.0, 1.0)))
    ceiling = [_ceiling(middle, side) for side in (-1, 1)]
    return merge([roof, *gables, *ceiling])


def _ceiling(middle: float, side: int) -> Mesh:
    """The pale bricks between rafters and tiles, seen from below."""
    x = np.array([middle, middle + side * 0.7, middle + side * 1.42])
    y = np.array([_EAVE + 0.74, _EAVE + 0.37, _EAVE + 0.06])
    rows = [np.column_stack([x, y, np.full(3, z)]) for z in np.linspace(GALLERY_Z[0] - 0.25, GALLERY_Z[1] + 0.25, 12)]
    made = grid(np.stack(rows), 0.6, flip=side > 0)
    if made.normals[:, 1].mean() > 0:
        made = grid(np.stack(rows), 0.6, flip=side < 0)
    return tint(made, (1.0, 1.0, 1.0))
