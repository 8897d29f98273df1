"""Our tracer keeps the contract; its state moves on by steps that equal a full pass; it is calibrated, saved and loaded
whole, and reads texts of questions that nobody answered.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from commons.errors import BadInput
from recommender.tracing import Answers, Row, Tracer, judge
from recommender.tracing.answers import tables
from recommender.tracing.many import questions, rows
from recommender.tracing.neural import Settings
from recommender.tracing.ours import Asked, Blend, Ours, fit_blend, load
from recommender.tracing.trees import Trees, fit_trees
from tests.recommender.tracing_contract import TracerContract, split

TINY = Settings(width=16, heads=2, epochs=4, batch=256, rate=5e-3, dropout=0.1, window=40)


@functools.cache
def tiny() -> Ours:
    made = Ours(TINY)
    made.fit(*split()[:2], 1)
    return made


class TestOurs(TracerContract):
    def make(self) -> Tracer:
        return Ours(TINY)


def asked(answers: Answers, at: int) -> Asked:
    return Asked(int(answers.question[at]), tuple(answers.concepts_of(at)), float(answers.time[at]))


def by_steps(tracer: Ours, answers: Answers) -> NDArray:
    """The probability of each answer of one learner, one step after the other."""
    state, found = tracer.empty(), []
    for at in range(len(answers)):
        found.append(tracer.ask(state, [asked(answers, at)])[0][0])
        state = tracer.step(state, asked(answers, at), int(answers.correct[at]))
    return np.array(found)


def test_issue5_item_01_one_step_an_answer_equals_the_full_pass() -> None:
    test = split()[2]
    for learner in range(4):
        one = test.pick([learner])
        assert len(one) <= TINY.window
        assert np.abs(by_steps(tiny(), one) - tiny().predict(one)).max() < 1e-5


@pytest.mark.parametrize("count", [0, 1, 30, TINY.window + 5, 4 * TINY.window + 3])
def test_issue5_item_07_answers_read_in_one_pass_leave_what_steps_leave(count: int) -> None:
    tracer, given = tiny(), [(Asked(at % 7, (at % 3, 3 + at % 2), 60.0 * at * at), int(at % 5 > 1)) for at in range(count)]
    state = tracer.empty()
    for one, correct in given:
        state = tracer.step(state, one, correct)
    read = tracer.read(given)
    assert read.counts == state.counts
    assert np.array_equal(read.cache.times, state.cache.times)
    for found, wanted in zip(
        (*read.cache.layers, read.cache.retriever), (*state.cache.layers, state.cache.retriever), strict=True
    ):
        assert found.shape == wanted.shape and np.allclose(found, wanted, atol=1e-4)


def test_issue5_item_01_counts_of_many_questions_are_those_of_each() -> None:
    test, tracer = split()[2], tiny()
    counts = tracer.empty().counts
    asked = [(at % 9, tuple(sorted({at % 4, at % 7, at % 5} - {at % 3}))) for at in range(60)] + [(10**6, (10**6,)), (3, ())]
    for at in range(25):
        for now in (float(test.time[at]), math.nan):
            found = rows(counts, questions(tracer.hardness.told, asked), np.full(len(asked), now))
            told = np.array([counts.row(question, concepts, now) for question, concepts in asked], np.float32)
            assert np.abs(found - told).max() < 1e-6
        counts = counts.after(int(test.question[at]), tuple(test.concepts_of(at)), int(test.correct[at]), float(test.time[at]))


def test_issue5_item_01_the_cache_never_outgrows_the_window_and_an_old_state_stays_as_it_was() -> None:
    tracer, first = tiny(), tiny().empty()
    state = first
    for at in range(TINY.window + 5):
        state = tracer.step(state, Asked(at % 7, (at % 3,), 60.0 * at), at % 2)
    assert state.cache.times.shape == (TINY.window,) and state.cache.retriever.shape[-2] == TINY.window
    assert first.counts.whole.right == 0 and first.cache.times.shape == (0,)
    assert state.counts.whole.right + state.counts.whole.wrong == TINY.window + 5


def test_issue5_item_01_a_batch_of_questions_gets_what_each_gets_alone() -> None:
    state = tiny().step(tiny().empty(), Asked(0, (0, 1), 0.0), 1)
    wanted = [Asked(0, (0, 1), 60.0), Asked(5, (5,), 60.0), Asked(999, (), 60.0)]
    p, half_life = tiny().ask(state, wanted)
    alone = [tiny().ask(state, [one])[0][0] for one in wanted]
    assert np.abs(p - alone).max() < 1e-5 and (half_life > 0).all()
    assert tiny().ask(state, [])[0].shape == (0,)


def test_issue5_item_01_right_answers_raise_and_wrong_ones_lower_what_is_expected() -> None:
    right = wrong = tiny().empty()
    for at in range(6):
        one = Asked(at, (0,), 60.0 * at)
        right, wrong = tiny().step(right, one, 1), tiny().step(wrong, one, 0)
    nxt = [Asked(12, (0,), 600.0)]
    assert tiny().ask(right, nxt)[0][0] > tiny().ask(wrong, nxt)[0][0] + 0.05


def test_issue5_item_01_blend_and_calibration_are_learnt_on_validation_learners() -> None:
    dice = np.random.default_rng(0)
    true = dice.normal(size=4000)
    y = (dice.random(4000) < 1 / (1 + np.exp(-true))).astype(int)
    parts = np.c_[3 * true + 1, dice.normal(size=(4000, 2))]
    p = 1 / (1 + np.exp(-fit_blend(parts, y).odds(parts)))
    assert judge(y, p)["ece"] < 0.03 < judge(y, 1 / (1 + np.exp(-parts[:, 0])))["ece"]
    assert fit_blend(parts, np.ones(4000)) == Blend()
    assert fit_blend(np.c_[true, -true, true], y).weights[1] == 0.0


def _leaf(trees: Trees, row: NDArray, node: int) -> float:
    while trees.left[node] != node:
        passed = row[trees.feature[node]] > trees.threshold[node]
        node = int(trees.right[node] if passed else trees.left[node])
    return float(trees.value[node])


def test_issue5_item_01_trees_as_arrays_say_what_they_were_fitted_to() -> None:
    dice = np.random.default_rng(0)
    x = dice.normal(size=(2000, 5)).astype(np.float32)
    y = ((x[:, 0] > 0) ^ (x[:, 1] > 0.5)).astype(int)
    found = fit_trees(x[:1500], y[:1500], (x[1500:], y[1500:]), 0)
    assert ((found.odds(x[1500:]) > 0) == y[1500:]).mean() > 0.95
    assert found.odds(x[:0]).shape == (0,)
    walked = [sum(_leaf(found, row, int(root)) for root in found.roots) + found.start[0] for row in x[:200]]
    assert np.abs(found.odds(x[:200]) - walked).max() < 1e-12
    alike = fit_trees(x, np.ones(2000), (x, np.ones(2000)), 0).odds(x[:3])
    assert alike.shape == (3,) and (alike > 3).all()


def test_issue5_item_01_what_is_saved_is_loaded_whole(tmp_path: Path) -> None:
    tiny().save(tmp_path / "kept")
    test = split()[2]
    assert np.abs(load(tmp_path / "kept").predict(test) - tiny().predict(test)).max() < 1e-6
    suffixes = {path.suffix for path in (tmp_path / "kept").iterdir()}
    assert suffixes == {".json", ".safetensors"}


@pytest.mark.parametrize("name", ["tracer.json", "model.safetensors", "counts.safetensors"])
def test_issue5_item_01_a_broken_or_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    tiny().save(tmp_path)
    (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-40])
    with pytest.raises(BadInput, match="no tracer can be read"):
        load(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(BadInput, match="no tracer can be read"):
        load(tmp_path)


def test_issue5_item_01_a_question_that_nobody_answered_is_judged_by_its_text() -> None:
    """Easy and hard questions have texts that tell; every question is answered by few, and new ones by nobody."""
    easy = {f"q{one}": one % 2 == 0 for one in range(400)}
    dice = np.random.default_rng(0)
    rows = [
        Row(f"l{learner}", f"q{one}", ("c",), int(dice.random() < (0.9 if easy[f"q{one}"] else 0.2)))
        for learner in range(80)
        for one in dice.integers(0, 360, 12)
    ]
    train, valid = (part for part in (tables(rows)[0].pick(range(60)), tables(rows)[0].pick(range(60, 80))))

    def texts(names: Sequence[str]) -> NDArray:
        return np.array([[1.0, 0.0] if easy[name] else [0.0, 1.0] for name in names], np.float32)

    tracer = Ours(Settings(width=16, heads=2, epochs=12, batch=256, rate=1e-2, dropout=0.0), texts, unnamed=0.4)
    tracer.fit(train, valid, 0)
    new = [Asked(1000, (0,), math.nan, texts([name])[0]) for name in ("q380", "q381")]
    p, _ = tracer.ask(tracer.empty(), new)
    assert p[0] > p[1] + 0.2
