"""The graph's invariants: every fault is found and told at once, with its place and the nearest right word.

Ids well formed, texts in every language, edges that lead somewhere, no loop, no concept by itself, no item
without a concept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from commons.items import Item
from commons.languages import text_faults
from knowledge_graph.model import Concept, Graph, Prerequisite
from knowledge_graph.near import did_you_mean

__all__ = ["check_links", "graph_faults"]

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def graph_faults(graph: Graph, places: Mapping[object, str] | None = None) -> list[str]:
    """What is wrong with `graph`, empty when nothing is. `places` maps a concept id or an edge to where it
    was read.
    """
    places = places or {}
    faults = [] if graph.concepts else ["the graph has no concept"]
    for concept in graph.concepts.values():
        faults += _at(places, concept.id, _concept_faults(concept, graph))
    seen: set[tuple[str, str]] = set()
    for edge in graph.prerequisites:
        faults += _at(places, edge, _edge_faults(edge, graph, seen))
        seen.add((edge.before, edge.after))
    return faults + _cycles(graph) + _at_each(places, _orphans(graph))


def check_links(graph: Graph, items: Iterable[Item]) -> list[str]:
    """One line for each item that names no concept, or one the graph lacks (with the nearest id), and for
    each id used twice.
    """
    faults, seen = [], set()
    for item in items:
        if item.id in seen:
            faults.append(f"item '{item.id}': the id is there twice")
        seen.add(item.id)
        if not item.concepts:
            faults.append(f"item '{item.id}': no concept. Name at least one that it teaches, assesses or shows.")
        for concept in item.concepts:
            if concept not in graph.concepts:
                near = did_you_mean(concept, graph.concepts)
                faults.append(f"item '{item.id}': concept '{concept}' is not in the graph. {near}".rstrip())
    return faults


def _concept_faults(concept: Concept, graph: Graph) -> list[str]:
    where = f"concept '{concept.id}'"
    faults = text_faults(concept.label, f"{where}, label") + text_faults(concept.definition, f"{where}, definition")
    area, _, name = concept.id.partition(".")
    if area != concept.area or not NAME.fullmatch(area) or not NAME.fullmatch(name):
        faults.append(f"{where}: the id is not <area>.<name> in small letters, digits and hyphens")
    if concept.area not in graph.areas:
        near = did_you_mean(concept.area, graph.areas)
        faults.append(f"{where}: area '{concept.area}' has no label. {near}".rstrip())
    return faults


def _edge_faults(edge: Prerequisite, graph: Graph, seen: set[tuple[str, str]]) -> list[str]:
    where = f"concept '{edge.after}'"
    faults = []
    for end, say in ((edge.before, "needs"), (edge.after, "is named by an edge and")):
        if end not in graph.concepts:
            near = did_you_mean(end, graph.concepts)
            told = f"{where} needs '{end}', which" if say == "needs" else f"{where}"
            faults.append(f"{told} is not in the graph. {near}".rstrip())
    if edge.before == edge.after:
        faults.append(f"{where} needs itself")
    if (edge.before, edge.after) in seen:
        faults.append(f"{where} needs '{edge.before}' twice")
    if not 0 < edge.confidence <= 1:
        faults.append(
            f"{where} needs '{edge.before}' with confidence {edge.confidence}, wanted more than 0 and at most 1"
        )
    if not edge.author.strip() or not edge.method.strip():
        faults.append(f"{where} needs '{edge.before}', but who said so (author, method) is missing")
    return faults


def _cycles(graph: Graph) -> list[str]:
    import networkx as nx

    arrows = nx.DiGraph((edge.before, edge.after) for edge in graph.prerequisites if edge.before != edge.after)
    faults = []
    for part in nx.strongly_connected_components(arrows):
        if len(part) > 1:
            start = min(part)
            loop = [before for before, _ in nx.find_cycle(arrows.subgraph(part), start)]
            first = loop.index(min(loop))
            path = [*loop[first:], *loop[:first], loop[first]]
            faults.append(f"prerequisites run in a circle: {' → '.join(path)}. Take one of these edges out.")
    return sorted(faults)


def _orphans(graph: Graph) -> list[tuple[str, str]]:
    return [
        (concept, f"concept '{concept}' has no edge. Say what it needs, or what needs it.")
        for concept in graph.concepts
        if not graph.needs[concept] and not graph.opens[concept]
    ]


def _at(places: Mapping[object, str], key: object, faults: list[str]) -> list[str]:
    return [f"{places[key]}: {fault}" if key in places else fault for fault in faults]


def _at_each(places: Mapping[object, str], faults: list[tuple[str, str]]) -> list[str]:
    return [told for key, fault in faults for told in _at(places, key, [fault])]
