"""Second pass: a bucket's points sorted in Morton order, shared out over the levels, and written as tiles.

The rule kept here: a point goes to the coarsest level at which it is the first of its cell, so every point is in exactly one
tile, and what a level leaves out has a shown neighbour within the diagonal of one cell: that diagonal is the geometric error.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vr_scenes.pipeline.meshopt import Meshopt
from vr_scenes.pipeline.points_grid import (
    KEY_DEPTH,
    NODE_DEPTH,
    ROOT_DEPTH,
    first_depths,
    levels_of,
    morton,
    spread_table,
)
from vr_scenes.pipeline.points_measure import Apart, apart
from vr_scenes.pipeline.points_spool import Segment, read_segments
from vr_scenes.pipeline.points_tile import Frame, Written, write_tile

__all__ = ["BucketDone", "BucketTask", "Node", "TileTask", "build_bucket", "build_tiles", "spacing"]

LEAF = 60_000
"""A tile with no more points than this is not cut further."""
SMALL = 4_000
"""What would be a smaller tile is shown by its parent."""
_PLACE_BITS = 20


@dataclass(frozen=True)
class Node:
    """A tile and what hangs below it. `level` and `key` say which cell it is; `open` that its children show more."""

    level: int
    key: int
    name: str
    written: Written | None
    children: tuple[Node, ...] = ()

    def walk(self) -> Iterator[Node]:
        """This one and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class BucketTask:
    """A cell of the tree, 2^bits steps wide from `low`, and where its points lie; `before` as in Bucket, from the tree's root."""

    level: int
    key: int
    low: tuple[int, int, int]
    bits: int
    segments: tuple[Segment, ...]
    before: int
    first_level: int
    frame: Frame
    folder: Path
    spare: Path
    """Points that belong to coarser tiles are written here."""


@dataclass(frozen=True)
class BucketDone:
    """The bucket's tile, None where all went up, and what went up: its level, and where it lies."""

    node: Node | None
    up: tuple[tuple[int, Segment], ...] = field(default=())
    apart: tuple[Apart, ...] = ()


def spacing(level: int, bits: int) -> float:
    """The diagonal, in steps, of the cells that a level's tiles show a point of.

    >>> round(spacing(1, 17), 3)
    443.405
    """
    depth = ROOT_DEPTH if level == 0 else level + NODE_DEPTH
    return math.sqrt(3) * 2.0 ** (bits - depth)


def build_bucket(meshopt: Meshopt, task: BucketTask) -> BucketDone:
    """Sort a bucket and write its tiles."""
    points, keys, depth, levels = _sorted(task)
    if len(points) < SMALL and task.level > task.first_level:
        levels = np.minimum(levels, np.uint8(task.level - 1))
    up = _give_up(points, levels, task)
    if not (levels >= task.level).any():
        return BucketDone(None, up, apart(points, levels, levels, task.frame.metres))
    cutter = _Cutter(meshopt, task, points, keys, levels, depth)
    node = cutter.cut(0, len(points), task.level, task.key)
    return BucketDone(node, up, apart(points, levels, cutter.shown, task.frame.metres))


def _sorted(task: BucketTask) -> tuple[NDArray[Any], NDArray[np.uint64], int, NDArray[np.uint8]]:
    """Records in Morton order, their keys, the keys' depth, and each one's level in the tree."""
    points = read_segments(task.segments)
    depth = min(task.bits, KEY_DEPTH)
    packed = morton(points, task.low, task.bits - depth, spread_table(depth))
    packed <<= np.uint64(_PLACE_BITS)
    packed |= np.arange(len(points), dtype=np.uint64)
    packed.sort()
    order = (packed & np.uint64((1 << _PLACE_BITS) - 1)).astype(np.int64)
    packed >>= np.uint64(_PLACE_BITS)
    depths = first_depths(packed, depth, task.before - task.level) + np.int8(task.level)
    return np.take(points, order), packed, depth, levels_of(depths, task.first_level)


def _give_up(points: NDArray[Any], levels: NDArray[np.uint8], task: BucketTask) -> tuple[tuple[int, Segment], ...]:
    made = []
    with task.spare.open("ab") as file:
        for level in range(task.first_level, task.level):
            chosen = points[levels == level]
            if len(chosen):
                made.append((level, Segment(task.spare, file.tell() // points.dtype.itemsize, len(chosen))))
                chosen.tofile(file)
                file.flush()
    return tuple(made)


class _Cutter:
    """Cuts a sorted bucket into tiles, coarse to fine."""

    def __init__(
        self,
        meshopt: Meshopt,
        task: BucketTask,
        points: NDArray[Any],
        keys: NDArray[np.uint64],
        levels: NDArray[np.uint8],
        depth: int,
    ) -> None:
        self._meshopt, self._task, self._depth = meshopt, task, depth
        self._points, self._keys, self._levels = points, keys, levels
        self.shown = levels.copy()

    def cut(self, first: int, last: int, level: int, key: int) -> Node:
        """The tile of points `first` to `last`, and its children."""
        levels = self._levels[first:last]
        rest = levels >= level
        below = self._task.level + self._depth - level
        too_wide = level < self._task.first_level
        if below == 0 or (not too_wide and int(rest.sum()) <= LEAF):
            return self._write(first + np.flatnonzero(rest), level, key)
        shown = levels == level
        children = []
        for child, left, right in self._eighths(first, last, below):
            deeper = levels[left - first : right - first] > level
            count = int(deeper.sum())
            if count >= SMALL or (too_wide and count):
                children.append((child, left, right))
            elif count:
                shown[left - first : right - first] |= deeper
        made = tuple(self.cut(left, right, level + 1, (key << 3) + child) for child, left, right in children)
        return self._write(first + np.flatnonzero(shown), level, key, made)

    def _eighths(self, first: int, last: int, below: int) -> Iterator[tuple[int, int, int]]:
        keys = self._keys[first:last]
        width = 3 * (below - 1)
        base = int(keys[0]) >> (width + 3) << 3
        edges = np.array([(base + child) << width for child in range(1, 8)], np.uint64)
        places = [first, *(first + np.searchsorted(keys, edges)).tolist(), last]
        for child in range(8):
            if places[child] < places[child + 1]:
                yield child, places[child], places[child + 1]

    def _write(self, chosen: NDArray[np.int64], level: int, key: int, children: tuple[Node, ...] = ()) -> Node:
        points = np.take(self._points, chosen)
        self.shown[chosen] = level
        return written_node(self._meshopt, points, self._task.folder, self._task.frame, level, key, children)


def written_node(
    meshopt: Meshopt,
    points: NDArray[Any],
    folder: Path,
    frame: Frame,
    level: int,
    key: int,
    children: tuple[Node, ...] = (),
) -> Node:
    """A tile on disk; what is more than a tile should hold goes to further tiles of the same cell, below it."""
    name = f"{level}-{key:o}"
    for part, at in enumerate(range(2 * LEAF, len(points), 2 * LEAF), 1):
        more = f"{name}-{part}"
        written = write_tile(meshopt, folder / f"{more}.glb", points[at : at + 2 * LEAF], frame)
        children = (*children, Node(level, key, more, written))
    points = points[: 2 * LEAF]
    written = write_tile(meshopt, folder / f"{name}.glb", points, frame) if len(points) else None  # type: ignore[assignment]
    return Node(level, key, name, written, children)


@dataclass(frozen=True)
class TileTask:
    """A coarse tile whose points came up from several buckets; or any cell that is cut no further."""

    level: int
    key: int
    segments: tuple[Segment, ...]
    frame: Frame
    folder: Path


def build_tiles(meshopt: Meshopt, task: TileTask) -> Node:
    """Write the coarse tile, of the points in the order they came up."""
    points = read_segments(task.segments)
    return written_node(meshopt, points, task.folder, task.frame, task.level, task.key)
