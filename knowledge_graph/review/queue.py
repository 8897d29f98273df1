"""In which order suggestions are shown: what teaches the machine most first, and a concept before the edges that need it. Pure.

Most informative is what the machine is least sure of (probability nearest one half), the more so the more other suggestions hang on it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from knowledge_graph.review.decisions import edge_key
from knowledge_graph.review.standing import Standing

__all__ = ["informative", "open_keys"]


class SuggestedConceptLike(Protocol):
    """What the order needs to know of a suggested concept."""

    @property
    def id(self) -> str: ...

    @property
    def score(self) -> float: ...


class SuggestedEdgeLike(Protocol):
    """What the order needs to know of a suggested edge."""

    @property
    def before(self) -> str: ...

    @property
    def after(self) -> str: ...

    @property
    def probability(self) -> float: ...


def informative(probability: float, hanging: int) -> float:
    """How much a decision would tell; more for a probability near one half, and for more suggestions `hanging` on it.

    >>> informative(0.5, 0) > informative(0.9, 0), informative(0.9, 9) > informative(0.9, 0)
    (True, True)
    """
    unsure = 1 - abs(2 * min(1.0, max(0.0, probability)) - 1)
    return (0.05 + unsure) * (1 + math.log2(1 + hanging))


def open_keys(
    concepts: Iterable[SuggestedConceptLike],
    edges: Iterable[SuggestedEdgeLike],
    stand: Standing,
    known: Collection[str],
    joined: Collection[tuple[str, str]],
) -> list[str]:
    """The suggestions still to be decided on, in the order to show them: ids of concepts and `edge_key` of edges.

    `known` are the concepts and `joined` the edges that the graph has already; what they hold needs no decision, nor does an edge that
    lost a concept.
    """
    open_concepts = {one.id: one for one in concepts if one.id not in known and stand.of(one.id) is None}
    open_edges = {
        edge_key(one.before, one.after): one
        for one in edges
        if not _is_done(stand, one, joined) and not stand.is_moot(edge_key(one.before, one.after))
    }
    hanging = _hanging(open_edges.values())
    weights = {key: informative(one.score, hanging.get(key, 0)) for key, one in open_concepts.items()}
    for key, edge in open_edges.items():
        others = hanging.get(edge.before, 0) + hanging.get(edge.after, 0) - 2
        weights[key] = informative(edge.probability, others)
    needed = {
        key: [end for end in (edge.before, edge.after) if end in open_concepts] for key, edge in open_edges.items()
    }
    return _needed_first(sorted(weights, key=lambda key: (-weights[key], key)), needed)


def _is_done(stand: Standing, one: SuggestedEdgeLike, joined: Collection[tuple[str, str]]) -> bool:
    ends = (stand.goes_to(one.before), stand.goes_to(one.after))
    return stand.of(edge_key(one.before, one.after)) is not None or ends in joined


def _hanging(edges: Iterable[SuggestedEdgeLike]) -> dict[str, int]:
    """How many open edges name each concept."""
    count: dict[str, int] = {}
    for one in edges:
        for end in (one.before, one.after):
            count[end] = count.get(end, 0) + 1
    return count


def _needed_first(keys: list[str], needed: Mapping[str, list[str]]) -> list[str]:
    found: dict[str, None] = {}
    for key in keys:
        for one in (*needed.get(key, ()), key):
            found.setdefault(one)
    return list(found)
