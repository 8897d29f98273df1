"""Deadlines and what lateness costs: everybody's, a learner's own, and nbgrader's rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from commons.errors import BadInput, NotFound
from commons.store import Store
from courses.attempts import attempt_of, attempts_left
from courses.audit import entries
from courses.extensions import EVERYBODY, deadlines, extend, revoke
from courses.late import LateRule, best_counted, counted, late_rule, set_late_rule
from courses.registry import latest_release
from tests.courses.teaching import NOW, hand_in, make_class

DUE = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("rule", "late_s", "kept"),
    [
        (LateRule(), 1e9, 1.0),
        (LateRule("zero"), 0.0, 1.0),
        (LateRule("zero"), 0.5, 0.0),
        (LateRule("zero"), None, 1.0),
        (LateRule("percent", 10), 1, 0.9),
        (LateRule("percent", 10), 86_400, 0.9),
        (LateRule("percent", 10), 86_401, 0.8),
        (LateRule("percent", 40), 86_400 * 5, 0.0),
    ],
)
def test_issue3_item_08_what_late_work_keeps(rule: LateRule, late_s: float | None, kept: float) -> None:
    assert rule.kept(late_s) == kept


def test_issue3_item_08_an_extension_moves_one_learners_deadline_and_nobody_elses(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        mine, theirs = (hand_in(conn, who, hours=30, late_s=26 * 3600.0) for who in (here.lin, here.chen))
        set_late_rule(conn, here.teacher, "tea", "u1", "percent", 25)
        rule = late_rule(conn, "tea", "u1")
        assert counted(attempt_of(conn, mine), rule).score == 1.0
        extend(conn, here.teacher, "tea", "u1", here.lin.actor, DUE + 3 * DAY)
        assert deadlines(conn, "tea", "u1").of(here.lin.actor) == DUE + 3 * DAY
        assert counted(attempt_of(conn, mine), rule).score == 2.0
        assert counted(attempt_of(conn, theirs), rule).score == 1.0
        revoke(conn, here.teacher, "tea", "u1", here.lin.actor)
        revoke(conn, here.teacher, "tea", "u1", here.lin.actor)
        assert counted(attempt_of(conn, mine), rule).days == 2
        assert [one.what for one in entries(conn, "tea")] == ["extension", "extension", "late-rule"]


def test_everybodys_deadline_goes_before_the_courses_and_a_learners_own_before_both(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        assert deadlines(conn, "tea", "u1").of(here.lin.actor) == DUE
        extend(conn, here.teacher, "tea", "u1", EVERYBODY, DUE + DAY)
        extend(conn, here.teacher, "tea", "u1", here.chen.actor, DUE + 5 * DAY)
        now = deadlines(conn, "tea", "u1")
        assert (now.of(here.lin.actor), now.of(here.chen.actor)) == (DUE + DAY, DUE + 5 * DAY)
        assert now.is_own(here.chen.actor) and not now.is_own(here.lin.actor) and not now.is_own(EVERYBODY)


def test_more_attempts_may_be_given_to_one_learner(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        for number in (1, 2):
            hand_in(conn, here.lin, number=number)
        release = latest_release(conn, "tea", "u1")
        assert attempts_left(conn, here.lin.actor, release) == 0
        extend(conn, here.teacher, "tea", "u1", here.lin.actor, None, 2)
        assert attempts_left(conn, here.lin.actor, release) == 2
        assert attempts_left(conn, here.chen.actor, release) == 2


def test_the_attempt_that_counts_is_the_best_after_the_rule(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        names = [
            hand_in(conn, here.lin, mean=1.0, essay=1.0),
            hand_in(conn, here.lin, number=2, essay=1.0, late_s=50.0),
        ]
        attempts = [attempt_of(conn, one) for one in names]
    assert (best := best_counted(attempts, LateRule())) and best.attempt.number == 2
    assert (best := best_counted(attempts, LateRule("percent", 50))) and best.attempt.number == 1
    assert best_counted([], LateRule()) is None


def test_odd_rules_and_deadlines_are_refused(either_store: Store) -> None:
    here = make_class(either_store)
    with either_store.begin() as conn:
        for method, percent in (("never", 0), ("percent", 0), ("percent", 101)):
            with pytest.raises(BadInput):
                set_late_rule(conn, here.teacher, "tea", "u1", method, percent)
        for due, attempts in ((NOW.replace(tzinfo=None), 0), (None, 0), (NOW, -1)):
            with pytest.raises(BadInput):
                extend(conn, here.teacher, "tea", "u1", here.lin.actor, due, attempts)
        with pytest.raises(NotFound):
            extend(conn, here.teacher, "tea", "u9", here.lin.actor, NOW)
