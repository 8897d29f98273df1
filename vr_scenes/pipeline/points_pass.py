"""The two passes over a cloud, run by a crew: spool into cells, then cut buckets into tiles; coarse tiles last.

The rule kept here: whatever a cloud is like, a worker never holds more than one chunk or one bucket: a cell with more points
than that is spooled again as a cube of its own, and points that all lie in one step are cut by their number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline.crew import Crew
from vr_scenes.pipeline.meshopt import Meshopt
from vr_scenes.pipeline.points_cloud import Cloud
from vr_scenes.pipeline.points_grid import Cube
from vr_scenes.pipeline.points_measure import Apart
from vr_scenes.pipeline.points_spool import (
    MOST,
    Bucket,
    Index,
    Segment,
    Spooled,
    SpoolTask,
    index_of,
    plan_buckets,
    read_segments,
    spool,
)
from vr_scenes.pipeline.points_tile import Frame
from vr_scenes.pipeline.points_tree import BucketTask, Node, TileTask, build_bucket, build_tiles

__all__ = ["Spread", "Tools", "build_tree", "spread_cloud"]

_TRIES = 4
_CHUNK = 1 << 20
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Spread:
    """A cloud spooled: the cube around it, where every cell lies, and how many points there are."""

    cloud: Cloud
    cube: Cube
    index: Index
    count: int
    low: NDArray[np.int64]
    high: NDArray[np.int64]


def spread_cloud(crew: Crew, cloud: Cloud, folder: Path, ranges: int, told: Progress) -> Spread:
    """Spool the cloud. What its header said of bounds and colours is only a guess that is corrected by the truth."""
    cube = Cube.around(np.array(cloud.low), np.array(cloud.high))
    for attempt in range(_TRIES):
        parts = cloud.parts(ranges)
        tasks = [
            SpoolTask(cloud, first, last, cube, folder / f"{attempt}-{number}.spool")
            for number, (first, last) in enumerate(parts)
        ]
        done: list[Spooled] = []
        for _, one in crew.run(spool, tasks):
            done.append(one)
            told(len(done) / len(tasks))
        if any(one.too_bright for one in done):
            cloud = cloud.deeper()
        elif any(one.outside for one in done) or _truth(done).bits < cube.bits:
            cube = _truth(done)
        else:
            low, high = _bounds(done)
            return Spread(cloud, cube, index_of(done), sum(one.count for one in done), low, high)
        for task in tasks:
            task.path.unlink(missing_ok=True)
    raise BadInput(
        "the cloud changed while it was read", where="the whole file", next="Leave the file alone and try again."
    )


def _bounds(done: list[Spooled]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.min([one.low for one in done], axis=0), np.max([one.high for one in done], axis=0)


def _truth(done: list[Spooled]) -> Cube:
    low, high = _bounds(done)
    if (high < low).any():
        raise BadInput("no point has a place", where="the whole file", next="Export it again.")
    return Cube.around(low, high)


@dataclass(frozen=True)
class _Segments:
    """Spooled records as a cloud, for a cell that holds too many."""

    segments: tuple[Segment, ...]

    def chunks(self, first: int, last: int) -> Iterator[NDArray[Any]]:
        for one in self.segments:
            for at in range(0, one.count, _CHUNK):
                yield read_segments([replace(one, first=one.first + at, count=min(_CHUNK, one.count - at))])


@dataclass(frozen=True)
class _Place:
    """Where a cube hangs in the whole tree."""

    level: int = 0
    key: int = 0
    before: int = 0


def build_tree(
    crew: Crew, spread: Spread, frame: Frame, folder: Path, work: Path, told: Progress
) -> tuple[Node, list[tuple[Apart, ...]]]:
    """All tiles on disk: the root, and how far each bucket's levels are from the whole."""
    first_level = spread.cube.first_level
    tasks: list[BucketTask | TileTask] = []
    for bucket, cube, index, hangs in _buckets(spread.cube, spread.index, _Place(), work):
        tasks.extend(_tasks_of(bucket, cube, index, hangs, first_level, frame, folder, work, len(tasks)))
    # The largest first, so that nobody waits at the end.
    tasks.sort(key=lambda one: -sum(segment.count for segment in one.segments))
    nodes: list[Node] = []
    ups: dict[tuple[int, int], list[tuple[int, Segment]]] = defaultdict(list)
    measured: list[tuple[Apart, ...]] = []
    done = 0
    for number, made in crew.run(_build, tasks):
        task = tasks[number]
        done += sum(segment.count for segment in task.segments)
        told(0.9 * done / spread.count)
        if isinstance(made, Node):
            nodes.append(made)
            continue
        if made.node is not None:
            nodes.append(made.node)
        measured.append(made.apart)
        for level, segment in made.up:
            # In Morton order: by the bucket's first place at the finest level.
            ups[level, task.key >> (3 * (task.level - level))].append((_order(task), segment))
    coarse = [
        TileTask(level, key, tuple(one for _, one in sorted(found, key=lambda pair: pair[0])), frame, folder)
        for (level, key), found in ups.items()
    ]
    nodes.extend(made for _, made in crew.run(_build, coarse))
    told(1.0)
    return _joined(nodes), measured


def _order(task: BucketTask | TileTask) -> int:
    return task.key << (3 * (64 - task.level))


class Tools:
    """What a worker keeps: meshoptimizer, started when the first tile is written, so that a refused file costs nothing."""

    def __enter__(self) -> Tools:
        self._stack = ExitStack()
        self._meshopt: Meshopt | None = None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def meshopt(self) -> Meshopt:
        self._meshopt = self._meshopt or self._stack.enter_context(Meshopt())
        return self._meshopt


def _build(tools: Tools, task: BucketTask | TileTask) -> Any:
    return build_bucket(tools.meshopt, task) if isinstance(task, BucketTask) else build_tiles(tools.meshopt, task)


def _buckets(cube: Cube, index: Index, hangs: _Place, work: Path) -> Iterator[tuple[Bucket, Cube, Index, _Place]]:
    """Buckets of a cube, and of the cubes that had to be made of its overfull cells."""
    for bucket in plan_buckets(index, cube.depth):
        bits = cube.bits - bucket.level
        if bucket.count <= MOST or bits == 0:
            yield bucket, cube, index, hangs
            continue
        level, key = hangs.level + bucket.level, (hangs.key << (3 * bucket.level)) + bucket.key
        inner = Cube(cube.corner(bucket.level, bucket.key), bits)
        segments = _Segments(tuple(index.segments(bucket.first, bucket.last)))
        path = work / f"{level}-{key:o}.spool"
        again = spool(None, SpoolTask(segments, 0, bucket.count, inner, path))  # type: ignore[arg-type]
        before = hangs.before if bucket.before == 0 and hangs.level else hangs.level + bucket.before
        yield from _buckets(inner, index_of([again]), _Place(level, key, before), work)


def _tasks_of(
    bucket: Bucket,
    cube: Cube,
    index: Index,
    hangs: _Place,
    first_level: int,
    frame: Frame,
    folder: Path,
    work: Path,
    number: int,
) -> Iterator[BucketTask | TileTask]:
    level, key = hangs.level + bucket.level, (hangs.key << (3 * bucket.level)) + bucket.key
    segments = tuple(index.segments(bucket.first, bucket.last))
    if bucket.count > MOST:
        # One step wide and overfull: cut by number.
        yield TileTask(level, key, segments, frame, folder)
        return
    before = hangs.before if bucket.before == 0 else hangs.level + bucket.before
    spare = work / f"up-{number}.spool"
    yield BucketTask(
        level, key, cube.corner(bucket.level, bucket.key), cube.bits - bucket.level,
        segments, before, first_level, frame, folder, spare,
    )  # fmt: skip


def _joined(nodes: list[Node]) -> Node:
    """One tree of all nodes: same cells become one, and cells between are made, without points of their own."""
    cells: dict[tuple[int, int], list[Node]] = defaultdict(list)
    for node in nodes:
        cells[node.level, node.key].append(node)
    for level in range(max(level for level, _ in cells), 0, -1):
        for at, key in sorted(cells):
            if at == level:
                cells[level - 1, key >> 3].append(Node(level - 1, key >> 3, "", None, (_one(cells.pop((at, key))),)))
    return _one(cells[0, 0])


def _one(found: list[Node]) -> Node:
    """The node of a cell from the nodes that name it: at most one has points itself, the others add children."""
    own = [node for node in found if node.written is not None]
    children = tuple(child for node in found for child in node.children) + tuple(own[1:])
    head = own[0] if own else found[0]
    return replace(head, children=children)
