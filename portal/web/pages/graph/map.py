"""The map of all concepts and the same as a list: search, one area, one concept with what it needs and opens, the path to a goal.

Everything is in the address, so that each state can be kept, sent and reached without a script; a broken wish is told in words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from commons.items import Item
from commons.languages import pick
from knowledge_graph.model import Concept, Graph, Prerequisite
from knowledge_graph.queries import ancestors, order, path, unlocks
from knowledge_graph.words import fold
from portal.graph_chart import LAYER_KINDS, chart, is_machine
from portal.web.call import Call, Here

__all__ = ["Wish", "router"]

HERE = "/concepts/map"
MOST_DRAWN = 1500


def router() -> APIRouter:
    """/concepts/map, and /graph that leads there."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route(HERE, show, methods=["GET", "HEAD"])
    found.add_api_route("/graph", lead, methods=["GET", "HEAD"])
    return found


@dataclass(frozen=True)
class Wish:
    """What the address asks for; "" where it asks for nothing. `known` is me or nothing, `view` map, list or ""."""

    q: str = ""
    area: str = ""
    concept: str = ""
    goal: str = ""
    known: str = ""
    view: str = ""
    layer: str = ""

    def url(self, **other: str) -> str:
        """The address of this wish with some things otherwise.

        >>> Wish(q="mean", area="statistics").url(area="", goal="statistics.mean")
        '/concepts/map?q=mean&goal=statistics.mean'
        """
        kept = {key: value for key, value in vars(replace(self, **other)).items() if value}
        return HERE + (f"?{urlencode(kept)}" if kept else "")


@dataclass(frozen=True)
class Step:
    """One concept of a path: where it is taught, or None."""

    concept: Concept
    unit: Item | None


def lead(call: Here) -> Response:
    query = call.request.url.query
    return call.go(HERE + (f"?{query}" if query else ""))


def show(call: Here) -> Response:
    graph = call.house.catalogue.graph
    wish, faults = _wish(call, graph)
    known, is_off = _known(call) if wish.goal and wish.known == "me" else (frozenset(), False)
    steps = path(graph, known, wish.goal) if wish.goal else []
    lit = _lit(graph, wish, steps)
    hits = _hits(graph, wish.q)
    shown = _shown(graph, wish, lit, hits)
    drawn = chart(graph, shown, call.language, entities=bool(wish.layer), others=call.say("portal.graph.entities"))
    whole = sum(not wish.area or one.area == wish.area or name in lit for name, one in graph.concepts.items())
    return call.page(
        "graph_map.html", more=whole - len(shown), wish=wish, graph=graph, faults=faults, chart=drawn, lit=lit, hits=hits, shown=shown,
        steps=[_step(call, name) for name in steps], known=known, is_off=is_off, mine=bool(call.person),
        chosen=_chosen(call, wish.concept), areas=_areas(graph), words=_words(graph), entities=_entities(graph),
        machine=any(map(is_machine, graph.prerequisites)), is_machine=is_machine, edges=_edges(graph),
    )  # fmt: skip


def _wish(call: Call, graph: Graph) -> tuple[Wish, list[str]]:
    """What is asked for, without what does not exist; that is told."""
    asked = {key: call.request.query_params.get(key, "")[:200].strip() for key in Wish.__dataclass_fields__}
    faults = []
    for key in ("concept", "goal"):
        if asked[key] and asked[key] not in graph.concepts:
            faults.append(call.say("portal.graph.no-concept", name=asked[key]))
            asked[key] = ""
    if asked["area"] and asked["area"] not in graph.areas:
        faults.append(call.say("portal.graph.no-area", name=asked["area"]))
        asked["area"] = ""
    asked["view"] = asked["view"] if asked["view"] in ("map", "list") else ""
    asked["known"] = "nothing" if asked["known"] == "nothing" or not call.person else "me"
    asked["layer"] = "all" if asked["layer"] else ""
    return Wish(**asked), faults


def _known(call: Call) -> tuple[frozenset[str], bool]:
    """What the person's answers show they know, and whether they have switched off that anything is worked out from them."""
    recommender = call.house.catalogue.recommender
    with call.house.store.read() as conn:
        if recommender.preference(conn, call.me.actor).mode != "personal":
            return frozenset(), True
        mastery = recommender.mastery_of(conn, call.me.actor)
    return frozenset(name for name, one in mastery.items() if one.known), False


def _lit(graph: Graph, wish: Wish, steps: list[str]) -> Mapping[str, str]:
    """For each concept lit what it is: chosen, need, open, or a step of the path (`step`, `goal`)."""
    lit: dict[str, str] = {}
    if wish.concept:
        lit |= dict.fromkeys(unlocks(graph, wish.concept), "open")
        lit |= dict.fromkeys(ancestors(graph, wish.concept), "need")
    lit |= dict.fromkeys(steps, "step")
    if wish.goal:
        lit[wish.goal] = "goal"
    if wish.concept:
        lit[wish.concept] = "chosen"
    return lit


def _hits(graph: Graph, query: str) -> list[str]:
    wanted = fold(query)
    return order(graph, [name for name, words in _words(graph).items() if wanted in words]) if wanted else []


def _words(graph: Graph) -> dict[str, str]:
    """All names of each concept, folded, for the search."""
    return {
        name: fold(" | ".join([*one.label.values(), *(word for some in one.alt.values() for word in some)]))
        for name, one in graph.concepts.items()
    }


def _shown(graph: Graph, wish: Wish, lit: Mapping[str, str], hits: list[str]) -> set[str]:
    """One area, and with it what is lit elsewhere; else everything. Of a graph too large to draw, the beginnings and what is asked for."""
    shown = {name for name, one in graph.concepts.items() if not wish.area or one.area == wish.area} | set(lit)
    if len(shown) <= MOST_DRAWN:
        return shown
    asked = [*lit, *(name for name in hits if name in shown)]
    return set([*dict.fromkeys([*asked, *order(graph, shown)])][:MOST_DRAWN])


def _step(call: Call, name: str) -> Step:
    catalogue = call.house.catalogue
    units = [item for item in catalogue.by_concept.get(name, []) if item.kind == "unit"]
    return Step(catalogue.graph.concepts[name], units[0] if units else None)


def _chosen(call: Call, name: str) -> Mapping[str, Any] | None:
    graph = call.house.catalogue.graph
    if not name:
        return None
    return {
        "concept": graph.concepts[name],
        "needs": [graph.concepts[one] for one in graph.needs[name]],
        "opens": [graph.concepts[one] for one in graph.opens[name]],
        "entities": [graph.entities[tie.source] for tie in graph.ties_of.get(name, ()) if tie.source in graph.entities],
        "alt": [word for some in graph.concepts[name].alt.values() for word in some],
        "before": len(ancestors(graph, name)),
        "after": len(unlocks(graph, name)),
        "label": pick(graph.concepts[name].label, call.language),
    }


def _areas(graph: Graph) -> dict[str, list[Concept]]:
    """The concepts by area, each area in learning order."""
    found: dict[str, list[Concept]] = {area: [] for area in graph.areas}
    for name in order(graph, graph.concepts):
        found.setdefault(graph.concepts[name].area, []).append(graph.concepts[name])
    return {area: some for area, some in found.items() if some}


def _edges(graph: Graph) -> Mapping[tuple[str, str], Prerequisite]:
    return {(edge.before, edge.after): edge for edge in graph.prerequisites}


def _entities(graph: Graph) -> list[tuple[str, list[tuple[Any, list[Concept]]]]]:
    """People, places and periods by kind, each with the concepts it is tied to."""
    found = []
    for kind in LAYER_KINDS:
        rows = []
        for one in graph.entities.values():
            tied = [graph.concepts[tie.target] for tie in graph.ties_of.get(one.id, ()) if tie.target in graph.concepts]
            if one.kind == kind and tied:
                rows.append((one, tied))
        if rows:
            found.append((kind, rows))
    return found
