"""Marks by hand: a teacher's points, words and rubric items for one question of one attempt.

Rule: marks, score, feedback and learning records move in one transaction; each mark by hand carries a version, and whoever saves
upon an older one is told what the other wrote instead of overwriting it. Saving the same again changes nothing. The mark that a
machine gave is kept beside it and comes back when the hand's is taken away.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, select, update

from commons.errors import BadInput, Conflict, NotFound
from commons.people import Person
from courses import tables
from courses.attempts import Attempt, Mark, attempt_of, marks_of
from courses.audit import note
from courses.evidence import add_evidence
from courses.holding import opening
from courses.registry import Release, release_of
from courses.rubrics import rubric

__all__ = ["COMMENT_CHARS", "ManualMark", "Taken", "manual_marks", "mark_by_hand", "settle", "with_hand"]

COMMENT_CHARS = 4000


@dataclass(frozen=True)
class ManualMark:
    """What a hand gave a question; `points` is None where only words were written. `items` are ids of the question's rubric."""

    attempt: str
    grade_id: str
    points: float | None
    comment: str
    items: tuple[str, ...]
    was: Mapping[str, Any]
    author: str
    version: int
    time: datetime


class Taken(Conflict):
    """Somebody else marked this in the meantime; `now` is their mark."""

    code = "taken"

    def __init__(self, now: ManualMark | None) -> None:
        self.now = now
        super().__init__("somebody else marked this in the meantime", next="Look at their mark, then save yours again.")


def manual_marks(conn: Connection, attempts: Iterable[str]) -> dict[tuple[str, str], ManualMark]:
    """The marks by hand of these attempts, by attempt and question."""
    found: dict[tuple[str, str], ManualMark] = {}
    wanted = list(attempts)
    for first in range(0, len(wanted), 500):
        t = tables.manual_mark
        for row in conn.execute(select(t).where(t.c.attempt.in_(wanted[first : first + 500]))):
            found[row.attempt, row.grade_id] = _manual(row._mapping)
    return found


def mark_by_hand(
    conn: Connection,
    who: Person,
    attempt_id: str,
    grade_id: str,
    *,
    points: float | None,
    comment: str = "",
    items: Sequence[str] = (),
    version: int = 0,
    is_final: bool = True,
) -> ManualMark | None:
    """Save a mark; `version` is the one the teacher saw (0: none). Without points, words and items the mark goes; gives None.

    While a teacher is still choosing, it is not final: no learning record is written yet.

    Raises Taken when another version is there, BadInput for points outside 0 and the question's, NotFound, Conflict (not graded yet).
    """
    attempt = _open_attempt(conn, attempt_id)
    mark = next((one for one in marks_of(conn, attempt_id) if one.grade_id == grade_id), None)
    if mark is None:
        raise NotFound(f"attempt '{attempt_id[:40]}' has no question '{grade_id[:80]}'")
    if points is not None and not 0 <= points <= mark.max_points:
        raise BadInput(f"{points:g} points cannot be given", next=f"Give 0 to {mark.max_points:g}.")
    chosen = _chosen(conn, attempt, grade_id, items)
    comment = comment.strip()[:COMMENT_CHARS]
    before = manual_marks(conn, [attempt_id]).get((attempt_id, grade_id))
    same = before is not None and (before.points, before.comment, before.items) == (points, comment, chosen)
    if same or (before is None and points is None and not comment and not chosen):
        if is_final:
            settle(conn, attempt_id)
        return before
    if version != (before.version if before else 0):
        raise Taken(before)
    row = {"points": points, "comment": comment, "items": list(chosen), "author": who.actor, "time": datetime.now(UTC)}
    _keep(conn, mark, before, row)
    settle(conn, attempt_id, is_final=is_final)
    told = {
        "attempt": attempt_id,
        "grade_id": grade_id,
        "points": points,
        "before": before.points if before else mark.points,
    }
    note(conn, who, attempt.course, attempt.assignment, "mark", **told)
    return manual_marks(conn, [attempt_id]).get((attempt_id, grade_id))


def _open_attempt(conn: Connection, attempt_id: str) -> Attempt:
    """The attempt, its row held until the transaction ends. Raises NotFound, Conflict."""
    conn.execute(select(tables.attempt.c.id).where(tables.attempt.c.id == attempt_id).with_for_update())
    attempt = attempt_of(conn, attempt_id)
    if attempt.state != "graded":
        raise Conflict("this hand-in is still being graded", next="Wait until it is graded, then mark it.")
    return attempt


def _chosen(conn: Connection, attempt: Attempt, grade_id: str, items: Sequence[str]) -> tuple[str, ...]:
    known = [one.id for one in rubric(conn, attempt.course, attempt.assignment, grade_id).items]
    odd = [one for one in items if one not in known]
    if odd:
        raise BadInput(f"the rubric has no item '{odd[0][:40]}'", next="Load the page again; the rubric has changed.")
    return tuple(one for one in known if one in set(items))


def _keep(conn: Connection, mark: Mark, before: ManualMark | None, row: Mapping[str, Any]) -> None:
    t = tables.manual_mark
    here = (t.c.attempt == mark.attempt, t.c.grade_id == mark.grade_id)
    if row["points"] is None and not row["comment"] and not row["items"]:
        conn.execute(delete(t).where(*here))
        assert before is not None
        _put(conn, replace(mark, **before.was))
        return
    if before is None:
        was = {name: getattr(mark, name) for name in ("points", "state", "reason", "passed")}
        conn.execute(t.insert().values(attempt=mark.attempt, grade_id=mark.grade_id, was=was, version=1, **row))
    else:
        conn.execute(update(t).where(*here).values(version=before.version + 1, **row))
        if row["points"] is None:
            _put(conn, replace(mark, **before.was))


def _put(conn: Connection, mark: Mark) -> None:
    t = tables.mark
    values = {name: getattr(mark, name) for name in ("points", "max_points", "state", "reason", "passed", "mode")}
    conn.execute(update(t).where(t.c.attempt == mark.attempt, t.c.grade_id == mark.grade_id).values(**values))


def with_hand(marks: Sequence[Mark], manual: Mapping[tuple[str, str], ManualMark]) -> list[Mark]:
    """The marks with those by hand in the machine's place; points above a question's new maximum are cut to it."""
    found = []
    for mark in marks:
        one = manual.get((mark.attempt, mark.grade_id))
        if one is None or one.points is None:
            found.append(mark)
        else:
            points = min(one.points, mark.max_points)
            found.append(
                replace(mark, points=points, state="graded", reason="", passed=points == mark.max_points, mode="")
            )
    return found


def settle(conn: Connection, attempt_id: str, *, is_final: bool = True) -> Attempt:
    """Work out an attempt's marks, score and feedback anew from its marks and those by hand. Safe to repeat.

    When it is final and the feedback is not held, the learning records follow.
    """
    attempt = attempt_of(conn, attempt_id)
    release = release_of(conn, attempt.release)
    manual = manual_marks(conn, [attempt_id])
    marks = with_hand(marks_of(conn, attempt_id), manual)
    for mark in marks:
        _put(conn, mark)
    known = [one.points for one in marks if one.points is not None]
    score = math.fsum(known) if known or not marks else None
    most = math.fsum(one.max_points for one in marks)
    feedback = _feedback(conn, attempt, release, marks, manual)
    values = {"score": score, "max_score": most, "feedback": feedback}
    reason = attempt.reason if score is None else ""
    conn.execute(update(tables.attempt).where(tables.attempt.c.id == attempt_id).values(**values, reason=reason))
    settled = attempt_of(conn, attempt_id)
    if is_final and opening(conn, settled.course, settled.assignment).is_open:
        add_evidence(conn, settled, release, marks)
    return settled


def _feedback(
    conn: Connection,
    attempt: Attempt,
    release: Release,
    marks: Sequence[Mark],
    manual: Mapping[tuple[str, str], ManualMark],
) -> dict[str, Any]:
    """The attempt's feedback with points, state and a teacher's words per exercise as the marks are now."""
    by_name = {mark.grade_id: mark for mark in marks}
    tests = {one["grade_id"]: one["tests"] for one in release.manifest["exercises"]}
    told = dict(attempt.feedback or {"exercises": [], "events": []})
    told["exercises"] = [
        _exercise(conn, attempt, one, [by_name[n] for n in tests.get(one["grade_id"], ()) if n in by_name], manual)
        for one in told["exercises"]
    ]
    return told


def _exercise(
    conn: Connection,
    attempt: Attempt,
    one: Mapping[str, Any],
    marks: Sequence[Mark],
    manual: Mapping[tuple[str, str], ManualMark],
) -> dict[str, Any]:
    known = [mark.points for mark in marks if mark.points is not None]
    state = next((s for s in ("not-graded", "manual") if any(mark.state == s for mark in marks)), "graded")
    found = dict(one) | {
        "points": math.fsum(known) if known else None,
        "max": math.fsum(mark.max_points for mark in marks),
        "passed": bool(marks) and all(mark.passed for mark in marks),
        "state": state,
    }
    hands = [hand for mark in marks if (hand := manual.get((mark.attempt, mark.grade_id)))]
    found["comments"] = [hand.comment for hand in hands if hand.comment]
    found["by_hand"] = any(hand.points is not None for hand in hands)
    found["rubric"] = [item for hand in hands for item in _items(conn, attempt, hand)]
    if found["by_hand"] and state == "graded":
        found |= {"why": {}, "hidden": False}
    return found


def _items(conn: Connection, attempt: Attempt, hand: ManualMark) -> list[dict[str, Any]]:
    known = {one.id: one for one in rubric(conn, attempt.course, attempt.assignment, hand.grade_id).items}
    return [{"words": known[name].words, "points": known[name].points} for name in hand.items if name in known]


def _manual(row: Mapping[Any, Any]) -> ManualMark:
    return ManualMark(**{**row, "items": tuple(row["items"])})
