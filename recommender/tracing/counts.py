"""What was counted before each answer: attempts, successes, lags and how hard its question proved for others.

One class counts, answer by answer, in training and in use alike, so that the two cannot differ. How hard a question
is, is told to a training learner by the other learners only: their own answer never comes back to them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from recommender.tracing.answers import Answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["FEATURES", "PRIOR", "Counting", "Eases", "Hardness", "features", "fresh_counts", "hardness_of"]

FEATURES = [
    "question_right",
    "question_wrong",
    "concept_right",
    "concept_wrong",
    "concept_least",
    "right",
    "wrong",
    "overall",
    "concept_evidence",
    "recent",
    "concept_recent",
    "concept_last",
    "lag",
    "never",
    "since_concept",
    "since_answer",
    "question_ease",
    "question_seen",
    "concept_ease",
    "concepts",
    "surplus",
    "concept_surplus",
    "same_concepts",
]
FOLDS = 5
PRIOR = 4.0  # imagined answers that pull a question towards its concepts, and a concept towards all
FAST, SLOW = 0.6, 0.85  # what a step leaves of the running means on a concept and on everything


@dataclass(frozen=True)
class Eases:
    """What training answers told: the share of right answers by concept, right answers and answers by question, and the
    share of all. Lists for one answer at a time; `arrays` of the three for many.
    """

    concept: Sequence[float]
    right: Sequence[float]
    seen: Sequence[float]
    mean: float

    @cached_property
    def arrays(self) -> tuple[NDArray, NDArray, NDArray]:
        """(concepts,), (questions,), (questions,), each with a zero more at its end for what is new."""
        import numpy as np

        concept, right, seen = (np.r_[np.asarray(one, float), 0.0] for one in (self.concept, self.right, self.seen))
        return concept, right, seen


@dataclass(frozen=True)
class Hardness:
    """Right answers and answers of the training learners: `question` (2, folds, questions), `concept` (2, folds,
    concepts); `mean` is the share of right answers. Learner i of the training table is in fold i mod FOLDS.
    """

    question: NDArray
    concept: NDArray
    mean: float

    @cached_property
    def told(self) -> Eases:
        """What all training learners told."""
        return self.eases()

    def eases(self, without: int | None = None) -> Eases:
        """What the training learners told, those of fold `without` left out; concepts are pulled to the mean."""
        kept = [fold for fold in range(FOLDS) if fold != without]
        right, count = self.concept[:, kept].sum(1)
        concept = (right + PRIOR * self.mean) / (count + PRIOR)
        own = self.question[:, kept].sum(1)
        return Eases(concept.tolist(), own[0].tolist(), own[1].tolist(), self.mean)


def hardness_of(train: Answers) -> Hardness:
    """The counts of `train`."""
    import numpy as np

    fold = train.learner % FOLDS
    question = np.zeros((2, FOLDS, len(train.names.questions)))
    concept = np.zeros((2, FOLDS, len(train.names.concepts)))
    repeated = np.repeat(np.arange(len(train)), np.diff(train.edges))
    for row, weight in ((0, train.correct), (1, np.ones(len(train)))):
        np.add.at(question[row], (fold, train.question), weight)
        np.add.at(concept[row], (fold[repeated], train.concept), weight[repeated])
    return Hardness(question, concept, float((train.correct.sum() + 1) / (len(train) + 2)))


@dataclass
class _Told:
    """Right, wrong, running mean, surplus, the number of the last answer and its time, of one concept."""

    right: int = 0
    wrong: int = 0
    recent: float = 0.0
    surplus: float = 0.0
    last: int = 0
    at: float = math.nan
    was: int = 0


@dataclass
class Counting:
    """One learner's counts, moved on by `add`; `row` gives the features of a possible next answer."""

    eases: Eases
    concepts: dict[int, _Told] = field(default_factory=dict)
    questions: dict[int, list[int]] = field(default_factory=dict)
    whole: _Told = field(default_factory=_Told)
    before: tuple[int, ...] = ()

    def ease(self, question: int, concepts: Sequence[int]) -> tuple[float, float, float]:
        """Shares of right answers on the question (pulled to its concepts' share) and on its concepts, and the number
        of answers on the question.
        """
        eases = self.eases
        known = [eases.concept[one] for one in concepts if one < len(eases.concept)]
        own = sum(known) / len(known) if known else eases.mean
        right, count = (eases.right[question], eases.seen[question]) if question < len(eases.right) else (0.0, 0.0)
        return (right + PRIOR * own) / (count + PRIOR), own, count

    def row(self, question: int, concepts: Sequence[int], time: float) -> list[float]:
        """FEATURES of an answer on `question` at `time` (seconds or nan)."""
        ease, concept_ease, seen = self.ease(question, concepts)
        q_right, q_wrong = self.questions.get(question, (0, 0))
        told = [self.concepts[one] for one in concepts if one in self.concepts]
        size, whole = max(len(concepts), 1), self.whole
        last = max(told, key=lambda one: one.last, default=_Told())
        return [
            math.log1p(q_right),
            math.log1p(q_wrong),
            sum(math.log1p(one.right) for one in told) / size,
            sum(math.log1p(one.wrong) for one in told) / size,
            min((math.log1p(one.right + one.wrong) for one in told), default=0.0) if len(told) == size else 0.0,
            math.log1p(whole.right),
            math.log1p(whole.wrong),
            math.log((whole.right + 2) / (whole.wrong + 2)),
            sum(math.log((one.right + 1) / (one.wrong + 1)) for one in told) / size,
            whole.recent,
            sum(one.recent for one in told) / size,
            float(last.was),
            math.log1p(whole.last - last.last) if told else 0.0,
            float(not told),
            _gap(time, last.at),
            _gap(time, whole.at),
            _odds(ease),
            math.log1p(seen),
            _odds(concept_ease),
            math.log(size),
            whole.surplus / (whole.right + whole.wrong + 3),
            sum(one.surplus / (one.right + one.wrong + 2) for one in told) / size,
            float(tuple(concepts) == self.before),
        ]

    def after(self, question: int, concepts: Sequence[int], correct: int, time: float) -> Counting:
        """The counts after one more answer; these stay as they were."""
        kept = {one: replace(self.concepts[one]) for one in concepts if one in self.concepts}
        asked = {question: list(self.questions[question])} if question in self.questions else {}
        moved = replace(
            self, concepts=self.concepts | kept, questions=self.questions | asked, whole=replace(self.whole)
        )
        moved.add(question, concepts, correct, time)
        return moved

    def add(self, question: int, concepts: Sequence[int], correct: int, time: float) -> None:
        """Count one answer."""
        more = correct - self.ease(question, concepts)[0]
        self.whole.last += 1
        self.questions.setdefault(question, [0, 0])[0 if correct else 1] += 1
        for told, left in [(self.whole, SLOW), *((self.concepts.setdefault(one, _Told()), FAST) for one in concepts)]:
            told.right, told.wrong = told.right + correct, told.wrong + 1 - correct
            told.recent = left * told.recent + (1 - left) * (2 * correct - 1)
            told.surplus += more
            told.last, told.at, told.was = self.whole.last, time, 2 * correct - 1
        self.before = tuple(concepts)


def _gap(now: float, then: float) -> float:
    return math.log1p(max(now - then, 0.0)) / 5 if now == now and then == then else 0.0


def _odds(share: float) -> float:
    kept = min(max(share, 0.01), 0.99)
    return math.log(kept / (1 - kept))


def fresh_counts(features: Any) -> Any:
    """FEATURES (..., len(FEATURES)), an array or a tensor, as they are for a question that nobody has answered: its
    concepts' ease, and no answers on it.
    """
    fresh = features.clone() if hasattr(features, "clone") else features.copy()
    fresh[..., FEATURES.index("question_ease")] = features[..., FEATURES.index("concept_ease")]
    fresh[..., FEATURES.index("question_seen")] = 0
    return fresh


def features(answers: Answers, hardness: Hardness, *, training: bool = False) -> NDArray:
    """FEATURES before each answer: float32 (n, len(FEATURES)). `training`: `answers` is the table that `hardness` was
    counted on.
    """
    import numpy as np

    told = [hardness.eases(fold) for fold in range(FOLDS)] if training else [hardness.told]
    made: list[list[float]] = []
    columns: list[list[Any]] = [answers.question.tolist(), answers.correct.tolist(), answers.time.tolist()]
    edges, concept = answers.edges.tolist(), answers.concept.tolist()
    for learner, (start, end) in enumerate(zip(answers.starts[:-1], answers.starts[1:], strict=True)):
        state = Counting(told[learner % len(told)])
        for at in range(start, end):
            question, correct, time = (column[at] for column in columns)
            own = concept[edges[at] : edges[at + 1]]
            made.append(state.row(question, own, time))
            state.add(question, own, correct, time)
    return np.array(made, np.float32).reshape(-1, len(FEATURES))
