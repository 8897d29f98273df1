"""What every tracer must keep, and a small made world to keep it in. A new tracer inherits it in three lines:

class TestMine(TracerContract):
    def make(self) -> Tracer:
        return MyTracer()
"""

from __future__ import annotations

import functools
import math
import random
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.tracing import Answers, Row, Tracer, judge, predict_next
from recommender.tracing.answers import parts_of, tables

__all__ = ["TracerContract", "world"]

QUESTIONS, CONCEPTS = 24, 6


def world(learners: int = 60, seed: int = 0, answers: int = 24) -> Answers:
    """Invented learners with an ability that grows by practice, questions on one or two of six concepts."""
    dice = random.Random(seed)
    on = {q: [q % CONCEPTS] + ([(q + 1) % CONCEPTS] if q % 3 == 0 else []) for q in range(QUESTIONS)}
    hard = {q: dice.gauss(0, 1.2) for q in on}
    rows = []
    for learner in range(learners):
        able, skill = dice.gauss(0, 1), [0.0] * CONCEPTS
        for at in range(dice.randint(3, answers)):
            q = dice.randrange(QUESTIONS)
            odds = able - hard[q] + sum(skill[one] for one in on[q])
            right = dice.random() < 1 / (1 + math.exp(-odds))
            rows.append(Row(f"l{learner}", f"q{q}", tuple(f"c{one}" for one in on[q]), int(right), 60.0 * at))
            for one in on[q]:
                skill[one] += 0.3
    return tables(rows)[0]


@functools.cache
def split() -> tuple[Answers, Answers, Answers]:
    """Train, valid, test of the world."""
    train, valid, test = parts_of(world(), (0.6, 0.2, 0.2), 0)
    return train, valid, test


class TracerContract:
    """Override `make`; set `beats_constant` to False for a model that cannot."""

    beats_constant = True

    def make(self) -> Tracer:
        raise AssertionError("a contract test says which tracer it makes")

    def fitted(self, seed: int = 1) -> Tracer:
        """A tracer fitted on the world; each class fits one a seed."""
        kept: dict[int, Tracer] = self.__class__.__dict__.get("_kept") or {}
        if seed not in kept:
            kept[seed] = self.make()
            kept[seed].fit(*split()[:2], seed)
            type(self)._kept = kept  # type: ignore[attr-defined]
        return kept[seed]

    def test_every_answer_gets_a_probability(self) -> None:
        p = self.fitted().predict(split()[2])
        assert p.shape == (len(split()[2]),) and np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all()

    def test_issue5_item_02_flipping_or_shuffling_the_future_changes_nothing_before_it(self) -> None:
        test = split()[2]
        before = self.fitted().predict(test)
        for cut in (0, 1, 3):
            for changed in (_flipped(test, cut), _shuffled(test, cut)):
                place = np.arange(len(test)) - np.repeat(test.starts[:-1], np.diff(test.starts))
                # Row `cut` itself is asked for before its answer is known; when shuffled, another may stand there.
                same = place < cut if changed.question is not test.question else place <= cut
                after = self.fitted().predict(changed)
                assert np.abs(after[same] - before[same]).max(initial=0) < 1e-5

    def test_other_learners_change_nothing(self) -> None:
        test = split()[2]
        alone = np.concatenate([self.fitted().predict(test.pick([one])) for one in range(len(test.learners))])
        assert np.abs(alone - self.fitted().predict(test)).max() < 1e-4

    def test_the_same_seed_gives_the_same_model(self) -> None:
        again = self.make()
        again.fit(*split()[:2], 1)
        assert np.abs(again.predict(split()[2]) - self.fitted().predict(split()[2])).max() < 1e-5

    def test_learners_without_answers_and_with_one(self) -> None:
        test = split()[2]
        none = test.pick([])
        assert self.fitted().predict(none).shape == (0,)
        silent = replace(test.pick([0]), learners=("silent", "l"), starts=np.r_[0, test.pick([0]).starts])
        assert np.abs(self.fitted().predict(silent) - self.fitted().predict(test.pick([0]))).max() < 1e-5
        first = test.pick([0]).reordered(np.array([0]))
        assert self.fitted().predict(replace(first, starts=np.array([0, 1]))).shape == (1,)

    def test_questions_and_concepts_that_are_new(self) -> None:
        test = split()[2].pick([0])
        history = replace(test, question=test.question + 1000, concept=test.concept + 1000)
        for concepts in ([5000], [0, 5000], []):
            assert 0 < predict_next(self.fitted(), history, 9999, concepts) < 1

    def test_it_is_better_than_nothing(self) -> None:
        test = split()[2]
        found = judge(test.correct, self.fitted().predict(test))
        constant = judge(test.correct, np.full(len(test), split()[0].correct.mean()))
        assert found["log_loss"] < constant["log_loss"] + (0.05 if self.beats_constant else 0.01)
        assert not self.beats_constant or found["auc"] > 0.55


def _flipped(answers: Answers, cut: int) -> Answers:
    place = np.arange(len(answers)) - np.repeat(answers.starts[:-1], np.diff(answers.starts))
    return answers.answered(np.where(place >= cut, 1 - answers.correct, answers.correct))


def _shuffled(answers: Answers, cut: int) -> Answers:
    dice, order = np.random.default_rng(0), []
    for start, end in zip(answers.starts[:-1], answers.starts[1:], strict=True):
        rows: NDArray = np.arange(start, end)
        order.append(np.r_[rows[:cut], dice.permutation(rows[cut:])])
    return answers.reordered(np.concatenate(order))
