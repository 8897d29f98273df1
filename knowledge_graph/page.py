"""What one text file of the graph may say. Every fault of its form is noted with its line, and reading goes on.

A file of an area: `area`, `label`, `provenance` (author, method, confidence of its edges) and `concepts`, each with
`id`, `label`, `definition`, `needs` and, where there are some, `alt`, `broader`, `related`, `exact`. A concept is
named by its name in the same area or as `<area>.<name>`; an entry of `needs` may be a map with `id` and its own
provenance. Any file may have `entities`, `ties`, and `prerequisites` between concepts of other files.
`conflicts` are what a merge could not decide; the graph is refused until they are gone. Order within a set (other
labels, broader concepts) carries nothing: it is read sorted.
"""

from __future__ import annotations

from typing import Any

from commons.languages import Text, text_faults
from knowledge_graph.check_parts import NAME
from knowledge_graph.model import Concept, Entity, Graph, Prerequisite, Tie
from knowledge_graph.near import did_you_mean
from knowledge_graph.yaml_lines import Lined

__all__ = ["CONCEPT_KEYS", "ENTITY_KEYS", "FILE_KEYS", "PROVENANCE_KEYS", "Gathered", "read_page"]

FILE_KEYS = {"area", "label", "provenance", "concepts", "entities", "ties", "prerequisites", "conflicts"}
CONCEPT_KEYS = {"id", "label", "definition", "needs", "alt", "broader", "related", "exact"}
PROVENANCE_KEYS = {"author", "method", "confidence", "confirmed_by"}
ENTITY_KEYS = {"id", "label", "same", "note"}
TIE_KEYS = {"source", "relation", "target"}


class Gathered:
    """What the files have said so far, with the place of each thing and the faults of their form."""

    def __init__(self) -> None:
        self.areas: dict[str, Text] = {}
        self.concepts: dict[str, Concept] = {}
        self.edges: list[Prerequisite] = []
        self.entities: dict[str, Entity] = {}
        self.ties: list[Tie] = []
        self.places: dict[object, str] = {}
        self.faults: list[str] = []

    def graph(self) -> Graph:
        """All of it as a graph, checked or not."""
        return Graph(self.concepts, tuple(self.edges), self.areas, self.entities, tuple(self.ties))

    def lay(self, other: Gathered) -> None:
        """Lay what a later folder says over this; its word on a concept, an edge or an entity replaces ours."""
        self.areas.update({area: label for area, label in other.areas.items() if label or area not in self.areas})
        self.concepts.update(other.concepts)
        self.entities.update(other.entities)
        said = {(edge.before, edge.after) for edge in other.edges}
        self.edges = [edge for edge in self.edges if (edge.before, edge.after) not in said] + other.edges
        self.ties = [tie for tie in self.ties if tie not in set(other.ties)] + other.ties
        self.places.update(other.places)
        self.faults += [
            *other.faults,
            *(
                f"{other.places[('area', area)]}: area '{area}' has no label"
                for area in other.areas
                if not self.areas[area]
            ),
        ]


def read_page(name: str, page: Lined, into: Gathered) -> None:
    """Take in what the file `name` says."""
    value = page.value
    if not isinstance(value, dict):
        into.faults.append(f"{name}, line 1: wanted a map with {', '.join(sorted(FILE_KEYS))}")
        return
    _Reader(name, page, into).read(value)


class _Reader:
    """One file on its way into `into`."""

    def __init__(self, name: str, page: Lined, into: Gathered) -> None:
        self.name, self.page, self.into = name, page, into
        self.area = ""
        self.provenance: dict[str, Any] = {}

    def read(self, value: dict[str, Any]) -> None:
        self.unknown(f"{self.name}, line 1", value, FILE_KEYS)
        said = value.get("provenance")
        self.provenance = said if isinstance(said, dict) else {}
        if "concepts" in value or "area" in value or not value.keys() & FILE_KEYS - {"area", "label", "provenance"}:
            self.read_area(value)
        for position, entry in enumerate(self.listed(value, "prerequisites")):
            self.read_edge(self.place("prerequisites", position), entry)
        for position, entry in enumerate(self.listed(value, "entities")):
            self.read_entity(self.place("entities", position), entry)
        for position, entry in enumerate(self.listed(value, "ties")):
            self.read_tie(self.place("ties", position), entry)

        for position, entry in enumerate(self.listed(value, "conflicts")):
            told = entry.get("at") if isinstance(entry, dict) else entry
            self.fault(
                f"{self.place('conflicts', position)}: two edits wait for a decision: {told}. Decide, then take it out."
            )

    def place(self, *path: str | int) -> str:
        return f"{self.name}, line {self.page.line(*path)}"

    def fault(self, told: str) -> None:
        self.into.faults.append(told)

    def unknown(self, place: str, found: dict[Any, Any], known: set[str]) -> None:
        for key in sorted(str(key) for key in found.keys() - known):
            self.fault(f"{place}: unknown key '{key}'. {did_you_mean(key, known)}".rstrip())

    def listed(self, value: dict[str, Any], key: str) -> list[Any]:
        found = value.get(key, [])
        if not isinstance(found, list):
            self.fault(f"{self.place(key)}: '{key}' is not a list")
            return []
        return found

    def read_area(self, value: dict[str, Any]) -> None:
        area, label = value.get("area"), value.get("label")
        if not isinstance(area, str) or not NAME.fullmatch(area):
            self.fault(f"{self.place('area')}: 'area' is missing or not a name in small letters")
            return
        if area in self.into.areas:
            self.fault(f"{self.place('area')}: area '{area}' is there twice")
        if "label" in value:
            self.into.faults += text_faults(label, f"{self.place('label')}: area '{area}', label")
        self.area = area
        self.into.areas[area] = _text(label)
        self.into.places["area", area] = self.place("area")
        if not isinstance(value.get("provenance"), dict):
            self.fault(f"{self.place('provenance')}: 'provenance' is missing (author, method, confidence)")
        if not isinstance(value.get("concepts"), list):
            self.fault(f"{self.place('concepts')}: 'concepts' is missing or not a list")
            return
        for index, entry in enumerate(value["concepts"]):
            self.read_concept(index, entry)

    def read_concept(self, index: int, entry: Any) -> None:
        place = self.place("concepts", index)
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            self.fault(f"{place}: a concept without 'id'")
            return
        self.unknown(place, entry, CONCEPT_KEYS)
        full = f"{self.area}.{entry['id']}"
        if full in self.into.concepts:
            self.fault(f"{place}: concept '{full}' is there twice, first in {self.into.places[full]}")
            return
        about = f"concept '{full}'"
        self.into.concepts[full] = Concept(
            full,
            _text(entry.get("label")),
            _text(entry.get("definition")),
            self.area,
            self.labels(place, entry.get("alt", {}), about),
            tuple(sorted(self.full(one) for one in self.words(place, entry, "broader", about))),
            tuple(sorted(self.full(one) for one in self.words(place, entry, "related", about))),
            tuple(sorted(self.words(place, entry, "exact", about))),
        )
        self.into.places[full] = place
        needs = entry.get("needs", [])
        if not isinstance(needs, list):
            self.fault(f"{place}: {about}, 'needs' is not a list")
            return
        for position, need in enumerate(needs):
            self.read_need(self.place("concepts", index, "needs", position), need, full)

    def full(self, concept: str) -> str:
        return concept if "." in concept or not self.area else f"{self.area}.{concept}"

    def labels(self, place: str, found: Any, about: str) -> dict[str, tuple[str, ...]]:
        if not isinstance(found, dict) or not all(isinstance(words, list) for words in found.values()):
            self.fault(f"{place}: {about}, 'alt' is not a map of languages to lists of labels")
            return {}
        words = {str(key): self.words(place, found, key, f"{about}, alt") for key in sorted(found)}
        return {language: tuple(sorted(labels)) for language, labels in words.items() if labels}

    def words(self, place: str, entry: dict[str, Any], key: str, about: str) -> list[str]:
        found = entry.get(key, [])
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            self.fault(f"{place}: {about}, '{key}' is not a list of words")
            return []
        return found

    def read_need(self, line: str, need: Any, after: str) -> None:
        said = need if isinstance(need, dict) else {"id": need}
        self.unknown(line, said, PROVENANCE_KEYS | {"id"})
        before = said.get("id")
        if not isinstance(before, str):
            self.fault(f"{line}: concept '{after}' needs {before!r}, wanted the id of a concept")
            return
        self.add_edge(line, self.full(before), after, said)

    def read_edge(self, line: str, entry: Any) -> None:
        ends = [entry.get(end) for end in ("before", "after")] if isinstance(entry, dict) else []
        if not ends or not all(isinstance(end, str) for end in ends):
            self.fault(f"{line}: a prerequisite without 'before' or 'after'")
            return
        self.unknown(line, entry, PROVENANCE_KEYS | {"before", "after"})
        self.add_edge(line, self.full(str(ends[0])), self.full(str(ends[1])), entry)

    def add_edge(self, line: str, before: str, after: str, said: dict[str, Any]) -> None:
        origin = self.provenance | said
        confidence = origin.get("confidence")
        if isinstance(confidence, bool) or not isinstance(confidence, int | float):
            short = before.removeprefix(f"{self.area}.")
            self.fault(f"{line}: concept '{after}' needs '{short}' with confidence {confidence!r}, wanted a number")
            return
        author, method, who = (str(origin.get(key) or "") for key in ("author", "method", "confirmed_by"))
        edge = Prerequisite(before, after, author, method, float(confidence), who)
        self.into.edges.append(edge)
        self.into.places[edge] = line

    def read_entity(self, place: str, entry: Any) -> None:
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            self.fault(f"{place}: an entity without 'id'")
            return
        self.unknown(place, entry, ENTITY_KEYS)
        name = entry["id"]
        if name in self.into.entities:
            self.fault(f"{place}: entity '{name}' is there twice, first in {self.into.places[name]}")
            return
        same = tuple(sorted(self.words(place, entry, "same", f"entity '{name}'")))
        entity = Entity(name, name.partition(":")[0], _text(entry.get("label")), same, _text(entry.get("note")))
        self.into.entities[name] = entity
        self.into.places[name] = place

    def read_tie(self, place: str, entry: Any) -> None:
        said = entry if isinstance(entry, dict) else {}
        values = [said.get(key) for key in ("source", "relation", "target")]
        if not all(isinstance(one, str) for one in values):
            self.fault(f"{place}: a tie without 'source', 'relation' or 'target'")
            return
        self.unknown(place, said, TIE_KEYS)
        tie = Tie(*(str(one) for one in values))
        self.into.ties.append(tie)
        self.into.places.setdefault(tie, place)


def _text(found: Any) -> Text:
    return found if isinstance(found, dict) else {}
