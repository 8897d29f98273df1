"""What a training learns from: the answers in our own learning records, of learners who are still here and whose mode is
personal. Whoever erased themself or switched off is not in the next one.

Rule: a learner's part (training, validation, held out) follows from the actor id alone, so that who is held out stays held
out from one training to the next, and no model is ever judged by learners whom another one has seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, func, or_, select

from commons.people import person
from commons.records import LearningRecord, Verb, record
from recommender.tables import preference
from recommender.tracing.answers import Answers, Names, Row, tables
from recommender.tracing.readers import read_records

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Parts", "Wanted", "newest", "part_of", "parts", "renumbered", "rows_of"]

TRAIN, VALID, HELD_OUT = range(3)
OF_TEN = (6, 2, 2)  # so many tenths of the learners are in each part


@dataclass(frozen=True)
class Wanted:
    """The least that is trained on: fewer tell a network nothing that the model that ships does not know. `each`:
    learners in each part.
    """

    learners: int = 30
    answers: int = 1000
    each: int = 2


@dataclass(frozen=True)
class Parts:
    """Three tables with names in common; no learner is in two."""

    train: Answers
    valid: Answers
    held_out: Answers

    @property
    def learners(self) -> int:
        return sum(len(one.learners) for one in (self.train, self.valid, self.held_out))

    @property
    def answers(self) -> int:
        return sum(len(one) for one in (self.train, self.valid, self.held_out))

    def sha256(self) -> str:
        """A hash of everything in them."""
        told = " ".join(one.sha256() for one in (self.train, self.valid, self.held_out))
        return hashlib.sha256(told.encode()).hexdigest()

    def lacking(self, wanted: Wanted) -> str:
        """Why nothing can be trained on them, in one sentence; "" where there is enough."""
        if self.learners < wanted.learners or self.answers < wanted.answers:
            return (
                f"too little to train on: {self.learners} learners and {self.answers} answers, "
                f"wanted {wanted.learners} and {wanted.answers}"
            )
        few = [one for one in (self.train, self.valid, self.held_out) if len(one.learners) < wanted.each]
        if few or any(one.correct.min() == one.correct.max() for one in (self.train, self.valid, self.held_out)):
            return "too little to train on: a part of the learners is too small, or all its answers are alike"
        return ""


def newest(conn: Connection) -> int:
    """The number of the newest record, 0 where there is none: a training of records up to it can be done again."""
    return int(conn.execute(select(func.max(record.c.seq))).scalar() or 0)


def rows_of(conn: Connection, until: int | None = None) -> list[Row]:
    """The answers of everybody who has an account and the mode personal, each learner's oldest first; `until`: of
    records up to that number. See `read_records`.
    """
    columns = [column for column in record.columns if column.name != "text"]
    query = (
        select(*columns)
        .join(person, person.c.actor == record.c.actor)
        .outerjoin(preference, preference.c.actor == record.c.actor)
        .where(or_(preference.c.mode.is_(None), preference.c.mode == "personal"))
        .where(record.c.verb == Verb.answered, record.c.kind == "exercise")
        .order_by(record.c.seq)
    )
    if until is not None:
        query = query.where(record.c.seq <= until)
    told = (_record(dict(row._mapping)) for row in conn.execute(query))
    return read_records(told)


def _record(values: dict) -> LearningRecord:
    return LearningRecord(**values | {"verb": Verb(values["verb"]), "concepts": tuple(values["concepts"])})


def part_of(learner: str) -> int:
    """The part of a learner: 0 training, 1 validation, 2 held out.

    >>> part_of("ada") == part_of("ada"), {part_of(f"learner {number}") for number in range(50)}
    (True, {0, 1, 2})
    """
    tenth = int.from_bytes(hashlib.sha256(f"tracer {learner}".encode()).digest()[:8], "big") % sum(OF_TEN)
    return TRAIN if tenth < OF_TEN[TRAIN] else VALID if tenth < OF_TEN[TRAIN] + OF_TEN[VALID] else HELD_OUT


def parts(rows: Iterable[Row]) -> Parts:
    """`rows` by the parts of their learners; learners in the order of their random ids."""
    split: list[list[Row]] = [[], [], []]
    for row in sorted(rows, key=lambda row: row.learner):
        split[part_of(row.learner)].append(row)
    return Parts(*tables(*split))


def renumbered(answers: Answers, names: Names) -> Answers:
    """The same answers with the numbers that `names` gives their questions and concepts; what is new comes after them."""
    questions, question = _numbers(answers.names.questions, names.questions)
    concepts, concept = _numbers(answers.names.concepts, names.concepts)
    told = Names(questions, concepts)
    return replace(answers, names=told, question=question[answers.question], concept=concept[answers.concept])


def _numbers(own: tuple[str, ...], known: tuple[str, ...]) -> tuple[tuple[str, ...], NDArray]:
    import numpy as np

    place = {name: at for at, name in enumerate(known)}
    for name in own:
        place.setdefault(name, len(place))
    return tuple(place), np.array([place[name] for name in own], np.int64)
