"""Paths keep the prerequisite order whatever models say, are the same for the same seed, and are what they claim to be worth."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from recommender.paths.arena import Given, Played, play, shuffled, violations
from recommender.paths.learners import Answered, Learners, by_concept, drawn, item
from recommender.paths.order import Order, order_of
from recommender.paths.peers import Planned, Random, Repeat
from recommender.paths.planner import SECURE, Planner
from recommender.paths.ppo import Budget, fit_ppo
from recommender.paths.sasrec import fit_next_item
from recommender.paths.simulators import Crowd
from recommender.paths.worlds import Recurrent, Together, Traced
from recommender.tracing.answers import Answers, parts_of
from recommender.tracing.neural import NeuralTracer, Settings, published
from recommender.tracing.ours import Asked, Ours
from tests.recommender.tracing_contract import world

ITEMS = 6


class Ladder:
    """A made world: each right answer on item i raises `gain[i]`, from item to goal; every answer is right with chance .5."""

    def __init__(self, gain: NDArray, key: int | None = None) -> None:
        self.gain, self.key = gain, key

    def begin(self, histories: Sequence[Sequence[Answered]]) -> NDArray:
        return np.zeros((len(histories), len(self.gain)))

    def step(self, minds: NDArray, items: NDArray, correct: NDArray) -> NDArray:
        found = minds.copy()
        found[np.arange(len(items)), items] += correct
        return found

    def repeat(self, minds: NDArray, times: int) -> NDArray:
        return np.repeat(minds, times, axis=0)

    def ask(self, minds: NDArray, items: NDArray) -> NDArray:
        return np.full(items.shape, 0.5)

    def ahead(self, minds: NDArray, items: NDArray, goals: NDArray) -> tuple[NDArray, NDArray]:
        after = np.zeros((*items.shape, 2, goals.shape[1]))
        for outcome in (0, 1):
            for column in range(items.shape[1]):
                after[:, column, outcome] = self._level(
                    self.step(minds, items[:, column], np.full(len(items), outcome))
                )
        return self.ask(minds, items), after

    def _level(self, minds: NDArray) -> NDArray:
        """What is in the chest counts only for those who have the key."""
        open_ = np.ones(len(minds)) if self.key is None else (minds[:, self.key] > 0)
        return (minds @ self.gain * open_)[:, None]


class Noise:
    """A world that says anything: a model that errs as it likes."""

    def begin(self, histories: Sequence[Sequence[Answered]]) -> NDArray:
        return np.arange(len(histories))

    def step(self, minds: NDArray, items: NDArray, correct: NDArray) -> NDArray:
        return (minds * 31 + items * 7 + correct) % 9973

    def repeat(self, minds: NDArray, times: int) -> NDArray:
        return np.repeat(minds, times)

    def ask(self, minds: NDArray, items: NDArray) -> NDArray:
        return ((minds[:, None] * 17 + items * 13) % 101) / 100

    def ahead(self, minds: NDArray, items: NDArray, goals: NDArray) -> tuple[NDArray, NDArray]:
        both = np.stack([self.ask(minds * 3 + outcome, items) for outcome in (1, 2)], -1)
        return self.ask(minds, items), np.repeat(both[..., None], goals.shape[1], -1)


class Coins:
    """A simulator whose learners answer by luck alone."""

    def begin(self, learners: Learners, steps: int) -> int:
        return 0

    def answer(self, state: int, items: NDArray, luck: NDArray) -> tuple[int, NDArray]:
        return state, (luck < 0.6).astype(np.int64)

    def score(self, state: int, learners: Learners) -> NDArray:
        return np.full(len(learners), 0.5)


def graph(dice: random.Random) -> Order:
    """A random graph without circles."""
    count = dice.randint(1, 12)
    place = dice.sample(range(count), count)
    share = dice.random()
    needs = {
        str(b): [str(a) for a in range(count) if place[a] < place[b] and dice.random() < share] for b in range(count)
    }
    return order_of([str(one) for one in range(count)], needs)


def crowd(order: Order, dice: random.Random) -> Learners:
    """Learners who answered anything before, also what they were not ready for, and want anything."""
    count = len(order.needs)
    histories = [
        [Answered(item(dice.randrange(count)), dice.randint(0, 1)) for _ in range(dice.randint(0, 15))]
        for _ in range(7)
    ]
    return Learners.of(histories, [dice.sample(range(count), dice.randint(1, count)) for _ in range(7)])


@pytest.mark.parametrize("second", [0, 3])
def test_issue5_item_04_the_prerequisite_order_is_never_violated(second: int) -> None:
    for seed in range(60):
        dice = random.Random(seed)
        order = graph(dice)
        learners, everything = crowd(order, dice), np.ones(len(order.needs), bool)
        planned = Planned(Planner([Noise()], everything, order, second))
        played = play(Coins(), learners, planned, 15, seed)
        assert violations(played, learners, order) == 0, seed
        for row, own in enumerate(played.items):  # and nothing off the way to the goals
            assert order.closure[learners.goals[row]].any(0)[own].all()


def test_violations_are_counted_from_the_answers() -> None:
    order = order_of(["a", "b"], {"b": ["a"]})
    learners = Learners.of([[], [Answered(item(0), 1)], [Answered(item(0), 1)]], [[1], [1], [1]])
    items = np.array([[1, 0, 1], [1, 0, 1], [0, 1, 1]])
    played = Played(items, np.array([[1, 1, 1], [1, 0, 1], [0, 1, 1]]), np.zeros(3), np.zeros(3))
    assert violations(played, learners, order) == 1 + 1 + 2
    broken = play(Coins(), learners, Random(np.ones(2, bool), 0), 20, 0)
    assert violations(broken, learners, order) > 0


def test_the_order_passes_through_what_is_no_item_and_knows_the_whole_way_down() -> None:
    order = order_of(["a", "c", "d"], {"d": ["c"], "c": ["b"], "b": ["a", "x"]})
    assert order.needs.tolist() == [[False] * 3, [True, False, False], [False, True, False]]
    assert order.closure[2].all() and order.closure[0].tolist() == [True, False, False]
    assert order.open(np.array([[True, False, False]])).tolist() == [[True, True, False]]


def test_what_a_goal_lacks_is_secured_from_the_ground_up() -> None:
    order = order_of(["a", "b", "c", "d"], {"b": ["a"], "c": ["b"]})
    planner = Planner([Noise()], np.ones(4, bool), order)
    path, chosen = planner.begin(Learners.of([[]], [[2]])), []
    for _ in range(3 * SECURE):
        chosen.append(int(planner.choose(path, 9)[0]))
        path = planner.after(path, np.array(chosen[-1:]), np.array([1]))
    assert chosen[: 2 * SECURE] == [0] * SECURE + [1] * SECURE and chosen[2 * SECURE] == 2
    wrong = planner.after(path, np.array([0]), np.array([0]))
    assert planner.choose(wrong, 9).tolist() == [0], "what is wrong again comes first again"


def test_the_best_of_one_step_and_the_best_of_two() -> None:
    learners, offered = Learners.of([[], []], [[0], [1]]), np.array([True, True, True, False])
    gain = np.array([0.1, 0.3, 0.2, 9.0])
    assert Planner([Ladder(gain)], offered).choose(Planner([Ladder(gain)], offered).begin(learners), 5).tolist() == [
        1,
        1,
    ]
    locked = Planner([Ladder(np.array([0.0, 0.3, 0.3]), key=0)], np.ones(3, bool), second=3)
    path = locked.after(locked.begin(learners), np.array([1, 0]), np.array([1, 1]))
    assert locked.choose(path, 5).tolist()[0] == 0, "the key first, although alone it brings no more than chance"
    assert locked.choose(path, 5).tolist()[1] in (1, 2)


def test_worlds_are_averaged() -> None:
    learners, offered = Learners.of([[]], [[0]]), np.ones(2, bool)
    one, other = Ladder(np.array([0.5, 0.3])), Ladder(np.array([0.0, 0.3]))
    assert Planner([one], offered).choose(Planner([one], offered).begin(learners), 5).tolist() == [0]
    both = Planner([one, other], offered)
    assert both.choose(both.begin(learners), 5).tolist() == [1]


def table() -> Answers:
    return by_concept([world(80, answers=40)])[0]


@pytest.fixture(scope="module")
def fitted() -> tuple[NeuralTracer, Ours]:
    train, valid = parts_of(table(), (0.8, 0.2), 0)
    one = published("dkt", Settings(width=16, epochs=25, patience=25, rate=1e-2))
    other = Ours(Settings(width=16, epochs=1))
    one.fit(train, valid, 0)
    other.fit(train, valid, 0)
    return one, other


def walkers(count: int = 5) -> Learners:
    return drawn(table(), np.arange(ITEMS), count, 3)


def test_a_world_says_what_its_tracer_says(fitted: tuple[NeuralTracer, Ours]) -> None:
    learners, items = walkers(), [item(one) for one in range(ITEMS)]
    asked = np.tile(np.arange(ITEMS), (len(learners), 1))
    for made in (Recurrent(fitted[0], items), Traced(fitted[1], items)):
        minds: Any = made.begin(learners.histories)
        chance, after = made.ahead(minds, asked, learners.goals)
        assert np.abs(chance - made.ask(minds, asked)).max() < 1e-5
        for outcome in (0, 1):
            for one in range(ITEMS):
                later = made.step(minds, asked[:, one], np.full(len(learners), outcome))
                assert np.abs(made.ask(later, learners.goals) - after[:, one, outcome]).max() < 1e-5
        again = made.ask(made.repeat(minds, 2), np.repeat(asked, 2, axis=0))
        assert np.abs(again[::2] - chance).max() < 1e-5 and np.abs(again[1::2] - chance).max() < 1e-5
    crowd_, recurrent = Crowd(fitted[0]), Recurrent(fitted[0], items)
    state, minds = crowd_.begin(learners, 2), recurrent.begin(learners.histories)
    for answers in (np.array([0, 1, 0, 1, 0]), np.array([1, 1, 1, 0, 0])):
        state, right = crowd_.answer(state, asked[:, 2], 1.0 - answers)
        assert right.tolist() == answers.tolist()
        minds = recurrent.step(minds, asked[:, 2], answers)
    plain = (recurrent.ask(minds, learners.goals) * learners.weights).sum(1)
    assert np.abs(crowd_.score(state, learners) - plain).max() < 1e-5


def test_issue5_item_04_the_same_seed_gives_the_same_path(fitted: tuple[NeuralTracer, Ours]) -> None:
    items, offered = [item(one) for one in range(ITEMS)], np.ones(ITEMS, bool)
    for second in (0, 3):
        made = [Planner([Recurrent(fitted[0], items), Traced(fitted[1], items)], offered, second=second) for _ in "ab"]
        played = [play(Crowd(fitted[0]), walkers(), Planned(one), 4, 7) for one in made]
        assert (played[0].items == played[1].items).all() and (played[0].end == played[1].end).all()
    shown = [one.ahead(walkers(), 4) for one in made]
    assert shown[0].shape == (5, 4) and (shown[0] == shown[1]).all()


def test_a_guide_is_asked_and_cannot_leave_the_order() -> None:
    class Deep:
        """Always for the last item, which needs all others."""

        def odds(self, minds: Any, goals: NDArray, weights: NDArray, left: int) -> NDArray:
            return np.tile(np.arange(3.0), (len(goals), 1))

    order, learners = order_of(["a", "b", "c"], {"c": ["b"], "b": ["a"]}), Learners.of([[], []], [[2], [1]])
    free = Planner([Noise()], np.array([True, True, False]), guide=Deep())
    assert free.choose(free.begin(learners), 5).tolist() == [1, 1], "the best of what is offered"
    played = play(Coins(), learners, Planned(replace(free, offered=np.ones(3, bool), order=order)), 15, 3)
    assert violations(played, learners, order) == 0 and (played.items[:, 0] == 0).all()


def test_worlds_together_believe_their_average(fitted: tuple[NeuralTracer, Ours]) -> None:
    learners, items = walkers(), [item(one) for one in range(ITEMS)]
    one, other = Recurrent(fitted[0], items), Recurrent(fitted[0], items[::-1])
    both, asked = Together([one, other]), np.tile(np.arange(ITEMS), (5, 1))
    minds, apart = both.begin(learners.histories), [each.begin(learners.histories) for each in (one, other)]
    mean = (one.ask(apart[0], asked) + other.ask(apart[1], asked)) / 2
    assert np.allclose(both.ask(minds, asked), mean) and both.hidden(minds).shape == (5, both.width)
    assert np.allclose(both.ask(both.pick(minds, torch.tensor([3, 3])), asked[:2]), mean[[3, 3]])
    assert np.allclose(both.ask(both.repeat(minds, 2), np.repeat(asked, 2, axis=0))[::2], mean)
    chance, after = both.ahead(minds, asked, learners.goals)
    later = both.step(minds, asked[:, 1], np.ones(5, np.int64))
    assert np.allclose(chance, mean) and np.allclose(after[:, 1, 1], both.ask(later, learners.goals))


def test_the_share_of_what_was_missing() -> None:
    played = Played(
        np.zeros((3, 1), int), np.zeros((3, 1), int), np.array([0.5, 0.2, 0.95]), np.array([0.75, 0.2, 0.1])
    )
    assert played.promotion == pytest.approx((0.5 + 0.0) / 2), "nobody counts who had next to nothing to gain"
    again = shuffled(replace(played, items=np.arange(12).reshape(3, 4)), 1)
    assert [sorted(own) for own in again.items.tolist()] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert again.items.tolist() != np.arange(12).reshape(3, 4).tolist()
    assert play(Coins(), walkers(), Given(np.tile([2, 0, 1], (5, 1))), 3, 0).items.tolist() == [[2, 0, 1]] * 5


def test_learners_begin_with_answers_of_their_own_and_want_what_comes_later() -> None:
    answers = table()
    learners = drawn(answers, np.array([0, 1, 2]), 9, 0, goals=2, most=4)
    assert 0 < len(learners) <= 9 and all(0 < len(own) <= 4 for own in learners.histories)
    assert set(learners.goals.ravel().tolist()) <= {0, 1, 2} and np.allclose(learners.weights.sum(1), 1)
    alone = answers.names.questions[: len(answers.names.concepts)]
    assert alone == answers.names.concepts, "question c is the one on concept c alone"
    asked = {one.asked for own in learners.histories for one in own}
    assert all(answers.names.questions[one.question].count(";") == len(one.concepts) - 1 for one in asked)
    assert Asked(1, (1,)) == item(1)


@pytest.mark.slow
def test_issue5_show_03_peers_do_what_they_are_named_for(fitted: tuple[NeuralTracer, Ours]) -> None:
    learners, offered = walkers(30), np.array([True] * 5 + [False])
    made = Recurrent(fitted[0], [item(one) for one in range(ITEMS)])
    repeat = play(Crowd(fitted[0]), learners, Repeat(), 6, 0)
    wanted = [set(own[used > 0]) for own, used in zip(learners.goals, learners.weights, strict=True)]
    assert [set(own) for own in repeat.items] == wanted
    following = fit_next_item(_round(), np.ones(3, bool), 0, width=16, epochs=40)
    after = Learners.of([[Answered(item(one), 1) for one in (0, 1, 2, 0)]], [[0]])
    assert play(Coins(), after, following, 4, 0).items.tolist() == [[1, 2, 0, 1]]
    trained = fit_ppo(made, learners, offered, 0, Budget(rounds=40, episodes=128))
    own, chance = (play(Crowd(fitted[0]), learners, one, 5, 0) for one in (trained, Random(offered, 0)))
    assert own.promotion > chance.promotion + 0.004 and not (own.items == 5).any() and not (chance.items == 5).any()


def _round() -> Answers:
    from recommender.tracing.answers import Row, tables

    return tables([Row(f"l{one}", f"q{at % 3}", (f"c{at % 3}",), 1) for one in range(60) for at in range(one % 3, 30)])[
        0
    ]
