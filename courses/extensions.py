"""Until when work may be handed in: the release's deadline, the teacher's for everybody, and a learner's own.

Rule: a learner's own deadline goes before the one for everybody, and that before the one in the course's files. How late an
attempt is stands in the attempt and is brought up to date in the transaction that moves a deadline. What lateness costs is
not decided here (courses.late).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select, update

from commons.errors import BadInput, NotFound
from commons.people import Person
from courses import tables
from courses.audit import note
from courses.manifest import parse_due

__all__ = ["EVERYBODY", "Deadlines", "Extension", "deadlines", "extend", "more_attempts", "refresh_lateness", "revoke"]

EVERYBODY = ""
MOST_ATTEMPTS = 100


@dataclass(frozen=True)
class Extension:
    """`actor` may hand in until `due` (None: as everybody) and `attempts` more often than the release says."""

    course: str
    assignment: str
    actor: str
    due: datetime | None
    attempts: int
    author: str
    time: datetime


@dataclass(frozen=True)
class Deadlines:
    """The deadlines of one assignment: `written` in the release; `given` by teachers, by actor (EVERYBODY for all)."""

    written: datetime | None
    given: Mapping[str, Extension]

    @property
    def common(self) -> datetime | None:
        """The deadline of everybody without one of their own; None without any."""
        every = self.given.get(EVERYBODY)
        return every.due if every and every.due else self.written

    def of(self, actor: str) -> datetime | None:
        """The deadline that holds for `actor`."""
        own = self.given.get(actor)
        return own.due if own and own.due else self.common

    def is_own(self, actor: str) -> bool:
        """Whether `actor` has a deadline of their own."""
        own = self.given.get(actor) if actor else None
        return bool(own and own.due)

    def late_s(self, actor: str, handed_in: datetime) -> float | None:
        """Seconds after the deadline, 0 when in time; None without a deadline."""
        due = self.of(actor)
        return None if due is None else max(0.0, (handed_in - due).total_seconds())


def deadlines(conn: Connection, course: str, assignment: str) -> Deadlines:
    """The deadlines of an assignment, by its newest release."""
    r, e = tables.release.c, tables.extension.c
    newest = (
        select(r.manifest).where(r.course == course, r.assignment == assignment).order_by(r.version.desc()).limit(1)
    )
    manifest = conn.execute(newest).scalar() or {}
    rows = conn.execute(select(tables.extension).where(e.course == course, e.assignment == assignment))
    given = {row.actor: Extension(**row._mapping) for row in rows}
    return Deadlines(parse_due(str(manifest.get("due") or "")), given)


def more_attempts(conn: Connection, course: str, assignment: str, actor: str) -> int:
    """How often `actor` may hand in beyond what the release says."""
    e = tables.extension.c
    rows = select(e.attempts).where(e.course == course, e.assignment == assignment, e.actor.in_((EVERYBODY, actor)))
    return sum(conn.execute(rows).scalars())


def extend(
    conn: Connection, who: Person, course: str, assignment: str, actor: str, due: datetime | None, attempts: int = 0
) -> None:
    """Give `actor` (or EVERYBODY) that deadline and so many attempts more; replaces what was given before.

    Raises BadInput for a time without zone, an odd number, or nothing at all; NotFound where nothing was released.
    """
    if due is not None and due.tzinfo is None:
        raise BadInput("the deadline has no time zone")
    if not 0 <= attempts <= MOST_ATTEMPTS:
        raise BadInput(f"{attempts} more attempts cannot be given", next=f"Give 0 to {MOST_ATTEMPTS}.")
    if due is None and attempts == 0:
        raise BadInput("neither a deadline nor attempts are given", next="Give one of them.")
    _must_be_released(conn, course, assignment)
    before = deadlines(conn, course, assignment).given.get(actor)
    _drop(conn, course, assignment, actor)
    row = {"course": course, "assignment": assignment, "actor": actor, "due": due, "attempts": attempts}
    conn.execute(tables.extension.insert().values(**row, author=who.actor, time=datetime.now(UTC)))
    was = before.due.isoformat() if before and before.due else None
    note(
        conn, who, course, assignment, "extension", actor=actor, due=due.isoformat() if due else None, before=was,
        attempts=attempts,
    )  # fmt: skip
    refresh_lateness(conn, course, assignment)


def revoke(conn: Connection, who: Person, course: str, assignment: str, actor: str) -> None:
    """Take back what was given to `actor`. Safe to repeat."""
    if _drop(conn, course, assignment, actor):
        note(conn, who, course, assignment, "extension", actor=actor, due=None, attempts=0, revoked=True)
        refresh_lateness(conn, course, assignment)


def refresh_lateness(conn: Connection, course: str, assignment: str) -> int:
    """Write anew how late each attempt of an assignment is; gives how many changed."""
    here, t = deadlines(conn, course, assignment), tables.attempt
    rows = select(t.c.id, t.c.actor, t.c.created, t.c.late_s).where(t.c.course == course, t.c.assignment == assignment)
    changed = 0
    for row in conn.execute(rows).all():
        late_s = here.late_s(row.actor, row.created)
        if late_s != row.late_s:
            conn.execute(update(t).where(t.c.id == row.id).values(late_s=late_s))
            changed += 1
    return changed


def _drop(conn: Connection, course: str, assignment: str, actor: str) -> int:
    e = tables.extension.c
    gone = delete(tables.extension).where(e.course == course, e.assignment == assignment, e.actor == actor)
    return conn.execute(gone).rowcount


def _must_be_released(conn: Connection, course: str, assignment: str) -> None:
    r = tables.release.c
    if conn.execute(select(r.id).where(r.course == course, r.assignment == assignment).limit(1)).first() is None:
        raise NotFound(f"assignment '{assignment[:64]}' of course '{course[:64]}' is not released")
