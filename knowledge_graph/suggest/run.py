"""`suggest`: a course's text in, a suggestion set out; reading, candidates, merging, definitions, scores, graph, evidence,
in this order.

Rule: the same course, graph, decisions and text vectors give the same set, byte for byte.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from commons.languages import LANGUAGES
from knowledge_graph.model import Concept, Graph
from knowledge_graph.suggest.candidates import candidates, form, mentions_of
from knowledge_graph.suggest.define import definition_of
from knowledge_graph.suggest.edges import Node, suggest_edges
from knowledge_graph.suggest.learn import Layer
from knowledge_graph.suggest.merge import Group, merge, recognise
from knowledge_graph.suggest.read import Passage, has_chinese, read_course
from knowledge_graph.suggest.store import Place, SuggestedConcept, SuggestionSet
from knowledge_graph.suggest.weights import Weights
from knowledge_graph.vectors import Vectors

__all__ = ["MOST", "suggest"]

MOST, POOL, LEAST, PLACES = 60, 240, 0.3, 5
Said = Sequence[tuple[Passage, str]]


@dataclass(frozen=True)
class _Found:
    """A group with where it is said and the sentence that defines it, by language."""

    group: Group
    said: Said
    defined: Mapping[str, tuple[Passage, str]]


def suggest(
    folder: Path,
    course: str,
    graph: Graph,
    vectors: Vectors,
    weights: Weights,
    layer: Layer | None = None,
    most: int = MOST,
) -> SuggestionSet:
    """At most `most` concepts and the edges between them and the graph's concepts, from the notebooks and Markdown files in
    `folder`. Raises Faults where nothing can be read.
    """
    passages = read_course(folder)
    groups = merge(candidates(passages)[:POOL], vectors)
    known = recognise(groups, graph.concepts, vectors)
    spoken = mentions_of({one for group in groups for one in group.forms}, passages)
    found = [_found(group, spoken) for group in groups]
    fresh = [one for number, one in enumerate(found) if number not in known and _worthy(one)][:most]
    area = _slug(course) or "course"
    concepts = _named(area, fresh, graph)
    nodes = [_node(one.id, which) for one, which in zip(concepts, fresh, strict=True)]
    nodes += _known_nodes(found, known, graph)
    edges = suggest_edges(nodes, graph, vectors, weights, layer or Layer(), len({one.unit for one in passages}))
    counts = {id: len(found[number].said) for number, id in sorted(known.items(), key=lambda pair: pair[1])}
    return SuggestionSet(course, tuple(concepts), tuple(edges), counts, vectors.name, weights.sha256)


def _found(group: Group, spoken: Mapping[str, Said]) -> _Found:
    said = [pair for one in group.forms for pair in spoken.get(one, ())]
    said.sort(key=lambda pair: (pair[0].unit, pair[0].cell))
    defined = {}
    for language in LANGUAGES:
        names = [one.form for one in group.members if (one.language or "en") == language]
        own = [pair for pair in said if pair[0].language == language]
        if names and (best := definition_of(names, own)):
            defined[language] = best
    return _Found(group, said, defined)


def _worthy(one: _Found) -> bool:
    """A name said once, undefined and only heard in a heading or in code is left out."""
    kinds = {mention.kind for mention in one.group.mentions}
    if not one.said and all(has_chinese(form) for form in one.group.forms):
        # Only ever a part of longer names.
        return False
    if kinds <= {"heading"} and len(one.said) < 3 and not one.defined:
        return False
    return one.group.score >= LEAST


def _named(area: str, fresh: Sequence[_Found], graph: Graph) -> list[SuggestedConcept]:
    taken = set(graph.concepts)
    made = []
    for one in fresh:
        label = one.group.label
        name = _slug(label.get("en") or "") or f"zh-{hashlib.sha256(repr(label).encode()).hexdigest()[:8]}"
        id, number = f"{area}.{name}", 2
        while id in taken:
            id, number = f"{area}.{name}-{number}", number + 1
        taken.add(id)
        made.append(_concept(id, one))
    return made


def _without_marks(said: str) -> str:
    """A sentence without its list mark and emphasis.

    >>> _without_marks("- The *cai* is **15** fen, w * h.")
    'The cai is 15 fen, w * h.'
    """
    plain = re.sub(r"\*\*|__|(?<![*\w])\*(?=\S)|(?<=\S)\*(?![*\w])", "", re.sub(r"^\s*[-*•]\s+", "", said))
    return " ".join(plain.split())


def _concept(id: str, one: _Found) -> SuggestedConcept:
    definition = {tag: _without_marks(said) for tag, (_, said) in one.defined.items()}
    first = next(iter(one.defined.values()), None)
    places = dict.fromkeys(mention.passage.place(mention.sentence) for mention in one.group.mentions)
    group, shown = one.group, tuple(places)[:PLACES]
    place: Place | None = first[0].place(first[1]) if first else None
    score = min(1.0, round(group.score + (0.1 if one.defined else 0.0), 4))
    return SuggestedConcept(id, group.label, group.alt, definition, place, shown, score, group.head.kind, len(one.said))


def _node(id: str, one: _Found) -> Node:
    label = one.group.label
    names = tuple(dict.fromkeys([*one.group.forms]))
    text = " ".join(" ".join(said.split()) for _, said in one.defined.values())
    spots = tuple((mention.passage, mention.sentence) for mention in one.group.mentions)
    return Node(id, label.get("en") or next(iter(label.values())), names, text, tuple(one.said) or spots)


def _known_nodes(found: Sequence[_Found], known: Mapping[int, str], graph: Graph) -> list[Node]:
    """The graph's own concepts that the course speaks of, with the graph's definition."""
    said: dict[str, list[tuple[Passage, str]]] = {}
    forms: dict[str, list[str]] = {}
    for number, id in known.items():
        said.setdefault(id, []).extend(found[number].said)
        forms.setdefault(id, []).extend(found[number].group.forms)
    made = []
    for id in sorted(said):
        concept: Concept = graph.concepts[id]
        label = concept.label.get("en") or next(iter(concept.label.values()))
        names = tuple(dict.fromkeys([form(label), *forms[id]]))
        spots = tuple(sorted(said[id], key=lambda pair: (pair[0].unit, pair[0].cell)))
        if spots:
            made.append(Node(id, label, names, " ".join(concept.definition.values()), spots))
    return made


def _slug(text: str) -> str:
    """A name as a part of an id that the graph takes: small Latin letters, digits and single hyphens; "" where none is left."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = re.sub(r"[^a-z0-9]+", "-", _ascii(folded))
    plain = plain.strip("-")[:60].strip("-")
    return plain if not plain or plain[0].isalpha() else f"n-{plain}"


def _ascii(text: str) -> str:
    """`text` without accents; any other letter becomes a gap."""
    return "".join(one if one.isascii() else "" if unicodedata.combining(one) else " " for one in text)
