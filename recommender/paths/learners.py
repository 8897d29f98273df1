"""Learners who stand at the beginning of a path: what they answered so far and what they want to reach.

A path's items are concepts, as in the published protocols: answers are told apart by the set of their concepts alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from commons.errors import BadInput
from recommender.tracing.answers import Answers, Names
from recommender.tracing.ours import Asked

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Answered", "Learners", "by_concept", "drawn", "item"]


class Answered(NamedTuple):
    """One answer that a learner gave."""

    asked: Asked
    correct: int


@dataclass(frozen=True)
class Learners:
    """B learners: their histories, and the items they want to reach `goals` (B, m), filled up where `weights` (B, m) is 0;
    a learner's weights sum to 1.
    """

    histories: tuple[tuple[Answered, ...], ...]
    goals: NDArray
    weights: NDArray

    def __len__(self) -> int:
        return len(self.histories)

    @staticmethod
    def of(histories: Sequence[Sequence[Answered]], goals: Sequence[Sequence[int]]) -> Learners:
        """From a list of goals for each learner, none of them empty."""
        import numpy as np

        most = max(map(len, goals))
        filled = np.array([[*own, *[own[0]] * (most - len(own))] for own in goals], np.int64)
        weights = np.array([[1 / len(own)] * len(own) + [0.0] * (most - len(own)) for own in goals])
        return Learners(tuple(map(tuple, histories)), filled, weights)


def item(concept: int) -> Asked:
    """A question on one concept alone, in the numbers of `by_concept`."""
    return Asked(concept, (concept,))


def by_concept(parts: Sequence[Answers]) -> list[Answers]:
    """The tables with one question for each set of concepts; question c is the one on concept c alone. The tables share
    their names.
    """
    import numpy as np

    names = parts[0].names
    numbers: dict[tuple[int, ...], int] = {(concept,): concept for concept in range(len(names.concepts))}
    columns = []
    for part in parts:
        sets = (tuple(sorted(part.concepts_of(row))) for row in range(len(part)))
        columns.append(np.array([numbers.setdefault(own, len(numbers)) for own in sets], np.int64))
    named = Names(tuple("; ".join(names.concepts[one] for one in own) for own in numbers), names.concepts)
    return [replace(part, names=named, question=own) for part, own in zip(parts, columns, strict=True)]


def drawn(answers: Answers, items: NDArray, count: int, seed: int, *, goals: int = 3, most: int = 50) -> Learners:
    """`count` learners of a table of `by_concept`, or as many as there are: the first half of their answers (the last
    `most` of it) as history, and up to `goals` of the `items` that come up in the other half as goals. A learner with
    fewer than ten answers is not drawn. Raises BadInput where nobody can be.
    """
    import numpy as np

    dice = np.random.default_rng(seed)
    wanted = set(items.tolist())
    histories: list[list[Answered]] = []
    chosen: list[list[int]] = []
    for learner in dice.permutation(len(answers.learners)).tolist():
        start, end = answers.starts[learner : learner + 2].tolist()
        half = (start + end) // 2
        later = sorted({one for row in range(half, end) for one in answers.concepts_of(row)} & wanted)
        if end - start < 10 or not later or len(chosen) == count:
            continue
        rows = range(max(start, half - most), half)
        asked = [Asked(int(answers.question[row]), tuple(answers.concepts_of(row))) for row in rows]
        histories.append([Answered(one, int(answers.correct[row])) for one, row in zip(asked, rows, strict=True)])
        chosen.append(dice.choice(later, min(goals, len(later)), replace=False).tolist())
    if not chosen:
        raise BadInput("no learner has ten answers", where="learners of paths")
    return Learners.of(histories, chosen)
