"""The six-sided waterside pavilion: stone platform, columns on stone bases, benches, lattice under the eave, roof.

The rule kept here: everything hangs on the six column places; change the radius and the rest follows.
"""

from __future__ import annotations

import numpy as np

from vr_scenes.garden.plan import PAVILION, WATER_Y
from vr_scenes.garden.roof import HexRoof
from vr_scenes.shapes import Floats, Mesh, beam, extrude, lathe, merge, move, pipe, tint

__all__ = ["COLUMN_RADIUS", "FLOOR", "pavilion_stone", "pavilion_tiles", "pavilion_timber"]

COLUMN_RADIUS = 2.05
FLOOR = 0.45
_TOP = 3.05


def _corners(radius: float, height: float) -> Floats:
    angles = np.radians(np.arange(6) * 60.0)
    return np.stack([radius * np.sin(angles + np.pi / 6), np.full(6, height), radius * np.cos(angles + np.pi / 6)], 1)


def _place(mesh: Mesh) -> Mesh:
    return move(mesh, (PAVILION[0], 0, PAVILION[1]))


def pavilion_stone() -> Mesh:
    """Platform with its kerb and steps, and the drum-shaped column bases (gudun)."""
    outline = _corners(2.62, 0)[:, [0, 2]]
    low = WATER_Y - 0.4
    platform = [extrude(outline, low, FLOOR - 0.12), extrude(outline * 1.03, FLOOR - 0.12, FLOOR)]
    drum = [(0.20, 0.0), (0.235, 0.06), (0.245, 0.13), (0.22, 0.21), (0.17, 0.24), (0.0, 0.24)]
    bases = [tint(move(lathe(drum, 12), (x, FLOOR, z)), (0.9, 0.9, 0.88)) for x, _, z in _corners(COLUMN_RADIUS, 0)]
    steps = [
        tint(
            move(extrude([[-0.75, -0.2], [0.75, -0.2], [0.75, 0.2], [-0.75, 0.2]], low, y), (0, 0, 2.35 + out)),
            (0.95, 0.95, 0.95),
        )
        for y, out in ((0.30, 0.05), (0.12, 0.34))
    ]
    return _place(merge([*platform, *bases, *steps]))


def pavilion_timber() -> Mesh:
    """Columns, tie beams, hanging lattice, brackets, benches with leaning backs, ceiling and rafters."""
    corners = _corners(COLUMN_RADIUS, 0.0)
    parts = [
        pipe([(x, FLOOR + 0.22, z), (x, 1.7, z), (x, _TOP + 0.12, z)], [0.115, 0.112, 0.105], 10) for x, _, z in corners
    ]
    for number in range(6):
        start, end = corners[number], corners[(number + 1) % 6]
        parts.extend(_bay(start, end, open_way=number == 5))
    parts.append(HexRoof(eave=_TOP + 0.16).underside())
    return _place(tint(merge(parts), (0.95, 0.93, 0.92)))


def pavilion_tiles() -> Mesh:
    """The roof with its finial."""
    finial = [
        (0.24, 0),
        (0.26, 0.1),
        (0.14, 0.18),
        (0.11, 0.28),
        (0.2, 0.38),
        (0.245, 0.52),
        (0.2, 0.66),
        (0.08, 0.76),
        (0.05, 0.9),
        (0.0, 0.98),
    ]
    roof = HexRoof(eave=_TOP + 0.16)
    return _place(
        merge(
            [roof.tiles(), move(tint(lathe(finial, 12, 0.6), (0.85, 0.85, 0.85)), (0, roof.eave + roof.rise - 0.1, 0))]
        )
    )


def _bay(start: Floats, end: Floats, *, open_way: bool) -> list[Mesh]:
    """What stands between two columns; the open way has no bench."""

    def at(share: float, height: float) -> Floats:
        return start * (1 - share) + end * share + np.array([0, height, 0])

    made = [
        beam(at(0, _TOP), at(1, _TOP), 0.11, 0.22),
        beam(at(0, _TOP + 0.17), at(1, _TOP + 0.17), 0.16, 0.1),
        beam(at(0.03, _TOP - 0.42), at(0.97, _TOP - 0.42), 0.045, 0.05),
    ]
    made += _hanging_lattice(at)
    if not open_way:
        made += _bench(start, end, at)
    return made


def _hanging_lattice(at) -> list[Mesh]:  # type: ignore[no-untyped-def]
    """The frieze of small bars under the beam (gualuo), stepping down beside the columns."""
    made = []
    for number in range(1, 12):
        share = number / 12
        made.append(beam(at(share, _TOP - 0.11), at(share, _TOP - 0.42), 0.028, 0.028))
    for height, near, far in ((_TOP - 0.21, 0.04, 0.96), (_TOP - 0.32, 0.125, 0.875)):
        made.append(beam(at(near, height), at(far, height), 0.028, 0.028))
    for side in (0, 1):
        inner = abs(side - 0.14)
        made.append(beam(at(inner, _TOP - 0.42), at(inner, _TOP - 0.72), 0.03, 0.03))
        made.append(beam(at(abs(side - 0.04), _TOP - 0.72), at(inner, _TOP - 0.72), 0.03, 0.03))
        made.append(beam(at(abs(side - 0.04), _TOP - 0.57), at(inner, _TOP - 0.57), 0.03, 0.03))
    return made


def _bench(start: Floats, end: Floats, at) -> list[Mesh]:  # type: ignore[no-untyped-def]
    """A seat with a back that leans out over the water (meirenkao, "beauty's rest")."""
    middle = (start + end) / 2
    outward = np.array([middle[0], 0, middle[2]]) / np.linalg.norm(middle[[0, 2]])
    seat = FLOOR + 0.46
    made = [beam(at(0.05, seat), at(0.95, seat), 0.36, 0.05)]
    for number in range(15):
        share = 0.07 + 0.86 * number / 14
        foot = at(share, seat) + outward * 0.15
        made.append(pipe([foot, foot + outward * 0.17 + [0, 0.2, 0], foot + outward * 0.2 + [0, 0.44, 0]], 0.017, 3))
    made.append(beam(at(0.02, seat + 0.46) + outward * 0.35, at(0.98, seat + 0.46) + outward * 0.35, 0.05, 0.06))
    for number in range(9):
        share = 0.08 + 0.84 * number / 8
        made.append(beam(at(share, FLOOR), at(share, seat), 0.04, 0.04))
    return made
