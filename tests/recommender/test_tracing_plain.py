"""The yardsticks without a network keep the contract, and knowledge tracing finds the chances that made its answers."""

from __future__ import annotations

import numpy as np
import pytest

from commons.errors import BadInput
from recommender.tracing import Tracer, judge
from recommender.tracing.bkt import BKT, Skill, fit_skill
from recommender.tracing.plain import Constant, LogisticCounts, TreesOnCounts
from tests.recommender.tracing_contract import TracerContract


class TestConstant(TracerContract):
    beats_constant = False

    def make(self) -> Tracer:
        return Constant()


class TestLogistic(TracerContract):
    def make(self) -> Tracer:
        return LogisticCounts()


class TestTrees(TracerContract):
    def make(self) -> Tracer:
        return TreesOnCounts()


class TestBKT(TracerContract):
    def make(self) -> Tracer:
        return BKT()


def test_issue5_item_03_knowledge_tracing_finds_the_chances_that_made_the_answers() -> None:
    true, dice = Skill(0.2, 0.25, 0.2, 0.1), np.random.default_rng(0)
    known = dice.random(3000) < true.known
    columns = []
    for _ in range(12):
        columns.append(dice.random(3000) < np.where(known, 1 - true.slip, true.guess))
        known |= dice.random(3000) < true.learn
    found = fit_skill(np.stack(columns, 1).astype(int))
    assert abs(found.learn - true.learn) < 0.05 and abs(found.known - true.known) < 0.08
    assert abs(found.guess - true.guess) < 0.06 and abs(found.slip - true.slip) < 0.04


def test_issue5_item_03_figures_of_perfect_and_constant_probabilities() -> None:
    right = np.array([0, 0, 1, 1])
    assert judge(right, right.astype(float))["auc"] == 1
    found = judge(right, np.full(4, 0.5))
    assert found["auc"] == 0.5 and found["ece"] == 0 and found["log_loss"] == pytest.approx(np.log(2))
    assert np.isnan(judge(np.ones(3), np.full(3, 0.9))["auc"])
    with pytest.raises(BadInput):
        judge(right, np.array([0, 0, 1, 1.5]))
