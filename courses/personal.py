"""What courses keep about a person: to describe, to export, to erase.

Rule: erasing takes memberships, attempts, marks, the files handed in, and grading jobs that wait; bytes that somebody else's
row points to as well stay. Safe to repeat.
"""

from __future__ import annotations

import base64
from typing import Any

from sqlalchemy import Connection, delete, func, select

from commons import blobs
from commons.jobs import job
from commons.languages import Text
from commons.people import Person
from commons.personal import PersonalStore
from courses import tables
from courses.attempts import JOB_KIND, attempt_files, attempts_of, marks_of
from courses.registry import courses_of

__all__ = ["PERSONAL_STORES"]


class _Memberships:
    name = "memberships"

    def describe(self) -> Text:
        return {
            "zh-CN": "您加入的课程，以及您在其中是学习者还是老师。退出或注销时删除。",
            "en": "The courses you are in, and whether you learn or teach there. Deleted when you leave or erase yourself.",
        }

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        return {"courses": {course: list(roles) for course, roles in courses_of(conn, person).items()}}

    def erase(self, conn: Connection, person: Person) -> int:
        t = tables.membership
        return conn.execute(delete(t).where(t.c.actor == person.actor)).rowcount


class _Attempts:
    name = "attempts"

    def describe(self) -> Text:
        return {
            "zh-CN": "您交过的作业、得分和批改意见。老师看得到自己课程的部分。注销时连同文件一起删除。",
            "en": "The work you handed in, its marks and feedback. Teachers see those of their courses. Deleted with all "
            "files when you erase yourself.",
        }

    def export(self, conn: Connection, person: Person) -> dict[str, Any]:
        return {"attempts": [_attempt(conn, one) for one in attempts_of(conn, person.actor)]}

    def erase(self, conn: Connection, person: Person) -> int:
        gone = attempts_of(conn, person.actor)
        conn.execute(delete(tables.extension).where(tables.extension.c.actor == person.actor))
        for one in gone:
            for table in (tables.mark, tables.manual_mark, tables.regrade_change):
                conn.execute(delete(table).where(table.c.attempt == one.id))
            conn.execute(delete(job).where(job.c.kind == JOB_KIND, job.c.key == one.id))
            conn.execute(delete(tables.attempt).where(tables.attempt.c.id == one.id))
        for digest in {one.blob for one in gone}:
            if not _is_shared(conn, digest):
                blobs.drop(conn, digest)
        return len(gone)


def _is_shared(conn: Connection, digest: str) -> bool:
    t, r = tables.attempt.c, tables.release.c
    others = conn.execute(select(func.count()).where(t.blob == digest)).scalar()
    released = conn.execute(select(func.count()).where(r.source_blob == digest)).scalar()
    return bool(others or released)


def _attempt(conn: Connection, one: Any) -> dict[str, Any]:
    return {
        "course": one.course,
        "assignment": one.assignment,
        "number": one.number,
        "time": one.timestamp,
        "state": one.state,
        "score": one.score,
        "max_score": one.max_score,
        "feedback": one.feedback,
        "marks": [
            {"grade_id": m.grade_id, "points": m.points, "max": m.max_points, "state": m.state}
            for m in marks_of(conn, one.id)
        ],
        "files": {name: _readable(data) for name, data in attempt_files(conn, one).items()},
    }


def _readable(data: bytes) -> dict[str, str]:
    """A file as text where it is text, else in base64."""
    try:
        return {"text": data.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


PERSONAL_STORES: tuple[PersonalStore, ...] = (_Memberships(), _Attempts())
