"""The graph's values: frozen, whole, and without behaviour beyond looking a neighbour up. Where they came
from is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from commons.errors import NotFound
from commons.languages import Text
from knowledge_graph.near import did_you_mean

__all__ = ["Concept", "Graph", "Link", "Prerequisite", "Relation"]

Relation = Literal["teaches", "assesses", "shows"]


@dataclass(frozen=True)
class Concept:
    """A node: `id` is `<area>.<name>`, label and definition exist in every language of the house."""

    id: str
    label: Text = field(hash=False)
    definition: Text = field(hash=False)
    area: str


@dataclass(frozen=True)
class Prerequisite:
    """`before` should be known before `after`; who or what said so (`author`, `method`) and how sure they
    are, in 0..1.
    """

    before: str
    after: str
    author: str
    method: str
    confidence: float


@dataclass(frozen=True)
class Link:
    """An item teaches, assesses or shows a concept."""

    concept: str
    item: str
    relation: Relation


@dataclass(frozen=True)
class Graph:
    """Concepts by id and the prerequisite edges between them; `areas` are the labels of the parts of the
    subject.

    A graph from `load_graph` or `import_skos` keeps every invariant of `knowledge_graph.check`; one put
    together by hand may not.
    """

    concepts: Mapping[str, Concept] = field(hash=False)
    prerequisites: tuple[Prerequisite, ...]
    areas: Mapping[str, Text] = field(hash=False, default_factory=dict)

    @cached_property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """For each concept the concepts it directly needs, in the order of the edges."""
        return self._neighbours((edge.after, edge.before) for edge in self.prerequisites)

    @cached_property
    def opens(self) -> Mapping[str, tuple[str, ...]]:
        """For each concept the concepts that directly need it."""
        return self._neighbours((edge.before, edge.after) for edge in self.prerequisites)

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """For each concept the longest chain of prerequisites below it. The graph must be acyclic."""
        import networkx as nx

        arrows = nx.DiGraph((edge.before, edge.after) for edge in self.prerequisites)
        arrows.add_nodes_from(self.concepts)
        layers = enumerate(nx.topological_generations(arrows))
        found = {concept: depth for depth, layer in layers for concept in layer}
        return {concept: found[concept] for concept in self.concepts}

    def concept(self, concept: str) -> Concept:
        """The concept with that id. Raises NotFound, with the nearest id."""
        if concept not in self.concepts:
            raise NotFound(f"no concept '{concept}'", where="the graph", next=did_you_mean(concept, self.concepts))
        return self.concepts[concept]

    def _neighbours(self, pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {concept: [] for concept in self.concepts}
        for here, there in pairs:
            if here in found and there in found:
                found[here].append(there)
        return {concept: tuple(others) for concept, others in found.items()}
