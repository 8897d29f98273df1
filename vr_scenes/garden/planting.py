"""Willow, bamboo, maple, pine, shrubs and the grasses of the shore, as limbs and leaf cards.

The rule kept here: a leaf card is a small sheet with one of four pictures (the quarters of the leaf picture); its
normal points away from the middle of its crown, and it is darker deep inside, so a crown reads as a soft body.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from vr_scenes.shapes import Floats, Mesh, merge, pipe, tint

__all__ = ["leaves", "limbs"]

_QUARTER = {"bamboo": (0.0, 0.0), "willow": (0.5, 0.0), "broad": (0.0, 0.5), "pine": (0.5, 0.5)}

_WILLOWS = (((9.9, 2.4), 5.4, 31), ((-9.3, 3.4), 4.8, 32))
_BROAD: tuple[tuple[tuple[float, float, float], Sequence[float], int, Sequence[float], int], ...] = (
    ((-8.3, 3.3, -10.0), (1.9, 1.4, 1.7), 130, (0.66, 0.24, 0.13), 41),  # maple by the rockery
    ((11.6, 4.1, -8.6), (2.3, 1.7, 2.1), 150, (0.30, 0.42, 0.17), 42),
    ((-1.6, 4.2, -12.2), (2.4, 1.6, 1.5), 130, (0.33, 0.43, 0.18), 43),
    ((12.4, 3.4, 10.4), (1.7, 1.5, 1.5), 100, (0.36, 0.45, 0.19), 44),
    ((-13.2, 3.6, 11.2), (1.6, 1.6, 1.6), 90, (0.32, 0.42, 0.18), 45),
)
_OUTSIDE = (
    ((-21, 4.6, -16), (4, 3, 3), 60),
    ((-9, 4.8, -18.5), (5, 3, 2.5), 70),
    ((8, 5.0, -19), (5, 3.4, 2.5), 70),
    ((20, 4.8, -12), (3.5, 3, 4), 60),
    ((20.5, 4.6, 3), (3, 3, 5), 60),
    ((-21, 4.6, 2), (3, 2.8, 4), 50),
    ((1.5, 4.0, -17), (3, 2.2, 2), 40),
)
_BAMBOO = (
    ((-11.2, 8.3), (2.2, 0.32), 24),
    ((-7.2, 8.2), (0.6, 0.25), 8),
    ((5.9, 8.1), (0.8, 0.25), 14),
    ((2.2, 13.2), (1.9, 0.3), 18),
    ((10.2, 8.25), (1.0, 0.3), 14),
    ((-3.4, 13.2), (3.2, 0.35), 26),
    ((13.4, -2.5), (0.5, 2.6), 24),
)
_SHRUBS = (
    (-10.6, 5.9, 0.55),
    (-5.6, 6.2, 0.5),
    (4.6, 6.1, 0.6),
    (7.4, 5.6, 0.75),
    (11.4, 5.4, 0.8),
    (12.6, -5.0, 0.8),
    (9.6, -10.8, 0.9),
    (4.4, -11.2, 0.8),
    (-0.8, -10.4, 0.7),
    (-9.6, -6.4, 0.7),
    (-9.0, -8.0, 0.6),
    (-2.2, -8.8, 0.5),
    (-10.6, -10.6, 0.9),
    (-3.8, 5.9, 0.42),
    (1.6, 6.3, 0.42),
    (-13.6, 8.5, 0.6),
    (13.6, 8.4, 0.6),
    (8.8, -4.6, 0.5),
    (-8.2, -3.4, 0.45),
)


def limbs() -> Mesh:
    """Trunks, branches and bamboo culms."""
    made = [_trunk((x, 0, z), height, seed) for (x, z), height, seed in _WILLOWS]
    for centre, radii, _, _, seed in _BROAD:
        made.append(_broad_trunk(centre, radii, seed))
    culms = [tint(pipe(path, [0.028, 0.024, 0.018, 0.008], 4, 1.0), (0.42, 0.62, 0.25)) for path in _culms()]
    return merge([*made, _pine_trunk(), *culms])


def leaves() -> Mesh:
    """Every leaf card."""
    made = [_willow_cards(x, z, height, seed) for (x, z), height, seed in _WILLOWS]
    made += [_crown(centre, radii, count, 1.05, "broad", colour, seed) for centre, radii, count, colour, seed in _BROAD]
    made += [
        _crown(centre, radii, count, 2.6, "broad", (0.42, 0.5, 0.34), 60 + number)
        for number, (centre, radii, count) in enumerate(_OUTSIDE)
    ]
    made += [
        _crown((x, size * 0.55, z), (size, size * 0.6, size), 34, size * 0.8, "broad", (0.30, 0.42, 0.16), 80 + number)
        for number, (x, z, size) in enumerate(_SHRUBS)
    ]
    made += [
        _crown(centre, (1.0, 0.22, 0.9), 26, 0.8, "pine", (0.2, 0.34, 0.2), 95 + number)
        for number, centre in enumerate(_PINE_PADS)
    ]
    return merge([*made, _bamboo_cards()])


def _card(centre: Floats, right: Floats, up: Floats, outward: ArrayLike, quarter: str, colour: Floats) -> Mesh:
    u, v = _QUARTER[quarter]
    normal = np.asarray(outward, dtype=float)
    corners = np.array([centre - right - up, centre + right - up, centre + right + up, centre - right + up])
    uvs = np.array([(u + 0.01, v + 0.49), (u + 0.49, v + 0.49), (u + 0.49, v + 0.01), (u + 0.01, v + 0.01)])
    normals = np.repeat(normal[None] / max(float(np.linalg.norm(normal)), 1e-9), 4, 0)
    return Mesh(corners, normals, uvs, np.repeat(np.clip(colour, 0, 1)[None], 4, 0), np.array([(0, 1, 2), (0, 2, 3)]))


def _crown(
    centre: Sequence[float],
    radii: Sequence[float],
    count: int,
    size: float,
    quarter: str,
    colour: Sequence[float],
    seed: int,
) -> Mesh:
    """Cards through a lumpy ellipsoid, most of them near its skin."""
    random = np.random.default_rng(seed)
    lumps = random.normal(0, 1, (7, 3))
    lumps /= np.linalg.norm(lumps, axis=1, keepdims=True)
    cards = []
    for _ in range(count):
        way = random.normal(0, 1, 3)
        way /= np.linalg.norm(way)
        reach = random.uniform(0.45, 1.0) ** 0.6 * (0.8 + 0.3 * float((lumps @ way).max()) ** 3)
        at = np.array(centre) + way * reach * np.array(radii)
        right = random.normal(0, 1, 3)
        right /= np.linalg.norm(right)
        up = np.cross(way + random.normal(0, 0.5, 3), right)
        up /= max(float(np.linalg.norm(up)), 1e-9)
        dark = 0.42 + 0.36 * min(reach, 1.0) + 0.26 * max(float(way[1]), -0.4)
        cards.append(
            _card(
                at,
                right * size / 2,
                up * size / 2,
                np.asarray(way + np.array([0, 0.45, 0])),
                quarter,
                np.array(colour) * dark * random.uniform(0.85, 1.15) * 1.5,
            )
        )
    return merge(cards)


def _trunk(foot: Sequence[float], height: float, seed: int) -> Mesh:
    random = np.random.default_rng(seed)
    lean = random.normal(0, 0.25, 2)
    top = np.array([foot[0] + lean[0], height * 0.55, foot[2] + lean[1]])
    middle = (np.array(foot) + top) / 2 + [lean[1] * 0.5, 0, -lean[0] * 0.5]
    made = [pipe([np.array(foot) - [0, 0.2, 0], middle, top], [0.26, 0.2, 0.16], 8)]
    for number in range(6):
        angle = number * 1.05 + random.uniform(-0.2, 0.2)
        out = np.array([np.cos(angle), 0, np.sin(angle)])
        made.append(
            pipe([top, top + out * 0.7 + [0, 0.9, 0], top + out * 1.7 + [0, height * 0.34, 0]], [0.11, 0.07, 0.03], 5)
        )
    return merge(made)


def _willow_cards(x: float, z: float, height: float, seed: int) -> Mesh:
    """Strands that hang from a dome of twigs, each two crossed long cards."""
    random = np.random.default_rng(seed)
    cards = []
    for _ in range(150):
        angle, reach = random.uniform(0, 2 * np.pi), random.uniform(0.25, 1.0) ** 0.5 * 2.5
        crown = height * (1.05 - 0.2 * (reach / 2.5) ** 2) + random.normal(0, 0.15)
        length = random.uniform(1.5, 3.0) * (0.6 + 0.4 * reach / 2.5)
        length = min(length, crown - 0.35)
        out = np.array([np.cos(angle), 0, np.sin(angle)])
        at = np.array([x, crown - length / 2, z]) + out * reach
        turned = random.uniform(0, np.pi)
        right = np.array([np.cos(turned), 0, np.sin(turned)]) * 0.34
        sway = np.array([out[0] * 0.1, length / 2, out[2] * 0.1])
        shade = (0.5 + 0.5 * reach / 2.5) * random.uniform(0.85, 1.15)
        cards.append(
            _card(at, right, sway, out + np.array([0, 0.6, 0]), "willow", np.array([0.52, 0.64, 0.26]) * shade)
        )
    top = _crown((x, height * 0.98, z), (1.9, 0.75, 1.9), 46, 1.0, "willow", (0.34, 0.44, 0.18), seed + 100)
    return merge([*cards, top])


def _broad_trunk(centre: Sequence[float], radii: Sequence[float], seed: int) -> Mesh:
    random = np.random.default_rng(seed)
    foot = np.array([centre[0] + random.normal(0, 0.2), -0.1, centre[2] + random.normal(0, 0.2)])
    fork = np.array([centre[0], centre[1] - radii[1] * 0.7, centre[2]])
    made = [pipe([foot, (foot + fork) / 2 + random.normal(0, 0.12, 3), fork], [0.17, 0.13, 0.1], 7)]
    for number in range(5):
        angle = number * 1.26 + random.uniform(-0.3, 0.3)
        end = fork + np.array(
            [np.cos(angle) * radii[0] * 0.75, radii[1] * random.uniform(0.6, 1.2), np.sin(angle) * radii[2] * 0.75]
        )
        made.append(pipe([fork, (fork + end) / 2 + [0, -0.1, 0], end], [0.08, 0.05, 0.02], 5))
    return merge(made)


_PINE_PADS = ((8.9, 2.5, -7.6), (10.2, 3.1, -7.3), (9.2, 3.7, -8.3), (8.3, 3.1, -8.3), (9.6, 4.3, -7.9))


def _pine_trunk() -> Mesh:
    """A pine that leans over the pavilion's side, its branches ending in level pads."""
    spine = np.array([(9.8, -0.1, -8.4), (9.3, 1.0, -8.2), (9.6, 2.2, -7.9), (9.2, 3.2, -8.0), (9.6, 4.2, -7.9)])
    made = [pipe(spine, [0.17, 0.14, 0.11, 0.08, 0.04], 7)]
    for pad, start in zip(_PINE_PADS[:4], (1, 2, 3, 2), strict=True):
        end = np.array(pad) - [0, 0.1, 0]
        made.append(pipe([spine[start], (spine[start] + end) / 2 - [0, 0.1, 0], end], [0.07, 0.05, 0.02], 5))
    return merge(made)


def _culms(seed: int = 21) -> list[Floats]:
    random = np.random.default_rng(seed)
    paths = []
    for (x, z), (wide, deep), count in _BAMBOO:
        for _ in range(count):
            foot = np.array([x + random.uniform(-wide, wide), 0, z + random.uniform(-deep, deep)])
            height, lean = random.uniform(2.6, 4.6), random.normal(0, 0.22, 2)
            share = np.array([0, 0.4, 0.75, 1.0])
            bend = share**2.2
            paths.append(foot + np.stack([lean[0] * bend * 2, height * (share - 0.05 * bend), lean[1] * bend * 1.2], 1))
    return paths


def _bamboo_cards(seed: int = 22) -> Mesh:
    random = np.random.default_rng(seed)
    cards = []
    for path in _culms():
        for _ in range(7):
            share = random.uniform(0.35, 1.0)
            at = np.array([np.interp(share, [0, 0.4, 0.75, 1.0], path[:, axis]) for axis in range(3)])
            angle = random.uniform(0, 2 * np.pi)
            out = np.array([np.cos(angle), random.uniform(-0.5, 0.1), np.sin(angle)])
            right = np.array([-np.sin(angle), random.uniform(-0.4, 0.4), np.cos(angle)])
            size = random.uniform(0.32, 0.5)
            colour = np.array([0.42, 0.60, 0.24]) * random.uniform(0.7, 1.2) * (0.65 + 0.45 * share)
            cards.append(
                _card(
                    at + out * size * 0.6,
                    right * size,
                    np.array([out[0] * 0.6, out[1] - 0.45, out[2] * 0.6]) * -size * 0.9,
                    out + np.array([0, 0.8, 0]),
                    "bamboo",
                    colour,
                )
            )
    return merge(cards)
