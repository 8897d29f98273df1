"""KSS keeps the rules it is described by, and the bench of paths prints every peer with its figures as JSON last."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import pytest

from commons.settings import load_settings
from recommender.bench_path import Run, main, plan_of, summary
from recommender.paths import kss
from recommender.paths.simulators import structured, synthetic
from recommender.paths.stages import OURS, PEERS
from tests.recommender.test_tracing_bench import table

QUICK = {"LEARNERS": "6", "WORLDS": "1", "ROUNDS": "2", "LENGTHS": "2 3", "SEEDS": "2", "EPOCHS": "1"}


def test_issue5_show_03_kss_teaches_nothing_before_what_it_needs() -> None:
    for seed in range(20):
        world, dice = kss.world(seed), random.Random(seed)
        abilities, done = world.history(world.newcomer(dice), dice)
        assert len(done) == kss.HISTORY
        for _ in range(60):
            concept = dice.randrange(kss.CONCEPTS)
            after = world.learnt(abilities, concept)
            if not world.ready(abilities, concept):
                assert after == abilities
            else:
                assert all(now >= then for now, then in zip(after, abilities, strict=True)) and max(after) <= kss.TOP
                assert after[concept] > abilities[concept] or abilities[concept] == kss.TOP
            assert all(world.right(after, one) for one in range(kss.CONCEPTS) if world.right(abilities, one))
            abilities = after


def test_kss_has_ten_concepts_in_an_order_and_difficulties_that_rise_in_it() -> None:
    place = {one: at for at, one in enumerate(kss.ORDER)}
    assert sorted(kss.ORDER) == list(range(kss.CONCEPTS)) and len(kss.EDGES) == 12
    assert all(place[first] < place[then] for first, then in kss.EDGES)
    for seed in range(20):
        rising = [kss.world(seed).difficulty[one] for one in kss.ORDER]
        assert rising == sorted(rising) and rising[0] >= 0 and rising[-1] <= 5
    assert kss.world(3) == kss.world(3) != kss.world(4)


def test_kss_grows_by_half_of_what_is_left_slowed_by_what_prerequisites_lack_and_passed_on_by_halves() -> None:
    world = kss.World((0.0,) * 10)
    root = world.learnt((1.0,) * 10, 6)
    assert root[6] == 3.0 and root[7] == 2.0 and root[8] == 1.5 and root[9] == 1.25 and root[0] == 1.0
    deeper = world.learnt((1.0,) * 6 + (4.0,) + (1.0,) * 3, 7)
    assert deeper[7] == pytest.approx(1 + 2 * 2.718281828**-1)
    assert world.learnt((-2.0,) * 10, 7) == (-2.0,) * 10


def test_learners_of_kss_have_something_to_reach() -> None:
    simulator, learners = structured(kss.world(1), 30, 5)
    assert (simulator.score(simulator.begin(learners, 0), learners) < 1).all()
    assert all(3 <= (own > 0).sum() <= kss.CONCEPTS for own in learners.weights)


def test_newcomers_on_our_graph_learn_what_they_are_ready_for_more_readily() -> None:
    import numpy as np

    from knowledge_graph import load_graph

    graph = load_graph()
    names = sorted(graph.concepts)
    simulator, learners = synthetic(graph, names, 200, 1)
    start = simulator.begin(learners, 1)
    assert (simulator.score(start, learners) == 0).all()
    luck = np.random.default_rng(0).random(200)
    learnt = {}
    for ready in (True, False):
        items = [
            next(
                at
                for at, one in enumerate(names)
                if one not in mind.known and (set(graph.needs[one]) <= mind.known) == ready
            )
            for mind in start
        ]
        after, right = simulator.answer(start, np.array(items), luck)
        learnt[ready] = sum(now.known != then.known for now, then in zip(after, start, strict=True))
        assert 0.1 < right.mean() < 0.4, "what is not known is guessed"
    assert learnt[True] > 2 * learnt[False]


@pytest.mark.slow
def test_issue5_show_03_a_quick_slice_runs_end_to_end(tmp_path: Path) -> None:
    said: list[str] = []
    settings = QUICK | {"DATA": str(table(tmp_path / "world.csv")), "SLICE": "40"}
    assert main(settings, said.append) == 0
    found = json.loads(said[-1])
    assert (found["peers"], found["violations"]) == (len(PEERS), 0) and found["ordered_steps"] == 5
    assert isinstance(found["peers_beaten"], int) and 0 <= found["peers_beaten"] <= len(PEERS)
    assert set(found["by_data"]) == {"table", "kss"} and set(found["shuffle_drop"]) == {"table", "kss"}
    cells = {f"{data}, L={length}, {name}" for data in ("table, dkt", "table, simplekt", "kss, kss") for length in (2, 3)
             for name in (*PEERS, OURS)}  # fmt: skip
    assert cells <= set(found["figures"]) and all({"mean", "spread"} == set(one) for one in found["figures"].values())
    assert found["seeds"] == [200, 201] and found["published"]["EVOL, seeds not seen"] == {"10": 0.341}
    again: list[str] = []
    assert main(settings, again.append) == 0
    assert {**json.loads(again[-1]), "seconds": 0} == {**found, "seconds": 0}, "the same seed gives the same figures"


def test_a_peer_is_beaten_where_ours_is_higher_by_more_than_the_spread_on_every_data_set() -> None:
    def runs(data: str, name: str, *values: float) -> list[Run]:
        return [Run(data, "dkt", seed, 5, name, value, 2.0, 0.01, 0) for seed, value in enumerate(values)]

    told = [*runs("a", OURS, 0.5, 0.6), *runs("a", "repeat", 0.1, 0.2), *runs("a", "ppo", 0.45, 0.55)]
    found = summary([*told, *runs("b", OURS, 0.3, 0.3), *runs("b", "repeat", 0.2, 0.2), *runs("b", "ppo", 0.2, 0.2)])
    assert (found["peers"], found["peers_beaten"], found["beaten"]) == (2, 2, ["repeat", "ppo"])
    assert found["beaten_by_both_spreads"] == ["repeat"], "ppo is as near as the seeds are apart"
    own = found["by_data"]["a"]  # type: ignore[index]
    assert own["beaten"] == ["repeat", "ppo"] and own["ours"]["mean"] == 0.55 and own["lead"]["ppo"]["mean"] == 0.05
    uneven = [*runs("a", OURS, 0.5, 0.6), *runs("a", "ppo", 0.55, 0.4)]
    assert summary(uneven)["peers_beaten"] == 0, "the lead differs from seed to seed by more than it is"
    assert found["violations"] == 0 and found["shuffle_drop"] == {"a": 0.01, "b": 0.01}
    lower = summary([*runs("a", OURS, 0.2, 0.2), *runs("a", "ppo", 0.3, 0.3)])
    assert lower["peers_beaten"] == 0


@pytest.mark.parametrize(
    "wrong", [{"WORLDS": "-1"}, {"LEARNERS": "x"}, {"LENGTHS": "5 0"}, {"MINUTES": "-1"}, {"EPOCHS": "0"}]
)
def test_a_setting_that_cannot_be_is_told_in_one_line(wrong: dict[str, str], tmp_path: Path) -> None:
    said: list[str] = []
    assert main({"DATA": str(tmp_path), **wrong}, said.append) == 1 and len(said) == 1


def test_without_data_it_says_so_in_one_line(tmp_path: Path) -> None:
    said: list[str] = []
    assert main({"SHUYUAN_DATA": str(tmp_path)}, said.append) == 0
    assert len(said) == 1 and said[0].startswith("skipped: no kt/ednet_pebg")


@pytest.mark.slow
def test_issue5_show_03_a_slice_of_real_answers() -> None:
    data = load_settings(os.environ).data
    if not (data / "kt" / "ednet_pebg" / "data.txt").is_file():
        pytest.skip(f"no kt/ednet_pebg in {data}")
    plan = plan_of({"SLICE": "100", **QUICK}, data)
    assert plan.size.slice == 100 and plan.lengths == (2, 3) and plan.place.name == "ednet_pebg"
    said: list[str] = []
    assert main({"SHUYUAN_DATA": str(data), "SLICE": "100", **QUICK, "SEEDS": "1"}, said.append) == 0
    assert json.loads(said[-1])["by_data"].keys() == {"ednet", "kss"}
