"""What handing in late costs: nothing, everything, or a share for each day begun.

Rule: the attempt's own score stays what its work earned; the rule is applied where a score counts, so that a rule or a
deadline can change and no mark is lost. `none` and `zero` are nbgrader's penalty methods.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, cast

from sqlalchemy import Connection, delete, select

from commons.errors import BadInput
from commons.people import Person
from courses import tables
from courses.attempts import Attempt
from courses.audit import note

__all__ = ["METHODS", "NO_RULE", "Counted", "LateRule", "Method", "best_counted", "counted", "late_rule", "late_rules",
           "set_late_rule"]  # fmt: skip

Method = Literal["none", "zero", "percent"]
METHODS: tuple[Method, ...] = ("none", "zero", "percent")
DAY_S = 86_400


@dataclass(frozen=True)
class LateRule:
    """`percent` is taken off for each day begun after the deadline; only with the method "percent"."""

    method: Method = "none"
    percent: float = 0.0

    def kept(self, late_s: float | None) -> float:
        """The share of its points (0 to 1) that work handed in so late keeps.

        >>> LateRule("percent", 10).kept(90_000), LateRule("zero").kept(1), LateRule("zero").kept(None)
        (0.8, 0.0, 1.0)
        """
        if not late_s or late_s <= 0 or self.method == "none":
            return 1.0
        if self.method == "zero":
            return 0.0
        return max(0.0, round(1 - self.percent / 100 * math.ceil(late_s / DAY_S), 9))


NO_RULE = LateRule()


@dataclass(frozen=True)
class Counted:
    """What an attempt counts: `score` after the rule (None without a mark), `lost` points, and `days` begun after the deadline."""

    attempt: Attempt
    score: float | None
    lost: float
    days: int

    @property
    def share(self) -> float:
        return (self.score or 0.0) / (self.attempt.max_score or 1.0)


def counted(attempt: Attempt, rule: LateRule) -> Counted:
    """What `attempt` counts under `rule`."""
    days = math.ceil(attempt.late_s / DAY_S) if attempt.late_s and attempt.late_s > 0 else 0
    if attempt.score is None:
        return Counted(attempt, None, 0.0, days)
    score = attempt.score * rule.kept(attempt.late_s)
    return Counted(attempt, score, attempt.score - score, days)


def best_counted(attempts: list[Attempt], rule: LateRule) -> Counted | None:
    """The attempt that counts: the highest share after the rule, the later one of equals; None when none has a mark."""
    marked = [counted(one, rule) for one in attempts if one.score is not None]
    return max(marked, key=lambda one: (one.share, one.attempt.number), default=None)


def late_rule(conn: Connection, course: str, assignment: str) -> LateRule:
    """The rule of one assignment; NO_RULE where none was made."""
    return late_rules(conn, course).get(assignment, NO_RULE)


def late_rules(conn: Connection, course: str) -> Mapping[str, LateRule]:
    """The rules of a course by assignment."""
    t = tables.late_rule
    rows = conn.execute(select(t.c.assignment, t.c.method, t.c.percent).where(t.c.course == course))
    return {row.assignment: LateRule(row.method, row.percent) for row in rows}


def set_late_rule(
    conn: Connection, who: Person, course: str, assignment: str, method: str, percent: float = 0.0
) -> None:
    """Make that the rule of an assignment. Raises BadInput."""
    if method not in METHODS:
        raise BadInput(f"'{method[:20]}' is no late rule", next=f"Late rules are {', '.join(METHODS)}.")
    if method == "percent" and not 0 < percent <= 100:
        raise BadInput(f"{percent:g} percent a day cannot be", next="Give more than 0 and at most 100.")
    rule = LateRule(cast("Method", method), float(percent) if method == "percent" else 0.0)
    before = late_rule(conn, course, assignment)
    if rule == before:
        return
    t = tables.late_rule
    conn.execute(delete(t).where(t.c.course == course, t.c.assignment == assignment))
    row = {"course": course, "assignment": assignment, **vars(rule), "author": who.actor, "time": datetime.now(UTC)}
    conn.execute(t.insert().values(**row))
    note(conn, who, course, assignment, "late-rule", **vars(rule), before=vars(before))
