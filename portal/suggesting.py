"""Suggestions from a course's text, asked for on a page and worked out by the worker: the durable job of kind "suggest".

Rule: suggestions that are being made are not asked for twice; what a run found replaces the set before it whole, decisions stay.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from commons.jobs import Job, enqueue, job
from commons.store import Store

__all__ = ["JOB_KIND", "Run", "ask", "how_far", "last_run"]

JOB_KIND = "suggest"


@dataclass(frozen=True)
class Run:
    """The newest run asked for: `state` as of jobs; `done` of `total` steps; `concepts` and `edges` once it is done."""

    state: str
    error: str
    asked: datetime
    done: int
    total: int
    concepts: int
    edges: int

    @property
    def is_waiting(self) -> bool:
        return self.state in ("queued", "running")


def ask(conn: Connection, course: str) -> None:
    """Ask for suggestions from the course's files as they are now."""
    known = last_run(conn, course)
    if known is None or not known.is_waiting:
        enqueue(conn, JOB_KIND, f"{course} {uuid.uuid4()}", {"course": course, "turn": course}, max_tries=2)


def last_run(conn: Connection, course: str) -> Run | None:
    """The newest run for a course, or None."""
    mine = (job.c.kind == JOB_KIND, job.c.key.startswith(f"{course} ", autoescape=True))
    row = conn.execute(select(job).where(*mine).order_by(job.c.created.desc()).limit(1)).first()
    if row is None:
        return None
    told: Mapping[str, Any] = row.result or {}
    counts = (int(told.get(name, 0)) for name in ("done", "total", "concepts", "edges"))
    return Run(row.state, row.error, row.created, *counts)


def how_far(run: Run | None) -> dict[str, Any]:
    """What a page's script is told of a run."""
    if run is None or not run.is_waiting:
        return {"state": "done", "done": 0, "total": 1}
    return {"state": "running", "done": run.done, "total": max(run.total, 1)}


def _note(store: Store, one: Job, done: int, total: int) -> None:
    """Write down how far the run is, for the page that waits."""
    with store.begin() as conn:
        mine = (job.c.id == one.id, job.c.token == one.token, job.c.state == "running")
        conn.execute(update(job).where(*mine).values(result={"done": done, "total": total}))
