"""Learning records of a marked attempt, for marks that changed after grading: by hand, by a mended test, or once feedback is released.

Rule: records are appended, never changed: a first result has the id that grading gives it, a later one an id of its own, and a
result that was said already is not said again.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from commons.records import LearningRecord, Verb, add_records, record
from courses.attempts import Attempt, Mark
from courses.items import exercise_item_id, unit_item_id
from courses.registry import Release

__all__ = ["add_evidence"]

_NAMESPACE = uuid.UUID("6f1d3c1e-6a8b-4a63-9a58-6a4b4b1f8a51")


def add_evidence(conn: Connection, attempt: Attempt, release: Release, marks: Sequence[Mark]) -> int:
    """Append what the marks say now where it differs from what was last said; gives how many records were new."""
    return add_records(conn, _records(conn, attempt, release, marks))


def _records(conn: Connection, attempt: Attempt, release: Release, marks: Sequence[Mark]) -> list[LearningRecord]:
    concepts = {one["grade_id"]: tuple(one["concepts"]) for one in release.manifest["exercises"]}
    found = []
    for one in (attempt.feedback or {"exercises": []})["exercises"]:
        if one["state"] == "graded" and one["points"] is not None and one["max"] > 0:
            item = exercise_item_id(attempt.course, attempt.assignment, one["grade_id"])
            told = (Verb.answered, item, "exercise", concepts.get(one["grade_id"], ()))
            found.append(_record(conn, attempt, *told, min(1.0, one["points"] / one["max"]), bool(one["passed"])))
    if attempt.score is not None and attempt.max_score:
        whole = bool(marks) and all(mark.passed for mark in marks)
        item, verb = unit_item_id(attempt.course, attempt.assignment), Verb.passed if whole else Verb.attempted
        found.append(_record(conn, attempt, verb, item, "unit", (), min(1.0, attempt.score / attempt.max_score), whole))
    return found


def _record(
    conn: Connection,
    attempt: Attempt,
    verb: Verb,
    item: str,
    kind: str,
    concepts: tuple[str, ...],
    score: float,
    success: bool,
) -> LearningRecord:
    told = (record.c.actor == attempt.actor, record.c.attempt == attempt.id, record.c.item == item)
    last = conn.execute(
        select(record.c.id, record.c.score, record.c.verb).where(*told).order_by(record.c.seq.desc())
    ).first()
    if last is None:
        name = f"{attempt.id} {verb} {item}"
        known = ""
    else:
        known = last.id if (last.score, last.verb) == (score, str(verb)) else ""
        name = f"{attempt.id} {verb} {item} {last.id} {score!r}"
    return LearningRecord(
        id=known or str(uuid.uuid5(_NAMESPACE, name)), actor=attempt.actor, verb=verb, item=item, kind=kind,
        concepts=concepts, time=datetime.now(UTC), score=score, success=success, attempt=attempt.id,
    )  # fmt: skip
