"""The graph's invariants: every fault is found and told at once, with its place and the nearest right word.

Ids well formed, texts in every language, edges that lead somewhere, no loop, no concept by itself, no item
without a concept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from commons.items import Item
from knowledge_graph.bounded import control_faults
from knowledge_graph.check_parts import concept_faults, entity_faults, tie_faults
from knowledge_graph.model import Graph, Prerequisite, Tie
from knowledge_graph.near import did_you_mean

__all__ = ["check_links", "graph_faults", "shape_faults"]


def graph_faults(graph: Graph, places: Mapping[object, str] | None = None) -> list[str]:
    """What is wrong with `graph`, empty when nothing is. `places` maps a concept id or an edge to where it
    was read.
    """
    places = places or {}
    faults = [] if graph.concepts else ["the graph has no concept"]
    for concept in graph.concepts.values():
        faults += _at(places, concept.id, concept_faults(concept, graph))
    seen: set[tuple[str, str]] = set()
    for edge in graph.prerequisites:
        faults += _at(places, edge, _edge_faults(edge, graph, seen))
        seen.add((edge.before, edge.after))
    for entity in graph.entities.values():
        faults += _at(places, entity.id, entity_faults(entity))
    tied: set[Tie] = set()
    for tie in graph.ties:
        faults += _at(places, tie, tie_faults(tie, graph, tied))
        tied.add(tie)
    return faults + _circles(graph) + _at_each(places, _orphans(graph))


def shape_faults(graph: Graph) -> list[str]:
    """What is wrong with the shape alone, in a part of a graph whose other ids lie elsewhere: circles, and edges said
    twice or to itself.
    """
    pairs = [(edge.before, edge.after) for edge in graph.prerequisites]
    twice = sorted({pair for pair in pairs if pairs.count(pair) > 1}) if len(set(pairs)) < len(pairs) else []
    faults = [f"concept '{after}' needs '{before}' twice" for before, after in twice]
    return faults + [f"concept '{after}' needs itself" for before, after in pairs if before == after] + _circles(graph)


def _circles(graph: Graph) -> list[str]:
    wider = [(wide, one.id) for one in graph.concepts.values() for wide in one.broader]
    needed = [(edge.before, edge.after) for edge in graph.prerequisites]
    return _cycles("prerequisites", needed) + _cycles("broader concepts", wider)


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
    for word in (edge.author, edge.method, edge.confirmed_by):
        faults += control_faults(word, f"{where} needs '{edge.before}', provenance")
    return faults


def _cycles(word: str, pairs: list[tuple[str, str]]) -> list[str]:
    if not pairs:
        return []
    import networkx as nx

    arrows = nx.DiGraph(pair for pair in pairs if pair[0] != pair[1])
    faults = []
    for part in nx.strongly_connected_components(arrows):
        if len(part) > 1:
            start = min(part)
            loop = [before for before, _ in nx.find_cycle(arrows.subgraph(part), start)]
            first = loop.index(min(loop))
            path = [*loop[first:], *loop[:first], loop[first]]
            faults.append(f"{word} run in a circle: {' → '.join(path)}. Take one of these edges out.")
    return sorted(faults)


def _orphans(graph: Graph) -> list[tuple[str, str]]:
    wide = {one for concept in graph.concepts.values() for one in concept.broader}
    return [
        (name, f"concept '{name}' has no edge. Say what it needs, or what needs it.")
        for name, concept in graph.concepts.items()
        if not graph.needs[name]
        and not graph.opens[name]
        and not concept.broader
        and name not in wide
        and name not in graph.ties_of
    ]


def _at(places: Mapping[object, str], key: object, faults: list[str]) -> list[str]:
    return [f"{places[key]}: {fault}" if key in places else fault for fault in faults]


def _at_each(places: Mapping[object, str], faults: list[tuple[str, str]]) -> list[str]:
    return [told for key, fault in faults for told in _at(places, key, [fault])]
