"""Handing work in, and what became of it.

Rule: a hand-in is acknowledged only once it is stored: bytes, attempt and grading job are one transaction. The same work
handed in twice in a row is one attempt, so that a client may repeat a request whose answer it lost. Nothing is graded here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select
from sqlalchemy.exc import IntegrityError

from commons import blobs
from commons.errors import BadInput, Conflict, LimitReached, NotAllowed, NotFound
from commons.jobs import enqueue
from commons.people import Person
from commons.store import Store
from courses import tables
from courses.archive import check_files, pack, unpack
from courses.extensions import deadlines, more_attempts
from courses.notebook import parse_notebook
from courses.registry import Release, is_member, latest_release
from courses.words import reason_words

__all__ = [
    "JOB_KIND", "Attempt", "Mark", "attempt_files", "attempt_of", "attempts_left", "attempts_of", "course_attempts",
    "marks_of", "submit",
]  # fmt: skip

JOB_KIND = "grade"
_RACES = 3


@dataclass(frozen=True)
class Attempt:
    """One hand-in. `state` is received, grading, graded or failed; `reason` is a code whose words `why` gives.

    `feedback` is plain data per exercise (courses.feedback says its shape), None until graded. `receipt` holds the hashes that the
    marks can be reproduced from, `repairs` what was mended before grading; `late_s` is seconds after the deadline, None without one.
    """

    id: str
    course: str
    assignment: str
    release: str
    actor: str
    number: int
    language: str
    blob: str
    state: str
    reason: str
    score: float | None
    max_score: float | None
    feedback: Mapping[str, Any] | None
    created: datetime
    graded: datetime | None
    receipt: Mapping[str, Any] | None = None
    repairs: Sequence[Any] | None = None
    late_s: float | None = None

    @property
    def timestamp(self) -> str:
        """When it was stored, as nbgrader writes times."""
        return self.created.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")

    def why(self, language: str) -> str:
        """Why it has no score, in words; "" where there is nothing to say."""
        return reason_words(self.reason, language)


@dataclass(frozen=True)
class Mark:
    """One graded cell of one attempt. `state` is graded, manual (a teacher marks it) or not-graded (then `why` says why).

    `mode` is "sealed", "compatible" or "". `said` is what the test said where it failed: no learner sees it.
    """

    attempt: str
    grade_id: str
    points: float | None
    max_points: float
    state: str
    reason: str
    passed: bool | None
    mode: str = ""
    said: str = ""

    def why(self, language: str) -> str:
        """Why it is not graded, in words; "" where it is."""
        return reason_words(self.reason, language)


def submit(
    store: Store, who: Person, course: str, assignment: str, language: str, files: Mapping[str, bytes]
) -> Attempt:
    """Store a hand-in and ask for its grading; what is returned is on the disk.

    Raises NotAllowed (no member), NotFound (not released), BadInput / TooLarge (the files), LimitReached (no attempt left).
    """
    check_files(files)
    for _ in range(_RACES):
        try:
            with store.begin() as conn:
                return _submit(conn, who, course, assignment, language, files)
        except IntegrityError:
            continue
    raise Conflict(
        "the work was handed in several times at the same moment", next="Look at your attempts, then try again."
    )


def _submit(
    conn: Connection, who: Person, course: str, assignment: str, language: str, files: Mapping[str, bytes]
) -> Attempt:
    if not is_member(conn, course, who):
        raise NotAllowed(f"you are not in the course '{course}'", next="Join it with the code your teacher gave.")
    release = latest_release(conn, course, assignment)
    _check_notebooks(release, files)
    digest = blobs.put(conn, pack(files))
    earlier = attempts_of(conn, who.actor, course, assignment)
    latest = earlier[0] if earlier else None
    if latest and latest.state != "failed" and (latest.blob, latest.release) == (digest, release.id):
        return latest
    if attempts_left(conn, who.actor, release) == 0:
        raise LimitReached(
            "all attempts of this unit are used",
            next="Your best attempt counts. You can go on working in the notebook and check it there.",
        )
    row = {
        "id": str(uuid.uuid4()),
        "course": course,
        "assignment": assignment,
        "release": release.id,
        "actor": who.actor,
        "number": latest.number + 1 if latest else 1,
        "language": release.language(language),
        "blob": digest,
        "state": "received",
        "reason": "",
        "created": (now := datetime.now(UTC)),
        "late_s": deadlines(conn, course, assignment).late_s(who.actor, now),
    }
    conn.execute(tables.attempt.insert().values(**row))
    enqueue(conn, JOB_KIND, str(row["id"]), {"attempt": row["id"], "turn": who.actor})
    return attempt_of(conn, str(row["id"]))


def _check_notebooks(release: Release, files: Mapping[str, bytes]) -> None:
    wanted = [f"{name}.ipynb" for name in release.manifest["notebooks"]]
    if not any(name in files for name in wanted):
        raise BadInput(
            f"the hand-in lacks the notebook {' and '.join(wanted)}",
            next="Keep the notebook's name as it was fetched, then submit again.",
        )
    for name in wanted:
        if name in files:
            parse_notebook(files[name], name)


def attempts_left(conn: Connection, actor: str, release: Release) -> int | None:
    """How often `actor` may still hand this in; None without a limit. Attempts that we failed to grade do not count."""
    limit = int(release.manifest["attempts"])
    if limit == 0:
        return None
    t = tables.attempt.c
    used = select(func.count()).where(
        t.course == release.course, t.assignment == release.assignment, t.actor == actor, t.state != "failed"
    )
    limit += more_attempts(conn, release.course, release.assignment, actor)
    return max(0, limit - int(conn.execute(used).scalar() or 0))


def attempt_of(conn: Connection, attempt_id: str) -> Attempt:
    """The attempt of that id. Raises NotFound."""
    row = conn.execute(select(tables.attempt).where(tables.attempt.c.id == attempt_id)).first()
    if row is None:
        raise NotFound(f"there is no attempt '{attempt_id[:40]}'")
    return _attempt(row)


def attempts_of(
    conn: Connection, actor: str, course: str | None = None, assignment: str | None = None
) -> list[Attempt]:
    """What `actor` handed in, newest first; of one course or one assignment where given."""
    t = tables.attempt.c
    query = select(tables.attempt).where(t.actor == actor).order_by(t.course, t.assignment, t.number.desc())
    if course is not None:
        query = query.where(t.course == course)
    if assignment is not None:
        query = query.where(t.assignment == assignment)
    return [_attempt(row) for row in conn.execute(query)]


def course_attempts(conn: Connection, course: str, assignment: str | None = None) -> list[Attempt]:
    """Everything handed in to a course (or one assignment), newest first: a teacher's view."""
    t = tables.attempt.c
    query = select(tables.attempt).where(t.course == course).order_by(t.created.desc())
    if assignment is not None:
        query = query.where(t.assignment == assignment)
    return [_attempt(row) for row in conn.execute(query)]


def marks_of(conn: Connection, attempt_id: str) -> list[Mark]:
    """The marks of an attempt in the order of its release's cells; empty until graded."""
    rows = conn.execute(select(tables.mark).where(tables.mark.c.attempt == attempt_id)).all()
    marks = {row.grade_id: Mark(**row._mapping) for row in rows}
    if not marks:
        return []
    release = select(tables.release.c.manifest).join(tables.attempt, tables.attempt.c.release == tables.release.c.id)
    manifest = conn.execute(release.where(tables.attempt.c.id == attempt_id)).scalar() or {"order": []}
    return [marks[name] for name in manifest["order"] if name in marks]


def attempt_files(conn: Connection, attempt: Attempt) -> dict[str, bytes]:
    """The files that were handed in."""
    return unpack(blobs.get(conn, attempt.blob))


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(**row._mapping)
