"""Grades to take along: the attempt that counts, after the late rule, nobody left out."""

from __future__ import annotations

from commons.store import Store
from courses.export import HEAD, as_json, as_row, grades
from courses.late import set_late_rule
from tests.courses.teaching import hand_in, make_class


def test_issue3_item_08_the_export_holds_everybodys_best_attempt_after_the_late_rule(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        hand_in(conn, here.lin, mean=1.0, essay=4.0)
        hand_in(conn, here.lin, number=2, essay=4.0, late_s=86_400.0 * 2)
        set_late_rule(conn, here.teacher, "tea", "u1", "percent", 5)
        found = grades(conn, "tea", ["u1"])
    chen, lin = (dict(zip(HEAD, as_row(one, "en"), strict=True)) for one in found)
    assert (lin["account"], lin["score"], lin["earned"], lin["lost_late"], lin["days_late"], lin["attempt"]) == (
        "lin", 5.4, 6.0, 0.6, 2, 2,
    )  # fmt: skip
    assert (chen["score"], chen["state"], chen["attempts"], chen["deadline"]) == (
        None,
        "missing",
        0,
        "2026-11-20T12:00:00+00:00",
    )
    assert as_json(found[1], "en")["points"] == {"mean": 2.0, "essay": 4.0}


def test_a_grade_that_waits_for_a_hand_says_so(store: Store) -> None:
    here = make_class(store)
    with store.begin() as conn:
        hand_in(conn, here.lin)
        hand_in(conn, here.chen, mean=None)
        chen, lin = grades(conn, "tea", ["u1"])
    assert (lin.state, as_row(lin, "en")[4]) == ("open", 2.0)
    assert (chen.state, as_row(chen, "en")[4]) == ("not-graded", None)
