"""What the search box looks through: concepts, courses, units, stops and objects, each with its address, in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from commons.items import Item
from commons.languages import LANGUAGES, Text, pick
from courses.manifest import Course
from knowledge_graph.model import Graph
from knowledge_graph.search import Document

__all__ = ["documents"]


def documents(courses: Iterable[Course], graph: Graph, items: Sequence[Item]) -> list[Document]:
    """Everything that can be found."""
    found = [
        Document(f"concept:{one.id}", one.label, one.definition, f"/concepts/{one.id}", "concept")
        for one in graph.concepts.values()
    ]
    for course in courses:
        found.append(Document(f"course:{course.id}", course.title, course.summary, f"/courses/{course.id}", "course"))
        for unit in course.units:
            body = _joined(unit.summary, _labels(graph, unit.teaches))
            found.append(
                Document(f"unit:{course.id}/{unit.id}", unit.title, body, f"/courses/{course.id}/{unit.id}", "unit")
            )
    for item in items:
        if item.kind in ("stop", "object"):
            found.append(Document(item.id, item.title, _labels(graph, item.concepts), item.url, item.kind))
    return found


def _labels(graph: Graph, concepts: Iterable[str]) -> Text:
    known: list[Mapping[str, str]] = [graph.concepts[name].label for name in concepts if name in graph.concepts]
    return {
        language: ("、" if language == "zh-CN" else ", ").join(pick(one, language) for one in known)
        for language in LANGUAGES
    }


def _joined(one: Text, other: Text) -> Text:
    return {language: f"{pick(one, language)} {pick(other, language)}" for language in LANGUAGES}
