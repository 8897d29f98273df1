"""How far a level of a cloud is from the whole of it, measured while a bucket is at hand.

The rule kept here: a point that a level does not show is held against the shown one that stands for its cell, of every
sixty-fourth point; the nearest shown point may be nearer still, so the figures are upper bounds of the true distances.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Apart", "apart", "summed"]

_EACH = 64


@dataclass(frozen=True)
class Apart:
    """Of `count` points: the sum and the greatest of their distances in metres from what a level shows in their place."""

    level: int
    count: int
    total: float
    most: float


def apart(
    points: NDArray[Any], levels: NDArray[np.uint8], shown: NDArray[np.uint8], metres: tuple[float, float, float]
) -> tuple[Apart, ...]:
    """For each level of a bucket's points in Morton order.

    `levels` is the level at which each is the first of its cell, `shown` the level of the tile it is in.
    """
    sample = np.arange(0, len(points), _EACH)
    made = []
    for level in range(int(levels.min()), int(shown.max()) + 1):
        # The last one before it that is the first of its cell stands for it.
        firsts = np.flatnonzero(levels <= level)
        place = np.searchsorted(firsts, sample, side="right") - 1
        standing = np.where(shown[sample] <= level, sample, np.where(place >= 0, firsts[place], -1))
        known = standing >= 0
        mine, theirs = points["place"][sample[known]], points["place"][standing[known]]
        distance = np.linalg.norm((mine.astype(np.int64) - theirs) * np.array(metres), axis=1)
        made.append(Apart(level, int(known.sum()), float(distance.sum()), float(distance.max(initial=0.0))))
    return tuple(made)


def summed(found: Iterable[tuple[Apart, ...]], last: int) -> dict[int, tuple[float, float]]:
    """(mean, greatest) distance in metres of each level up to `last`, over all buckets.

    A bucket that ends at a coarser level shows everything at the finer ones.
    """
    counts: dict[int, int] = defaultdict(int)
    totals: dict[int, float] = defaultdict(float)
    most: dict[int, float] = defaultdict(float)
    for bucket in found:
        for one in bucket:
            counts[one.level] += one.count
            totals[one.level] += one.total
            most[one.level] = max(most[one.level], one.most)
        for level in range(bucket[-1].level + 1, last + 1):
            counts[level] += bucket[-1].count
    return {level: (totals[level] / max(1, counts[level]), most[level]) for level in range(last + 1)}
