"""A small map of concepts: where each stands, in layers from what comes first to what comes last. The same
input gives the same map.

Layered drawing after Sugiyama, Tagawa, Toda (1981): layers by longest path, order within a layer by
barycentre. It draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge_graph.model import Graph
from knowledge_graph.queries import order

__all__ = ["Map", "Place", "Wire", "layout"]

SWEEPS = 8


@dataclass(frozen=True)
class Place:
    """Where a concept stands: `x` (early to late) and `y` in 0..1, and the number of its layer."""

    concept: str
    x: float
    y: float
    layer: int


@dataclass(frozen=True)
class Wire:
    """A line from a concept to one that builds on it; `direct` says that the graph has this very edge, else
    others lie between.
    """

    before: Place
    after: Place
    direct: bool

    def curve(self, width: float, height: float, margin: float = 0.0) -> str:
        """The `d` of an SVG path in a box of `width` × `height` with `margin` kept free all round, in the
        box's units.

        >>> Wire(Place("a", 0, 0.5, 0), Place("b", 1, 0.5, 1), True).curve(100, 20)
        'M 0 10 C 50 10 50 10 100 10'
        """
        wide, high = width - 2 * margin, height - 2 * margin
        x1, y1 = margin + self.before.x * wide, margin + self.before.y * high
        x2, y2 = margin + self.after.x * wide, margin + self.after.y * high
        middle = (x1 + x2) / 2
        return f"M {x1:g} {y1:g} C {middle:g} {y1:g} {middle:g} {y2:g} {x2:g} {y2:g}"


@dataclass(frozen=True)
class Map:
    """Places in reading order (layer by layer, top to bottom), and the wires between them."""

    places: tuple[Place, ...]
    wires: tuple[Wire, ...]

    def turned(self) -> Map:
        """The same map running from top to bottom, for a narrow page."""
        places = {one.concept: Place(one.concept, one.y, one.x, one.layer) for one in self.places}
        wires = tuple(Wire(places[w.before.concept], places[w.after.concept], w.direct) for w in self.wires)
        return Map(tuple(places.values()), wires)


def layout(graph: Graph, concepts: Iterable[str]) -> Map:
    """The map of `concepts` (ids the graph lacks are left out). Two that depend on each other through others
    left out are wired too.
    """
    chosen = sorted({concept for concept in concepts if concept in graph.concepts})
    needs = _needs(graph, chosen)
    layers = _layers(graph, chosen, needs)
    for sweep in range(SWEEPS):
        _sweep(layers, needs, forward=sweep % 2 == 0)
    places = _places(layers)
    wires = tuple(
        Wire(places[before], places[after], before in graph.needs[after]) for after in chosen for before in needs[after]
    )
    return Map(tuple(places.values()), wires)


def _needs(graph: Graph, chosen: list[str]) -> dict[str, list[str]]:
    """The nearest chosen ancestors of each chosen concept, without those reached through another one."""
    import networkx as nx

    arrows = nx.DiGraph()
    arrows.add_nodes_from(chosen)
    kept = set(chosen)
    for concept in chosen:
        seen, todo = {concept}, [concept]
        while todo:
            for need in graph.needs[todo.pop()]:
                if need in seen:
                    continue
                seen.add(need)
                if need in kept:
                    arrows.add_edge(need, concept)
                else:
                    todo.append(need)
    reduced = nx.transitive_reduction(arrows)
    return {concept: sorted(reduced.predecessors(concept)) for concept in chosen}


def _layers(graph: Graph, chosen: list[str], needs: Mapping[str, list[str]]) -> list[list[str]]:
    depth: dict[str, int] = {}
    for concept in order(graph, chosen):
        depth[concept] = max((depth[need] + 1 for need in needs[concept]), default=0)
    touched = {one for concept in chosen if needs[concept] for one in (concept, *needs[concept])}
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for concept in chosen:
        if concept in touched:
            layers[depth[concept]].append(concept)
    for concept in chosen:
        if concept not in touched:  # by itself on this map: where there is most room
            min(layers, key=len).append(concept)
    return layers


def _sweep(layers: list[list[str]], needs: Mapping[str, list[str]], *, forward: bool) -> None:
    opens: dict[str, list[str]] = {}
    for after, befores in needs.items():
        for before in befores:
            opens.setdefault(before, []).append(after)
    near = needs if forward else opens
    at = {concept: _y(row, len(layer)) for layer in layers for row, concept in enumerate(layer)}
    for layer in layers if forward else reversed(layers):
        middle = {
            concept: sum(at[one] for one in near[concept]) / len(near[concept]) if near.get(concept) else at[concept]
            for concept in layer
        }
        layer.sort(key=lambda concept: (middle[concept], concept))
        at |= {concept: _y(row, len(layer)) for row, concept in enumerate(layer)}


def _places(layers: list[list[str]]) -> dict[str, Place]:
    last = max(len(layers) - 1, 1)
    return {
        concept: Place(concept, number / last if len(layers) > 1 else 0.5, _y(row, len(layer)), number)
        for number, layer in enumerate(layers)
        for row, concept in enumerate(layer)
    }


def _y(row: int, rows: int) -> float:
    return (row + 0.5) / rows
