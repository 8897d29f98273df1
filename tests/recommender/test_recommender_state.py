"""What is kept of a learner follows the records exactly once, and off means off: not one query on records is made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import pytest
from sqlalchemy import event

from commons.errors import BadInput, NotFound
from commons.people import ensure_person
from commons.records import LearningRecord, Verb, add_records, records_of
from commons.store import Store
from recommender import personal, preferences, state
from recommender.history import read_history
from recommender.mastery import Counts
from recommender.serving import Learners
from tests.recommender.world import NOON, World, record


@contextmanager
def read_records(store: Store) -> Iterator[list[object]]:
    """Every record that the store gives while the block runs."""
    seen: list[object] = []
    with patch("recommender.serving.learners.records_of", side_effect=lambda *a, **k: _noted(seen, records_of(*a, **k))):
        yield seen


def _noted(seen: list[object], found: list[LearningRecord]) -> list[LearningRecord]:
    seen += found
    return found


@contextmanager
def queries(store: Store) -> Iterator[list[str]]:
    """Every statement the store is asked while the block runs."""
    seen: list[str] = []

    def note(conn: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def some_records(world: World) -> list[LearningRecord]:
    return [
        world.answer("rows", 1),
        world.answer("kinds", 0, 1),
        world.visit("moon-gate", 2),
        world.answer("rows", 1, 3),
        world.answer("kinds", 0.5, 4),
        record(world.item("mean"), verb=Verb.answered, minute=5),
        record(world.item("u1"), verb=Verb.completed, minute=6),
    ]


def test_issue5_item_07_a_second_look_reads_only_new_records_and_counts_each_once(either_store: Store) -> None:
    world, store = World(), either_store
    recommender, records = world.recommender(), some_records(world)
    for part in (records[:2], records[2:]):
        with store.begin() as conn:
            add_records(conn, part)
        with store.read() as conn:
            found = recommender.mastery_of(conn, "ada")
            with read_records(store) as seen:
                assert recommender.mastery_of(conn, "ada") == found
            assert seen == []
    told = {concept: (one.right, one.wrong, one.last) for concept, one in found.items()}
    assert told == {
        "statistics.data-table": (1, 0, NOON + timedelta(minutes=3)),
        "statistics.numeric": (0.5, 1.5, NOON + timedelta(minutes=4)),
    }
    assert found["statistics.data-table"].p > found["statistics.numeric"].p


def test_issue5_item_07_counts_and_history_in_parts_equal_those_at_once(store: Store) -> None:
    world, learners = World(), Learners()
    records = [*some_records(world), *[world.answer("median", n % 3 / 2, 10 + n) for n in range(20)]]
    for one in records:
        with store.begin() as conn:
            add_records(conn, [one])
            kept = learners.of(conn, "ada")
    with store.read() as conn:
        everything = records_of(conn, "ada")
    assert kept.counts == state.fold({}, everything) and kept.history == read_history(everything)
    assert kept.seq == everything[-1].seq


def test_issue5_item_07_many_at_once_count_each_record_once(either_store: Store) -> None:
    world, store, learners = World(), either_store, Learners()
    with store.begin() as conn:
        add_records(conn, [world.answer("median", n % 2, n) for n in range(40)])
    together = threading.Barrier(4)

    def look() -> tuple[float, float]:
        together.wait()
        with store.read() as conn:
            one = learners.of(conn, "ada").counts["statistics.median"]
            return one.right, one.wrong

    with ThreadPoolExecutor(4) as pool:
        assert [one.result() for one in [pool.submit(look) for _ in range(4)]] == [(20, 20)] * 4


def test_issue5_item_07_who_was_not_asked_for_lately_is_let_go(store: Store) -> None:
    now = [0.0]
    learners = Learners(most=3, clock=lambda: now[0])
    with store.read() as conn:
        for actor in ("ada", "bao", "cyn", "dan"):
            learners.of(conn, actor)
        assert len(learners) == 3
        now[0] = 3601.0
        learners.of(conn, "eva")
        assert len(learners) == 1
    learners.forget("eva")
    assert len(learners) == 0


def test_new_records_count_at_once_and_nothing_is_written(store: Store) -> None:
    world = World()
    recommender = world.recommender()
    with store.begin() as conn:
        add_records(conn, [world.answer("rows", 0)])
    with store.read() as conn, queries(store) as asked:
        assert recommender.mastery_of(conn, "ada")["statistics.data-table"].wrong == 1
        first = recommender.next_items(conn, "ada")[0]
    assert (first.item.id, first.reasons[0].kind) == ("exercise:heritage/u1/rows", "retry")
    assert not [one for one in asked if not one.lstrip().upper().startswith(("SELECT", "PRAGMA"))]


def test_item_07_recommender_off_holds_at_once_and_asks_for_no_record_and_no_mastery(store: Store) -> None:
    world = World()
    recommender = world.recommender()
    with store.begin() as conn:
        add_records(conn, some_records(world))
        assert recommender.next_items(conn, "ada")
        recommender.set_preference(conn, "ada", mode="off")
    with store.begin() as conn, queries(store) as asked:
        assert recommender.next_items(conn, "ada", k=5, language="en") == []
        assert recommender.mastery_of(conn, "ada") == {}
        assert len(asked) == 2 and all("FROM preference" in one for one in asked)
    assert len(recommender._learners) == 0, "what was kept in memory is gone"
    with store.begin() as conn:
        recommender.set_preference(conn, "ada", mode="personal")
        assert recommender.next_items(conn, "ada")


def test_item_07_recommender_by_topic_uses_the_goal_and_never_the_records(store: Store) -> None:
    world = World()
    recommender = world.recommender()
    with store.begin() as conn:
        add_records(conn, some_records(world))
        recommender.set_preference(conn, "ada", mode="topic", goal="statistics.median")
    with store.read() as conn, queries(store) as asked:
        steps = recommender.next_items(conn, "ada")
        assert recommender.mastery_of(conn, "ada") == {}
    assert steps[0].item.id == "unit:heritage/u1" and steps[0].reasons[0].kind == "path"
    assert not [one for one in asked if "FROM record" in one ]


def test_a_visitor_without_account_gets_a_start_and_nothing_is_asked_of_the_store(store: Store) -> None:
    with store.read() as conn, queries(store) as asked:
        steps = World().recommender().next_items(conn, "", k=3, language="en")
    assert steps[0].item.id == "unit:heritage/u1" and asked == []


def test_two_learners_with_different_answers_get_different_steps(store: Store) -> None:
    world = World()
    ada = [world.answer("rows", 0)]
    bao = [record(world.item(name), right=1, actor="bao") for name in ("rows", "kinds", "ratio", "scale")]
    with store.begin() as conn:
        add_records(conn, [*ada, *bao])
        steps = [world.recommender().next_items(conn, actor) for actor in ("ada", "bao")]
    assert steps[0][0].item.id == "exercise:heritage/u1/rows"
    assert steps[1][0].item.id == "stop:garden/bracket-set"
    assert all(step.reasons for found in steps for step in found)


def test_not_interested_and_known_hold_until_taken_back(store: Store) -> None:
    world = World()
    recommender = world.recommender()
    with store.begin() as conn:
        recommender.set_verdict(conn, "ada", "unit:heritage/u1", "not-interested")
        assert "unit:heritage/u1" not in [step.item.id for step in recommender.next_items(conn, "ada", k=9)]
        recommender.set_verdict(conn, "ada", "unit:heritage/u1", "known")
        assert preferences.verdicts_of(conn, "ada") == {"unit:heritage/u1": "known"}
        recommender.set_verdict(conn, "ada", "unit:heritage/u1", None)
        assert recommender.next_items(conn, "ada")[0].item.id == "unit:heritage/u1"


def test_what_is_not_given_stays_and_nonsense_is_refused(store: Store) -> None:
    recommender = World().recommender()
    with store.begin() as conn:
        recommender.set_preference(conn, "ada", mode="topic", goal="geometry.scale")
        assert recommender.set_preference(conn, "ada", mode="personal").goal == "geometry.scale"
        assert recommender.set_preference(conn, "ada", goal="").mode == "personal"
        with pytest.raises(NotFound, match=r"Did you mean 'geometry\.scale'"):
            recommender.set_preference(conn, "ada", goal="geometry.scael")
        with pytest.raises(BadInput, match="no mode"):
            recommender.set_preference(conn, "ada", mode="sometimes")  # type: ignore[arg-type]
        with pytest.raises(BadInput, match="no such word"):
            recommender.set_verdict(conn, "ada", "x", "meh")  # type: ignore[arg-type]


def test_items_are_offered_in_the_language_they_exist_in(store: Store) -> None:
    world = World()
    items = [one for one in world.items if one.kind != "exercise"]
    only = [type(one)(**vars(one) | {"title": {"zh-CN": one.title["zh-CN"]}}) for one in items[:1]]
    recommender = World([*only, *items[1:]]).recommender()
    with store.read() as conn:
        found = [step.item.id for step in recommender.next_items(conn, "", k=9, language="en")]
        assert only[0].id not in found and found
        assert only[0].id in [step.item.id for step in recommender.next_items(conn, "", k=9, language="zh-CN")]


def test_export_shows_and_erase_removes_everything_kept_about_a_person(store: Store) -> None:
    world, kept = World(), personal.PERSONAL_STORES[0]
    recommender = world.recommender()
    with store.begin() as conn:
        person = ensure_person(conn, "ada")
        add_records(conn, [record(world.item("rows"), right=1, actor=person.actor)])
        recommender.set_preference(conn, person.actor, goal="geometry.scale")
        recommender.set_verdict(conn, person.actor, "unit:heritage/u4", "known")
        found = kept.export(conn, person)
        assert [len(found[name]) for name in ("preference", "verdict")] == [1, 1]
        assert kept.erase(conn, person) == 2 and kept.erase(conn, person) == 0
        assert not any(kept.export(conn, person).values())
    assert set(kept.describe()) == {"zh-CN", "en"}


def test_fold_counts_a_solved_exercise_once_and_leaves_records_without_a_result() -> None:
    world = World()
    again = [world.answer("rows", 1, minute) for minute in range(3)]
    assert state.fold({}, again) == {"statistics.data-table": Counts(1, 0, NOON + timedelta(minutes=2))}
    said = LearningRecord("ada", Verb.answered, "exercise:x/y/z", "exercise", ("a.b",), NOON, success=False)
    assert state.fold({}, [said, world.visit("moon-gate")]) == {"a.b": Counts(0, 1, NOON)}
