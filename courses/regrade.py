"""Marking again after a test was changed: first what would change, then, if a teacher wants it, the change.

Rule: a preview changes no mark. It compares every graded hand-in's own release with the draft (the course's files where they
differ from the newest release, else that release), runs only hand-ins with a touched cell, the same work once, and keeps every
other mark. Applying is one transaction: release, marks, scores, records and an audit entry; what was marked again in the meantime
is left alone and told.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from commons.errors import Conflict, NotFound
from commons.jobs import enqueue
from commons.people import Person
from commons.store import Store
from courses import tables
from courses.attempts import Attempt, Mark, attempt_of
from courses.audit import note
from courses.extensions import refresh_lateness
from courses.marking import settle
from courses.registry import latest_release

__all__ = ["JOB_KIND", "Applied", "Change", "Preview", "apply", "ask", "based_on", "newcomers", "preview", "previews"]

JOB_KIND = "regrade"
READY, APPLIED = "ready", "applied"


@dataclass(frozen=True)
class Change:
    """What a draft does to one attempt: its scores before and after, and `cells` that differ, each {"grade_id", "before", "after",
    "most", "why"}; `error` says why it could not be marked again."""

    attempt: Attempt
    before: float | None
    after: float | None
    max_before: float | None
    max_after: float | None
    cells: Sequence[Mapping[str, Any]]
    receipt: Mapping[str, Any] | None
    error: str = ""

    @property
    def differs(self) -> bool:
        """Whether the learner would see another score, or another mark in a cell."""
        return bool(self.cells) or (self.before, self.max_before) != (self.after, self.max_after)

    @property
    def delta(self) -> float:
        return (self.after or 0.0) - (self.before or 0.0)


@dataclass(frozen=True)
class Preview:
    """A draft's consequences. `state` is waiting, running, ready, applied or failed; `runs` notebooks' hand-ins were run.

    `release` is "" where applying will release the draft first.
    """

    id: str
    course: str
    assignment: str
    release: str
    state: str
    error: str
    total: int
    done: int
    runs: int
    author: str
    created: datetime
    applied: datetime | None
    changes: tuple[Change, ...]

    @property
    def changed(self) -> tuple[Change, ...]:
        return tuple(one for one in self.changes if one.differs and not one.error)

    @property
    def summary(self) -> dict[str, float]:
        """How many attempts were looked at, run, would change, rise, fall; and the sum of the points."""
        changed = self.changed
        return {
            "touched": len(self.changes),
            "runs": self.runs,
            "changed": len(changed),
            "up": sum(one.delta > 0 for one in changed),
            "down": sum(one.delta < 0 for one in changed),
            "points": round(sum(one.delta for one in changed), 6),
            "failed": sum(bool(one.error) for one in self.changes),
        }


@dataclass(frozen=True)
class Applied:
    """What applying did: attempts changed, attempts that were overtaken by another marking, the release they now belong to."""

    changed: int
    overtaken: int
    release: str


def ask(store: Store, who: Person, course: str, assignment: str) -> str:
    """Ask for a preview of the course's files as they are now; gives its id. One that is still being made is given again.

    Raises NotFound where nothing was released.
    """
    with store.begin() as conn:
        latest_release(conn, course, assignment)
        t = tables.regrade
        going = select(t.c.id).where(
            t.c.course == course, t.c.assignment == assignment, t.c.state.in_(("waiting", "running"))
        )
        known = conn.execute(going).scalar()
        if known:
            return str(known)
        row = {
            "id": str(uuid.uuid4()), "course": course, "assignment": assignment, "release": "", "manifest": {},
            "source_blob": "", "state": "waiting", "error": "", "total": 0, "done": 0, "runs": 0, "author": who.actor,
            "created": datetime.now(UTC),
        }  # fmt: skip
        conn.execute(t.insert().values(**row))
        enqueue(conn, JOB_KIND, str(row["id"]), {"regrade": row["id"], "turn": course})
        return str(row["id"])


def preview(conn: Connection, regrade_id: str) -> Preview:
    """A preview as far as it is; complete when its state is ready. Raises NotFound."""
    row = conn.execute(select(tables.regrade).where(tables.regrade.c.id == regrade_id)).first()
    if row is None:
        raise NotFound(f"there is no preview '{regrade_id[:40]}'")
    t = tables.regrade_change
    rows = conn.execute(select(t).where(t.c.regrade == regrade_id)).all()
    changes = tuple(sorted((_change(conn, one) for one in rows), key=lambda c: (-abs(c.delta), c.attempt.created)))
    return _preview(conn, row, changes)


def previews(conn: Connection, course: str, assignment: str) -> list[Preview]:
    """The previews of an assignment, newest first, without their changes."""
    t = tables.regrade
    rows = select(t).where(t.c.course == course, t.c.assignment == assignment).order_by(t.c.created.desc())
    return [_preview(conn, row, ()) for row in conn.execute(rows).all()]


def newcomers(conn: Connection, one: Preview) -> int:
    """How many hand-ins came after the preview and are not in it."""
    t = tables.attempt.c
    later = (t.course == one.course, t.assignment == one.assignment, t.created > one.created)
    return conn.execute(select(func.count()).where(*later)).scalar() or 0


def based_on(attempt: Attempt) -> str:
    """A fingerprint of the marking that a change was worked out against."""
    return hashlib.sha256(f"{attempt.id} {attempt.release}".encode()).hexdigest()


def apply(store: Store, regrade_id: str, who: Person) -> Applied:
    """Make a preview's marks the marks. Safe to repeat. Raises NotFound, Conflict where it is not ready."""
    with store.begin() as conn:
        t = tables.regrade
        row = conn.execute(select(t).where(t.c.id == regrade_id).with_for_update()).first()
        if row is None:
            raise NotFound(f"there is no preview '{regrade_id[:40]}'")
        if row.state == APPLIED:
            return Applied(0, 0, row.release)
        if row.state != READY:
            raise Conflict("the preview is not ready", next="Wait until it is, then apply it.")
        release = _ensure_release(conn, row)
        c = tables.regrade_change
        told, overtaken = [], 0
        for change in conn.execute(select(c).where(c.c.regrade == regrade_id)).all():
            if not change.marks:
                continue
            attempt = attempt_of(conn, change.attempt)
            if based_on(attempt) != change.based_on:
                overtaken += 1
                continue
            after = _put(conn, attempt, release, change)
            if change.cells or (attempt.score, attempt.max_score) != (after.score, after.max_score):
                told.append(
                    {"attempt": attempt.id, "before": attempt.score, "after": after.score, "was": attempt.release}
                )
        conn.execute(
            update(t).where(t.c.id == regrade_id).values(state=APPLIED, release=release, applied=datetime.now(UTC))
        )
        detail = {"regrade": regrade_id, "release": release, "overtaken": overtaken, "changed": told}
        note(conn, who, row.course, row.assignment, "regrade", **detail)
        return Applied(len(told), overtaken, release)


def _is_out(conn: Connection, row: Row[Any]) -> bool:
    """Whether the draft is released. Raises Conflict where its place was taken by another version."""
    newest = latest_release(conn, row.course, row.assignment)
    r = tables.release
    known = conn.execute(select(r.c.manifest).where(r.c.id == row.release)).first()
    if known is not None and known.manifest.get("source") == row.manifest.get("source"):
        return True
    if row.release != f"{row.course}:{row.assignment}:{newest.version + 1}":
        raise Conflict("another version was released after this preview", next="Look at what would change once more.")
    return False


def _ensure_release(conn: Connection, row: Row[Any]) -> str:
    """Release the draft where it is not out; its id."""
    if not _is_out(conn, row):
        version = latest_release(conn, row.course, row.assignment).version + 1
        values = {"id": row.release, "course": row.course, "assignment": row.assignment, "version": version}
        stored = {"manifest": row.manifest, "source_blob": row.source_blob, "created": datetime.now(UTC)}
        conn.execute(tables.release.insert().values(**values, **stored))
        refresh_lateness(conn, row.course, row.assignment)
    return str(row.release)


def _put(conn: Connection, attempt: Attempt, release: str, change: Row[Any]) -> Attempt:
    conn.execute(delete(tables.mark).where(tables.mark.c.attempt == attempt.id))
    for mark in change.marks:
        conn.execute(tables.mark.insert().values(**mark))
    _forget_machine(conn, attempt.id, [Mark(**mark) for mark in change.marks])
    values: dict[str, Any] = {
        "release": release,
        "feedback": change.feedback,
        "graded": datetime.now(UTC),
        "reason": "",
    }
    if change.receipt is not None:
        values["receipt"] = change.receipt
    conn.execute(update(tables.attempt).where(tables.attempt.c.id == attempt.id).values(**values))
    return settle(conn, attempt.id)


def _forget_machine(conn: Connection, attempt: str, marks: Sequence[Mark]) -> None:
    """What the machine says beneath a mark by hand is now what it says under the draft."""
    t = tables.manual_mark
    for mark in marks:
        was = {"points": mark.points, "state": mark.state, "reason": mark.reason, "passed": mark.passed}
        conn.execute(update(t).where(t.c.attempt == attempt, t.c.grade_id == mark.grade_id).values(was=was))


def _preview(conn: Connection, row: Row[Any], changes: tuple[Change, ...]) -> Preview:
    known = {name: value for name, value in row._mapping.items() if name not in ("manifest", "source_blob")}
    r = tables.release.c
    is_out = conn.execute(select(r.id).where(r.id == row.release)).first() is not None
    return Preview(**known | {"release": row.release if is_out else ""}, changes=changes)


def _change(conn: Connection, row: Row[Any]) -> Change:
    cells = [cell for cell in row.cells if "error" not in cell]
    error = next((str(cell["error"]) for cell in row.cells if "error" in cell), "")
    return Change(
        attempt_of(conn, row.attempt), row.before, row.after, row.max_before, row.max_after, cells, row.receipt, error
    )
