"""A learner as the planner sees one: mastery, history, own words and goal, and what follows from them on a
given shelf.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from commons.items import Item
from knowledge_graph.queries import ancestors
from recommender.history import History
from recommender.mastery import Mastery
from recommender.overrule import Decision, Overrules
from recommender.review import Memory
from recommender.shelf import Shelf
from recommender.tags import said_known

__all__ = ["ENOUGH_TRIES", "Learner", "is_ready", "known_concepts"]

ENOUGH_TRIES = 3  # after so many answers that were not right an exercise is let be, and holds nobody up any longer


def no_chances(exercises: Collection[str]) -> Mapping[str, float]:
    """What is known of chances without a tracer: nothing."""
    return {}


def nothing_ahead(goal: str, exercises: Sequence[str]) -> Mapping[str, float]:
    """What is expected without a tracer: nothing is known."""
    return {}


@dataclass(frozen=True)
class Learner:
    """`verdicts`: item id → "not-interested" or "known"; `goal`: a concept id or ""; `tags`: what they said of subjects,
    places and concepts; `overrules`: what their teachers decided; `now`: aware; `minutes`: how long they have.

    `memories` by concept are for spaced review. Where a tracer is at work, `chances(exercises)` says how likely each is
    answered right now, and `ahead(goal, exercises)` by how much the goal is expected to rise after each.
    """

    now: datetime
    mastery: Mapping[str, Mastery] = field(default_factory=dict)
    history: History = field(default_factory=History)
    verdicts: Mapping[str, str] = field(default_factory=dict)
    goal: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    overrules: Overrules = field(default_factory=Overrules)
    minutes: float = math.inf
    memories: Mapping[str, Memory] = field(default_factory=dict)
    chances: Callable[[Collection[str]], Mapping[str, float]] = field(default=no_chances, compare=False)
    ahead: Callable[[str, Sequence[str]], Mapping[str, float]] = field(default=nothing_ahead, compare=False)

    def done(self, item: Item, shelf: Shelf) -> bool:
        """Whether nothing is left to do: an exercise solved, a place seen, a unit finished or all its
        exercises solved.
        """
        if item.kind == "exercise":
            return item.id in self.history.solved
        if item.kind == "unit":
            parts = [part.id for part in shelf.parts.get(item.id, ()) if part.kind == "exercise"]
            return item.id in self.history.finished or (bool(parts) and set(parts) <= self.history.solved)
        return item.id in self.history.visited

    def begun(self, item: Item, shelf: Shelf) -> bool:
        """Whether there is any record of `item` or of a part of it."""
        touched = self.history.touched
        return item.id in touched or any(part.id in touched for part in shelf.parts.get(item.id, ()))

    def settled(self, exercise: Item) -> bool:
        """Whether `exercise` is solved, or was tried so often that it is let be."""
        return exercise.id in self.history.solved or len(self.history.open_wrong.get(exercise.id, ())) >= ENOUGH_TRIES

    def refused(self, item: Item) -> bool:
        """Whether `item` is not to be suggested: the teacher's word, or else what the learner said of it or of what it
        is part of.
        """
        if word := self.overrules.on(item):
            return word == "never"
        return item.id in self.verdicts or (bool(item.parent) and item.parent in self.verdicts)

    def said_known(self, item: Item) -> bool:
        """Whether the learner says they know `item`, or what it is part of."""
        return "known" in (self.verdicts.get(item.id), self.verdicts.get(item.parent))

    def did(self, decision: Decision, shelf: Shelf) -> bool:
        """Whether what a teacher asked for was done after it was asked."""
        item = shelf.by_id[decision.target]
        parts = {part.id for part in shelf.parts.get(item.id, ())} | {item.id}
        since = [one for one in self.history.answers if one.item in parts and one.time >= decision.time]
        if item.kind == "exercise":
            return any(one.share == 1 for one in since)
        return self.done(item, shelf) and (bool(since) or not shelf.parts.get(item.id))


def is_ready(item: Item, learner: Learner, shelf: Shelf, known: Collection[str]) -> bool:
    """The hard rule: each concept `item` needs is known, or was met as far as the shelf allows before `item`.

    Met is a concept when every earlier exercise on it is solved or was tried ENOUGH_TRIES times; or, where
    nothing earlier asks for it, when an earlier unit that teaches it was begun. So whoever goes on working
    is never held up for good.
    """
    place = shelf.place[item.id]
    for need in shelf.needs(item) - set(known):
        earlier = [one for one in shelf.teaching(need) if shelf.place[one.id] < place]
        asked = [one for one in earlier if one.kind == "exercise"]
        if asked and not all(learner.settled(one) for one in asked):
            return False
        if not asked and not any(learner.begun(one, shelf) for one in earlier):
            return False
    return True


def known_concepts(learner: Learner, shelf: Shelf) -> frozenset[str]:
    """What need not be asked of `learner` before something that builds on it.

    Shown by answers; said to be known; nothing left to answer on it; or taught by a unit that was begun and
    asked nowhere. And everything below what was shown or said. Nothing that the learner says they do not know.
    """
    shown = {concept for concept, one in learner.mastery.items() if one.known}
    shown |= {
        concept
        for item, word in learner.verdicts.items()
        if word == "known" and item in shelf.by_id
        for concept in shelf.by_id[item].concepts
    }
    shown |= said_known(learner.tags)
    known = shown | {
        below for concept in shown if concept in shelf.graph.concepts for below in ancestors(shelf.graph, concept)
    }
    for item in shelf.items:
        if item.kind == "unit" and learner.begun(item, shelf):
            known |= set(item.concepts) - shelf.assessed
    for concept in shelf.assessed - known:
        asked = [item.id for item in shelf.by_concept[concept] if item.kind == "exercise"]
        if set(asked) <= learner.history.solved:
            known.add(concept)
    return frozenset(known - said_known(learner.tags, "no"))
