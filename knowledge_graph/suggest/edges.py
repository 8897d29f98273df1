"""Prerequisite edges between what a course names: which pairs are looked at, what is seen of them, what is suggested.

Rule: a pair is looked at only where a sentence of the course speaks of both, or one name holds the other, so that every
suggested edge can show why; edges that the graph has, or that would turn one of its edges round, are not suggested.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations
from typing import TYPE_CHECKING

from knowledge_graph.model import Graph
from knowledge_graph.suggest.decode import acyclic, reduce_transitively
from knowledge_graph.suggest.features import things
from knowledge_graph.suggest.learn import Layer
from knowledge_graph.suggest.read import Passage
from knowledge_graph.suggest.store import Evidence, SuggestedEdge
from knowledge_graph.suggest.weights import Weights
from knowledge_graph.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Node", "suggest_edges"]

PROOFS = 3


@dataclass(frozen=True)
class Node:
    """A thing of the course: id, name, folded names, its definition ("" where none), the sentences that name it in order."""

    id: str
    label: str
    names: tuple[str, ...]
    text: str
    said: tuple[tuple[Passage, str], ...] = field(repr=False)

    @property
    def first(self) -> tuple[int, int]:
        """The file and the cell where it is named first."""
        return self.said[0][0].unit, self.said[0][0].cell


def suggest_edges(
    nodes: Sequence[Node], graph: Graph, vectors: Vectors, weights: Weights, layer: Layer, units: int
) -> list[SuggestedEdge]:
    """The edges worth showing, the most probable first."""
    import numpy as np

    together = _together(nodes)
    old = {(one.before, one.after) for one in graph.prerequisites}
    pairs = [pair for pair in sorted(together) if _is_open(nodes, pair, graph)]
    if not pairs:
        return []
    rows = _inputs(nodes, pairs, together, vectors, weights, units)
    odds = np.clip(layer.log_odds(rows), -20, 20)
    by_edge = {(nodes[a].id, nodes[b].id): float(value) for (a, b), value in zip(pairs, odds, strict=True)}
    ids = {one.id for one in nodes}
    fixed = [edge for edge in sorted(old) if edge[0] in ids and edge[1] in ids]
    kept = reduce_transitively(acyclic(by_edge, fixed), fixed)
    place = {one.id: number for number, one in enumerate(nodes)}
    features = {(nodes[a].id, nodes[b].id): row for (a, b), row in zip(pairs, rows, strict=True)}
    made = []
    for before, after in kept:
        a, b = nodes[place[before]], nodes[place[after]]
        probability = 1 / (1 + math.exp(-by_edge[before, after]))
        row = tuple(round(float(one), 6) for one in features[before, after])
        proof = _evidence(a, b, together[place[before], place[after]])
        made.append(SuggestedEdge(before, after, round(probability, 4), proof, features=row))
    return sorted(made, key=lambda one: (-one.probability, one.before, one.after))


def _together(nodes: Sequence[Node]) -> dict[tuple[int, int], list[tuple[Passage, str]]]:
    """For each ordered pair the sentences that name both; a pair whose names hold one another has none to need."""
    where: dict[tuple[str, int, str], list[int]] = {}
    spots: dict[tuple[str, int, str], tuple[Passage, str]] = {}
    for number, node in enumerate(nodes):
        for passage, sentence in node.said:
            key = (passage.source, passage.cell, sentence)
            spots[key] = (passage, sentence)
            if number not in where.setdefault(key, []):
                where[key].append(number)
    found: dict[tuple[int, int], list[tuple[Passage, str]]] = {}
    for key in sorted(where):
        for pair in permutations(where[key], 2):
            found.setdefault(pair, []).append(spots[key])
    for a, b in permutations(range(len(nodes)), 2):
        if _inside(nodes[a], nodes[b]):
            for pair in ((a, b), (b, a)):
                found.setdefault(pair, [])
    return found


def _inside(a: Node, b: Node) -> tuple[str, str] | None:
    """A name of `a` that is part of a name of `b`, as whole words where it is English, and that name; None where none is."""
    for one in a.names:
        for other in b.names:
            if one != other and (f" {one} " in f" {other} " or (not one.isascii() and one in other)):
                return one, other
    return None


def _is_open(nodes: Sequence[Node], pair: tuple[int, int], graph: Graph) -> bool:
    before, after = nodes[pair[0]].id, nodes[pair[1]].id
    return not (before in graph.concepts and after in graph.concepts)


def _inputs(
    nodes: Sequence[Node],
    pairs: Sequence[tuple[int, int]],
    together: Mapping[tuple[int, int], Sequence[tuple[Passage, str]]],
    vectors: Vectors,
    weights: Weights,
    units: int,
) -> NDArray[np.float64]:
    """The inputs of the layer (learn.INPUTS), pair by pair."""
    import numpy as np

    given = things([one.label for one in nodes], [one.text for one in nodes], vectors)
    before, after = [a for a, _ in pairs], [b for _, b in pairs]
    shipped = np.clip(weights.log_odds(given, before, after), -6, 6)
    refers = _refers(nodes, together)
    distance = refers - refers.T
    rows = []
    for (a, b), odds in zip(pairs, shipped, strict=True):
        one, two = nodes[a], nodes[b]
        share = min(1.0, len(together[a, b]) / max(len(two.said), 1))
        inside = float(_inside(one, two) is not None) - float(_inside(two, one) is not None)
        named = float(_names(one, two.text)) - float(_names(two, one.text))
        near = float(given.of_names[a] @ given.of_names[b])
        rows.append([1.0, odds, distance[a, b], _order(one, two, units), share, inside, named, near])
    return np.array(rows, float)


def _refers(
    nodes: Sequence[Node], together: Mapping[tuple[int, int], Sequence[tuple[Passage, str]]]
) -> NDArray[np.float64]:
    """Reference distance (Liang et al. 2015) over sentences: entry (a, b) is the share of what goes with b that names a."""
    import numpy as np

    count = np.zeros((len(nodes), len(nodes)))
    for (a, b), some in together.items():
        count[a, b] = len(some)
    said = np.array([max(len(one.said), 1) for one in nodes], float)
    weight = count / said[:, None] + np.eye(len(nodes))
    weight /= weight.sum(1, keepdims=True)
    return np.asarray((weight @ (count.T > 0)).T)


def _names(one: Node, text: str) -> bool:
    low = text.casefold()
    return any(name in low for name in one.names)


def _order(one: Node, two: Node, units: int) -> float:
    """How much earlier `one` is named first, in -1..1: a file earlier weighs more than a cell."""
    if one.first == two.first:
        return 0.0
    sign = 1.0 if one.first < two.first else -1.0
    return sign * min(1.0, 0.5 + abs(two.first[0] - one.first[0]) / max(units, 1))


def _evidence(a: Node, b: Node, both: Sequence[tuple[Passage, str]]) -> tuple[Evidence, ...]:
    found = [Evidence("names both", passage.place(sentence)) for passage, sentence in both[:PROOFS]]
    if parts := _inside(a, b):
        found.append(Evidence(f"“{parts[0]}” is part of the name “{parts[1]}”", b.said[0][0].place(b.said[0][1])))
    if a.first < b.first:
        found.append(Evidence(f"“{a.label}” is named first", a.said[0][0].place(a.said[0][1])))
    if not found and (parts := _inside(b, a)):
        found.append(Evidence(f"“{parts[0]}” is part of the name “{parts[1]}”", a.said[0][0].place(a.said[0][1])))
    return tuple(found)
