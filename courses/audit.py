"""Who decided what about a course, and when: appended in the transaction of the decision, never changed.

Rule: an entry names people by actor id only, so that a person who erases themselves is nobody in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from commons.people import Person
from courses import tables

__all__ = ["Entry", "count_entries", "entries", "note"]


@dataclass(frozen=True)
class Entry:
    """One decision. `what` is a code (`mark`, `rubric`, `extension`, `late-rule`, `feedback`, `regrade`, `suggestion`,
    `export`)."""

    seq: int
    course: str
    assignment: str
    author: str
    what: str
    detail: Mapping[str, Any]
    time: datetime


def note(conn: Connection, who: Person, course: str, assignment: str, what: str, **detail: object) -> None:
    """Append an entry; `detail` is plain data."""
    row = {"course": course, "assignment": assignment, "author": who.actor, "what": what, "detail": detail}
    conn.execute(tables.audit.insert().values(**row, time=datetime.now(UTC)))


def entries(
    conn: Connection, course: str, *, assignment: str = "", what: str = "", first: int = 0, most: int = 50
) -> list[Entry]:
    """The entries of a course, newest first; of one assignment or one kind where given."""
    query = select(tables.audit).where(*_chosen(course, assignment, what)).order_by(tables.audit.c.seq.desc())
    return [Entry(**row._mapping) for row in conn.execute(query.offset(first).limit(most))]


def count_entries(conn: Connection, course: str, *, assignment: str = "", what: str = "") -> int:
    """How many entries `entries` would give in all."""
    return conn.execute(select(func.count()).where(*_chosen(course, assignment, what))).scalar() or 0


def _chosen(course: str, assignment: str, what: str) -> list[Any]:
    t = tables.audit.c
    chosen = [t.course == course]
    if assignment:
        chosen.append(t.assignment == assignment)
    if what:
        chosen.append(t.what == what)
    return chosen
