"""What is worked out from a course's files when a page asks for it: one durable job of a kind and course at a time.

Rule: what is still being made is not asked for twice; the newest job of a kind and course is the one that counts.
"""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, Row, select

from commons.jobs import enqueue, job

__all__ = ["WAITING", "ask", "newest"]

WAITING = ("queued", "running")


def ask(conn: Connection, kind: str, course: str) -> None:
    """Ask for a job of this kind on the course's files as they are now."""
    known = newest(conn, kind, course)
    if known is None or known.state not in WAITING:
        enqueue(conn, kind, f"{course} {uuid.uuid4()}", {"course": course, "turn": course}, max_tries=2)


def newest(conn: Connection, kind: str, course: str) -> Row[Any] | None:
    """The row of the newest job of this kind for a course, or None."""
    mine = (job.c.kind == kind, job.c.key.startswith(f"{course} ", autoescape=True))
    return conn.execute(select(job).where(*mine).order_by(job.c.created.desc()).limit(1)).first()
