"""Marking by hand: it completes scores, is shown to the learner, and two teachers cannot overwrite each other."""

from __future__ import annotations

import pytest

from commons.errors import BadInput, Conflict
from commons.records import records_of
from commons.store import Store
from courses.attempts import attempt_of, attempts_of, marks_of
from courses.audit import count_entries, entries
from courses.extensions import deadlines, extend
from courses.holding import HELD, INSTANT, set_opening, shown
from courses.marking import Taken, manual_marks, mark_by_hand
from courses.personal import PERSONAL_STORES
from courses.rubrics import Rubric, RubricItem, points_of, rubric, set_rubric
from tests.courses.teaching import hand_in, make_class

ITEMS = [("", "names the mean", 1.0), ("", "says why", 3.0)]


def test_issue3_item_08_a_mark_by_hand_completes_the_score_the_feedback_and_the_records(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        attempt = hand_in(conn, here.lin)
        made = set_rubric(conn, here.teacher, "tea", "u1", "essay", ITEMS, 0)
        chosen = [made.items[0].id, made.items[1].id]
        hand = mark_by_hand(
            conn, here.teacher, attempt, "essay", points=4, comment="Well said.", items=chosen, version=0
        )
        done = attempt_of(conn, attempt)
        records = records_of(conn, here.lin.actor)
        told = entries(conn, "tea")
    assert hand is not None and hand.version == 1
    assert (done.score, done.max_score) == (6.0, 6.0) and done.feedback is not None
    essay = done.feedback["exercises"][1]
    assert (essay["state"], essay["points"], essay["passed"], essay["comments"]) == (
        "graded",
        4.0,
        True,
        ["Well said."],
    )
    assert [item["words"] for item in essay["rubric"]] == ["names the mean", "says why"]
    assert {(r.item, r.score) for r in records} == {
        ("exercise:tea/u1/mean", 1.0),
        ("exercise:tea/u1/essay", 1.0),
        ("unit:tea/u1", 1.0),
    }
    assert [entry.what for entry in told] == ["mark", "rubric"] and told[0].author == here.teacher.actor


def test_issue3_item_08_saving_the_same_again_changes_nothing(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        attempt = hand_in(conn, here.lin)
        first = mark_by_hand(conn, here.teacher, attempt, "essay", points=3, version=0)
        count = len(records_of(conn, here.lin.actor))
        assert mark_by_hand(conn, here.teacher, attempt, "essay", points=3, version=1) == first
        assert mark_by_hand(conn, here.other, attempt, "essay", points=3, version=0) == first
        assert len(records_of(conn, here.lin.actor)) == count and count_entries(conn, "tea") == 1


def test_issue3_item_08_the_second_of_two_teachers_is_told_and_overwrites_nothing(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        attempt = hand_in(conn, here.lin)
        mark_by_hand(conn, here.teacher, attempt, "essay", points=3, comment="mine", version=0)
        with pytest.raises(Taken) as told:
            mark_by_hand(conn, here.other, attempt, "essay", points=1, version=0)
        assert told.value.now is not None and (told.value.now.points, told.value.now.comment) == (3, "mine")
        mark_by_hand(conn, here.other, attempt, "essay", points=1, version=1)
        assert manual_marks(conn, [attempt])[attempt, "essay"].author == here.other.actor
        assert attempt_of(conn, attempt).score == 3.0


def test_while_a_teacher_still_chooses_no_record_is_written_and_the_last_choice_is_the_one(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        attempt = hand_in(conn, here.lin)
        for version, points in enumerate((1.0, 2.0, 3.0)):
            mark_by_hand(conn, here.teacher, attempt, "essay", points=points, version=version, is_final=False)
        assert records_of(conn, here.lin.actor) == []
        mark_by_hand(conn, here.teacher, attempt, "essay", points=3.0, version=3)
        essay = [r for r in records_of(conn, here.lin.actor) if r.item.endswith("essay")]
        assert [r.score for r in essay] == [0.75]
        mark_by_hand(conn, here.teacher, attempt, "essay", points=4.0, version=3)
        essay = [r for r in records_of(conn, here.lin.actor) if r.item.endswith("essay")]
        assert [r.score for r in essay] == [0.75, 1.0]


def test_a_machines_mark_comes_back_when_the_hands_is_taken_away(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        attempt = hand_in(conn, here.lin, mean=None)
        assert attempt_of(conn, attempt).score is None
        mark_by_hand(conn, here.teacher, attempt, "mean", points=2, version=0)
        assert attempt_of(conn, attempt).score == 2.0
        mark_by_hand(conn, here.teacher, attempt, "mean", points=None, version=1)
        mark = marks_of(conn, attempt)[0]
        assert (mark.points, mark.state, mark.reason) == (None, "not-graded", "timeout 30")
        assert attempt_of(conn, attempt).score is None


def test_odd_points_items_and_questions_are_refused(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        attempt, waiting = hand_in(conn, here.lin), hand_in(conn, here.chen, state="grading")
        for points in (-1, 4.5, float("nan")):
            with pytest.raises(BadInput):
                mark_by_hand(conn, here.teacher, attempt, "essay", points=points)
        with pytest.raises(BadInput):
            mark_by_hand(conn, here.teacher, attempt, "essay", points=1, items=["nope"])
        with pytest.raises(Conflict):
            mark_by_hand(conn, here.teacher, waiting, "essay", points=1)


def test_a_rubric_is_reused_and_changed_only_upon_the_version_one_saw(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        first = set_rubric(conn, here.teacher, "tea", "u1", "essay", ITEMS, 0)
        again = [(one.id, one.words, one.points) for one in first.items]
        assert set_rubric(conn, here.other, "tea", "u1", "essay", again, 0) == first
        with pytest.raises(Conflict):
            set_rubric(conn, here.other, "tea", "u1", "essay", again[:1], 0)
        assert len(set_rubric(conn, here.other, "tea", "u1", "essay", again[:1], 1).items) == 1
        assert rubric(conn, "tea", "u1", "essay").version == 2
        with pytest.raises(BadInput):
            set_rubric(conn, here.other, "tea", "u1", "essay", [("", f"item {n}", 1.0) for n in range(10)], 2)


def test_minus_points_take_away_from_the_full_mark_and_never_below_nothing() -> None:
    minus = Rubric((RubricItem("a", "no unit", -1), RubricItem("b", "no reason", -9)))
    assert points_of(minus, ["a"], 4) == 3 and points_of(minus, ["a", "b"], 4) == 0 and points_of(minus, [], 4) is None


def test_issue3_item_08_held_feedback_is_hidden_and_leaves_no_record_until_it_is_released(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        attempt = hand_in(conn, here.lin)
        set_opening(conn, here.teacher, "tea", "u1", HELD)
        mark_by_hand(conn, here.teacher, attempt, "essay", points=4)
        (seen,) = shown(conn, attempts_of(conn, here.lin.actor))
        assert (seen.state, seen.score, seen.max_score, seen.feedback) == ("held", None, None, None)
        assert records_of(conn, here.lin.actor) == []
        set_opening(conn, here.teacher, "tea", "u1", INSTANT)
        (seen,) = shown(conn, attempts_of(conn, here.lin.actor))
        assert seen.score == 6.0 and len(records_of(conn, here.lin.actor)) == 3
        assert [one.what for one in entries(conn, "tea", what="feedback")] == ["feedback", "feedback"]


def test_an_erased_learner_leaves_no_mark_comment_or_extension(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        attempt = hand_in(conn, here.lin)
        mark_by_hand(conn, here.teacher, attempt, "essay", points=4, comment="to Lin")
        extend(conn, here.teacher, "tea", "u1", here.lin.actor, None, 1)
        for kept in PERSONAL_STORES:
            kept.erase(conn, here.lin)
        assert manual_marks(conn, [attempt]) == {} and deadlines(conn, "tea", "u1").given == {}
        assert "Lin" not in str([vars(one) for one in entries(conn, "tea")])
