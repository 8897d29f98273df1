"""The items in the order they were authored, set against the graph: what each needs, and who provides it. No
learner is known here.

A concept counts as needed for an item when something *earlier* on the shelf teaches or assesses it; what
nothing on the shelf provides cannot be asked of a learner, and its own prerequisites are asked instead. So
no two items can wait for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from commons.items import Item
from knowledge_graph.links import items_by_concept
from knowledge_graph.model import Graph
from knowledge_graph.queries import depths

__all__ = ["Shelf"]

LEARNING = ("unit", "exercise")
REACH = 2  # steps in the graph between what was learnt and what a stop shows


class Shelf:
    """`items` by id and by concept, with `needs(item)`. Items are kept in the order given: a unit, then its
    exercises.
    """

    def __init__(self, graph: Graph, items: Sequence[Item]) -> None:
        self.graph = graph
        self.items = tuple(items)
        self.by_id = {item.id: item for item in items}
        self.place = {item.id: number for number, item in enumerate(items)}
        self.by_concept = items_by_concept(items)
        self.parts: dict[str, list[Item]] = {}
        for item in items:
            if item.parent:
                self.parts.setdefault(item.parent, []).append(item)
        self.assessed = frozenset(c for item in items if item.kind == "exercise" for c in item.concepts)
        deep = depths(graph)
        self._depth = {item.id: min((deep.get(c, 0) for c in item.concepts), default=0) for item in items}
        self._needs = self._all_needs()
        self._just_below: dict[str, dict[str, int]] = {}

    def needs(self, item: Item) -> frozenset[str]:
        """The concepts a learner should know before `item`. A stop or object needs none: anyone may look."""
        return self._needs.get(item.id, frozenset())

    def teaching(self, concept: str) -> list[Item]:
        """The units and exercises that teach or assess `concept`, in order."""
        return [item for item in self.by_concept.get(concept, ()) if item.kind in LEARNING]

    def showing(self, concept: str) -> list[Item]:
        """The stops and objects that show `concept`, in order."""
        return [item for item in self.by_concept.get(concept, ()) if item.kind not in LEARNING]

    def just_below(self, concept: str) -> Mapping[str, int]:
        """`concept` and what it needs in at most REACH steps, with the steps, the nearest first."""
        found = self._just_below.get(concept)
        if found is None:
            found, edge = {concept: 0}, [concept]
            for far in range(1, REACH + 1):
                edge = [need for one in edge for need in self.graph.needs.get(one, ()) if need not in found]
                found |= dict.fromkeys(edge, far)
            self._just_below[concept] = found
        return found

    def depth(self, item: Item) -> int:
        """How deep in the graph the easiest concept of `item` lies; 0 needs nothing."""
        return self._depth[item.id]

    def _all_needs(self) -> dict[str, frozenset[str]]:
        provided: set[str] = set()
        found = {}
        for item in self.items:
            if item.kind in LEARNING:
                found[item.id] = frozenset(_needed(self.graph, item, provided))
                provided |= set(item.concepts)
        return found


def _needed(graph: Graph, item: Item, provided: Collection[str]) -> set[str]:
    own = [concept for concept in item.concepts if concept in graph.concepts]
    needed: set[str] = set()
    seen, todo = set(own), list(own)
    while todo:
        for need in graph.needs[todo.pop()]:
            if need not in seen:
                seen.add(need)
                if need in provided:
                    needed.add(need)
                else:
                    todo.append(need)
    return needed
