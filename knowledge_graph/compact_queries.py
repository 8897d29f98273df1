"""The questions of `knowledge_graph.queries`, asked of the compact form, with the same words and the same answers; and
the chains of fewest steps and of least cost.

Every function takes and gives ids. A short answer is walked in a plain loop. For a long one the graph is swept a layer at
a time: concepts of one depth lie side by side, so do their edges, and a sweep reads memory from end to end. A graph
with more layers than that is worth goes through scipy's breadth-first search in C. The examples use c needs a and b,
d needs c.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import compress
from typing import Any

import numpy as np

from commons.errors import BadInput, NotFound
from knowledge_graph.compact import Compact, Ints, places_of, rows_of

__all__ = ["ancestors", "cheapest", "descendants", "frontier", "gap", "near", "order", "path", "shortest", "unlocks"]

# So many concepts are walked in a plain loop before a sweep.
LOOPED = 128
# A sweep costs some microseconds a layer.
LAYERS = 2000


def ancestors(graph: Compact, concept: str) -> set[str]:
    """Everything that `concept` needs, directly or through others. Raises NotFound.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> sorted(ancestors(compact_of(small_graph()), "d"))
    ['a', 'b', 'c']
    """
    found = set(below(graph, graph.number(concept)))
    found.discard(concept)
    return found


def descendants(graph: Compact, concept: str) -> set[str]:
    """Everything that needs `concept`, directly or through others. Raises NotFound.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> sorted(descendants(compact_of(small_graph()), "a"))
    ['c', 'd']
    """
    found = set(above(graph, graph.number(concept)))
    found.discard(concept)
    return found


def unlocks(graph: Compact, concept: str) -> list[str]:
    """What `descendants` finds, nearest first, then by id. Raises NotFound.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> unlocks(compact_of(small_graph()), "a")
    ['c', 'd']
    """
    start = graph.number(concept)
    found, came = _search(graph, graph.opens_at, graph.opens, start)
    steps, far = came.tolist(), {start: 0}
    for one in found.tolist()[1:]:
        far[one] = far[steps[one]] + 1
    del far[start]
    return [name for _, name in sorted((step, graph.ids[one]) for one, step in far.items())]


def gap(graph: Compact, known: Collection[str], goal: str) -> set[str]:
    """What is still to be learnt up to and with `goal`. Behind a known concept nothing is asked again. Raises NotFound.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> sorted(gap(compact_of(small_graph()), {"a"}, "d"))
    ['b', 'c', 'd']
    """
    return set(path(graph, known, goal))


def path(graph: Compact, known: Collection[str], goal: str) -> list[str]:
    """The gap up to `goal` in an order one can learn it in. Raises NotFound.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> path(compact_of(small_graph()), {"b"}, "d")
    ['a', 'c', 'd']
    """
    start = graph.number(goal)
    if goal in known:
        return []
    return below(graph, start, graph.numbers_of(known))


def order(graph: Compact, concepts: Collection[str]) -> list[str]:
    """`concepts` in learning order (by depth, then id). Ids the graph lacks are left out.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> order(compact_of(small_graph()), ["d", "a", "c"])
    ['a', 'c', 'd']
    """
    return graph.named(np.unique(graph.numbers_of(concepts)))


def frontier(graph: Compact, known: Collection[str]) -> list[str]:
    """The concepts one can learn now: not known, and everything they directly need is. In learning order.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> frontier(compact_of(small_graph()), {"a", "b"})
    ['c']
    """
    have = np.unique(graph.numbers_of(known))
    met = np.bincount(rows_of(graph.opens_at, graph.opens, have), minlength=len(graph.ids))
    ready = met == np.diff(graph.needs_at)
    ready[have] = False
    return graph.named(np.flatnonzero(ready).astype(np.int32))


def shortest(graph: Compact, start: str, goal: str) -> list[str]:
    """A chain from `start` to `goal` with the fewest steps, each concept needed by the next; both ends with it.

    All of the gap is needed for `goal`; the chain is one thread through it. Raises NotFound for an unknown id, and
    where `goal` does not build on `start`.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> shortest(compact_of(small_graph("ab", "bc", "cd", "ad")), "a", "d")
    ['a', 'd']
    """
    first, last = graph.number(start), graph.number(goal)
    _, came = _search(graph, graph.opens_at, graph.opens, first)
    chain = [last]
    while chain[-1] != first:
        if came[chain[-1]] < 0:
            raise NotFound(f"'{goal}' does not build on '{start}'", next="Ask for its path instead.")
        chain.append(int(came[chain[-1]]))
    return [graph.ids[one] for one in reversed(chain)]


def cheapest(graph: Compact, start: str, goal: str, cost: Mapping[str, float]) -> tuple[list[str], float]:
    """A chain like `shortest` whose concepts after `start` together cost least (say minutes), and that cost.

    A concept that `cost` lacks costs nothing. Raises BadInput for a cost below 0 or no number, NotFound like `shortest`.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> cheapest(compact_of(small_graph("ab", "bd", "ac", "cd")), "a", "d", {"b": 9, "c": 2, "d": 5})
    (['a', 'c', 'd'], 7.0)
    """
    bad = next((one for one, price in cost.items() if not 0 <= price < np.inf), None)
    if bad is not None:
        raise BadInput(f"the cost of '{bad}' is {cost[bad]}", next="Give a number of 0 or more.")
    first, last = graph.number(start), graph.number(goal)
    both = _sweep(graph, first, None, up=True) & _sweep(graph, last, None, up=False)
    between = np.flatnonzero(both).tolist()
    if not between:
        raise NotFound(f"'{goal}' does not build on '{start}'", next="Ask for its path instead.")
    best, came = {first: 0.0}, dict[int, int]()
    for one in between[1:]:
        rows = graph.needs[graph.needs_at[one] : graph.needs_at[one + 1]].tolist()
        came[one] = min((other for other in rows if other in best), key=best.__getitem__)
        best[one] = best[came[one]] + cost.get(graph.ids[one], 0.0)
    chain = [last]
    while chain[-1] != first:
        chain.append(came[chain[-1]])
    return [graph.ids[one] for one in reversed(chain)], best[last]


def near(graph: Compact, vectors: np.ndarray[Any, Any], concept: str, count: int = 5) -> list[tuple[str, float]]:
    """The concepts nearest in meaning, with the cosine, nearest first. `vectors[i]` is the vector of `graph.ids[i]`,
    shape (concepts, any); one of zeros is near to nothing. Raises BadInput for another shape, NotFound.

    >>> from knowledge_graph.compact import compact_of
    >>> from knowledge_graph.example import small_graph
    >>> rows = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], np.float32)
    >>> [(one, round(float(value), 3)) for one, value in near(compact_of(small_graph()), rows, "a", 2)]
    [('b', 0.707), ('c', 0.0)]
    """
    if vectors.ndim != 2 or len(vectors) != len(graph.ids):
        told = f"vectors of shape {vectors.shape} for {len(graph.ids)} concepts"
        raise BadInput(told, next="Give one row for each concept, in the order of `ids`.")
    start = graph.number(concept)
    lengths = np.linalg.norm(vectors, axis=1)
    if not lengths[start]:
        return []
    with np.errstate(invalid="ignore", divide="ignore"):
        close = (vectors @ vectors[start]) / (lengths * lengths[start])
    close[(lengths == 0) | ~np.isfinite(close)] = -np.inf
    close[start] = -np.inf
    few = min(max(count, 0), len(close) - 1)
    best = np.argpartition(-close, few)[: few + 1]
    ranked = sorted((-float(close[one]), graph.ids[one]) for one in best.tolist() if close[one] > -np.inf)
    return [(name, -value) for value, name in ranked[:count]]


def below(graph: Compact, start: int, stop: Ints | None = None) -> list[str]:
    """The ids of `start` and of everything it needs, in learning order; nothing of `stop` and nothing behind it."""
    found = _looped(graph.needs_at, graph.needs, start, stop)
    if found is not None:
        return graph.named(np.array(found, np.int32))
    mark = _sweep(graph, start, stop, up=False)
    return list(compress(graph.ids, mark[: start + 1].tobytes()))


def above(graph: Compact, start: int) -> list[str]:
    """The ids of `start` and of everything that needs it, in learning order."""
    found = _looped(graph.opens_at, graph.opens, start, None)
    if found is not None:
        return graph.named(np.array(found, np.int32))
    return list(compress(graph.ids, _sweep(graph, start, None, up=True).tobytes()))


def _looped(at: Ints, rows: Ints, start: int, stop: Ints | None) -> list[int] | None:
    """The numbers reached from `start`, ascending; None where there are more than LOOPED."""
    halt = set() if stop is None else set(stop.tolist())
    seen, todo = {start}, [start]
    while todo and len(seen) <= LOOPED:
        one = todo.pop()
        for other in rows[at[one] : at[one + 1]].tolist():
            if other not in seen and other not in halt:
                seen.add(other)
                todo.append(other)
    return None if todo else sorted(seen)


def _sweep(graph: Compact, start: int, stop: Ints | None, *, up: bool) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """For each number whether it is `start` or reached from it: up along what it opens, else down along what it needs."""
    if len(graph.layers) > LAYERS:
        return _swept_by_search(graph, start, stop, up=up)
    mark = np.zeros(len(graph.ids), np.bool_)
    mark[start] = True
    free = np.ones(len(graph.ids), np.bool_)
    if stop is not None:
        free[stop] = False
    # A concept is above `start` if something it needs is, below if something it opens is.
    at, rows = (graph.needs_at, graph.needs) if up else (graph.opens_at, graph.opens)
    home, last = int(graph.depth[start]), len(graph.layers) - 1
    for layer in range(home + 1, last) if up else range(home - 1, -1, -1):
        first, end = graph.layers[layer], graph.layers[layer + 1]
        ends = at[first : end + 1]
        hits = np.zeros(int(ends[-1] - ends[0]) + 1, np.int32)
        np.cumsum(mark[rows[ends[0] : ends[-1]]], out=hits[1:])
        sums = hits[ends - ends[0]]
        mark[first:end] = (sums[1:] > sums[:-1]) & free[first:end]
    return mark


def _swept_by_search(graph: Compact, start: int, stop: Ints | None, *, up: bool) -> np.ndarray[Any, np.dtype[np.bool_]]:
    at, rows = (graph.opens_at, graph.opens) if up else (graph.needs_at, graph.needs)
    if stop is not None and len(stop):
        # What is known leads only to itself, so that the search ends there.
        rows, stop = rows.copy(), np.unique(stop)
        rows[places_of(at, stop)] = np.repeat(stop, at[stop + 1] - at[stop])
    mark = np.zeros(len(graph.ids), np.bool_)
    mark[_search(graph, at, rows, start)[0]] = True
    if stop is not None:
        mark[stop] = False
    return mark


def _search(graph: Compact, at: Ints, rows: Ints, start: int) -> tuple[Ints, Ints]:
    """Breadth first from `start`: the numbers in the order they were met, and for each the one it was met from (< 0 for
    none).
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    size = len(graph.ids)
    matrix = csr_array((graph.weights, rows, at), shape=(size, size), copy=False)
    found, came = breadth_first_order(matrix, start, directed=True, return_predecessors=True)
    return found, came
