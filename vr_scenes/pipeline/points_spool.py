"""First pass over a cloud: records sorted by coarse cell, a chunk at a time, into spool files, with an index of where each cell lies.

The rule kept here: memory holds one chunk; every record read is written once. What turns out other than the header said (a
point outside, colours of sixteen bits) is told, and the pass is made again with the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vr_scenes.pipeline.points_cloud import RECORD, Cloud, TooBright
from vr_scenes.pipeline.points_grid import Cube, morton, spread_table

__all__ = ["Bucket", "Index", "Segment", "SpoolTask", "Spooled", "index_of", "plan_buckets", "read_segments", "spool"]

MOST = 1 << 19
"""Greatest number of points sorted at once."""
_PLACE_BITS = 20


@dataclass(frozen=True)
class Segment:
    """`count` records in a file, from record `first` on."""

    path: Path
    first: int
    count: int


@dataclass(frozen=True)
class SpoolTask:
    """A range of a cloud to be sorted into cells of `cube` and written to `path`."""

    cloud: Cloud
    first: int
    last: int
    cube: Cube
    path: Path


@dataclass(frozen=True)
class Spooled:
    """For each chunk: the record it begins at, its cells in order, and where each begins in it. `low`, `high` are measured."""

    path: Path
    chunks: tuple[tuple[int, NDArray[np.uint32], NDArray[np.uint32]], ...]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    count: int
    outside: bool
    too_bright: bool


def spool(_tools: object, task: SpoolTask) -> Spooled:
    """Sort a range into cells. Raises BadInput of the cloud's reader."""
    table = spread_table(task.cube.depth)
    low, high = np.full(3, 1 << 40, np.int64), np.full(3, -(1 << 40), np.int64)
    chunks: list[tuple[int, NDArray[np.uint32], NDArray[np.uint32]]] = []
    written, outside, too_bright = 0, False, False
    with task.path.open("wb") as file:
        try:
            for chunk in task.cloud.chunks(task.first, task.last):
                if not len(chunk):
                    continue
                place = chunk["place"]
                for axis in range(3):
                    column = np.ascontiguousarray(place[:, axis])
                    low[axis] = min(low[axis], int(column.min()))
                    high[axis] = max(high[axis], int(column.max()))
                outside = outside or not _holds(task.cube, low, high)
                if outside:
                    continue
                cells, starts, ordered = _by_cell(chunk, task.cube, table)
                ordered.tofile(file)
                chunks.append((written, cells, starts))
                written += len(chunk)
        except TooBright:
            too_bright = True
    return Spooled(task.path, tuple(chunks), low, high, written, outside, too_bright)


def _holds(cube: Cube, low: NDArray[np.int64], high: NDArray[np.int64]) -> bool:
    edge = 1 << cube.bits
    return all(cube.low[axis] <= low[axis] and high[axis] < cube.low[axis] + edge for axis in range(3))


def _by_cell(
    chunk: NDArray[Any], cube: Cube, table: NDArray[np.uint64]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[Any]]:
    """The occupied cells in order, where each begins, and the records in that order."""
    packed = morton(chunk, cube.low, cube.bits - cube.depth, table)
    packed <<= np.uint64(_PLACE_BITS)
    packed |= np.arange(len(chunk), dtype=np.uint64)
    packed.sort()
    order = (packed & np.uint64((1 << _PLACE_BITS) - 1)).astype(np.int64)
    packed >>= np.uint64(_PLACE_BITS)
    starts = np.flatnonzero(np.r_[True, packed[1:] != packed[:-1]])
    return packed[starts].astype(np.uint32), starts.astype(np.uint32), np.take(chunk, order)


@dataclass(frozen=True)
class Index:
    """All occupied cells in Morton order, with the points of each; `spooled` says where they lie."""

    cells: NDArray[np.uint32]
    ends: NDArray[np.int64]
    spooled: tuple[Spooled, ...]

    def segments(self, first: int, last: int) -> list[Segment]:
        """Where the points of the cells numbered `first` <= cell < `last` lie."""
        made = []
        for one in self.spooled:
            for (begin, cells, starts), end in zip(one.chunks, _ends(one), strict=True):
                left, right = np.searchsorted(cells, (first, last))
                if left < right:
                    stop = int(starts[right]) if right < len(starts) else end
                    made.append(Segment(one.path, begin + int(starts[left]), stop - int(starts[left])))
        return made


def _ends(one: Spooled) -> list[int]:
    begins = [begin for begin, _, _ in one.chunks]
    return [after - begin for begin, after in zip(begins, [*begins[1:], one.count], strict=True)]


def index_of(spooled: Sequence[Spooled]) -> Index:
    """The cells of all parts together."""
    cells, counts = [], []
    for one in spooled:
        for (_, found, starts), end in zip(one.chunks, _ends(one), strict=True):
            cells.append(found)
            counts.append(np.diff(np.r_[starts, end].astype(np.int64)))
    every, place = np.unique(np.concatenate(cells), return_inverse=True)
    total = np.bincount(place, weights=np.concatenate(counts)).astype(np.int64)
    return Index(every, np.cumsum(total), tuple(spooled))


@dataclass(frozen=True)
class Bucket:
    """A cell of the octree whose points are sorted at once: its level and Morton number within the cube, and its spool cells."""

    level: int
    key: int
    count: int
    first: int
    last: int
    before: int
    """The coarsest depth, from the cube's root, at which its first point is the first of its cell."""


def plan_buckets(index: Index, depth: int, most: int = MOST) -> list[Bucket]:
    """The coarsest cells with at most `most` points, in Morton order; a single spool cell may hold more."""
    made: list[Bucket] = []

    def cut(level: int, key: int, left: int, right: int) -> None:
        count = int(index.ends[right - 1] - (index.ends[left - 1] if left else 0))
        width = 3 * (depth - level)
        if count <= most or level == depth:
            before = depth - (int(index.cells[left] ^ index.cells[left - 1]).bit_length() - 1) // 3 if left else 0
            made.append(Bucket(level, key, count, key << width, (key + 1) << width, before))
            return
        edges = [((key << 3) + child) << (width - 3) for child in range(9)]
        places = np.searchsorted(index.cells, edges)
        for child in range(8):
            if places[child] < places[child + 1]:
                cut(level + 1, (key << 3) + child, int(places[child]), int(places[child + 1]))

    cut(0, 0, 0, len(index.cells))
    return made


def read_segments(segments: Sequence[Segment]) -> NDArray[Any]:
    """The records of all segments, one after the other."""
    made = np.empty(sum(one.count for one in segments), RECORD)
    at = 0
    for one in segments:
        with one.path.open("rb", buffering=0) as file:
            file.seek(one.first * RECORD.itemsize)
            made[at : at + one.count] = np.fromfile(file, RECORD, one.count)
        at += one.count
    return made
