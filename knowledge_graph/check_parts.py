"""What may be wrong with one concept, entity or tie by itself or with the ids it names: lines a person can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from commons.languages import LANGUAGES, Text, text_faults
from knowledge_graph.bounded import control_faults
from knowledge_graph.model import ENTITY_KINDS, TIE_RELATIONS, Concept, Entity, Graph, Tie
from knowledge_graph.near import did_you_mean

__all__ = ["NAME", "concept_faults", "entity_faults", "tie_faults"]

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
ENTITY_NAME = re.compile(r"[\w.-]+(/[\w.-]+)*")
URI = re.compile(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
# BCP 47 as this house writes it: zh-CN, zh-Hant-TW, en.
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")
LABEL_LETTERS, TEXT_LETTERS = 1000, 10_000


def concept_faults(concept: Concept, graph: Graph) -> list[str]:
    """What is wrong with `concept` in `graph`: its texts, id, area, other labels, and the ids it names."""
    where = f"concept '{concept.id}'"
    faults = text_faults(concept.label, f"{where}, label") + text_faults(concept.definition, f"{where}, definition")
    area, _, name = concept.id.partition(".")
    if area != concept.area or not NAME.fullmatch(area) or not NAME.fullmatch(name):
        faults.append(f"{where}: the id is not <area>.<name> in small letters, digits and hyphens")
    if concept.area not in graph.areas:
        near = did_you_mean(concept.area, graph.areas)
        faults.append(f"{where}: area '{concept.area}' has no label. {near}".rstrip())
    faults += [*_odd_letters(concept.label, f"{where}, label"), *_alt_faults(concept, where)]
    faults += _odd_letters(concept.definition, f"{where}, definition", lines=True)
    for word, ids in (("broader", concept.broader), ("related", concept.related)):
        faults += _named_faults(word, concept.id, ids, graph)
    return [*faults, *_uri_faults(where, "exact", concept.exact)]


def entity_faults(entity: Entity) -> list[str]:
    """What is wrong with `entity` by itself. Its label is needed in one language: what a museum wrote has no other."""
    where = f"entity '{entity.id}'"
    kind, _, name = entity.id.partition(":")
    faults = []
    if kind not in ENTITY_KINDS or kind != entity.kind or not ENTITY_NAME.fullmatch(name):
        faults.append(f"{where}: the id is not <kind>:<name>, with a kind of {', '.join(ENTITY_KINDS)}")
    if not any(isinstance(text, str) and text.strip() for text in entity.label.values()):
        faults.append(f"{where}: no label in any of {', '.join(LANGUAGES)}")
    faults += _odd_letters(entity.label, f"{where}, label")
    faults += _odd_letters(entity.note, f"{where}, note", lines=True)
    return [*faults, *_uri_faults(where, "same", entity.same)]


def tie_faults(tie: Tie, graph: Graph, seen: set[Tie]) -> list[str]:
    """What is wrong with `tie`; `seen` are the ties before it."""
    where = f"tie '{tie.source}' {tie.relation} '{tie.target}'"
    faults = []
    if tie.relation not in TIE_RELATIONS:
        faults.append(f"{where}: the relation is none of {', '.join(TIE_RELATIONS)}")
    if tie.source not in graph.entities:
        near = did_you_mean(tie.source, graph.entities)
        faults.append(f"{where}: '{tie.source}' is no entity of the graph. {near}".rstrip())
    if tie.target not in graph.entities and tie.target not in graph.concepts:
        near = did_you_mean(tie.target, [*graph.entities, *graph.concepts])
        faults.append(f"{where}: '{tie.target}' is not in the graph. {near}".rstrip())
    if tie.source == tie.target:
        faults.append(f"{where}: it ties a thing to itself")
    if tie in seen:
        faults.append(f"{where}: it is there twice")
    return faults


def _named_faults(word: str, concept: str, ids: tuple[str, ...], graph: Graph) -> Iterator[str]:
    for position, one in enumerate(ids):
        if one not in graph.concepts:
            near = did_you_mean(one, graph.concepts)
            yield f"concept '{concept}' has {word} '{one}', which is not in the graph. {near}".rstrip()
        elif one == concept:
            yield f"concept '{concept}' has itself as {word}"
        if one in ids[:position]:
            yield f"concept '{concept}' has {word} '{one}' twice"


def _alt_faults(concept: Concept, where: str) -> Iterator[str]:
    for language, labels in concept.alt.items():
        seen = {concept.label.get(language)}
        for label in labels:
            if not label.strip():
                yield f"{where}, alt in {language}: an empty label"
            if label in seen:
                yield f"{where}, alt in {language}: '{label}' is there twice"
            seen.add(label)
            yield from _odd_letters({language: label}, f"{where}, alt")


def _odd_letters(text: Text, where: str, *, lines: bool = False) -> Iterator[str]:
    if not isinstance(text, Mapping):
        return
    most = TEXT_LETTERS if lines else LABEL_LETTERS
    for language, words in text.items():
        if not LANGUAGE.fullmatch(str(language)):
            yield f"{where}: '{str(language)[:40]}' is no language tag like zh-CN or en"
        if not isinstance(words, str):
            if language not in LANGUAGES:
                yield f"{where} in {language}: found {type(words).__name__}, wanted text"
            continue
        if len(words) > most:
            yield f"{where} in {language}: {len(words)} letters, at most {most}"
        yield from control_faults(words[: most + 1], f"{where} in {language}", lines=lines)


def _uri_faults(where: str, word: str, uris: tuple[str, ...]) -> Iterator[str]:
    for position, one in enumerate(uris):
        if not URI.fullmatch(one):
            yield f"{where}, {word}: '{one[:80]}' is no address (URI)"
        if one in uris[:position]:
            yield f"{where}, {word}: '{one}' is there twice"
