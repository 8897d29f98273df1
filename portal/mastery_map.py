"""The small map on My learning: concepts in learning order, each known, being learned or not yet met. Coordinates only; the template draws.

Three states that differ in shape, not in colour alone; the numbers are in the table beneath and in each node's title.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from commons.languages import pick
from knowledge_graph.layout import layout
from knowledge_graph.model import Graph
from recommender import Mastery

__all__ = ["ConceptMap", "Node", "concept_map", "state_of"]

ROW, EDGE, RADIUS = 34.0, 16.0, 7.5
WIDEST, NARROWEST_COLUMN, WIDEST_COLUMN = 1240.0, 150.0, 250.0
LABEL = 128.0
LETTERS = 17


@dataclass(frozen=True)
class Node:
    """One concept at (x, y), in pixels; `state` is known, learning or unmet; `label` may be cut, `name` is whole."""

    concept: str
    x: float
    y: float
    state: str
    label: str
    name: str
    mastery: Mastery | None


@dataclass(frozen=True)
class ConceptMap:
    """`wires` are SVG path data in the same box."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    wires: tuple[str, ...]


def state_of(mastery: Mastery | None) -> str:
    """known, learning (some answer was given) or unmet."""
    if mastery is None or not (mastery.right or mastery.wrong):
        return "unmet"
    return "known" if mastery.known else "learning"


def concept_map(
    graph: Graph, concepts: Iterable[str], mastery: Mapping[str, Mastery], language: str, *, widest: float = WIDEST
) -> ConceptMap:
    """The map of `concepts`, about `widest` pixels wide or, with many layers, more."""
    drawn = layout(graph, concepts)
    layers: dict[int, int] = {}
    for place in drawn.places:
        layers[place.layer] = layers.get(place.layer, 0) + 1
    gaps = max(len(layers) - 1, 0)
    column = min(WIDEST_COLUMN, max(NARROWEST_COLUMN, (widest - EDGE * 2 - LABEL) / max(gaps, 1)))
    width = EDGE * 2 + gaps * column + LABEL
    height = EDGE * 2 + max(layers.values(), default=0) * ROW
    across, down = width - EDGE * 2 - LABEL, height - EDGE * 2
    at = {place.concept: (EDGE + place.x * across, EDGE + place.y * down) for place in drawn.places}
    if len(layers) == 1:
        at = {concept: (EDGE, y) for concept, (_, y) in at.items()}
    nodes = tuple(_node(graph, concept, x, y, mastery.get(concept), language) for concept, (x, y) in at.items())
    ends = {node.concept: node.x + RADIUS + 10 + _long(node.label) for node in nodes}
    wires = tuple(
        _wire(ends[wire.before.concept], at[wire.before.concept][1], *at[wire.after.concept]) for wire in drawn.wires
    )
    return ConceptMap(width, height, nodes, wires)


def _node(graph: Graph, concept: str, x: float, y: float, mastery: Mastery | None, language: str) -> Node:
    name = pick(graph.concepts[concept].label, language)
    label = name if len(name) <= LETTERS else name[: LETTERS - 1] + "…"
    return Node(concept, round(x, 1), round(y, 1), state_of(mastery), label, name, mastery)


def _long(label: str) -> float:
    """About how many pixels a label takes in 14 px type."""
    return sum(14.0 if ord(letter) > 0x2E7F else 7.2 for letter in label)


def _wire(x1: float, y1: float, x2: float, y2: float) -> str:
    end = x2 - RADIUS - 2
    start = min(x1, end - 24)
    bend = max(start, end - 90)
    middle = (bend + end) / 2
    return f"M{start:.1f} {y1:.1f}H{bend:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {end:.1f} {y2:.1f}"
