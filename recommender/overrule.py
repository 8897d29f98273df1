"""A teacher's word on what is suggested to one learner, or to a whole course: this next, not this, and a goal.

It goes before the machine and before the learner's own tags, and only where it belongs: among the units and
exercises of the teacher's course, for people who learn there. A word on one learner goes before one on the whole
course; the newest goes before the older. Who may speak is checked by the caller.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args

from sqlalchemy import Connection, delete, select

from commons.errors import BadInput
from commons.items import Item
from recommender.shelf import LEARNING, Shelf
from recommender.tables import overrule as overrules
from recommender.tables import put

__all__ = ["EVERYBODY", "Decided", "Decision", "Overrules", "decide", "decisions", "is_of", "overrules_of", "take_back"]

Decided = Literal["first", "never", "goal"]
EVERYBODY = ""  # the learner of a decision that holds for the whole course


@dataclass(frozen=True)
class Decision:
    """One word of a teacher. `target` is an item's id, or for a goal a concept's; `author` is "" once they are gone."""

    course: str
    actor: str
    word: str
    target: str
    author: str
    time: datetime


@dataclass(frozen=True)
class Overrules:
    """What holds for one learner: items to do `first` (newest word first), items `never` to suggest, and `goals`
    by course. `said` is the decision behind each, by word and target.
    """

    first: tuple[str, ...] = ()
    never: frozenset[str] = frozenset()
    goals: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[tuple[str, str], Decision] = field(default_factory=dict)

    def on(self, item: Item) -> str:
        """What was said of `item`, or else of what it is part of: "first", "never" or ""."""
        if item.id in self.first:
            return "first"
        return "never" if item.id in self.never or (item.parent and item.parent in self.never) else ""

    def by(self, word: str, target: str) -> Decision | None:
        """The decision behind `word` on `target`."""
        return self.said.get((word, target))


def is_of(course: str, item: str) -> bool:
    """Whether `item` (an id) is a unit or exercise of `course`.

    >>> is_of("tea", "unit:tea/u1"), is_of("tea", "unit:teas/u1"), is_of("garden", "stop:garden/gate")
    (True, False, False)
    """
    kind, _, place = item.partition(":")
    return kind in LEARNING and place.partition("/")[0] == course


def decide(
    conn: Connection, course: str, actor: str, word: Decided, target: str,
    *, by: str, shelf: Shelf, now: datetime | None = None,
) -> None:  # fmt: skip
    """Write a decision of the teacher `by` on one learner, or on EVERYBODY in `course`. "first" and "never" take
    each other's place; a new goal takes the old one's. Raises BadInput for what is not the course's own.
    """
    if word not in get_args(Decided):
        raise BadInput(f"no such word '{word}'", where=course, next=f"Use {', '.join(get_args(Decided))}.")
    own = [item for item in shelf.items if is_of(course, item.id)]
    if target not in ({c for item in own for c in item.concepts} if word == "goal" else {item.id for item in own}):
        raise BadInput(f"'{target}' does not belong to this course", where=course, next="Choose from its own units.")
    rivals = overrules.c.word == "goal" if word == "goal" else overrules.c.target == target
    conn.execute(
        delete(overrules).where(
            overrules.c.course == course, overrules.c.actor == actor, rivals,
            overrules.c.word.in_(("goal",) if word == "goal" else ("first", "never")),
        )
    )  # fmt: skip
    row = {"course": course, "actor": actor, "word": word, "target": target, "author": by}
    put(conn, overrules, row | {"time": now or datetime.now(UTC)})


def take_back(conn: Connection, course: str, actor: str, word: str, target: str) -> bool:
    """Take a decision back; whether there was one."""
    t = overrules.c
    gone = delete(overrules).where(t.course == course, t.actor == actor, t.word == word, t.target == target)
    return bool(conn.execute(gone).rowcount)


def decisions(conn: Connection, course: str, actor: str | None = None) -> list[Decision]:
    """The decisions of `course`, newest first: all of them, or those on one learner (or on EVERYBODY)."""
    query = select(overrules).where(overrules.c.course == course)
    if actor is not None:
        query = query.where(overrules.c.actor == actor)
    rows = conn.execute(query.order_by(overrules.c.time.desc(), overrules.c.word, overrules.c.target))
    return [Decision(**row._mapping) for row in rows]


def overrules_of(conn: Connection, actor: str, courses: Collection[str]) -> Overrules:
    """What holds for `actor`, who learns in `courses`; the decisions of other courses do not."""
    if not courses or not actor:
        return Overrules()
    t = overrules.c
    query = select(overrules).where(t.course.in_(sorted(courses)), t.actor.in_((EVERYBODY, actor)))
    holding: dict[tuple[str, str], Decision] = {}
    # oldest first, one learner's after everybody's: what comes later takes the place of what it contradicts
    for row in conn.execute(query.order_by(t.actor, t.time, t.target)):
        one = Decision(**row._mapping)
        holding[(one.course, "goal" if one.word == "goal" else one.target)] = one
    held = sorted(holding.values(), key=lambda one: one.time, reverse=True)
    return Overrules(
        first=tuple(one.target for one in held if one.word == "first" and is_of(one.course, one.target)),
        never=frozenset(one.target for one in held if one.word == "never" and is_of(one.course, one.target)),
        goals={one.course: one.target for one in held if one.word == "goal"},
        said={(one.word, one.target): one for one in held},
    )
