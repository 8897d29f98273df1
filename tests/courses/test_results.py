"""Lists of hand-ins and kinds of wrong answers."""

from __future__ import annotations

from commons.store import Store
from courses.attempts import attempt_of
from courses.results import exercise_results, listed, pattern, progress
from tests.courses.teaching import hand_in, make_class


def test_issue3_item_08_answers_are_grouped_by_what_the_first_failing_check_said(store: Store) -> None:
    here = make_class(store)
    with store.begin() as conn:
        hand_in(conn, here.lin, mean=2.0)
        hand_in(conn, here.lin, number=2, mean=0.0, said="AssertionError: 3.25 is not 4\nmore")
        hand_in(conn, here.chen, mean=0.0, said="AssertionError: 17 is not 4")
        hand_in(conn, here.other, mean=0.0, said="NameError: name 'mean' is not defined")
        hand_in(conn, here.teacher, mean=2.0)
        results = exercise_results(conn, "tea", "u1")
    mean, essay = results
    assert (mean.answers, mean.mean) == (4, 0.25)
    assert [(kind.label, kind.count, kind.share) for kind in mean.kinds] == [
        ("said", 2, 0.5),
        ("said", 1, 0.25),
        ("passed", 1, 0.25),
    ]
    assert mean.kinds[0].words.startswith("AssertionError: ") and len(mean.kinds[0].examples) == 2
    assert [kind.label for kind in essay.kinds] == ["manual"] and essay.mean is None


def test_hand_ins_that_only_hidden_checks_refuse_are_told_apart_by_what_those_said_to_the_teacher_alone(store: Store) -> None:
    here = make_class(store)
    with store.begin() as conn:
        first = hand_in(conn, here.lin, mean=0.0, hidden="AssertionError: 3 is not 4")
        hand_in(conn, here.chen, mean=0.0, hidden="AssertionError: 5 is not 4")
        hand_in(conn, here.other, mean=0.0, hidden="KeyError: 'x'")
        mean, _ = exercise_results(conn, "tea", "u1")
        assert "3 is not 4" not in str(attempt_of(conn, first).feedback)
    assert [(kind.label, pattern(kind.words), kind.count) for kind in mean.kinds] == [
        ("hidden", "AssertionError: # is not #", 2),
        ("hidden", "KeyError: 'x'", 1),
    ]


def test_what_was_not_graded_is_a_kind_of_its_own_and_never_a_zero(store: Store) -> None:
    here = make_class(store)
    with store.begin() as conn:
        hand_in(conn, here.lin, mean=None)
        mean, _ = exercise_results(conn, "tea", "u1")
    assert [(kind.label, kind.points) for kind in mean.kinds] == [("not-graded", None)] and mean.mean is None
    assert "30" in mean.kinds[0].why["en"]


def test_issue3_item_08_hand_ins_are_found_by_state_and_by_name(store: Store) -> None:
    here = make_class(store)
    with store.begin() as conn:
        hand_in(conn, here.lin, essay=4.0, late_s=5.0)
        hand_in(conn, here.lin, number=2)
        hand_in(conn, here.chen, state="received")
        everything = listed(conn, "tea", "u1")
        assert {(one.name, one.state, one.is_newest) for one in everything} == {
            ("Lin", "graded", False), ("Lin", "manual", True), ("Chen", "received", True)
        }  # fmt: skip
        assert [one.account for one in listed(conn, "tea", "u1", state="late")] == ["lin"]
        assert [one.name for one in listed(conn, "tea", "u1", words="CHE")] == ["Chen"]
        assert len(listed(conn, "tea", "u1", state="manual")) == 1
        assert everything[0].modes in ({"sealed": 1}, {})
        done = progress(conn, "tea", "u1")
    assert (done.waiting, done.graded, done.by_hand, done.total, done.done) == (1, 2, 1, 3, 2)
