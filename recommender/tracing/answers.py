"""A table of answers: one row an answer, whatever number of concepts it is on, learners one after the other, each
learner's answers in the order given.

It is never expanded by concept: an expanded row shows a model the answer that it is asked for.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from commons.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Answers", "Names", "Row", "parts_of", "tables"]

NEVER = math.nan


class Row(NamedTuple):
    """One answer as a reader finds it. `time` in seconds since any moment, nan where it is not known; `scored` is
    whether figures count it.
    """

    learner: str
    question: str
    concepts: tuple[str, ...]
    correct: int
    time: float = NEVER
    scored: bool = True


@dataclass(frozen=True)
class Names:
    """What the numbers of a table stand for; several tables of one data set share it."""

    questions: tuple[str, ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True)
class Answers:
    """n answers of m learners. `starts` (m + 1,): learner i has the rows starts[i]..starts[i + 1]; `question` (n,) and
    `correct` (n,) integers; answer j is on the concepts `concept[edges[j]:edges[j + 1]]`; `time` (n,) seconds or nan;
    `scored` (n,) boolean.
    """

    names: Names
    learners: tuple[str, ...]
    starts: NDArray
    question: NDArray
    edges: NDArray
    concept: NDArray
    correct: NDArray
    time: NDArray
    scored: NDArray

    def __len__(self) -> int:
        return len(self.question)

    @property
    def learner(self) -> NDArray:
        """Which learner gave each answer: (n,)."""
        import numpy as np

        return np.repeat(np.arange(len(self.learners)), np.diff(self.starts))

    def concepts_of(self, answer: int) -> list[int]:
        """The concepts of one answer."""
        return self.concept[self.edges[answer] : self.edges[answer + 1]].tolist()

    def pick(self, learners: Sequence[int] | NDArray) -> Answers:
        """The same table with these learners only, in this order."""
        import numpy as np

        chosen = [np.arange(self.starts[one], self.starts[one + 1]) for one in learners]
        rows = np.concatenate([*chosen, np.zeros(0, np.int64)]).astype(np.int64)
        sizes = np.array([len(one) for one in chosen], np.int64)
        moved = self.reordered(rows)
        names = tuple(self.learners[one] for one in learners)
        return replace(moved, learners=names, starts=np.r_[0, np.cumsum(sizes)].astype(np.int64))

    def reordered(self, rows: NDArray) -> Answers:
        """The rows `rows` in that order; learners keep their numbers of answers, so the caller keeps to them."""
        import numpy as np

        sizes = np.diff(self.edges)[rows]
        edges = np.r_[0, np.cumsum(sizes)].astype(np.int64)
        within = np.arange(edges[-1]) - np.repeat(edges[:-1], sizes)
        concept = self.concept[np.repeat(self.edges[rows], sizes) + within]
        kept = {name: getattr(self, name)[rows] for name in ("question", "correct", "time", "scored")}
        return replace(self, edges=edges, concept=concept, **kept)

    def answered(self, correct: NDArray) -> Answers:
        """The same table with other answers `correct` (n,)."""
        return replace(self, correct=correct.astype(self.correct.dtype))

    def first(self, count: int) -> Answers:
        """The first `count` learners, or all of them for 0."""
        return self if not count or count >= len(self.learners) else self.pick(range(count))

    def sha256(self) -> str:
        """A hash of everything that a model sees."""
        found = hashlib.sha256("\n".join([*self.names.questions, "", *self.names.concepts]).encode())
        for part in (self.starts, self.question, self.edges, self.concept, self.correct, self.time):
            found.update(part.tobytes())
        return found.hexdigest()


def tables(*lists: Iterable[Row]) -> list[Answers]:
    """One table for each list of rows, with names in common. A learner's rows keep their order, and need not stand
    together.

    >>> one, = tables([Row("a", "q", ("x",), 1), Row("b", "q", ("x",), 0), Row("a", "r", ("x", "y"), 1)])
    >>> one.learners, one.starts.tolist(), one.question.tolist(), one.concept.tolist()
    (('a', 'b'), [0, 2, 3], [0, 1, 0], [0, 0, 1, 0])
    """
    questions: dict[str, int] = {}
    concepts: dict[str, int] = {}
    grouped = [_grouped(rows, questions, concepts) for rows in lists]
    names = Names(tuple(questions), tuple(concepts))
    return [_table(one, names, questions, concepts) for one in grouped]


def _grouped(rows: Iterable[Row], questions: dict[str, int], concepts: dict[str, int]) -> dict[str, list[Row]]:
    people: dict[str, list[Row]] = {}
    for row in rows:
        people.setdefault(row.learner, []).append(row)
    for row in (row for own in people.values() for row in own):
        questions.setdefault(row.question, len(questions))
        for concept in row.concepts:
            concepts.setdefault(concept, len(concepts))
    return people


def _table(people: dict[str, list[Row]], names: Names, questions: dict[str, int], concepts: dict[str, int]) -> Answers:
    import numpy as np

    rows = [row for own in people.values() for row in own]
    return Answers(
        names,
        tuple(people),
        np.cumsum([0, *(len(own) for own in people.values())], dtype=np.int64),
        np.array([questions[row.question] for row in rows], np.int64),
        np.cumsum([0, *(len(row.concepts) for row in rows)], dtype=np.int64),
        np.array([concepts[concept] for row in rows for concept in row.concepts], np.int64),
        np.array([row.correct for row in rows], np.int64),
        np.array([row.time for row in rows], np.float64),
        np.array([row.scored for row in rows], np.bool_),
    )


def parts_of(answers: Answers, shares: Sequence[float], seed: int) -> list[Answers]:
    """`answers` split by learner into parts of these shares (they sum to 1); the same split for the same seed.

    Raises BadInput where there are fewer learners than parts.
    """
    import numpy as np

    count = len(answers.learners)
    if count < len(shares):
        raise BadInput(f"{count} learners cannot be split into {len(shares)} parts", where="answers")
    order = np.random.default_rng(seed).permutation(count)
    cuts = np.maximum(np.round(np.cumsum(shares)[:-1] * count), np.arange(1, len(shares))).astype(int)
    cuts = np.minimum(cuts, count - np.arange(len(shares) - 1, 0, -1))
    return [answers.pick(np.sort(part)) for part in np.split(order, cuts)]
