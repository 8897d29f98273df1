"""What the records say a learner did, arranged for planning. Every fact keeps the ids of the records it rests
on.

It states facts and draws no conclusion: no probability, no graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from commons.records import LearningRecord, Verb
from recommender.state import result

__all__ = ["Answer", "History", "Visit", "extended", "read_history"]

LOOKING = ("stop", "object")
FINISHED = (Verb.completed, Verb.passed)


@dataclass(frozen=True)
class Answer:
    """One answer with a result; `share` is how right it was, in 0..1."""

    record: str
    item: str
    concepts: tuple[str, ...]
    share: float
    time: datetime


@dataclass(frozen=True)
class Visit:
    """One look at a stop or object."""

    record: str
    item: str
    concepts: tuple[str, ...]
    time: datetime


@dataclass(frozen=True)
class History:
    """`open_wrong`: exercise → its answers that were not right since it was last right (oldest first);
    `solved`: exercises whose newest answer was right; `answered`: exercises with any answer; `finished`:
    units said to be completed or passed; `touched`: every item with a record; `last`: the kind of the
    newest record's item, or "".
    """

    answers: tuple[Answer, ...] = ()
    visits: tuple[Visit, ...] = ()
    open_wrong: Mapping[str, tuple[Answer, ...]] = field(default_factory=dict)
    solved: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()
    finished: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()
    last: str = ""

    @property
    def visited(self) -> frozenset[str]:
        """The stops and objects that were looked at."""
        return frozenset(visit.item for visit in self.visits)

    @property
    def empty(self) -> bool:
        """Whether there is no record at all."""
        return not self.touched

    def last_answer(self, concept: str) -> Answer | None:
        """The newest answer on `concept`, however right."""
        return next((one for one in reversed(self.answers) if concept in one.concepts), None)

    def last_right(self, concept: str) -> Answer | None:
        """The newest fully right answer on `concept`."""
        return next((one for one in reversed(self.answers) if one.share == 1 and concept in one.concepts), None)


def read_history(records: Iterable[LearningRecord]) -> History:
    """The history that `records` (oldest first, of one learner) tell."""
    return extended(History(), records)


def extended(before: History, records: Iterable[LearningRecord]) -> History:
    """`before` with newer `records` (oldest first) of the same learner."""
    answers, visits = [*before.answers], [*before.visits]
    wrong = {item: [*found] for item, found in before.open_wrong.items()}
    solved, finished, touched = set(before.solved), set(before.finished), set(before.touched)
    last = before.last
    for one in records:
        if not one.item:
            continue
        touched.add(one.item)
        last = one.kind
        share = result(one)
        if share is not None:
            answer = Answer(one.id, one.item, one.concepts, share, one.time)
            answers.append(answer)
            if share == 1:
                solved.add(one.item)
                wrong.pop(one.item, None)
            else:
                solved.discard(one.item)
                wrong.setdefault(one.item, []).append(answer)
        elif one.kind in LOOKING and one.verb is not Verb.skipped:
            visits.append(Visit(one.id, one.item, one.concepts, one.time))
        if one.verb in FINISHED and one.kind == "unit":
            finished.add(one.item)
    return History(
        tuple(answers),
        tuple(visits),
        {item: tuple(found) for item, found in wrong.items()},
        frozenset(solved),
        frozenset(one.item for one in answers),
        frozenset(finished),
        frozenset(touched),
        last,
    )
