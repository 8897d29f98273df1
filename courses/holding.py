"""When learners see their marks: at once, or when a teacher releases them.

Rule: what is held is shown to its learner as an attempt of state "held" without score, feedback, receipt or reason, and leaves no
learning record before it is released; teachers see everything.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select

from commons.errors import BadInput
from commons.people import Person
from courses import tables
from courses.attempts import Attempt, course_attempts, marks_of
from courses.audit import note
from courses.evidence import add_evidence
from courses.registry import release_of

__all__ = ["HELD", "INSTANT", "MODES", "Opening", "concealed", "opening", "openings", "set_opening", "shown"]

INSTANT = "instant"
HELD = "held"
MODES = (INSTANT, HELD)


@dataclass(frozen=True)
class Opening:
    """`mode` is "instant" or "held"; `time` is when a teacher decided, None where nobody did."""

    mode: str = INSTANT
    time: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether learners see marks and feedback."""
        return self.mode == INSTANT


def opening(conn: Connection, course: str, assignment: str) -> Opening:
    """Whether the feedback of an assignment is out; it is where nobody decided otherwise."""
    return openings(conn, course).get(assignment, Opening())


def openings(conn: Connection, course: str) -> Mapping[str, Opening]:
    """Of each assignment of a course where somebody decided."""
    t = tables.feedback_release
    rows = conn.execute(select(t.c.assignment, t.c.mode, t.c.time).where(t.c.course == course))
    return {row.assignment: Opening(row.mode, row.time) for row in rows}


def set_opening(conn: Connection, who: Person, course: str, assignment: str, mode: str) -> None:
    """Release the feedback of an assignment, or hold it. Releasing writes the learning records that waited. Raises BadInput."""
    if mode not in MODES:
        raise BadInput(f"'{mode[:20]}' is no way to release feedback", next=f"Ways are {', '.join(MODES)}.")
    before = opening(conn, course, assignment)
    if mode == before.mode:
        return
    t = tables.feedback_release
    conn.execute(delete(t).where(t.c.course == course, t.c.assignment == assignment))
    row = {"course": course, "assignment": assignment, "mode": mode, "author": who.actor, "time": datetime.now(UTC)}
    conn.execute(t.insert().values(**row))
    note(conn, who, course, assignment, "feedback", mode=mode, before=before.mode)
    if mode == INSTANT:
        for one in course_attempts(conn, course, assignment):
            if one.state == "graded":
                add_evidence(conn, one, release_of(conn, one.release), marks_of(conn, one.id))


def concealed(attempt: Attempt) -> Attempt:
    """The attempt as its learner sees it while it is held: it was handed in, and no more."""
    if attempt.state not in ("graded", HELD):
        return attempt
    return dataclasses.replace(
        attempt, state=HELD, reason="", score=None, max_score=None, feedback=None, receipt=None, repairs=None
    )


def shown(conn: Connection, attempts: Sequence[Attempt]) -> list[Attempt]:
    """Attempts as their learners see them now."""
    known = {course: openings(conn, course) for course in {one.course for one in attempts}}
    opened = Opening()
    return [one if known[one.course].get(one.assignment, opened).is_open else concealed(one) for one in attempts]
