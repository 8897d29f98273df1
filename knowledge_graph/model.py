"""The graph's values: frozen, whole, and without behaviour beyond looking a neighbour up. Where they came
from is not known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from commons.errors import NotFound
from commons.languages import Text
from knowledge_graph.near import did_you_mean

if TYPE_CHECKING:
    from knowledge_graph.compact import Compact

__all__ = [
    "ENTITY_KINDS",
    "LARGE",
    "TIE_RELATIONS",
    "Concept",
    "Entity",
    "Graph",
    "Link",
    "Prerequisite",
    "Relation",
    "Tie",
]

# From so many concepts on a graph is asked in its compact form.
LARGE = 5000

Relation = Literal["teaches", "assesses", "shows"]

ENTITY_KINDS: tuple[str, ...] = ("person", "place", "period", "object")
TIE_RELATIONS: tuple[str, ...] = ("made-by", "made-in", "of-period", "shows", "about")


@dataclass(frozen=True)
class Concept:
    """A node: `id` is `<area>.<name>`, label and definition exist in every language of the house.

    `alt` are other labels by language (skos:altLabel), `broader` and `related` ids of concepts, `exact` URIs
    of the same concept elsewhere (skos:exactMatch). Narrower concepts are `Graph.narrower`.
    """

    id: str
    label: Text = field(hash=False)
    definition: Text = field(hash=False)
    area: str
    alt: Mapping[str, tuple[str, ...]] = field(hash=False, default_factory=dict)
    broader: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prerequisite:
    """`before` should be known before `after`; who or what said so (`author`, `method`), how sure they are, in
    0..1, and which teacher confirmed it ("" where nobody did).
    """

    before: str
    after: str
    author: str
    method: str
    confidence: float
    confirmed_by: str = ""


@dataclass(frozen=True)
class Entity:
    """Somebody or something that concepts and objects link to: `id` is `<kind>:<name>`, `kind` one of
    ENTITY_KINDS, `same` URIs of it elsewhere, `note` a line about it.
    """

    id: str
    kind: str
    label: Text = field(hash=False)
    same: tuple[str, ...] = ()
    note: Text = field(hash=False, default_factory=dict)


@dataclass(frozen=True)
class Tie:
    """The entity `source` stands in `relation` (one of TIE_RELATIONS) to `target`, an entity or a concept."""

    source: str
    relation: str
    target: str


@dataclass(frozen=True)
class Link:
    """An item teaches, assesses or shows a concept."""

    concept: str
    item: str
    relation: Relation


@dataclass(frozen=True)
class Graph:
    """Concepts by id and the prerequisite edges between them; `areas` are the labels of the parts of the
    subject, `entities` the people, places, periods and objects, `ties` their links.

    A graph from `load_graph` or `import_skos` keeps every invariant of `knowledge_graph.check`; one put
    together by hand may not.
    """

    concepts: Mapping[str, Concept] = field(hash=False)
    prerequisites: tuple[Prerequisite, ...]
    areas: Mapping[str, Text] = field(hash=False, default_factory=dict)
    entities: Mapping[str, Entity] = field(hash=False, default_factory=dict)
    ties: tuple[Tie, ...] = ()

    @cached_property
    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """For each concept the concepts it directly needs, in the order of the edges."""
        return self._neighbours((edge.after, edge.before) for edge in self.prerequisites)

    @cached_property
    def opens(self) -> Mapping[str, tuple[str, ...]]:
        """For each concept the concepts that directly need it."""
        return self._neighbours((edge.before, edge.after) for edge in self.prerequisites)

    @cached_property
    def narrower(self) -> Mapping[str, tuple[str, ...]]:
        """For each concept the concepts that name it as broader (skos:narrower)."""
        return self._neighbours((wide, one.id) for one in self.concepts.values() for wide in one.broader)

    @cached_property
    def relatives(self) -> Mapping[str, tuple[str, ...]]:
        """For each concept those it is related to, whichever of the two says so."""
        pairs = [(one.id, other) for one in self.concepts.values() for other in one.related]
        return self._neighbours(dict.fromkeys(pair for here, there in pairs for pair in ((here, there), (there, here))))

    @cached_property
    def ties_of(self) -> Mapping[str, tuple[Tie, ...]]:
        """For each entity and concept that a tie names, from either end, its ties."""
        found: dict[str, list[Tie]] = {}
        for tie in self.ties:
            for end in dict.fromkeys((tie.source, tie.target)):
                found.setdefault(end, []).append(tie)
        return {end: tuple(ties) for end, ties in found.items()}

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """For each concept the longest chain of prerequisites below it. The graph must be acyclic."""
        if len(self.concepts) >= LARGE:
            return dict(zip(self.compact.ids, self.compact.depth.tolist(), strict=True))
        import networkx as nx

        arrows = nx.DiGraph((edge.before, edge.after) for edge in self.prerequisites)
        arrows.add_nodes_from(self.concepts)
        layers = enumerate(nx.topological_generations(arrows))
        found = {concept: depth for depth, layer in layers for concept in layer}
        return {concept: found[concept] for concept in self.concepts}

    @cached_property
    def compact(self) -> Compact:
        """The same edges as arrays of integers, for a graph that is large. The graph must be acyclic."""
        from knowledge_graph.compact import compact_of

        return compact_of(self)

    def concept(self, concept: str) -> Concept:
        """The concept with that id. Raises NotFound, with the nearest id."""
        if concept not in self.concepts:
            raise NotFound(f"no concept '{concept}'", where="the graph", next=did_you_mean(concept, self.concepts))
        return self.concepts[concept]

    def entity(self, entity: str) -> Entity:
        """The entity with that id. Raises NotFound, with the nearest id."""
        if entity not in self.entities:
            raise NotFound(f"no entity '{entity}'", where="the graph", next=did_you_mean(entity, self.entities))
        return self.entities[entity]

    def _neighbours(self, pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {concept: [] for concept in self.concepts}
        for here, there in pairs:
            if here in found and there in found:
                found[here].append(there)
        return {concept: tuple(others) for concept, others in found.items()}
