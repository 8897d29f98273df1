"""Whitewashed walls with openings: the moon gate, lattice windows, the cloud wall's swinging top, tiled copings.

The rule kept here: a wall is a row of panels along +x that face +z; an opening is an outline around its panel's
centre, and frame, reveal and lattice are drawn from that same outline. Placing and turning come last.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from vr_scenes.garden.plan import COURT_WALL_Z, EAST, ENTRANCE, GATE_CENTRE, GATE_RADIUS, NORTH, SOUTH, WEST
from vr_scenes.garden.roof import saddle_roof
from vr_scenes.shapes import Floats, Mesh, box, grid, merge, move, ring, tint, turn, uv_by_axis

__all__ = [
    "THICKNESS",
    "WINDOWS",
    "Opening",
    "cloud_top",
    "door_leaves",
    "walls_frames",
    "walls_lattice",
    "walls_plaster",
    "walls_tiles",
]

THICKNESS = 0.36
_PANEL_TOP = 2.95
WINDOWS = (-12.4, -8.9, -5.4, 3.4, 8.2, 12.0)
"""x of the lattice windows in the court wall."""
_GALLERY_WINDOWS = (-3.7, 3.7)


@dataclass(frozen=True)
class Opening:
    """A hole in a panel; `outline(angles)` gives its edge as seen from its centre (x along, y up)."""

    centre: tuple[float, float]
    outline: Callable[[Floats], Floats]
    corners: tuple[float, ...] = ()


def _circle(radius: float) -> Callable[[Floats], Floats]:
    return lambda angles: radius * np.stack([np.cos(angles), np.sin(angles)], -1)


def _rectangle(width: float, height: float) -> Callable[[Floats], Floats]:
    def edge(angles: Floats) -> Floats:
        cos, sin = np.cos(angles), np.sin(angles)
        far = np.minimum(width / 2 / np.maximum(np.abs(cos), 1e-9), height / 2 / np.maximum(np.abs(sin), 1e-9))
        return np.stack([cos * far, sin * far], -1)

    return edge


def _window(x: float, size: float = 1.12) -> Opening:
    return Opening((x, 1.72), _rectangle(size, size), (45, 135, 225, 315))


def _gate() -> Opening:
    return Opening(GATE_CENTRE, _circle(GATE_RADIUS))


def _door() -> Opening:
    corner = float(np.degrees(np.arctan2(2.36, 1.5)))
    return Opening((ENTRANCE[0], 1.23), _rectangle(1.5, 2.36), (corner, 180 - corner, 180 + corner, 360 - corner))


def cloud_top(x: Floats) -> Floats:
    """Height of the court wall at x: it swings like a cloud (yunqiang) and lifts over the gate."""
    return (
        3.2
        + 0.24 * np.sin((x + 1.0) * 2 * np.pi / 7.4 + np.pi / 2)
        + 0.12 * np.exp(-(((x - GATE_CENTRE[0]) / 2.2) ** 2))
    )


def _straight_top(x: Floats) -> Floats:
    return np.full_like(np.asarray(x, dtype=float), 3.3)


def _face(mesh: Mesh, front: bool) -> Mesh:
    towards = mesh.normals[:, 2].mean() > 0
    return mesh if towards == front else replace(mesh, normals=-mesh.normals, triangles=mesh.triangles[:, ::-1])


def _angles(opening: Opening, left: float, right: float, low: float, high: float) -> Floats:
    x, y = opening.centre
    rectangle = [np.degrees(np.arctan2(py - y, px - x)) % 360 for px in (left, right) for py in (low, high)]
    round_about = list(np.arange(0, 360, 9 if not opening.corners else 30))
    return np.radians(np.unique(np.round(rectangle + round_about + list(opening.corners), 3)))


def _sheet(left: float, right: float, low: Floats | float, high: Callable[[Floats], Floats], depth: float) -> Mesh:
    """A plain stretch of wall from `low` to a top that may swing, cut small enough to carry shading."""
    columns = np.linspace(left, right, max(2, round((right - left) / 0.7) + 1))
    top = high(columns)
    bottom = np.full_like(columns, low)
    rows = max(2, round((float(top.max()) - float(np.min(bottom))) / 0.7) + 1)
    share = np.linspace(0, 1, rows) ** 1.25
    heights = bottom[None] * (1 - share[:, None]) + top[None] * share[:, None]
    points = np.stack([np.broadcast_to(columns, heights.shape), heights, np.full_like(heights, depth)], -1)
    return uv_by_axis(grid(points), 2.6)


def _around(opening: Opening, left: float, right: float, depth: float) -> Mesh:
    """The panel around an opening."""
    angles = _angles(opening, left, right, 0.0, _PANEL_TOP)
    centre = np.array(opening.centre)
    hole = opening.outline(angles) + centre
    ray = np.stack([np.cos(angles), np.sin(angles)], -1)
    reach_x = np.where(ray[:, 0] > 0, right - centre[0], centre[0] - left) / np.maximum(np.abs(ray[:, 0]), 1e-9)
    reach_y = np.where(ray[:, 1] > 0, _PANEL_TOP - centre[1], centre[1]) / np.maximum(np.abs(ray[:, 1]), 1e-9)
    outer = centre + ray * np.minimum(reach_x, reach_y)[:, None]
    at = np.full((len(angles), 1), depth)
    return uv_by_axis(ring(np.hstack([hole, at]), np.hstack([outer, at]), 2), 2.6)


def _wall(
    left: float, right: float, openings: list[tuple[Opening, float]], top: Callable[[Floats], Floats], *, both: bool
) -> Mesh:
    """A wall along x; each opening comes with the half width of its panel. `both`: seen from the back too."""
    made = []
    for front, depth in ((True, THICKNESS / 2), (False, -THICKNESS / 2)):
        if not front and not both:
            continue
        edge = left
        for opening, half in sorted(openings, key=lambda pair: pair[0].centre[0]):
            start, end = opening.centre[0] - half, opening.centre[0] + half
            made.append(_face(_sheet(edge, start, 0.0, top, depth), front))
            made.append(_face(_around(opening, start, end, depth), front))
            made.append(_face(_sheet(start, end, _PANEL_TOP, top, depth), front))
            edge = end
        made.append(_face(_sheet(edge, right, 0.0, top, depth), front))
    return merge(made)


def _reveal(opening: Opening, inner: float, outer: float, *, every: float = 6.0) -> Mesh:
    """The frame: a band around the hole on both faces, a hand's breadth proud, and the lining between."""
    angles = np.radians(np.unique(np.concatenate([np.arange(0, 360, every), opening.corners]).round(3)))
    edge = opening.outline(angles)
    proud = THICKNESS / 2 + 0.035
    loops = [
        (edge, proud),
        (edge * outer / inner, proud),
        (edge * outer / inner, -proud),
        (edge, -proud),
        (edge, proud),
    ]
    sheet = np.stack(
        [np.column_stack([loop + np.array(opening.centre), np.full(len(loop), depth)]) for loop, depth in loops], 0
    )
    sheet = np.concatenate([sheet, sheet[:, :1]], axis=1)
    strips = [grid(sheet[row : row + 2]) for row in range(4)]
    body = np.array([*opening.centre, 0.0])
    middle = (np.linalg.norm(edge, axis=1).mean() * (1 + outer / inner)) / 2
    turned = []
    for strip in strips:
        flat_way = strip.positions - body
        core = flat_way * np.array([1, 1, 0])
        core = core / np.maximum(np.linalg.norm(core, axis=1, keepdims=True), 1e-9) * middle
        agree = float(np.sum((flat_way - core) * strip.normals))
        turned.append(
            strip if agree > 0 else replace(strip, normals=-strip.normals, triangles=strip.triangles[:, ::-1])
        )
    return uv_by_axis(merge(turned), 0.9)


def _perimeter() -> list[tuple[float, float, float, float, float, list[tuple[Opening, float]]]]:
    """Left, right, degrees, x, z of each outer wall that faces the garden; its openings."""
    windows = [(_window(z), 0.95) for z in _GALLERY_WINDOWS]
    return [
        (WEST, EAST, 0, 0, NORTH, []),
        (-EAST, -WEST, 180, 0, SOUTH, [(replace(_door(), centre=(-ENTRANCE[0], 1.23)), 1.2)]),
        (NORTH, SOUTH, 90, WEST, 0, windows),
        (NORTH, SOUTH, -90, EAST, 0, []),
    ]


def walls_plaster() -> Mesh:
    """Court wall, both faces, and the inner faces of the outer walls."""
    openings = [(_window(x), 0.95) for x in WINDOWS] + [(_gate(), 1.75)]
    made = [move(_wall(WEST, EAST, openings, cloud_top, both=True), (0, 0, COURT_WALL_Z))]
    for left, right, degrees, x, z, holes in _perimeter():
        made.append(move(turn(_wall(left, right, holes, _straight_top, both=False), degrees), (x, 0, z)))
    return merge(made)


def walls_frames() -> Mesh:
    """Brick frames: the moon gate's ring, the window surrounds, the stone door frame."""
    court = [_reveal(_gate(), GATE_RADIUS, GATE_RADIUS + 0.16, every=5)] + [
        _reveal(_window(x), 0.56, 0.64, every=90) for x in WINDOWS
    ]
    made = [move(tint(merge(court), (0.50, 0.51, 0.52)), (0, 0, COURT_WALL_Z))]
    sill = tint(box((1.0, 0.15, 0.62), (GATE_CENTRE[0], 0.075, COURT_WALL_Z)), (0.72, 0.72, 0.72))
    side = [tint(turn(_reveal(_window(z), 0.56, 0.64, every=90), 90), (0.50, 0.51, 0.52)) for z in _GALLERY_WINDOWS]
    door = replace(_door(), centre=(-ENTRANCE[0], 1.23))
    frame = move(turn(tint(_reveal(door, 0.75, 0.93, every=90), (0.8, 0.8, 0.8)), 180), (0, 0, SOUTH))
    lintel = tint(box((2.6, 0.42, 0.22), (ENTRANCE[0], 2.86, SOUTH - 0.3)), (0.62, 0.62, 0.63))
    return merge([*made, sill, *[move(one, (WEST, 0, 0)) for one in side], frame, lintel])


def walls_lattice() -> Mesh:
    """The patterns in the windows, one drawing after the other."""
    made = []
    for number, x in enumerate(WINDOWS):
        made.append(move(_pattern(number % 3), (x, 1.72, COURT_WALL_Z)))
    for number, z in enumerate(_GALLERY_WINDOWS):
        made.append(move(turn(_pattern(number + 1), 90), (WEST, 1.72, -z)))
    return merge(made)


def door_leaves() -> Mesh:
    """The two leaves of the garden door, closed."""
    leaves = [box((0.73, 2.3, 0.07), (ENTRANCE[0] + side * 0.375, 1.22, SOUTH - 0.12)) for side in (-1, 1)]
    return tint(merge(leaves), (0.7, 0.6, 0.55))


def _pattern(kind: int) -> Mesh:
    """Lattice bars as thin blocks: cracked ice, interlocked squares, or begonia rounds."""
    bars = {0: _cracked_ice, 1: _squares, 2: _begonia}[kind]()
    made = []
    for (x1, y1), (x2, y2) in bars:
        length = float(np.hypot(x2 - x1, y2 - y1))
        angle = float(np.degrees(np.arctan2(y2 - y1, x2 - x1)))
        made.append(move(turn(box((length + 0.02, 0.04, 0.07)), angle, "z"), ((x1 + x2) / 2, (y1 + y2) / 2, 0)))
    return tint(merge(made), (0.86, 0.85, 0.82))


_Bars = list[tuple[tuple[float, float], tuple[float, float]]]


def _cracked_ice() -> _Bars:
    nodes = {
        "a": (-0.56, 0.2),
        "b": (-0.2, 0.56),
        "c": (0.28, 0.56),
        "d": (0.56, 0.12),
        "e": (0.56, -0.3),
        "f": (0.1, -0.56),
        "g": (-0.34, -0.56),
        "h": (-0.56, -0.22),
        "i": (-0.24, 0.22),
        "j": (0.18, 0.3),
        "k": (0.3, -0.06),
        "l": (0.12, -0.32),
        "m": (-0.22, -0.26),
        "n": (-0.06, 0.04),
    }
    lines = "ai ib ij jc jd jn in nk kd kl le lf ml mg mh hi mn nl ke"
    return [(nodes[pair[0]], nodes[pair[1]]) for pair in lines.split()]


def _squares() -> _Bars:
    bars: _Bars = []
    for at in (-0.28, 0.0, 0.28):
        bars += [((at, -0.56), (at, 0.56)), ((-0.56, at), (0.56, at))]
    for x in (-0.42, 0.14):
        for y in (-0.42, 0.14):
            bars += [
                ((x, y), (x + 0.28, y)),
                ((x + 0.28, y), (x + 0.28, y + 0.28)),
                ((x + 0.28, y + 0.28), (x, y + 0.28)),
                ((x, y + 0.28), (x, y)),
            ]
    return bars


def _begonia() -> _Bars:
    bars: _Bars = []
    for x in (-0.28, 0.28):
        for y in (-0.28, 0.28):
            rim = [(x + 0.21 * np.cos(a), y + 0.21 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 9)]
            bars += [((float(a), float(b)), (float(c), float(d))) for (a, b), (c, d) in itertools.pairwise(rim)]
            bars += [((x, y + 0.21), (x, 0.56 * np.sign(y))), ((x + 0.21 * np.sign(x), y), (0.56 * np.sign(x), y))]
    return [*bars, ((0.0, -0.56), (0.0, 0.56)), ((-0.56, 0.0), (0.56, 0.0))]


def walls_tiles() -> Mesh:
    """Copings of grey tile on every wall, and the small roof over the entrance."""
    xs = np.linspace(WEST + 0.1, EAST - 0.1, 44)
    court = np.stack([xs, cloud_top(xs), np.full_like(xs, COURT_WALL_Z)], 1)
    made = [saddle_roof(court, 0.36, 0.2, spacing=0.24, radius=0.055, steps=1, ridge=0.075)]
    for start, end in (
        ((WEST, NORTH), (EAST, NORTH)),
        ((EAST, SOUTH), (WEST, SOUTH)),
        ((WEST, SOUTH), (WEST, NORTH)),
        ((EAST, NORTH), (EAST, SOUTH)),
    ):
        axis = np.linspace((start[0], 3.3, start[1]), (end[0], 3.3, end[1]), 8)
        made.append(
            saddle_roof(axis, 0.36, 0.2, spacing=0.33, radius=0.075, steps=1, ridge=0.075, sides=(1,), ends=False)
        )
    door = np.linspace((ENTRANCE[0] - 1.5, 3.3, SOUTH - 0.25), (ENTRANCE[0] + 1.5, 3.3, SOUTH - 0.25), 12)
    made.append(saddle_roof(door, 0.62, 0.5, spacing=0.2, steps=2, ridge=0.09, turn_up=0.3))
    return merge(made)
