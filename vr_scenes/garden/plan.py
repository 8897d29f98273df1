"""The ground plan: where things stand, in metres, x to the east, z to the south, y up from the paving.

The rule kept here: a place that two modules need is written once, here. The bridge's five sections are made of
3-4-5 triangles on purpose, so that a learner can check the lengths with Pythagoras' theorem.
"""

from __future__ import annotations

import numpy as np

from vr_scenes.shapes import Floats

__all__ = [
    "BRIDGE",
    "COURT_WALL_Z",
    "DECK_Y",
    "EAST",
    "ENTRANCE",
    "GALLERY_X",
    "GALLERY_Z",
    "GATE_CENTRE",
    "GATE_RADIUS",
    "NORTH",
    "PAVILION",
    "POND_CENTRE",
    "SOUTH",
    "WATER_Y",
    "WEST",
    "pond_outline",
]

WEST, EAST, NORTH, SOUTH = -15.0, 15.0, -14.0, 14.0
COURT_WALL_Z = 7.0
GATE_CENTRE = (-1.0, 1.35)
"""x and y of the middle of the moon gate, in the wall at z = COURT_WALL_Z."""
GATE_RADIUS = 1.2
ENTRANCE = (6.0, 14.0)
PAVILION = (5.4, -5.8)
GALLERY_X = (-14.82, -12.5)
GALLERY_Z = (-5.6, 5.6)
WATER_Y = -0.42
DECK_Y = 0.12
POND_CENTRE = (1.0, -1.5)
BRIDGE = ((-1.2, 4.6), (1.2, 2.8), (0.3, 1.6), (2.7, -0.2), (1.8, -1.4), (4.2, -3.2))
"""x, z of the bends: sections of 3, 1.5, 3, 1.5 and 3 metres, each at a right angle to the last."""


def pond_outline(count: int) -> Floats:
    """(count, 2) x, z of the shore, counter-clockwise seen from above (from east over north)."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    swell = 1 + 0.09 * np.sin(2 * angles + 0.6) + 0.06 * np.sin(3 * angles + 2.1) + 0.035 * np.sin(7 * angles + 0.4)
    return np.stack([POND_CENTRE[0] + 8.1 * swell * np.cos(angles), POND_CENTRE[1] - 5.6 * swell * np.sin(angles)], 1)
