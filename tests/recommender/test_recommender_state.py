"""Stored counts follow the records exactly once, and off means off: not one query on records or mastery is
made.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from commons.errors import BadInput, NotFound
from commons.people import ensure_person
from commons.records import LearningRecord, Verb, add_records, records_of
from commons.store import Store
from recommender import personal, preferences, state
from recommender.mastery import Counts
from recommender.tables import cursor, mastery
from tests.recommender.world import NOON, World, record


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


def test_update_reads_only_what_is_new_and_repeating_it_changes_nothing(either_store: Store) -> None:
    world, store = World(), either_store
    recommender, records = world.recommender(), some_records(world)
    for part in (records[:2], records[2:]):
        with store.begin() as conn:
            add_records(conn, part)
            assert recommender.update(conn, "ada") == len(part)
            assert recommender.update(conn, "ada") == 0
    with store.read() as conn:
        stored = {row.concept: (row.right, row.wrong, row.last) for row in conn.execute(mastery.select())}
        found = recommender.mastery_of(conn, "ada")
    assert stored == {
        "statistics.data-table": (1, 0, NOON + timedelta(minutes=3)),
        "statistics.numeric": (0.5, 1.5, NOON + timedelta(minutes=4)),
    }
    assert found.keys() == stored.keys()
    assert found["statistics.data-table"].p > found["statistics.numeric"].p


def test_counting_in_parts_equals_counting_at_once(store: Store) -> None:
    world = World()
    records = [*some_records(world), *[world.answer("median", n % 3 / 2, 10 + n) for n in range(20)]]
    with store.begin() as conn:
        for one in records:
            add_records(conn, [one])
            state.advance(conn, "ada")
        assert state.counts_now(conn, "ada") == state.fold({}, records_of(conn, "ada"))


def test_two_updates_at_once_count_each_record_once(either_store: Store) -> None:
    world, store = World(), either_store
    with store.begin() as conn:
        add_records(conn, [world.answer("median", n % 2, n) for n in range(40)])
    together = threading.Barrier(4)

    def update() -> int:
        together.wait()
        with store.begin() as conn:
            return state.advance(conn, "ada")

    with ThreadPoolExecutor(4) as pool:
        counted = [one.result() for one in [pool.submit(update) for _ in range(4)]]
    with store.read() as conn:
        rows = conn.execute(mastery.select()).all()
    assert sorted(counted) == [0, 0, 0, 40]
    assert [(row.right, row.wrong) for row in rows] == [(20, 20)]


def test_new_records_count_before_update_was_called_and_nothing_is_written(store: Store) -> None:
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
        recommender.update(conn, "ada")
        assert recommender.next_items(conn, "ada")
        recommender.set_preference(conn, "ada", mode="off")
    with store.begin() as conn, queries(store) as asked:
        assert recommender.next_items(conn, "ada", k=5, language="en") == []
        assert recommender.mastery_of(conn, "ada") == {}
        assert recommender.update(conn, "ada") == 0
        assert len(asked) == 3 and all("FROM preference" in one for one in asked)
        assert conn.execute(mastery.select()).first() is None, "the profile is gone"
        assert conn.execute(cursor.select()).first() is None
    with store.begin() as conn:
        recommender.set_preference(conn, "ada", mode="personal")
        assert recommender.update(conn, "ada") == 7
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
    assert not [one for one in asked if "FROM record" in one or "FROM mastery" in one or "FROM cursor" in one]


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
        recommender.update(conn, person.actor)
        recommender.set_preference(conn, person.actor, goal="geometry.scale")
        recommender.set_verdict(conn, person.actor, "unit:heritage/u4", "known")
        found = kept.export(conn, person)
        assert [len(found[name]) for name in ("preference", "verdict", "mastery", "cursor")] == [1, 1, 1, 1]
        assert found["mastery"][0]["last"] == NOON.isoformat()
        assert kept.erase(conn, person) == 4 and kept.erase(conn, person) == 0
        assert not any(kept.export(conn, person).values())
    assert set(kept.describe()) == {"zh-CN", "en"}


def test_fold_counts_a_solved_exercise_once_and_leaves_records_without_a_result() -> None:
    world = World()
    again = [world.answer("rows", 1, minute) for minute in range(3)]
    assert state.fold({}, again) == {"statistics.data-table": Counts(1, 0, NOON + timedelta(minutes=2))}
    said = LearningRecord("ada", Verb.answered, "exercise:x/y/z", "exercise", ("a.b",), NOON, success=False)
    assert state.fold({}, [said, world.visit("moon-gate")]) == {"a.b": Counts(0, 1, NOON)}
