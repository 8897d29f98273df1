"""Puts a move into words, in every language of the house. Only what the move knows is said, and it knows only
facts of the records.

The texts are in `commons/messages/recommender.json`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from commons.languages import LANGUAGES, Messages, Text, pick
from recommender.moves import Move
from recommender.shelf import Shelf

__all__ = ["Reason", "reason"]

WITH_DISTANCE = ("see", "back")


@dataclass(frozen=True)
class Reason:
    """`kind` is one of `recommender.moves.KINDS`; `evidence` are the ids of the records that `text` speaks
    of.
    """

    kind: str
    concept: str
    text: Text = field(hash=False)
    evidence: tuple[str, ...] = ()


def reason(move: Move, shelf: Shelf, messages: Messages) -> Reason:
    """The reason that `move` stands for."""
    shade = ".partly" if move.partly else ".far" if move.kind in WITH_DISTANCE and move.number else ""
    key = f"recommender.{move.kind}{shade}"
    text = {language: messages.say(key, language, **_words(move, shelf, messages, language)) for language in LANGUAGES}
    return Reason(move.kind, move.concept, text, move.evidence)


def _words(move: Move, shelf: Shelf, messages: Messages, language: str) -> dict[str, object]:
    minutes = max(1, round(move.item.minutes))
    return {
        "title": pick(move.item.title, language),
        "concept": _name(move.concept, shelf, language),
        "about": _name(move.about, shelf, language),
        "times": _counted("recommender.times", move.number, messages, language),
        "minutes": messages.say("recommender.minutes.1", language)
        if minutes == 1
        else messages.say("recommender.minutes", language, n=minutes),
        "n": move.number,
    }


def _name(what: str, shelf: Shelf, language: str) -> str:
    if what in shelf.by_id:
        return pick(shelf.by_id[what].title, language)
    return pick(shelf.graph.concepts[what].label, language) if what in shelf.graph.concepts else what


def _counted(key: str, number: int, messages: Messages, language: str) -> str:
    return messages.say(f"{key}.{number if number in (1, 2) else 'n'}", language, n=number)
