"""The concepts of the graph: all by area, and one with what it needs, what it opens, and where it is taught, asked and shown."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from knowledge_graph.culture import item_of
from knowledge_graph.culture.store import records_showing
from knowledge_graph.model import Concept
from knowledge_graph.queries import steps_to
from portal.mastery_map import ConceptMap, concept_map
from portal.web.call import Call, Here
from portal.web.jsonld import block, concept_ld

__all__ = ["router"]

FROM, TO = 2, 1  # steps shown before and after a concept
MOST, PIXELS = 16, 640.0
COLLECTED = 6  # museum objects named; the rest is one link away


def router() -> APIRouter:
    """/concepts/ and /concepts/<id>."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/concepts/", concepts, methods=["GET", "HEAD"])
    found.add_api_route("/concepts/{concept_id}", concept, methods=["GET", "HEAD"])
    return found


def concepts(call: Here) -> Response:
    graph = call.house.catalogue.graph
    areas: dict[str, list[Concept]] = {}
    for one in graph.concepts.values():
        areas.setdefault(one.area, []).append(one)
    return call.page("concepts.html", areas=areas, names=graph.areas)


def concept(call: Here, concept_id: str) -> Response:
    catalogue = call.house.catalogue
    graph = catalogue.graph
    here = graph.concept(concept_id)
    edges = {edge.before: edge for edge in graph.prerequisites if edge.after == concept_id}
    items = catalogue.by_concept.get(concept_id, [])
    with call.house.store.read() as conn:
        collected = records_showing(conn, concept_id, COLLECTED)
    return call.page(
        "concept.html",
        map=_map(call, concept_id),
        concept=here,
        area=graph.areas.get(here.area, {}),
        needs=[(graph.concepts[name], edges.get(name)) for name in graph.needs.get(concept_id, ())],
        opens=[graph.concepts[name] for name in graph.opens.get(concept_id, ())],
        taught=[item for item in items if item.kind == "unit"],
        asked=[item for item in items if item.kind == "exercise"],
        shown=[item for item in items if item.kind in ("stop", "object")],
        collected=[item_of(record) for record in collected.records],
        all_collected=collected.total,
        ld=block(concept_ld(here, graph, call.house.settings.address, call.language)),
    )


def _map(call: Call, concept_id: str) -> ConceptMap | None:
    """The concept among its nearest neighbours; None when it has none. The lists beside it say the same."""
    graph = call.house.catalogue.graph
    before = [name for name, steps in steps_to(graph.needs, concept_id).items() if 0 < steps <= FROM]
    after = [name for name, steps in steps_to(graph.opens, concept_id).items() if 0 < steps <= TO]
    if not before and not after:
        return None
    return concept_map(graph, [concept_id, *(before + after)[:MOST]], {}, call.language, widest=PIXELS)
