"""A course's proof before release, asked for on a page and worked out by the worker: the durable job of kind "check".

Rule: a report belongs to the course's files as they were when it was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from commons.errors import ShuyuanError
from commons.jobs import Handler, Job, fail, finish
from commons.settings import Settings
from commons.store import Store
from portal.course_jobs import WAITING, newest

__all__ = ["JOB_KIND", "Checked", "job_handlers", "last_check"]

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
        return self.state in WAITING


def job_handlers(settings: Settings) -> dict[str, Handler]:
    """The handler of this kind of job, for commons.jobs.Worker."""
    return {JOB_KIND: partial(_check, settings=settings)}


def last_check(conn: Connection, course: str) -> Checked | None:
    """The newest report of a course, or None."""
    row = newest(conn, JOB_KIND, course)
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
