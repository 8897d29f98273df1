"""The look-ahead says what the plain computation says: one step for each candidate and outcome, and the goals asked."""

from __future__ import annotations

import functools
import math
from dataclasses import replace

import numpy as np
import pytest

from recommender.paths.lookahead import look_ahead
from recommender.tracing.answers import parts_of
from recommender.tracing.neural import Settings
from recommender.tracing.ours import Asked, Ours, State
from tests.recommender.tracing_contract import world


@functools.cache
def tracer() -> Ours:
    """A small tracer, fitted in a second."""
    train, valid = parts_of(world(), (0.8, 0.2), 0)
    made = Ours(Settings(width=16, epochs=2, window=12))
    made.fit(train, valid, 0)
    return made


def question(number: int, time: float = math.nan) -> Asked:
    return Asked(number, (number % 6, (number + 1) % 6) if number % 3 == 0 else (number % 6,), time)


def learner(answers: int, start: float = math.nan) -> State:
    state = tracer().empty()
    for at in range(answers):
        state = tracer().step(state, question((7 * at) % 24, start + 60.0 * at), at % 2)
    return state


@pytest.mark.parametrize(
    ("answers", "start"), [(0, math.nan), (5, math.nan), (5, 1e6), (11, 1e6), (12, 1e6), (30, 1e6)]
)
def test_issue5_item_04_look_ahead_equals_the_plain_computation(answers: int, start: float) -> None:
    state, now = learner(answers, start), start + 1e4
    goals = [question(one, now) for one in (0, 5, 9, 23, 900)] + [Asked(1, (2, 77), now), Asked(3, (), now)]
    candidates = [question(one, now) for one in (0, 1, 9, 12, 901)] + [Asked(2, (2,), now), Asked(4, (), now)]
    found = look_ahead(tracer(), state, goals, candidates)
    assert np.abs(found.now - tracer().ask(state, goals)[0]).max() < 1e-5
    assert np.abs(found.chance - tracer().ask(state, candidates)[0]).max() < 1e-5
    for at, one in enumerate(candidates):
        for outcome in (0, 1):
            plain = tracer().ask(tracer().step(state, one, outcome), goals)[0]
            assert np.abs(found.after[at, outcome] - plain).max() < 1e-5, (at, outcome)


def test_the_expected_rise_weighs_both_outcomes() -> None:
    found = look_ahead(tracer(), learner(5), [question(0), question(5)], [question(0), question(7)])
    p, after = found.chance, found.after
    plain = (1 - p)[:, None] * after[:, 0] + p[:, None] * after[:, 1] - found.now
    assert np.allclose(found.rise(), plain.mean(1)) and np.allclose(found.rise([1.0, 0.0]), plain[:, 0])


def test_it_changes_nothing_and_takes_what_is_empty() -> None:
    state = learner(5)
    before = tracer().ask(state, [question(3)])[0]
    assert look_ahead(tracer(), state, [], [question(1)]).after.shape == (1, 2, 0)
    assert look_ahead(tracer(), state, [question(1)], []).after.shape == (0, 2, 1)
    look_ahead(tracer(), state, [question(3)], [question(3), replace(question(3), question=999)])
    assert (tracer().ask(state, [question(3)])[0] == before).all()
