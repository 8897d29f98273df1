"""The tracer at work behind the recommender: what it says follows each new record by a step, equals what all records say at once,
and where there is no sound tracer the model on counts serves.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from commons.records import add_records, records_of
from commons.settings import load_settings
from commons.store import Store
from recommender import Recommender
from recommender.serving import Learners, Tracing, live_place, traced_live
from recommender.serving.traced import Traced
from recommender.shelf import Shelf
from recommender.state import fold
from recommender.tracing.answers import Row
from tests.recommender.world import NOON, World


@functools.cache
def shipped() -> Traced:
    """The tracer that ships, over the small world, without text vectors."""
    from recommender.tracing.ours import load
    from recommender.training.registry import PLACE

    tracer = load(PLACE)
    width = tracer.text_width
    import numpy as np

    tracer.texts = lambda names: np.zeros((len(names), width), np.float32)
    return Traced(tracer, World().shelf)


def recommender(tracing: Tracing) -> Recommender:
    world = World()
    return Recommender(world.graph, world.items, clock=lambda: NOON + timedelta(hours=1), tracing=tracing)


def test_issue5_item_07_each_new_record_moves_the_state_to_what_all_records_give(store: Store) -> None:
    world, learners = World(), Learners(shipped())
    records = [world.answer(name, right, minute) for minute, (name, right) in enumerate(
        [("rows", 1), ("kinds", 0), ("kinds", 0.5), ("mean", 1), ("median", 0), ("rows", 1), ("scale", 1)] * 5
    )]  # fmt: skip
    concepts = list(world.graph.concepts)
    for one in records:
        with store.begin() as conn:
            add_records(conn, [one])
            kept = learners.of(conn, "ada")
    with store.read() as conn:
        whole = Learners(shipped()).of(conn, "ada")
    assert kept.trace is not None and whole.trace is not None
    now = NOON + timedelta(hours=2)
    stepped, read = (shipped().chances(one.trace, now, concepts) for one in (kept, whole) if one.trace)
    assert stepped.keys() == read.keys() == set(concepts)
    assert max(abs(stepped[one] - read[one]) for one in concepts) < 1e-4


def test_issue5_item_07_right_answers_raise_what_the_tracer_expects_and_wrong_ones_lower_it(store: Store) -> None:
    world, mine = World(), recommender(lambda shelf: shipped())
    with store.begin() as conn:
        good = [replace(world.answer("mean", 1, n), item=f"exercise:heritage/u2/x{n}", actor="good") for n in range(6)]
        bad = [replace(world.answer("mean", 0, n), item=f"exercise:heritage/u2/x{n}", actor="bad") for n in range(6)]
        add_records(conn, [*good, *bad])
    with store.read() as conn:
        chances = [mine.mastery_of(conn, actor)["statistics.mean"].p for actor in ("good", "bad")]
        assert chances[0] > chances[1] + 0.2


def test_issue5_item_04_the_rise_of_a_goal_is_worked_out_for_exercises_on_the_way(store: Store) -> None:
    traced = shipped()
    state = traced.read([Row("", "exercise:heritage/u1/rows", ("statistics.data-table",), 1, NOON.timestamp())])
    exercises = ["exercise:heritage/u2/mean", "exercise:heritage/u2/median", "exercise:nowhere/x/y"]
    rise = traced.ahead(state, NOON, "statistics.median", exercises)
    assert rise.keys() == set(exercises[:2])
    assert rise["exercise:heritage/u2/median"] > 0 and rise["exercise:heritage/u2/median"] > rise["exercise:heritage/u2/mean"]
    assert traced.ahead(state, NOON, "no.such-goal", exercises) == {}


def test_issue5_item_07_the_state_of_one_learner_stays_small() -> None:
    import pickle

    answers = [Row("", "exercise:heritage/u1/rows", ("statistics.data-table",), n % 2, 60.0 * n) for n in range(500)]
    assert len(pickle.dumps(shipped().read(answers))) < 600_000


def test_issue5_show_06_a_broken_live_tracer_is_told_and_the_one_that_ships_serves(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings, place = load_settings({"SHUYUAN_HOME": str(tmp_path)}), live_place(tmp_path)
    place.parent.mkdir(parents=True)
    place.write_text('{"live": "2026-01-01-1", "bef', "utf-8")
    traced = traced_live(settings, Shelf(World().graph, World().items))
    assert traced is not None and traced.tracer.names == shipped().tracer.names
    assert "live.json" in caplog.text


def test_issue5_item_07_the_portal_needs_no_torch_to_say_what_comes_next(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from commons.store import migrate, open_store\n"
        "from commons.records import add_records\n"
        "from tests.recommender.test_serving import recommender, shipped\n"
        "from tests.recommender.world import World\n"
        "store = open_store(f'sqlite:///{Path(sys.argv[1]) / \"a.db\"}')\n"
        "migrate(store)\n"
        "with store.begin() as conn:\n"
        "    add_records(conn, [World().answer('rows', 0)])\n"
        "    print(recommender(lambda shelf: shipped()).next_items(conn, 'ada')[0].item.id)\n"
        "print('torch' in sys.modules, 'transformers' in sys.modules)\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, cwd=root, env={**os.environ}
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["exercise:heritage/u1/rows", "False", "False"]


@pytest.mark.parametrize("tracing", [lambda shelf: shipped(), lambda shelf: None])
def test_issue5_item_07_a_class_is_asked_at_once_and_who_is_off_is_not_in_it(store: Store, tracing: Tracing) -> None:
    world, mine = World(), recommender(tracing)
    concepts = ["statistics.mean", "statistics.median", "no.such"]
    with store.begin() as conn:
        for number, actor in enumerate(("ada", "bao", "cyn")):
            add_records(conn, [replace(world.answer("mean", number % 2, n), actor=actor) for n in range(3)])
        mine.set_preference(conn, "cyn", mode="topic")
    with store.read() as conn:
        found = mine.class_mastery(conn, ["ada", "bao", "cyn", "dan"], concepts)
        alone = mine.mastery_of(conn, "bao")["statistics.mean"]
    assert found.keys() == {"ada", "bao", "dan"} and found["bao"].keys() == set(concepts[:2])
    assert found["bao"]["statistics.mean"].p == pytest.approx(alone.p) and found["dan"]["statistics.mean"].last is None
    assert found["bao"]["statistics.mean"].p > found["ada"]["statistics.mean"].p


def test_without_a_tracer_the_model_on_counts_serves(store: Store) -> None:
    world, mine = World(), recommender(lambda shelf: None)
    with store.begin() as conn:
        add_records(conn, [world.answer("rows", 1)])
        found = mine.mastery_of(conn, "ada")
        counts = fold({}, records_of(conn, "ada"))
    assert found == world.model.mastery(counts, counts)


def test_issue5_item_07_the_tracer_is_loaded_once_and_can_be_loaded_before_anybody_asks(store: Store) -> None:
    loaded: list[int] = []

    def tracing(shelf: Shelf) -> Traced:
        loaded.append(len(shelf.items))
        return shipped()

    mine = recommender(tracing)
    assert loaded == []
    mine.warm()
    assert len(loaded) == 1
    with store.begin() as conn:
        add_records(conn, [World().answer("mean", 1, 0)])
    with store.read() as conn:
        assert mine.mastery_of(conn, "ada")
    assert len(loaded) == 1
