"""A set of suggestions for these tests, written through the store's own writer: concepts of tea and edges that lead to and from them."""

from __future__ import annotations

from pathlib import Path

from knowledge_graph.review import edge_key
from knowledge_graph.suggest.store import (
    Evidence,
    Place,
    SuggestedConcept,
    SuggestedEdge,
    SuggestionSet,
    write_suggestions,
)

__all__ = ["COURSE", "FIRST", "HOSTILE_LABEL", "add_suggestions", "concept", "edge"]

COURSE = "heritage"
HOSTILE_LABEL = "<script>alert('label')</script><img src=x onerror=alert(1)>"
FIRST = edge_key("tea.c0", "statistics.median")


def concept(
    name: str, *, label: str = "", languages: tuple[str, ...] = ("zh-CN", "en"), score: float = 0.9
) -> SuggestedConcept:
    """A concept with words in `languages` and two sentences that name it."""
    words = {"zh-CN": f"茶{name}", "en": label or f"tea {name}"}
    definitions = {"zh-CN": f"茶{name}是一种茶。", "en": f"A tea {name} is a kind of tea."}
    places = tuple(Place("u1.ipynb", cell, f"Here tea {name} is spoken of, in cell {cell}.") for cell in (2, 5))
    return SuggestedConcept(
        f"tea.{name}", {tag: words[tag] for tag in languages}, {"en": (f"cha {name}",)},
        {tag: definitions[tag] for tag in languages}, places[0], places, score,
    )  # fmt: skip


def edge(before: str, after: str, probability: float = 0.5) -> SuggestedEdge:
    """An edge with one sentence for it."""
    place = Place("u1.ipynb", 3, f"To understand {after} one has to know {before}.")
    return SuggestedEdge(
        before, after, probability, (Evidence("names both", place),), features=(0.25, 1.0)
    )


def add_suggestions(
    home: Path, concepts: int = 4, edges: int = 8, *, hostile: bool = False, course: str = COURSE
) -> SuggestionSet:
    """`concepts` concepts c0, c1, …, each with an edge to statistics.median, and edges between them up to `edges`."""
    names = [f"c{number}" for number in range(concepts)]
    made = [concept(name, label=HOSTILE_LABEL if hostile else "") for name in names]
    pairs = [(f"tea.{name}", "statistics.median") for name in names]
    pairs += [(f"tea.{one}", f"tea.{two}") for place, one in enumerate(names) for two in names[place + 1 :]]
    found = [edge(*pair, probability=0.5 + number % 40 / 100) for number, pair in enumerate(pairs[:edges])]
    whole = SuggestionSet(course, tuple(made), tuple(found))
    write_suggestions(home, whole)
    return whole
