"""Splats in memory, +Y up as SPZ and glTF are, and how neighbours become one.

The rule kept here: a group's splat has the group's mass, middle and spread (the first three moments), so that a coarse level
covers what the fine one covers. Source: B. Kerbl et al., 3D Gaussian Splatting, 2023; moment matching as for Gaussian mixtures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["SH_BYTES", "Floats", "Splats", "chained", "flipped", "grouped", "quantised_sh"]

Floats = NDArray[np.floating[Any]]
SH_BYTES = {0: 0, 1: 9, 2: 24, 3: 45}
"""Bytes of harmonics by degree: three colours for each of 3, 8, 15."""
_PART = 1 << 19
# Which harmonics change their sign when y and z do: degree 1, 2, 3.
_TURNED = (1, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 1, 0, 1, 0)


@dataclass(frozen=True)
class Splats:
    """n splats: `place` (n, 3) in the file's unit, `scale` (n, 3) natural logarithms, `turn` (n, 4) x, y, z, w, `alpha` (n,) 0..1,
    `colour` (n, 3) harmonics of degree 0, `sh` (n, k) bytes, harmonic by harmonic, (value · 128 + 128).
    """

    place: Floats
    scale: Floats
    turn: Floats
    alpha: Floats
    colour: Floats
    sh: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.alpha)

    def at(self, chosen: NDArray[np.int64] | slice | NDArray[np.bool_]) -> Splats:
        """Some of them, in that order."""
        return Splats(
            self.place[chosen],
            self.scale[chosen],
            self.turn[chosen],
            self.alpha[chosen],
            self.colour[chosen],
            self.sh[chosen],
        )


def chained(parts: Sequence[Splats]) -> Splats:
    """All of them, one after the other."""
    names = ("place", "scale", "turn", "alpha", "colour", "sh")
    return (
        parts[0]
        if len(parts) == 1
        else Splats(*(np.concatenate([getattr(one, name) for one in parts]) for name in names))
    )


def quantised_sh(values: Floats) -> NDArray[np.uint8]:
    """Harmonics as SPZ keeps them: 5 bits of degree 1, 4 bits of the others, in the upper bits of a byte."""
    made = np.round(np.clip(values, -1.0, 1.0) * 128.0) + 128.0
    for bits, part in ((5, made[:, :9]), (4, made[:, 9:])):
        bucket = 1 << (8 - bits)
        part[:] = np.floor((part + bucket / 2) / bucket) * bucket
    return np.clip(made, 0, 255).astype(np.uint8)


def flipped(splats: Splats) -> Splats:
    """Half a turn about x: from y down, z forward (as 3DGS files are) to y up, z back."""
    place, turn, sh = splats.place.copy(), splats.turn.copy(), splats.sh.copy()
    place[:, 1:] *= -1
    turn[:, 1:3] *= -1
    for number in range(sh.shape[1] // 3):
        if _TURNED[number]:
            part = sh[:, 3 * number : 3 * number + 3]
            part[:] = np.clip(256 - part.astype(np.int16), 0, 255).astype(np.uint8)
    return Splats(place, splats.scale, turn, splats.alpha, splats.colour, sh)


def grouped(splats: Splats, starts: NDArray[np.int64]) -> tuple[Splats, float, float]:
    """One splat, without harmonics but the first, for each run of splats that begins at `starts`.

    Also the mean and the greatest distance of a splat from what it became.
    """
    ends = np.append(starts[1:], len(splats))
    made: list[Splats] = []
    total, far, at = 0.0, 0.0, 0
    while at < len(starts):
        last = max(at + 1, int(np.searchsorted(ends, starts[at] + _PART, side="right")))
        part = splats.at(slice(int(starts[at]), int(ends[last - 1])))
        one, distance = _merged(part, starts[at:last] - starts[at])
        made.append(one)
        total += float(distance.sum())
        far = max(far, float(distance.max(initial=0.0)))
        at = last
    return chained(made), total / max(1, len(splats)), far


def _merged(splats: Splats, starts: NDArray[np.int64]) -> tuple[Splats, NDArray[np.float64]]:
    sizes = np.diff(np.append(starts, len(splats)))
    place = splats.place.astype(np.float64)
    scale = np.exp(splats.scale.astype(np.float64))
    area = _area(scale)
    mass = np.maximum(splats.alpha * area, 1e-12)
    whole = np.add.reduceat(mass, starts)
    share = mass / np.repeat(whole, sizes)
    middle = np.add.reduceat(place * share[:, None], starts)
    apart = place - np.repeat(middle, sizes, axis=0)
    spread = _spread(splats.turn.astype(np.float64), scale) + apart[:, :, None] * apart[:, None, :]
    spread = np.add.reduceat(spread * share[:, None, None], starts)
    values, vectors = np.linalg.eigh(spread)
    vectors[np.linalg.det(vectors) < 0, :, 0] *= -1
    sides = np.sqrt(np.maximum(values, 1e-14))
    alpha = np.clip(whole / _area(sides), 0.0, 1.0)
    colour = np.add.reduceat(splats.colour * share[:, None], starts)
    merged = Splats(
        middle.astype(np.float32), np.log(sides).astype(np.float32), _turn_of(vectors), alpha.astype(np.float32),
        colour.astype(np.float32), np.empty((len(starts), 0), np.uint8),
    )  # fmt: skip
    # Who is alone stays as it is.
    alone = sizes == 1
    for kept, own in ((merged.scale, splats.scale), (merged.turn, splats.turn), (merged.alpha, splats.alpha)):
        kept[alone] = own[starts[alone]]
    return merged, np.linalg.norm(apart, axis=1)


def _area(scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a splat covers when seen from its broad side, over π."""
    ordered = np.sort(scale, axis=1)
    made: NDArray[np.float64] = ordered[:, 1] * ordered[:, 2]
    return made


def _spread(turn: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3, 3) covariances: R · S² · Rᵀ."""
    x, y, z, w = turn.T
    rows = np.empty((len(turn), 3, 3))
    rows[:, 0] = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)], axis=1)
    rows[:, 1] = np.stack([2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)], axis=1)
    rows[:, 2] = np.stack([2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)], axis=1)
    rows *= scale[:, None, :]
    made: NDArray[np.float64] = rows @ rows.transpose(0, 2, 1)
    return made


def _turn_of(matrix: NDArray[np.float64]) -> Floats:
    """(n, 4) x, y, z, w of (n, 3, 3) turns; each by its greatest part, so that nothing is divided by nought."""
    m = matrix
    trace = m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2]
    squares = np.stack([1 + 2 * m[:, one, one] - trace for one in range(3)] + [1 + trace], axis=1)
    products = np.empty((len(m), 4, 4))
    for one in range(4):
        products[:, one, one] = squares[:, one]
    for a, b in ((0, 1), (0, 2), (1, 2)):
        products[:, a, b] = products[:, b, a] = m[:, a, b] + m[:, b, a]
    for axis, (a, b) in enumerate(((1, 2), (2, 0), (0, 1))):
        products[:, axis, 3] = products[:, 3, axis] = m[:, b, a] - m[:, a, b]
    best = products[np.arange(len(m)), squares.argmax(axis=1)]
    return (best / np.linalg.norm(best, axis=1, keepdims=True)).astype(np.float32)
