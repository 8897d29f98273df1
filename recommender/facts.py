"""The facts behind a suggestion, one by one: the very answers with their time, the gap, the steps to a goal, who
asked for it, and why a concept counts as known.

They are looked up where the move took them from; nothing is worked out anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from commons.languages import Messages, Text, pick
from knowledge_graph.queries import ancestors, order, path
from recommender.learner import Learner, known_concepts
from recommender.moves import Move
from recommender.shelf import Shelf
from recommender.tags import said_known

__all__ = ["Fact", "Known", "facts_of", "name_of", "why_known"]


@dataclass(frozen=True)
class Fact:
    """`kind`: "answer" (to `item` at `time`, `share` of it right), "visit" (of `item` at `time`), "gap" (`item` builds
    on `concept`), "goal" (the learner's), "step" (a concept still to learn, in order), "need" (a concept that comes before,
    and `why` it is not in the way), "left" (an exercise without an answer), "teacher" (`who` said it at `time`),
    "tag" (`concept` holds the tag). `record` is the id of the record.
    """

    kind: str
    item: str = ""
    concept: str = ""
    time: datetime | None = None
    share: float | None = None
    record: str = ""
    why: str = ""
    who: str = ""


@dataclass(frozen=True)
class Known:
    """Why a concept counts as known. `kind`: "said" (by a tag), "marked" (`about` is the item), "answers" (`right` and
    `wrong` of them, the newest at `last`), "below" (`about`, which is known, builds on it), "solved" (every
    exercise on it), "begun" (`about` is the unit, and nothing asks for it).
    """

    kind: str
    about: str = ""
    right: float = 0.0
    wrong: float = 0.0
    last: datetime | None = None


def facts_of(move: Move, shelf: Shelf, learner: Learner) -> tuple[Fact, ...]:
    """What `move` rests on: its records first, in their order."""
    found = _recorded(move, learner)
    if move.kind == "gap" or move.blocked:
        found.append(Fact("gap", item=move.blocked or move.about, concept=move.concept))
    if move.kind in ("path", "aim"):
        steps = [one for one in path(shelf.graph, known_concepts(learner, shelf), move.about) if shelf.teaching(one)]
        found += [Fact("goal", concept=move.about), *(Fact("step", concept=one) for one in steps)]
    elif move.kind == "look" and move.about:
        found.append(Fact("goal", concept=move.about))
    elif move.kind == "continue":
        left = [part for part in shelf.parts.get(move.item.id, ()) if part.id not in learner.history.answered]
        found += [Fact("left", item=part.id) for part in left]
    elif move.kind in ("ready", "next"):
        known = why_known(learner, shelf)
        found += [
            Fact("need", concept=one, why=known[one].kind if one in known else "met")
            for one in order(shelf.graph, shelf.needs(move.item))
        ]
    if move.kind in ("teacher", "aim"):
        key = ("first", move.item.id) if move.kind == "teacher" else ("goal", move.about)
        if decision := learner.overrules.by(*key):
            found.append(Fact("teacher", time=decision.time, who=decision.author))
    return tuple(found)


def why_known(learner: Learner, shelf: Shelf) -> dict[str, Known]:
    """Every concept of `known_concepts`, with the strongest ground for it: the learner's own word, then answers."""
    known: dict[str, Known] = {one: Known("said") for one in said_known(learner.tags)}
    for item, word in learner.verdicts.items():
        if word == "known" and item in shelf.by_id:
            for concept in shelf.by_id[item].concepts:
                known.setdefault(concept, Known("marked", item))
    for concept, one in learner.mastery.items():
        if one.known:
            known.setdefault(concept, Known("answers", "", one.right, one.wrong, one.last))
    for concept in [one for one in known if one in shelf.graph.concepts]:
        for below in ancestors(shelf.graph, concept):
            known.setdefault(below, Known("below", concept))
    return {one: known.get(one) or _met(one, learner, shelf) for one in sorted(known_concepts(learner, shelf))}


def name_of(what: str, shelf: Shelf, messages: Messages, language: str, names: Mapping[str, Text] | None = None) -> str:
    """What an item, a concept or a tag is called; the id itself where it is called nothing. `names` are those of
    courses and places, by tag.
    """
    if names and what in names:
        return pick(names[what], language)
    kind, _, rest = what.partition(":")
    if what in shelf.by_id:
        return pick(shelf.by_id[what].title, language)
    if what in shelf.graph.concepts or (kind in ("concept", "knows") and rest in shelf.graph.concepts):
        return pick(shelf.graph.concepts[what if what in shelf.graph.concepts else rest].label, language)
    if kind == "area" and rest in shelf.graph.areas:
        return pick(shelf.graph.areas[rest], language)
    if kind == "kind" and f"recommender.kind.{rest}" in messages.entries:
        return messages.say(f"recommender.kind.{rest}", language)
    return rest or what


def _met(concept: str, learner: Learner, shelf: Shelf) -> Known:
    asked = [item for item in shelf.by_concept.get(concept, ()) if item.kind == "exercise"]
    if asked:
        return Known("solved")
    begun = (one for one in shelf.teaching(concept) if one.kind == "unit" and learner.begun(one, shelf))
    return Known("begun", next((one.id for one in begun), ""))


def _recorded(move: Move, learner: Learner) -> list[Fact]:
    history: Mapping[str, Fact] = {
        **{
            one.record: Fact("answer", one.item, "", one.time, one.share, one.record) for one in learner.history.answers
        },
        **{one.record: Fact("visit", one.item, "", one.time, None, one.record) for one in learner.history.visits},
    }
    return [history[name] for name in move.evidence if name in history]
