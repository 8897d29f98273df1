"""What a teacher decides goes before the machine and the learner's tags, within the course, and can be taken back; what a
learner says of subjects and concepts is used, shown and forgotten.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection, select

from commons.errors import BadInput
from commons.items import Item
from commons.people import Person, ensure_person
from commons.records import add_records
from commons.store import Store
from recommender import Recommender, Suggestion, forget_said, preferences, within
from recommender.facts import why_known
from recommender.learner import known_concepts
from recommender.overrule import EVERYBODY, Decided, decide, decisions, overrules_of, take_back
from recommender.personal import PERSONAL_STORES
from recommender.tables import overrule, tag, verdict
from recommender.tags import set_tag, tags_of
from tests.recommender.world import NOON, World

COURSE = "heritage"


@pytest.fixture
def world() -> World:
    return World()


def recommender(world: World, *courses: str) -> Recommender:
    return Recommender(
        world.graph, world.items, clock=lambda: NOON + timedelta(hours=1), courses_of=lambda conn, actor: courses
    )


def say(conn: Connection, world: World, word: Decided, target: str, actor: str = "ada", hour: int = 0) -> None:
    decide(conn, COURSE, actor, word, target, by="wang", shelf=world.shelf, now=NOON + timedelta(hours=hour))


def ids(found: list[Suggestion]) -> list[str]:
    return [one.item.id for one in found]


def test_issue5_item_05_a_teachers_word_goes_first_and_says_so(either_store: Store, world: World) -> None:
    house = recommender(world, COURSE)
    with either_store.begin() as conn:
        add_records(conn, [world.answer("rows", 0), world.answer("kinds", 1, 1)])
        house.set_verdict(conn, "ada", "unit:heritage/u4", "not-interested")
        house.set_tag(conn, "ada", "kind:unit", "less")
        assert ids(house.next_items(conn, "ada"))[0] == "exercise:heritage/u1/rows"
        say(conn, world, "first", "unit:heritage/u4")
        first = house.next_items(conn, "ada")[0]
        assert (first.item.id, first.reasons[0].kind) == ("unit:heritage/u4", "teacher")
        (fact,) = first.reasons[0].facts
        assert (fact.kind, fact.who, fact.time) == ("teacher", "wang", NOON)
        assert take_back(conn, COURSE, "ada", "first", "unit:heritage/u4")
        assert not take_back(conn, COURSE, "ada", "first", "unit:heritage/u4")
        assert ids(house.next_items(conn, "ada"))[0] == "exercise:heritage/u1/rows"


def test_issue5_item_05_what_a_teacher_rules_out_is_not_suggested(either_store: Store, world: World) -> None:
    house = recommender(world, COURSE)
    with either_store.begin() as conn:
        add_records(conn, [world.answer("rows", 0), world.answer("kinds", 0, 1)])
        say(conn, world, "never", "unit:heritage/u1", EVERYBODY)
        assert not [one for one in ids(house.next_items(conn, "ada", 20)) if "/u1" in one]
        say(conn, world, "first", "exercise:heritage/u1/kinds")
        found = ids(house.next_items(conn, "ada", 20))
        assert found[0] == "exercise:heritage/u1/kinds" and "exercise:heritage/u1/rows" not in found


def test_a_teachers_word_is_shown_however_little_time_there_is(store: Store, world: World) -> None:
    house = recommender(world, COURSE)
    with store.begin() as conn:
        say(conn, world, "first", "unit:heritage/u4")
        found = house.next_items(conn, "ada", 3, "en", minutes=10)
    assert found[0].item.id == "unit:heritage/u4" and len(found) > 1
    assert sum(one.item.minutes for one in found[1:]) <= 10


def test_what_was_asked_for_is_done_when_it_was_done_after_it_was_asked(store: Store, world: World) -> None:
    house = recommender(world, COURSE)
    with store.begin() as conn:
        add_records(conn, [world.answer("rows", 1), world.answer("kinds", 1, 1)])
        say(conn, world, "first", "exercise:heritage/u1/rows", hour=1)
        assert ids(house.next_items(conn, "ada"))[0] == "exercise:heritage/u1/rows", "right before, and asked for again"
        add_records(conn, [world.answer("rows", 0, 61)])
        assert ids(house.next_items(conn, "ada"))[0] == "exercise:heritage/u1/rows"
        add_records(conn, [world.answer("rows", 1, 62)])
        assert "exercise:heritage/u1/rows" not in ids(house.next_items(conn, "ada", 20))


def test_issue5_item_05_a_goal_leads_within_the_course_and_the_learner_sees_whose_it_is(
    store: Store, world: World
) -> None:
    house = recommender(world, COURSE)
    with store.begin() as conn:
        add_records(conn, [world.answer("rows", 1), world.answer("kinds", 1, 1)])
        house.set_preference(conn, "ada", goal="architecture.stone-base")
        house.set_verdict(conn, "ada", "unit:heritage/u4", "not-interested")
        say(conn, world, "goal", "geometry.scale", EVERYBODY)
        first = house.next_items(conn, "ada")[0]
        assert (first.item.id, first.reasons[0].kind) == ("unit:heritage/u4", "teacher")
        steps = [fact.concept for fact in first.reasons[0].facts if fact.kind == "step"]
        assert steps == ["geometry.ratio", "geometry.scale"]
        say(conn, world, "goal", "statistics.median", hour=1)
        assert "unit:heritage/u4" not in ids(house.next_items(conn, "ada", 20))
        assert [one.target for one in decisions(conn, COURSE)] == ["statistics.median", "geometry.scale"]
        assert house.overrules(conn, "ada").goals == {COURSE: "statistics.median"}
        assert house.overrules(conn, "bo").goals == {COURSE: "geometry.scale"}


def test_issue5_item_05_a_goal_that_is_still_out_of_reach_says_what_it_needs_first(store: Store) -> None:
    title = {"zh-CN": "材与中位数", "en": "Modules and medians"}
    later = Item("unit:heritage/u9", "unit", ("statistics.median", "architecture.modular-unit"), 30, title, "/u9")
    world = World([*World().items[6:9], later])
    house = recommender(world, COURSE)
    with store.begin() as conn:
        add_records(conn, [world.answer("ratio", 1), world.answer("scale", 0, 1)])
        say(conn, world, "goal", "statistics.median", EVERYBODY)
        first = house.next_items(conn, "ada")[0]
    told = first.reasons[0]
    assert told.kind == "teacher" and first.item.id.startswith(("unit:heritage/u4", "exercise:heritage/u4/scale"))
    assert [(one.item, one.concept) for one in told.facts if one.kind == "gap"] == [
        ("unit:heritage/u9", "geometry.scale")
    ]
    assert told.text["zh-CN"] == "老师定的目标是“中位数”，路上的“材与中位数”要先会“比例尺”。"
    assert told.text["en"].endswith("“Modules and medians”, which is on the way, needs “scale” first.")


def test_the_newest_word_and_the_word_on_one_learner_hold(either_store: Store, world: World) -> None:
    with either_store.begin() as conn:
        say(conn, world, "never", "unit:heritage/u1", EVERYBODY)
        say(conn, world, "first", "unit:heritage/u1")
        say(conn, world, "first", "unit:heritage/u2", hour=1)
        ada, bo = (overrules_of(conn, who, [COURSE]) for who in ("ada", "bo"))
        assert (ada.first, ada.never) == (("unit:heritage/u2", "unit:heritage/u1"), frozenset())
        assert (bo.first, bo.never) == ((), {"unit:heritage/u1"})
        say(conn, world, "never", "unit:heritage/u2", hour=2)
        assert overrules_of(conn, "ada", [COURSE]).never == {"unit:heritage/u2"}
        assert len(decisions(conn, COURSE, "ada")) == 2


def test_a_teachers_word_ends_where_the_course_ends(either_store: Store, world: World) -> None:
    with either_store.begin() as conn:
        for word, target in (
            ("first", "stop:garden/moon-gate"), ("never", "unit:tea/u1"), ("goal", "architecture.moon-gate"), ("last", "unit:heritage/u1"),
        ):  # fmt: skip
            with pytest.raises(BadInput):
                say(conn, world, word, target)  # type: ignore[arg-type]
        say(conn, world, "first", "unit:heritage/u4")
        assert overrules_of(conn, "ada", ["tea"]).first == () == overrules_of(conn, "ada", []).first
        assert recommender(world).notes(conn, "ada") == []


def test_issue5_item_05_off_stays_off_and_the_note_is_only_the_teachers(store: Store, world: World) -> None:
    house = recommender(world, COURSE)
    with store.begin() as conn:
        add_records(conn, [world.answer("rows", 0)])
        say(conn, world, "first", "unit:heritage/u4")
        say(conn, world, "goal", "geometry.scale", EVERYBODY)
        house.set_preference(conn, "ada", mode="off")
        assert house.next_items(conn, "ada") == [] and house.mastery_of(conn, "ada") == {} == house.known(conn, "ada")
        assert [(item.id, one.author) for item, one in house.notes(conn, "ada")] == [("unit:heritage/u4", "wang")]
        house.set_preference(conn, "ada", mode="topic")
        found = house.next_items(conn, "ada", 20)
        assert found[0].item.id == "unit:heritage/u4"
        assert all(not one.evidence for step in found for one in step.reasons)


def test_issue5_item_05_a_teacher_sees_no_reason_from_outside_the_course(world: World) -> None:
    shelf = world.shelf
    learner = world.learner(world.visit("bracket-set", 5), world.answer("rows", 0, 6), goal="architecture.stone-base")
    house = Recommender(world.graph, world.items)
    steps = house._planner.plan(shelf, replace(learner, tags={"course:heritage": "more"}), 9)
    found = [one for step in steps for one in house._suggestion(step, learner).reasons]
    kept = {one.kind for one in found if within(one, COURSE, shelf)}
    assert {"back", "liked"} <= {one.kind for one in found} and kept & {"back", "liked"} == set()
    assert "retry" in kept
    seen = [fact for one in found for fact in (within(one, COURSE, shelf) or replace(one, facts=())).facts]
    assert not [fact for fact in seen if fact.item and not fact.item.partition(":")[2].startswith(COURSE)]


def test_issue5_item_05_tags_raise_lower_and_are_taken_back(either_store: Store, world: World) -> None:
    house = recommender(world)
    with either_store.begin() as conn:
        add_records(conn, [world.answer("rows", 1), world.answer("kinds", 1, 1)])
        before = ids(house.next_items(conn, "ada", 20))
        house.set_tag(conn, "ada", "concept:architecture.stone-base", "more")
        house.set_tag(conn, "ada", "place:garden", "more")
        liked = house.next_items(conn, "ada", 20)
        assert ids(liked).index("object:garden/stone-base") < before.index("object:garden/stone-base")
        assert liked[0].reasons[-1].kind == "liked"
        house.set_tag(conn, "ada", "place:garden", "less")
        house.set_tag(conn, "ada", "concept:architecture.stone-base", None)
        assert not [one for one in house.next_items(conn, "ada", 20) if one.reasons[-1].kind == "liked"]
        assert tags_of(conn, "ada") == {"place:garden": "less"}
        for name, word in (
            ("place:moon", "more"),
            ("place:garden", "yes"),
            ("knows:statistics.mean", "more"),
            ("x", "no"),
        ):
            with pytest.raises(BadInput):
                set_tag(conn, "ada", name, word, world.shelf)


def test_issue5_item_05_known_concepts_have_a_ground_and_can_be_denied(store: Store, world: World) -> None:
    house = recommender(world)
    with store.begin() as conn:
        add_records(conn, [world.answer("rows", 1), world.answer("kinds", 1, 1)])
        house.set_tag(conn, "ada", "knows:statistics.median", "yes")
        known = house.known(conn, "ada")
        assert known["statistics.median"].kind == "said" and known["statistics.mean"].kind == "below"
        assert known["statistics.mean"].about == "statistics.median"
        house.set_tag(conn, "ada", "knows:statistics.data-table", "no")
        assert "statistics.data-table" not in house.known(conn, "ada")
        again = [one for one in house.next_items(conn, "ada", 20) for reason in one.reasons if reason.kind == "again"]
        assert [one.item.id for one in again] == ["unit:heritage/u1"]


@pytest.mark.parametrize("days", [0, 40])
def test_every_known_concept_has_a_ground_that_the_records_bear_out(world: World, days: int) -> None:
    learner = world.learner(*(world.answer(name, 1, n) for n, name in enumerate(("rows", "kinds", "mean"))), days=days)
    learner = replace(
        learner, verdicts={"exercise:heritage/u4/ratio": "known"}, tags={"knows:statistics.numeric": "no"}
    )
    known = why_known(learner, world.shelf)
    assert set(known) == set(known_concepts(learner, world.shelf))
    assert known["geometry.ratio"].kind == "marked" and known["geometry.ratio"].about == "exercise:heritage/u4/ratio"
    assert known["statistics.data-table"].kind in ("answers", "solved")
    for one in known.values():
        assert one.kind != "answers" or (one.right >= 1 and one.last is not None)


def test_issue5_item_05_what_was_said_is_exported_forgotten_and_erased(either_store: Store, world: World) -> None:
    house = recommender(world, COURSE)
    with either_store.begin() as conn:
        ada, wang = ensure_person(conn, "ada"), ensure_person(conn, "wang")
        _say_much(conn, house, world, ada, wang)
        told = PERSONAL_STORES[0].export(conn, ada)
        assert told["tag"][0]["tag"] == "place:garden" and told["verdict"][0]["item"] == "unit:heritage/u4"
        assert [(one["word"], "author" in one) for one in told["overrule"]] == [("first", False)]
        assert [(one["word"], "actor" in one) for one in PERSONAL_STORES[0].export(conn, wang)["decided"]] == [
            ("first", False)
        ]
        forget_said(conn, ada.actor)
        assert house.preference(conn, ada.actor).goal == "" == "".join(tags_of(conn, ada.actor))
        assert conn.execute(select(verdict)).first() is None and conn.execute(select(overrule)).first() is not None
        _say_much(conn, house, world, ada, wang)
        PERSONAL_STORES[0].erase(conn, wang)
        assert conn.execute(select(overrule.c.author)).scalars().all() == [""]
        assert PERSONAL_STORES[0].erase(conn, ada) >= 3
        assert all(conn.execute(select(table)).first() is None for table in (overrule, tag, verdict))


def _say_much(conn: Connection, house: Recommender, world: World, ada: Person, wang: Person) -> None:
    house.set_tag(conn, ada.actor, "place:garden", "more")
    house.set_verdict(conn, ada.actor, "unit:heritage/u4", "known")
    house.set_preference(conn, ada.actor, goal="statistics.mean")
    decide(conn, COURSE, ada.actor, "first", "unit:heritage/u2", by=wang.actor, shelf=world.shelf)


def test_two_who_write_at_once_are_no_error_and_off_stays_off(either_store: Store, world: World) -> None:
    house = recommender(world, COURSE)
    begun = threading.Event()

    def again() -> None:
        begun.set()
        with either_store.begin() as conn:
            house.set_tag(conn, "ada", "place:garden", "less")
            house.set_verdict(conn, "ada", "unit:heritage/u1", "not-interested")
            preferences.set_preference(conn, "ada", goal="statistics.mean")
            say(conn, world, "first", "unit:heritage/u2", hour=1)

    with either_store.begin() as conn:
        house.set_tag(conn, "ada", "place:garden", "more")
        house.set_verdict(conn, "ada", "unit:heritage/u1", "known")
        house.set_preference(conn, "ada", mode="off")
        say(conn, world, "first", "unit:heritage/u2")
        other = threading.Thread(target=again)
        other.start()
        assert begun.wait(10)
        time.sleep(0.3)
    other.join(30)
    with either_store.read() as conn:
        assert tags_of(conn, "ada") == {"place:garden": "less"}
        assert preferences.verdicts_of(conn, "ada") == {"unit:heritage/u1": "not-interested"}
        assert house.preference(conn, "ada") == preferences.Preference("off", "statistics.mean")
        assert [one.time for one in decisions(conn, COURSE)] == [NOON + timedelta(hours=1)]


def test_issue5_item_04_a_goal_without_a_step_says_whether_it_is_known_or_waits(store: Store, world: World) -> None:
    house = recommender(world, COURSE)
    with store.begin() as conn:
        house.set_preference(conn, "ada", goal="statistics.median")
        assert [(one.goal, one.course, one.state) for one in house.aims(conn, "ada")] == [("statistics.median", "", "steps")]
        house.set_tag(conn, "ada", "knows:statistics.median", "yes")
        assert [one.state for one in house.aims(conn, "ada")] == ["known"]
        say(conn, world, "goal", "geometry.scale", EVERYBODY)
        assert [(one.course, one.state) for one in house.aims(conn, "ada")][1:] == [("heritage", "steps")]
        house.set_preference(conn, "ada", mode="off")
        assert house.aims(conn, "ada") == []
