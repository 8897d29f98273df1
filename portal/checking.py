"""A course's proof before release, asked for on a page and worked out by the worker: the durable job of kind "check".

Rule: a report belongs to the course's files as they were when it was asked for; one that is being made is not asked for twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, select

from commons.errors import ShuyuanError
from commons.jobs import Handler, Job, enqueue, fail, finish, job
from commons.settings import Settings
from commons.store import Store

__all__ = ["JOB_KIND", "Checked", "ask", "job_handlers", "last_check"]

JOB_KIND = "check"


@dataclass(frozen=True)
class Checked:
    """The newest report asked for: `state` as of jobs; `report` is courses.check.report_data's, None until done."""

    state: str
    error: str
    asked: datetime
    report: Mapping[str, Any] | None

    @property
    def is_waiting(self) -> bool:
        return self.state in ("queued", "running")


def job_handlers(settings: Settings) -> dict[str, Handler]:
    """The handler of this kind of job, for commons.jobs.Worker."""
    return {JOB_KIND: partial(_check, settings=settings)}


def ask(conn: Connection, course: str) -> None:
    """Ask for a report of the course's files as they are now."""
    known = last_check(conn, course)
    if known is None or not known.is_waiting:
        enqueue(conn, JOB_KIND, f"{course} {uuid.uuid4()}", {"course": course, "turn": course}, max_tries=2)


def last_check(conn: Connection, course: str) -> Checked | None:
    """The newest report of a course, or None."""
    mine = (job.c.kind == JOB_KIND, job.c.key.startswith(f"{course} ", autoescape=True))
    row = conn.execute(select(job).where(*mine).order_by(job.c.created.desc()).limit(1)).first()
    return (
        None if row is None else Checked(row.state, row.error, row.created, row.result if row.state == "done" else None)
    )


def _check(one: Job, store: Store, *, settings: Settings) -> None:
    from courses.check import check_course, report_data
    from courses.places import course_folder
    from knowledge_graph.load import graph_folders, load_graph

    try:
        folder = course_folder(str(one.payload["course"]), settings.home)
        known = set(load_graph(graph_folders(settings.home)).concepts)
        report = report_data(check_course(folder, known, kernels_env=settings.kernels_env))
    except ShuyuanError as error:
        with store.begin() as conn:
            fail(conn, one, str(error)[:1000], final=True)
        return
    with store.begin() as conn:
        finish(conn, one, report)
