"""A suggestion set: what the machine found in one course, as values and as one JSON file.

Rule: whatever is in it carries the label "suggested by machine" and the sentences it rests on; the file is written
whole or not at all, and the same set gives the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from commons.errors import BadInput
from commons.languages import Text
from commons.writing import output

__all__ = [
    "LABEL",
    "Evidence",
    "Place",
    "SuggestedConcept",
    "SuggestedEdge",
    "SuggestionSet",
    "read_suggestions",
    "suggestions_path",
    "suggestions_to_json",
    "write_suggestions",
]

LABEL = "suggested by machine"
VERSION = 1
LARGEST = 50_000_000


@dataclass(frozen=True)
class Place:
    """Where something stands: a file of the course, the cell in it (from 0), and the sentence."""

    source: str
    cell: int
    sentence: str


@dataclass(frozen=True)
class Evidence:
    """One reason, in words, and the place it was found at."""

    text: str
    place: Place


@dataclass(frozen=True)
class SuggestedConcept:
    """A concept that the graph does not hold. `id` is `<area>.<name>`; `definition` is quoted from `definition_place`
    ({} and None where no sentence defines it); `kind` says what it was found as; `score` is in 0..1.
    """

    id: str
    label: Text = field(hash=False)
    alt: Mapping[str, tuple[str, ...]] = field(hash=False)
    definition: Text = field(hash=False)
    definition_place: Place | None
    places: tuple[Place, ...]
    score: float
    kind: str = ""
    mentions: int = 0


@dataclass(frozen=True)
class SuggestedEdge:
    """`before` should be known before `after`, with that probability. `features` are what the scorer saw, from which it
    learns when a teacher decides.
    """

    before: str
    after: str
    probability: float
    evidence: tuple[Evidence, ...]
    label: str = LABEL
    features: tuple[float, ...] = ()


@dataclass(frozen=True)
class SuggestionSet:
    """What was found in one course. `recognised` are concepts of the graph that the course speaks of, with how often."""

    course: str
    concepts: tuple[SuggestedConcept, ...]
    edges: tuple[SuggestedEdge, ...]
    recognised: Mapping[str, int] = field(hash=False, default_factory=dict)
    vectors: str = ""
    weights: str = ""
    label: str = LABEL


def suggestions_path(home: Path, course: str) -> Path:
    """The file of a course's suggestions below `home`. Raises BadInput for a name that is no plain word."""
    if not re.fullmatch(r"[\w][\w.-]{0,99}", course) or ".." in course:
        raise BadInput(f"'{course}' cannot name a suggestion set", next="Use letters, digits, hyphens and points.")
    return home / "graph" / "suggestions" / f"{course}.json"


def suggestions_to_json(found: SuggestionSet) -> str:
    """The set as JSON text."""
    return json.dumps({"version": VERSION, **asdict(found)}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_suggestions(home: Path, found: SuggestionSet) -> Path:
    """Write the set to its file, whole; gives the path."""
    path = suggestions_path(home, found.course)
    path.parent.mkdir(parents=True, exist_ok=True)
    with output(path) as file:
        file.write(suggestions_to_json(found).encode())
    return path


def read_suggestions(path: Path) -> SuggestionSet:
    """The set in a file. Raises BadInput with the reason where it is none."""
    if not path.is_file() or path.stat().st_size > LARGEST:
        raise BadInput("no suggestion set", where=path.name, next="Run `shuyuan graph suggest` for the course.")
    try:
        found = json.loads(path.read_text("utf-8"))
        if found["version"] != VERSION:
            raise ValueError(f"version {found['version']!r}, wanted {VERSION}")
        concepts = tuple(_concept(one) for one in found["concepts"])
        edges = tuple(_edge(one) for one in found["edges"])
        counts = {str(key): int(count) for key, count in found["recognised"].items()}
        return SuggestionSet(
            str(found["course"]), concepts, edges, counts, str(found["vectors"]), str(found["weights"])
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        again = "Run `shuyuan graph suggest` for the course again."
        raise BadInput(f"this is no suggestion set ({error})", where=path.name, next=again) from error


def _concept(one: Mapping[str, Any]) -> SuggestedConcept:
    alt = {str(tag): tuple(map(str, words)) for tag, words in one["alt"].items()}
    place = _place(one["definition_place"]) if one["definition_place"] else None
    places = tuple(map(_place, one["places"]))
    score, kind, mentions = float(one["score"]), str(one["kind"]), int(one["mentions"])
    return SuggestedConcept(
        str(one["id"]), _text(one["label"]), alt, _text(one["definition"]), place, places, score, kind, mentions
    )


def _edge(one: Mapping[str, Any]) -> SuggestedEdge:
    evidence = tuple(Evidence(str(each["text"]), _place(each["place"])) for each in one["evidence"])
    probability = float(one["probability"])
    if not 0 <= probability <= 1:
        raise ValueError("a probability is in 0..1")
    features = tuple(map(float, one["features"]))
    return SuggestedEdge(str(one["before"]), str(one["after"]), probability, evidence, LABEL, features)


def _place(one: Mapping[str, Any]) -> Place:
    return Place(str(one["source"]), int(one["cell"]), str(one["sentence"]))


def _text(one: Mapping[str, Any]) -> dict[str, str]:
    return {str(tag): str(words) for tag, words in one.items()}
