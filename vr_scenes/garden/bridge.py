"""The zigzag bridge: stone slabs on piers, low stone rails with carved posts.

The rule kept here: the bends are those of the plan; rails run along each section on both sides and meet at a bend.
"""

from __future__ import annotations

import itertools

import numpy as np

from vr_scenes.garden.plan import BRIDGE, DECK_Y
from vr_scenes.shapes import Floats, Mesh, beam, box, extrude, merge, move, tint

__all__ = ["bridge_stone"]

_WIDTH = 1.3


def bridge_stone() -> Mesh:
    """Deck, piers, posts and rails."""
    bends = np.array(BRIDGE)
    parts = [_deck(bends[number], bends[number + 1]) for number in range(len(bends) - 1)]
    parts += [
        move(extrude(_octagon(_WIDTH / 2 + 0.02), DECK_Y - 0.18, DECK_Y + 0.003), (x, 0, z)) for x, z in bends[1:-1]
    ]
    parts += [_pier(bend) for bend in bends[1:-1]]
    for side in (-1, 1):
        parts += _rail(_offset(bends, side * (_WIDTH / 2 - 0.06)))
    return tint(merge(parts), (0.97, 0.96, 0.94))


def _octagon(radius: float) -> Floats:
    angles = np.radians(np.arange(8) * 45 + 22.5)
    return radius * np.stack([np.cos(angles), np.sin(angles)], 1)


def _deck(start: Floats, end: Floats) -> Mesh:
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    slabs = []
    count = max(1, round(length / 0.75))
    for number in range(count):
        a, b = start + along * length * number / count, start + along * (length * (number + 1) / count - 0.012)
        slabs.append(beam((a[0], DECK_Y - 0.07, a[1]), (b[0], DECK_Y - 0.07, b[1]), _WIDTH, 0.14))
    for side in (-1, 1):
        across = np.array([-along[1], along[0]]) * side * (_WIDTH / 2 - 0.05)
        a, b = start + across, end + across
        slabs.append(
            tint(beam((a[0], DECK_Y - 0.17, a[1]), (b[0], DECK_Y - 0.17, b[1]), 0.14, 0.2), (0.85, 0.85, 0.84))
        )
    return merge(slabs)


def _pier(bend: Floats) -> Mesh:
    base = box((0.8, 0.9, 0.4), (bend[0], DECK_Y - 0.6, bend[1]))
    return tint(base, (0.72, 0.72, 0.7))


def _offset(bends: Floats, distance: float) -> Floats:
    """The line of bends moved sideways, with mitred corners."""
    along = np.diff(bends, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    normal = np.stack([-along[:, 1], along[:, 0]], 1)
    first = np.vstack([normal[:1], normal])
    second = np.vstack([normal, normal[-1:]])
    both = first + second
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    return bends + both * (distance / np.sum(both * first, axis=1))[:, None]


def _rail(line: Floats) -> list[Mesh]:
    made = []
    for start, end in itertools.pairwise(line):
        length = float(np.linalg.norm(end - start))
        for height, thick in ((0.46, 0.09), (0.24, 0.05)):
            made.append(beam((start[0], DECK_Y + height, start[1]), (end[0], DECK_Y + height, end[1]), 0.09, thick))
        posts = max(1, round(length / 1.0))
        for number in range(1, posts):
            point = start + (end - start) * number / posts
            made.append(box((0.1, 0.45, 0.1), (point[0], DECK_Y + 0.225, point[1])))
    for point in line:
        made.append(box((0.15, 0.56, 0.15), (point[0], DECK_Y + 0.28, point[1])))
        made.append(move(extrude(_octagon(0.085), 0.56, 0.68, scale_top=0.55), (point[0], DECK_Y, point[1])))
    return made
