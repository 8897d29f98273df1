"""Places on an octree: whole numbers in, cells, Morton keys and levels out.

The rule kept here: every function is arithmetic on whole numbers, so that the same points give the same tiles and none is
moved. A cube of 2^bits steps is cut in eight again and again; at depth d its cells are 2^(bits - d) steps wide. It knows
nothing of files. Source: G. M. Morton, IBM 1966; one point in each cell as in potree's sampling by grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CELL_DEPTH", "KEY_DEPTH", "Cube", "Ints", "first_depths", "levels_of", "morton", "spread_table"]

Ints = NDArray[np.int64]
CELL_DEPTH = 7
"""Points are spooled in cells of this depth."""
KEY_DEPTH = 14
"""So many levels of an octree one sorting key holds; with 20 bits for a point's number it fits 64 bits."""
ROOT_DEPTH, NODE_DEPTH = 7, 8
"""The root keeps a point for each of 128³ cells, so that it comes quickly; every other tile one for each of 256³."""
MANTISSA_BITS = 23
"""A tile wider than 2^23 steps carries no points: its places would not be whole in a float of 24 bits with a sign."""


@dataclass(frozen=True)
class Cube:
    """The octree's cube: its lowest corner in steps, and its edge, 2^bits steps."""

    low: tuple[int, int, int]
    bits: int

    @classmethod
    def around(cls, low: Ints, high: Ints) -> Cube:
        """The smallest that holds both corners.

        >>> Cube.around(np.array([0, 0, 0]), np.array([255, 3, 9]))
        Cube(low=(0, 0, 0), bits=8)
        """
        extent = int((np.asarray(high, np.int64) - np.asarray(low, np.int64)).max())
        return cls((int(low[0]), int(low[1]), int(low[2])), max(1, extent.bit_length()))

    @property
    def depth(self) -> int:
        """The depth of the spool's cells."""
        return min(CELL_DEPTH, self.bits)

    @property
    def first_level(self) -> int:
        """The coarsest level whose tiles may carry points."""
        return max(0, self.bits - MANTISSA_BITS)

    def corner(self, level: int, key: int) -> tuple[int, int, int]:
        """The lowest corner, in steps, of the cell with Morton number `key` at a level."""
        place = [0, 0, 0]
        for bit in range(level):
            for axis in range(3):
                place[axis] |= ((key >> (3 * bit + 2 - axis)) & 1) << bit
        width = self.bits - level
        x, y, z = (low + (at << width) for low, at in zip(self.low, place, strict=True))
        return x, y, z


def spread_table(bits: int) -> NDArray[np.uint64]:
    """For each number below 2^bits the number whose every third bit it is.

    >>> [int(one) for one in spread_table(2)]
    [0, 1, 8, 9]
    """
    numbers = np.arange(1 << bits, dtype=np.uint64)
    spread = np.zeros_like(numbers)
    for bit in range(bits):
        spread |= ((numbers >> np.uint64(bit)) & np.uint64(1)) << np.uint64(3 * bit)
    return spread


def morton(
    points: NDArray[Any], low: tuple[int, int, int], shift: int, table: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    """The Morton numbers of records' places, from `low` on, in cells of 2^shift steps; the cells' numbers fit the table."""
    key = np.zeros(len(points), np.uint64)
    for axis in range(3):
        # One axis at a time lies close in memory. The difference fits 32 bits without a sign.
        column = points["place"][:, axis].copy().view(np.uint32)
        column -= np.uint32(low[axis] & 0xFFFFFFFF)
        column >>= np.uint32(shift)
        key <<= np.uint64(1)
        key |= table[column]
    return key


def first_depths(keys: NDArray[np.uint64], depth: int, before: int) -> NDArray[np.int8]:
    """For sorted Morton numbers of `depth` levels: the coarsest depth at which each point is the first of its cell.

    `before` is that depth for the first one, counted like the others from the keys' own root (it may be negative).
    Two points of the same number differ at `depth + 1`.

    >>> [int(one) for one in first_depths(np.array([0, 1, 8, 8], np.uint64), 2, 1)]
    [1, 2, 1, 3]
    """
    made = np.empty(len(keys), np.int8)
    differ = keys[1:] ^ keys[:-1]
    # The exponent of a float is the place of the highest bit; whole numbers below 2^53 are exact in it.
    power = (differ.astype(np.float64).view(np.int64) >> 52) - 1023
    place = np.full(64, 0, np.int8)
    place[: 3 * depth] = depth - np.arange(3 * depth) // 3
    place[63] = depth + 1
    made[1:] = place[np.maximum(power, -1)]
    made[:1] = before
    return made


def levels_of(depths: NDArray[np.int8], first_level: int) -> NDArray[np.uint8]:
    """The level of the tile that shows a point, from the coarsest depth at which it is the first of its cell.

    >>> levels_of(np.array([0, 7, 8, 9, 10], np.int8), 0).tolist()
    [0, 0, 1, 1, 2]
    """
    every = np.arange(-128, 128)
    made = np.where(every <= ROOT_DEPTH, 0, np.maximum(1, every - NODE_DEPTH))
    return np.maximum(made, first_level).astype(np.uint8)[depths.astype(np.int16) + 128]
