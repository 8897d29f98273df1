"""Questions one asks the graph: pure functions of a graph and a set of known concepts. No learner and no item
is known here.

A graph of some thousand concepts or more is asked in its compact form, which is quicker there. The examples use
`knowledge_graph.example.small_graph`, where c needs a and b, and d needs c.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from itertools import chain
from types import ModuleType

from commons.errors import BadInput
from knowledge_graph.model import LARGE, Graph

__all__ = ["ancestors", "depths", "frontier", "gap", "named", "order", "path", "steps_to", "unlocks"]


def named(graph: Graph, text: str) -> str:
    """The id of the concept that somebody means by `text`: an id, or a label in any language. Raises BadInput where several
    concepts are called that, NotFound with the nearest id.

    >>> from knowledge_graph.example import small_graph
    >>> named(small_graph(), "a")
    'a'
    """
    if text in graph.concepts:
        return text
    wanted = text.strip().casefold()
    found = [
        one.id
        for one in graph.concepts.values()
        if wanted in {name.casefold() for name in [*one.label.values(), *chain.from_iterable(one.alt.values())]}
    ]
    if len(found) > 1:
        raise BadInput(f"several concepts are called '{text}'", where="the graph", next=f"Name one of {', '.join(found)}.")
    return found[0] if found else graph.concept(text).id


def ancestors(graph: Graph, concept: str) -> set[str]:
    """Everything that `concept` needs, directly or through others. Raises NotFound for an unknown id.

    >>> from knowledge_graph.example import small_graph
    >>> sorted(ancestors(small_graph(), "d"))
    ['a', 'b', 'c']
    """
    if len(graph.concepts) >= LARGE:
        return _large().ancestors(graph.compact, concept)
    graph.concept(concept)
    return _walk(graph.needs, [concept], stop=()) - {concept}


def unlocks(graph: Graph, concept: str) -> list[str]:
    """Everything that needs `concept`, nearest first, then by id. Raises NotFound for an unknown id.

    >>> from knowledge_graph.example import small_graph
    >>> unlocks(small_graph(), "a")
    ['c', 'd']
    """
    if len(graph.concepts) >= LARGE:
        return _large().unlocks(graph.compact, concept)
    graph.concept(concept)
    far = steps_to(graph.opens, concept)
    return sorted(far.keys() - {concept}, key=lambda one: (far[one], one))


def frontier(graph: Graph, known: Collection[str]) -> list[str]:
    """The concepts one can learn now: not known, and everything they directly need is. In learning order.

    >>> from knowledge_graph.example import small_graph
    >>> frontier(small_graph(), set()), frontier(small_graph(), {"a", "b"}), frontier(small_graph(), set("abcd"))
    (['a', 'b'], ['c'], [])
    """
    if len(graph.concepts) >= LARGE:
        return _large().frontier(graph.compact, known)
    return order(graph, [c for c in graph.concepts if c not in known and all(n in known for n in graph.needs[c])])


def gap(graph: Graph, known: Collection[str], goal: str) -> set[str]:
    """What is still to be learnt up to and with `goal`. Behind a known concept nothing is asked again.

    >>> from knowledge_graph.example import small_graph
    >>> sorted(gap(small_graph(), {"a"}, "d")), gap(small_graph(), {"d"}, "d")
    (['b', 'c', 'd'], set())
    """
    if len(graph.concepts) >= LARGE:
        return _large().gap(graph.compact, known, goal)
    graph.concept(goal)
    return set() if goal in known else _walk(graph.needs, [goal], stop=known)


def path(graph: Graph, known: Collection[str], goal: str) -> list[str]:
    """The gap up to `goal` in an order one can learn it in: nothing before what it needs. Raises NotFound.

    >>> from knowledge_graph.example import small_graph
    >>> path(small_graph(), {"b"}, "d")
    ['a', 'c', 'd']
    """
    if len(graph.concepts) >= LARGE:
        return _large().path(graph.compact, known, goal)
    return order(graph, gap(graph, known, goal))


def order(graph: Graph, concepts: Iterable[str]) -> list[str]:
    """`concepts` in learning order (by depth in the graph, then id). Ids the graph lacks are left out.

    >>> from knowledge_graph.example import small_graph
    >>> order(small_graph(), ["d", "a", "c"])
    ['a', 'c', 'd']
    """
    if len(graph.concepts) >= LARGE:
        return _large().order(graph.compact, set(concepts))
    deep = depths(graph)
    return sorted({one for one in concepts if one in graph.concepts}, key=lambda one: (deep[one], one))


def depths(graph: Graph) -> Mapping[str, int]:
    """For each concept the longest chain of prerequisites below it; 0 where nothing is needed. The graph must
    be acyclic.

    >>> from knowledge_graph.example import small_graph
    >>> dict(depths(small_graph()))
    {'a': 0, 'b': 0, 'c': 1, 'd': 2}
    """
    return graph.depth


def steps_to(neighbours: Mapping[str, Iterable[str]], start: str) -> dict[str, int]:
    """For each concept reached from `start` along `neighbours` (say `graph.opens`), how many steps it takes.

    >>> from knowledge_graph.example import small_graph
    >>> steps_to(small_graph().needs, "d")
    {'d': 0, 'c': 1, 'a': 2, 'b': 2}
    """
    far, queue = {start: 0}, deque([start])
    while queue:
        here = queue.popleft()
        for there in neighbours.get(here, ()):
            if there not in far:
                far[there] = far[here] + 1
                queue.append(there)
    return far


def _walk(neighbours: Mapping[str, Iterable[str]], start: Iterable[str], stop: Collection[str]) -> set[str]:
    seen, todo = set(start), list(start)
    while todo:
        for there in neighbours[todo.pop()]:
            if there not in seen and there not in stop:
                seen.add(there)
                todo.append(there)
    return seen


def _large() -> ModuleType:
    from knowledge_graph import compact_queries

    return compact_queries
