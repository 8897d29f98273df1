"""Grades to take along: for every learner and assignment the attempt that counts, after the late rule.

Rule: one row a learner and assignment, nobody left out; what has no mark is empty and says why, never zero. Pure data: whoever
writes it as a spreadsheet sees to it that no cell is run as a formula.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from courses.attempts import Attempt, course_attempts, marks_of
from courses.extensions import Deadlines, deadlines
from courses.late import NO_RULE, Counted, late_rules
from courses.registry import Member, members
from courses.results import by_learner

__all__ = ["HEAD", "Grade", "as_json", "as_row", "grades"]

HEAD = ("course", "assignment", "account", "name", "score", "max_score", "earned", "lost_late", "days_late", "attempt",
        "attempts", "state", "handed_in", "deadline", "why", "id")  # fmt: skip


@dataclass(frozen=True)
class Grade:
    """One learner in one assignment; `counts` is None where nothing has a mark. `points` are those of each graded cell."""

    course: str
    assignment: str
    member: Member
    counts: Counted | None
    attempts: Sequence[Attempt]
    deadline: str
    points: Mapping[str, float | None]

    @property
    def state(self) -> str:
        """graded, open (a question has no mark yet), not-graded, the newest attempt's state where nothing counts, or missing."""
        if self.counts is not None:
            return "open" if any(points is None for points in self.points.values()) else "graded"
        if not self.attempts:
            return "missing"
        return "not-graded" if self.attempts[0].state == "graded" else self.attempts[0].state


def grades(conn: Connection, course: str, assignments: Sequence[str]) -> list[Grade]:
    """The grades of a course's learners in these assignments, by assignment and account."""
    learners = [one for one in members(conn, course) if one.role == "learner"]
    rules = late_rules(conn, course)
    found = []
    for assignment in assignments:
        attempts = course_attempts(conn, course, assignment)
        counting = by_learner(attempts, rules.get(assignment, NO_RULE))
        dues = deadlines(conn, course, assignment)
        for who in learners:
            mine = [one for one in attempts if one.actor == who.actor]
            found.append(_grade(conn, course, assignment, who, counting.get(who.actor), mine, dues))
    return found


def _grade(
    conn: Connection,
    course: str,
    assignment: str,
    who: Member,
    counts: Counted | None,
    mine: Sequence[Attempt],
    dues: Deadlines,
) -> Grade:
    due = dues.of(who.actor)
    points = {mark.grade_id: mark.points for mark in marks_of(conn, counts.attempt.id)} if counts else {}
    return Grade(course, assignment, who, counts, mine, due.isoformat() if due else "", points)


def as_row(one: Grade, language: str) -> list[object]:
    """The cells of HEAD for one grade; times are ISO 8601 in UTC."""
    counts = one.counts
    newest = counts.attempt if counts else (one.attempts[0] if one.attempts else None)
    return [
        one.course, one.assignment, one.member.account, one.member.name,
        _rounded(counts.score if counts else None), counts.attempt.max_score if counts else None,
        _rounded(counts.attempt.score) if counts else None, _rounded(counts.lost) if counts else None,
        counts.days if counts else None, newest.number if newest else None, len(one.attempts), one.state,
        newest.created.isoformat() if newest else None, one.deadline,
        newest.why(language) if newest and newest.score is None else "", newest.id if newest else "",
    ]  # fmt: skip


def as_json(one: Grade, language: str) -> dict[str, Any]:
    """One grade as plain data: the cells of HEAD by name, and `points` by graded cell."""
    return dict(zip(HEAD, as_row(one, language), strict=True)) | {"points": dict(one.points)}


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 6)
