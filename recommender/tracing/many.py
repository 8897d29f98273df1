"""The counts before many possible next answers of one learner at once: what `Counting.row` says of one, in arrays.

What does not change with the learner (concepts, how hard a question is) is put together once, in `Questions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.tracing.counts import FEATURES, PRIOR, Counting, Eases

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Questions", "questions", "rows"]


@dataclass(frozen=True)
class Questions:
    """n possible next answers, `asked` as question and concepts each. `question` (n,) numbers;
    `concept` (n, K) numbers, `nothing` fills up; `size` (n,) how
    many concepts; `fixed` (n, 4): log-odds of the question's ease, log of its answers, log-odds of its concepts' ease,
    log of their number; `same`: which rows are on exactly these concepts; `where`: which ask a question.
    """

    asked: Sequence[tuple[int, tuple[int, ...]]]
    question: NDArray
    concept: NDArray
    nothing: int
    size: NDArray
    fixed: NDArray
    same: dict[tuple[int, ...], list[int]]
    where: dict[int, list[int]]

    def __len__(self) -> int:
        return len(self.question)

    def pick(self, rows: Sequence[int]) -> Questions:
        """Some of them, in this order."""
        asked = [self.asked[row] for row in rows]
        concept = self.concept[rows]
        return Questions(
            asked, self.question[rows], concept, self.nothing, self.size[rows], self.fixed[rows], *_places(asked)
        )


def questions(eases: Eases, asked: Sequence[tuple[int, tuple[int, ...]]]) -> Questions:
    """Questions and their concepts put together for `rows`, with what training answers told of them."""
    import numpy as np

    sizes = [len(concepts) for _, concepts in asked]
    nothing = max([len(eases.concept), *(one + 1 for _, concepts in asked for one in concepts)])
    concept = np.full((len(asked), max([1, *sizes])), nothing, np.int64)
    for row, (_, concepts) in zip(concept, asked, strict=True):
        row[: len(concepts)] = concepts
    question = np.array([number for number, _ in asked], np.int64)
    size = np.maximum(np.array(sizes, np.int64), 1)
    return Questions(asked, question, concept, nothing, size, _fixed(eases, question, concept, size), *_places(asked))


def _places(
    asked: Sequence[tuple[int, tuple[int, ...]]],
) -> tuple[dict[tuple[int, ...], list[int]], dict[int, list[int]]]:
    same: dict[tuple[int, ...], list[int]] = {}
    where: dict[int, list[int]] = {}
    for row, (number, concepts) in enumerate(asked):
        same.setdefault(concepts, []).append(row)
        where.setdefault(number, []).append(row)
    return same, where


def _fixed(eases: Eases, question: NDArray, concept: NDArray, size: NDArray) -> NDArray:
    import numpy as np

    ease, right, seen = eases.arrays
    known = concept < len(ease) - 1
    count, total = known.sum(1), ease[np.minimum(concept, len(ease) - 1)].sum(1)
    own = np.where(count > 0, total / np.maximum(count, 1), eases.mean)
    place = np.minimum(question, len(right) - 1)
    share = (right[place] + PRIOR * own) / (seen[place] + PRIOR)
    return np.c_[_odds(share), np.log1p(seen[place]), _odds(own), np.log(size)]


def rows(counts: Counting, asked: Questions, time: NDArray) -> NDArray:
    """FEATURES (n, len(FEATURES)) of each of `asked`, answered at `time` (n,) seconds or nan."""
    import numpy as np

    if len(asked) == 1:  # most of what follows is the price of arrays
        return np.array([counts.row(*asked.asked[0], float(time[0]))], np.float32)
    whole = counts.whole
    own = np.zeros((2, len(asked)))
    for number, told in counts.questions.items():
        if number in asked.where:
            own[:, asked.where[number]] = np.log1p(told)[:, None]
    same = np.zeros(len(asked))
    same[asked.same.get(counts.before, [])] = 1
    columns = _by_concept(counts, asked, time) | {
        "question_right": own[0],
        "question_wrong": own[1],
        "right": np.log1p(whole.right),
        "wrong": np.log1p(whole.wrong),
        "overall": np.log((whole.right + 2) / (whole.wrong + 2)),
        "recent": whole.recent,
        "since_answer": _gap(time, np.full(len(asked), whole.at)),
        "question_ease": asked.fixed[:, 0],
        "question_seen": asked.fixed[:, 1],
        "concept_ease": asked.fixed[:, 2],
        "concepts": asked.fixed[:, 3],
        "surplus": whole.surplus / (whole.right + whole.wrong + 3),
        "same_concepts": same,
    }
    found = np.empty((len(asked), len(FEATURES)), np.float32)
    for column, name in enumerate(FEATURES):
        found[:, column] = columns[name]
    return found


def _by_concept(counts: Counting, asked: Questions, time: NDArray) -> dict[str, NDArray]:
    """The columns that tell of the answers on each row's concepts."""
    import numpy as np

    touched = [(one, told) for one, told in counts.concepts.items() if one < asked.nothing]
    place = np.array([one for one, _ in touched], np.int64)
    kept = np.array([(told.right, told.wrong, told.recent, told.surplus, told.last) for _, told in touched])
    right, wrong, recent, surplus, last = kept.reshape(-1, 5).T
    evidence, tries = np.log((right + 1) / (wrong + 1)), np.log1p(right + wrong)
    parts = (np.log1p(right), np.log1p(wrong), evidence, recent, surplus / (right + wrong + 2), tries, last)
    table = np.zeros((len(parts), asked.nothing + 1))
    table[:, place] = parts
    table[5, -1] = np.inf  # what only fills up is not the least
    told_right, told_wrong, told, lately, more, least, newest = table[:, asked.concept]
    at, was = np.full(counts.whole.last + 1, np.nan), np.zeros(counts.whole.last + 1)
    for _, one in touched:
        at[one.last], was[one.last] = one.at, one.was
    latest, fewest, size = newest.max(1).astype(np.int64), least.min(1), asked.size
    never = latest == 0
    return {
        "concept_right": told_right.sum(1) / size,
        "concept_wrong": told_wrong.sum(1) / size,
        "concept_least": np.where(np.isinf(fewest), 0.0, fewest),
        "concept_evidence": told.sum(1) / size,
        "concept_recent": lately.sum(1) / size,
        "concept_last": was[latest],
        "lag": np.where(never, 0.0, np.log1p(counts.whole.last - latest)),
        "never": never,
        "since_concept": _gap(time, at[latest]),
        "concept_surplus": more.sum(1) / size,
    }


def _gap(now: NDArray, then: NDArray) -> NDArray:
    import numpy as np

    return np.nan_to_num(np.log1p(np.maximum(now - then, 0.0)) / 5, nan=0.0)


def _odds(share: NDArray) -> NDArray:
    import numpy as np

    kept = np.clip(share, 0.01, 0.99)
    return np.log(kept / (1 - kept))
