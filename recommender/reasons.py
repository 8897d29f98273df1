"""Puts a move into words, in every language of the house, with the facts behind it. Only what the move knows is
said, and it knows only facts of the records, of the graph, and of what somebody said.

The texts are in `commons/messages/recommender.json`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from commons.languages import LANGUAGES, Messages, Text, pick
from recommender.facts import Fact, name_of
from recommender.moves import Move
from recommender.overrule import is_of
from recommender.shelf import Shelf

__all__ = ["Fact", "Reason", "liking", "reason", "within"]

WITH_DISTANCE = ("see", "back")
TO_GOAL = ("path", "aim", "look")
TEACHERS = {"teacher": "teacher", "aim": "teacher"}


@dataclass(frozen=True)
class Reason:
    """`kind` is one of `recommender.moves.KINDS` ("teacher" where a teacher asks for it or set the goal), or "liked";
    `evidence` are the ids of the records that `text` speaks of, `facts` these and what else it rests on.
    """

    kind: str
    concept: str
    text: Text = field(hash=False)
    evidence: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()


def reason(move: Move, shelf: Shelf, messages: Messages, facts: tuple[Fact, ...] = ()) -> Reason:
    """The reason that `move` stands for."""
    key = f"recommender.{move.kind}{_shade(move)}"
    text = {language: messages.say(key, language, **_words(move, shelf, messages, language)) for language in LANGUAGES}
    return Reason(TEACHERS.get(move.kind, move.kind), move.concept, text, move.evidence, facts)


def liking(move: Move, shelf: Shelf, messages: Messages, names: Mapping[str, Text]) -> Reason:
    """That the learner asked for more of what `move.liked` names; `names` are those of courses and places, by tag."""
    fact = Fact("tag", concept=move.liked)
    text = {
        language: messages.say(
            "recommender.liked", language, what=name_of(move.liked, shelf, messages, language, names)
        )
        for language in LANGUAGES
    }
    return Reason("liked", move.concept, text, (), (fact,))


def within(given: Reason, course: str, shelf: Shelf) -> Reason | None:
    """What a teacher of `course` may see of a reason: None where it rests on anything outside the course or on the
    learner's own tags; else with the facts that concern the course.
    """
    if given.kind in ("liked", "again"):
        return None
    own = {concept for item in shelf.items if is_of(course, item.id) for concept in item.concepts}
    if any(fact.item and not is_of(course, fact.item) for fact in given.facts):
        return None
    if any(fact.kind == "goal" and fact.concept not in own for fact in given.facts):
        return None
    kept = (fact for fact in given.facts if fact.kind != "need" and (not fact.concept or fact.concept in own))
    return replace(given, facts=tuple(kept))


def _shade(move: Move) -> str:
    if move.partly or move.blocked:
        return ".partly" if move.partly else ".before"
    if move.kind in TO_GOAL and move.about == move.concept:
        return ".goal"
    return ".far" if move.kind in WITH_DISTANCE and move.number else ""


def _words(move: Move, shelf: Shelf, messages: Messages, language: str) -> dict[str, object]:
    minutes = max(1, round(move.item.minutes))
    return {
        "title": pick(move.item.title, language),
        "concept": name_of(move.concept, shelf, messages, language),
        "about": name_of(move.about, shelf, messages, language),
        "blocked": name_of(move.blocked, shelf, messages, language),
        "days": messages.say(
            f"recommender.days.{move.number if move.number in (0, 1) else 'n'}", language, n=move.number
        ),
        "last": _last(move, shelf, messages, language),
        "minutes": messages.say("recommender.minutes.1", language)
        if minutes == 1
        else messages.say("recommender.minutes", language, n=minutes),
        "n": move.number,
    }


def _last(move: Move, shelf: Shelf, messages: Messages, language: str) -> str:
    title = name_of(move.about or move.item.id, shelf, messages, language)
    return messages.say(f"recommender.last.{'1' if move.number == 1 else 'n'}", language, title=title, n=move.number)
