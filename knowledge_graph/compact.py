"""The graph as arrays of integers: for graphs of a million edges, with the answers of `knowledge_graph.queries`.

Concepts are numbered in learning order (by depth, then id), so what a concept needs always has a smaller number: sorted
numbers are a path one can walk, and a graph that can be numbered has no circle. Edges lie in CSR form both ways.
`knowledge_graph.compact_queries` asks, `knowledge_graph.compact_file` keeps it on disk.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from commons.errors import BadInput, NotFound
from knowledge_graph.near import did_you_mean

if TYPE_CHECKING:
    from knowledge_graph.model import Graph

__all__ = ["Compact", "Ints", "compact_of", "from_arrays", "rows_of"]

Ints = np.ndarray[Any, np.dtype[np.signedinteger[Any]]]
# Below this many concepts at once a plain loop is quicker than a call of numpy.
FEW = 48


@dataclass(frozen=True, eq=False)
class Compact:
    """`ids[i]` is concept i; its prerequisites are `needs[needs_at[i]:needs_at[i + 1]]`, what needs it
    `opens[opens_at[i]:opens_at[i + 1]]`, both ascending; `depth[i]` is the longest chain below it. All int32.
    """

    ids: Sequence[str]
    needs_at: Ints = field(repr=False)
    needs: Ints = field(repr=False)
    opens_at: Ints = field(repr=False)
    opens: Ints = field(repr=False)
    depth: Ints = field(repr=False)

    def __post_init__(self) -> None:
        for array in (self.needs_at, self.needs, self.opens_at, self.opens, self.depth):
            array.flags.writeable = False

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each id."""
        return dict(zip(self.ids, range(len(self.ids)), strict=True))

    @cached_property
    def weights(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """One for each edge: scipy's graph routines want them there."""
        return np.ones(len(self.needs))

    @cached_property
    def layers(self) -> list[int]:
        """Where each depth begins among the numbers, and after the last the count of all."""
        deepest = int(self.depth[-1]) if len(self.depth) else -1
        return np.searchsorted(self.depth, np.arange(deepest + 2)).tolist()

    def number(self, concept: str) -> int:
        """The number of `concept`. Raises NotFound, with the nearest id."""
        found = self.numbers.get(concept)
        if found is None:
            raise NotFound(f"no concept '{concept}'", where="the graph", next=did_you_mean(concept, self.ids))
        return found

    def numbers_of(self, concepts: Collection[str]) -> Ints:
        """The numbers of those of `concepts` that are in the graph, in no order."""
        found = map(self.numbers.get, concepts)
        return np.fromiter((one for one in found if one is not None), np.int32)

    def named(self, numbers: Ints) -> list[str]:
        """The ids of `numbers`, in their order."""
        return list(map(self.ids.__getitem__, numbers.tolist()))


def compact_of(graph: Graph) -> Compact:
    """`graph` in compact form; edges to concepts it lacks are left out. Raises BadInput where it has a circle.

    >>> from knowledge_graph.example import small_graph
    >>> one = compact_of(small_graph("ac", "bc", "cd"))
    >>> one.ids, one.needs_at.tolist(), one.needs.tolist(), one.depth.tolist()
    (('a', 'b', 'c', 'd'), [0, 0, 0, 2, 3], [0, 1, 2], [0, 0, 1, 2])
    """
    place = {name: number for number, name in enumerate(graph.concepts)}
    pairs = [(place[e.before], place[e.after]) for e in graph.prerequisites if e.before in place and e.after in place]
    ends = np.array(pairs, np.int32).reshape(-1, 2)
    return from_arrays(list(graph.concepts), ends[:, 0], ends[:, 1])


def from_arrays(ids: Sequence[str], before: Ints, after: Ints) -> Compact:
    """The compact form of the edges before[k] → after[k], places in `ids`; an edge said twice counts once.

    Raises BadInput for a circle (with its path), an id twice, or a place that `ids` lacks.
    """
    count = len(ids)
    if len(set(ids)) != count:
        raise BadInput("an id is there twice", next="Give each concept one id.")
    if len(before) and not (min(before.min(), after.min()) >= 0 and max(before.max(), after.max()) < count):
        raise BadInput("an edge names a concept that is not there", next="Edges are places in the list of ids.")
    keys = np.unique(after.astype(np.int64) * max(count, 1) + before)
    before, after = (keys % max(count, 1)).astype(np.int32), (keys // max(count, 1)).astype(np.int32)
    depth = _depths(ids, before, after)
    names = np.array(ids, dtype=np.str_) if count else np.array([], dtype="U1")
    order = np.lexsort((names, depth))
    place = np.empty(count, np.int32)
    place[order] = np.arange(count, dtype=np.int32)
    before, after = place[before], place[after]
    needs_at, needs = _rows(count, after, before)
    opens_at, opens = _rows(count, before, after)
    return Compact(tuple(ids[one] for one in order.tolist()), needs_at, needs, opens_at, opens, depth[order])


def rows_of(at: Ints, values: Ints, rows: Ints) -> Ints:
    """The values of several rows of a CSR, one row after the other.

    >>> rows_of(np.array([0, 2, 2, 3]), np.array([7, 8, 9]), np.array([0, 2])).tolist()
    [7, 8, 9]
    """
    return values[places_of(at, rows)]


def places_of(at: Ints, rows: Ints) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Where the values of those rows stand."""
    starts, sizes = at[rows], at[rows + 1] - at[rows]
    ends = np.cumsum(sizes, dtype=np.int64)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - sizes), sizes)


def _rows(count: int, row: Ints, value: Ints) -> tuple[Ints, Ints]:
    order = np.argsort(row.astype(np.int64) * max(count, 1) + value, kind="stable")
    at = np.zeros(count + 1, np.int32)
    np.cumsum(np.bincount(row, minlength=count), out=at[1:])
    return at, value[order].astype(np.int32)


def _depths(ids: Sequence[str], before: Ints, after: Ints) -> Ints:
    """The longest chain below each place, a layer at a time (Kahn 1962). Raises BadInput where there is a circle."""
    count = len(ids)
    at, opens = _rows(count, before, after)
    waiting = np.bincount(after, minlength=count)
    depth = np.full(count, -1, np.int32)
    layer, level = np.flatnonzero(waiting == 0), 0
    while len(layer):
        depth[layer] = level
        level += 1
        if len(layer) <= FEW:
            ready = []
            for one in layer.tolist():
                for other in opens[at[one] : at[one + 1]].tolist():
                    waiting[other] -= 1
                    if not waiting[other]:
                        ready.append(other)
            layer = np.array(ready, np.int64)
        else:
            reached, times = np.unique(rows_of(at, opens, layer), return_counts=True)
            waiting[reached] -= times
            layer = reached[waiting[reached] == 0]
    if (depth < 0).any():
        raise BadInput(f"prerequisites run in a circle: {' → '.join(_circle(ids, before, after, depth))}")
    return depth


def _circle(ids: Sequence[str], before: Ints, after: Ints, depth: Ints) -> list[str]:
    stuck = depth < 0
    inside = stuck[before] & stuck[after]
    back = dict(zip(after[inside].tolist(), before[inside].tolist(), strict=True))
    here, seen = next(iter(back)), dict[int, None]()
    while here not in seen:
        seen[here] = None
        here = back[here]
    walked = list(seen)
    loop = [ids[one] for one in reversed(walked[walked.index(here) :])]
    first = loop.index(min(loop))
    return [*loop[first:], *loop[:first], loop[first]]
