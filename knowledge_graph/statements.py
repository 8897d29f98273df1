"""A graph as single statements and back: what is compared, merged, hashed and written as CSV is always this.

A statement has a key of six words (thing, id, to, field, language, member) and a value. A member of a set (another
label, a broader concept) stands in the key with no value; anything else has an empty member. Order carries nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from commons.languages import Text
from knowledge_graph.model import Concept, Entity, Graph, Prerequisite, Tie

__all__ = ["Key", "Thing", "graph_of", "statements"]

Thing = tuple[str, str, str]


class Key(NamedTuple):
    """What a statement is about. `thing` is area, concept, prerequisite, entity or tie; `id` and `to` name it."""

    thing: str
    id: str
    to: str
    field: str
    language: str = ""
    member: str = ""

    @property
    def about(self) -> Thing:
        """The thing alone."""
        return self.thing, self.id, self.to

    def told(self) -> str:
        """The place in words.

        >>> Key("concept", "x.a", "", "label", "en").told()
        "concept 'x.a', label in en"
        """
        name = f"'{self.id}'" + (f" → '{self.to}'" if self.to else "")
        field = f", {self.field}" if self.field else ""
        return f"{self.thing} {name}{field}" + (f" in {self.language}" if self.language else "")


def statements(graph: Graph) -> dict[Key, str]:
    """Everything `graph` says, one statement at a time.

    >>> from knowledge_graph.example import small_graph
    >>> said = statements(small_graph("ab"))
    >>> said[Key("prerequisite", "a", "b", "confidence")], said[Key("concept", "a", "", "label", "en")]
    ('1.0', 'a')
    """
    found: dict[Key, str] = {}
    for area, label in graph.areas.items():
        found[Key("area", area, "", "")] = ""
        found.update(_texts("area", area, "label", label))
    for concept in graph.concepts.values():
        found.update(_of_concept(concept))
    for edge in graph.prerequisites:
        for field in ("author", "method", "confidence", "confirmed_by"):
            value = getattr(edge, field)
            found[Key("prerequisite", edge.before, edge.after, field)] = repr(value) if field == "confidence" else value
    for entity in graph.entities.values():
        found[Key("entity", entity.id, "", "kind")] = entity.kind
        found.update(_texts("entity", entity.id, "label", entity.label))
        found.update(_texts("entity", entity.id, "note", entity.note))
        found.update((Key("entity", entity.id, "", "same", "", one), "") for one in entity.same)
    found.update((Key("tie", tie.source, tie.target, tie.relation), "") for tie in graph.ties)
    return found


def _of_concept(concept: Concept) -> Iterator[tuple[Key, str]]:
    yield Key("concept", concept.id, "", "area"), concept.area
    yield from _texts("concept", concept.id, "label", concept.label)
    yield from _texts("concept", concept.id, "definition", concept.definition)
    for language, labels in concept.alt.items():
        for label in labels:
            yield Key("concept", concept.id, "", "alt", language, label), ""
    for field, members in (("broader", concept.broader), ("related", concept.related), ("exact", concept.exact)):
        for member in members:
            yield Key("concept", concept.id, "", field, "", member), ""


def _texts(thing: str, name: str, field: str, text: Text) -> Iterator[tuple[Key, str]]:
    for language, words in text.items():
        yield Key(thing, name, "", field, language), words


def graph_of(said: Mapping[Key, str]) -> Graph:
    """The graph that the statements `said` make, unchecked; things in the order of their first statement, members of
    sets by letter. Raises ValueError for a confidence that is no number.
    """
    things: dict[Thing, dict[Key, str]] = {}
    for key, value in said.items():
        things.setdefault(key.about, {})[key] = value
    areas: dict[str, Text] = {}
    concepts: dict[str, Concept] = {}
    entities: dict[str, Entity] = {}
    edges, ties = [], []
    for (thing, name, to), part in things.items():
        if thing == "area":
            areas[name] = _text(part, "label")
        elif thing == "concept":
            concepts[name] = _concept(name, part)
        elif thing == "entity":
            kind = part.get(Key("entity", name, "", "kind"), "")
            same = _members(part, "same")
            entities[name] = Entity(name, kind, _text(part, "label"), same, _text(part, "note"))
        elif thing == "tie":
            ties += [Tie(name, key.field, to) for key in part]
        elif thing == "prerequisite":
            edges.append(_edge(name, to, {key.field: value for key, value in part.items()}))
    return Graph(concepts, tuple(edges), areas, entities, tuple(ties))


def _concept(name: str, part: Mapping[Key, str]) -> Concept:
    area = part.get(Key("concept", name, "", "area"), name.partition(".")[0])
    alt: dict[str, list[str]] = {}
    for key in part:
        if key.field == "alt":
            alt.setdefault(key.language, []).append(key.member)
    others = {language: tuple(sorted(labels)) for language, labels in sorted(alt.items())}
    sets = [_members(part, field) for field in ("broader", "related", "exact")]
    return Concept(name, _text(part, "label"), _text(part, "definition"), area, others, *sets)


def _edge(before: str, after: str, fields: Mapping[str, str]) -> Prerequisite:
    author, method, who = (fields.get(field, "") for field in ("author", "method", "confirmed_by"))
    return Prerequisite(before, after, author, method, float(fields.get("confidence", "nan")), who)


def _text(part: Mapping[Key, str], field: str) -> Text:
    return {key.language: value for key, value in part.items() if key.field == field}


def _members(part: Mapping[Key, str], field: str) -> tuple[str, ...]:
    return tuple(sorted(key.member for key in part if key.field == field))
