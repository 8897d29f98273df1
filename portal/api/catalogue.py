"""What is here, for programs: courses, items and concepts. Public, without an account."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from commons.items import Item
from courses.manifest import Course
from portal.api.caller import Here

__all__ = ["item_json", "router"]


def router() -> APIRouter:
    """/catalogue, /items, /concepts and /concepts/<id>."""
    found = APIRouter(tags=["catalogue"])
    found.add_api_route("/catalogue", catalogue, methods=["GET"], summary="Courses and scenes")
    found.add_api_route("/items", items, methods=["GET"], summary="Everything that can be learned or visited")
    found.add_api_route("/concepts", concepts, methods=["GET"], summary="Concepts and prerequisites")
    found.add_api_route("/concepts/{concept_id}", concept, methods=["GET"], summary="One concept and its items")
    return found


def catalogue(house: Here) -> dict[str, Any]:
    here = house.catalogue
    return {
        "courses": [_course(course) for course in here.courses.values()],
        "scenes": [
            {"id": one.id, "title": dict(one.title), "url": f"/tours/{one.id}/"} for one in here.scenes.values()
        ],
    }


def items(house: Here, kind: str = "", concept: str = "") -> list[dict[str, Any]]:
    found = house.catalogue.by_concept.get(concept, []) if concept else house.catalogue.items
    return [item_json(item) for item in found if kind in ("", item.kind)]


def concepts(house: Here) -> dict[str, Any]:
    graph = house.catalogue.graph
    return {
        "concepts": [
            {"id": one.id, "area": one.area, "label": dict(one.label), "definition": dict(one.definition)}
            for one in graph.concepts.values()
        ],
        "prerequisites": [vars(edge) for edge in graph.prerequisites],
    }


def concept(house: Here, concept_id: str) -> dict[str, Any]:
    graph = house.catalogue.graph
    here = graph.concept(concept_id)
    return {
        "id": here.id,
        "area": here.area,
        "label": dict(here.label),
        "definition": dict(here.definition),
        "needs": list(graph.needs.get(concept_id, ())),
        "opens": list(graph.opens.get(concept_id, ())),
        "items": [item_json(item) for item in house.catalogue.by_concept.get(concept_id, [])],
    }


def item_json(item: Item) -> dict[str, Any]:
    """An item as plain data."""
    return {
        "id": item.id,
        "kind": item.kind,
        "title": dict(item.title),
        "concepts": list(item.concepts),
        "minutes": item.minutes,
        "url": item.url,
        "parent": item.parent,
    }


def _course(course: Course) -> dict[str, Any]:
    return {
        "id": course.id,
        "title": dict(course.title),
        "summary": dict(course.summary),
        "languages": list(course.languages),
        "license": course.license,
        "url": f"/courses/{course.id}",
        "units": [
            {
                "id": unit.id,
                "title": dict(unit.title),
                "minutes": unit.minutes,
                "assignment": unit.assignment,
                "stop": unit.stop,
                "url": f"/courses/{course.id}/{unit.id}",
            }
            for unit in course.units
        ],
    }
