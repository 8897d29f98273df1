"""How well the model judges whom: worked out by the worker when a teacher asks for their course, or by command for the whole
platform. The durable job of kind "fairness".

Rule: what is kept of a report are figures of groups, never of a person.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from commons.errors import ShuyuanError, Unavailable
from commons.jobs import Handler, Job, fail, finish
from commons.settings import Settings
from commons.store import Store, open_store
from portal.apart import Tell, apart
from portal.course_jobs import WAITING, newest

if TYPE_CHECKING:
    from recommender.fairness import Group, Report

__all__ = ["JOB_KIND", "Found", "job_handlers", "last_report", "plain", "work_out"]

JOB_KIND = "fairness"


@dataclass(frozen=True)
class Found:
    """The newest report asked for: `state` as of jobs; `told` is the report once it is done (see `plain`)."""

    state: str
    error: str
    asked: datetime
    told: Mapping[str, Any]

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING


def job_handlers(settings: Settings, stop: threading.Event | None = None) -> dict[str, Handler]:
    """The handler of this kind of job, for commons.jobs.Worker."""
    return {JOB_KIND: partial(_judge, settings=settings, stop=stop)}


def last_report(conn: Connection, course: str) -> Found | None:
    """The newest report for a course, or None."""
    row = newest(conn, JOB_KIND, course)
    return Found(row.state, row.error, row.created, row.result or {}) if row else None


def work_out(tell: Tell, settings: Settings, course: str) -> Mapping[str, Any]:
    """The report on one course, or ("") on the whole platform, as plain data."""
    from courses import registry
    from portal.catalogue import load_catalogue
    from recommender.fairness import collect, report
    from recommender.serving.live import traced_live

    catalogue = load_catalogue(settings.home, partial(traced_live, settings))
    forecast = catalogue.recommender.forecast()
    store = open_store(settings.database_url)
    try:
        with store.read() as conn:
            people = {
                name: {one.actor for one in registry.members(conn, name) if one.role == "learner"}
                for name in catalogue.courses
            }
            sizes = {name: len(actors) for name, actors in people.items()}
            chosen = people.get(course, set()) if course else set[str]().union(*people.values())
            judged = collect(conn, forecast, chosen, sizes, course)
    finally:
        store.close()
    return plain(report(judged)) | {"model": catalogue.recommender.model}


def plain(found: Report) -> dict[str, Any]:
    """A report as plain data: `whole`, and `groups` with `by`, `name`, `hidden` and `figures` (None: not shown)."""
    return {"whole": _figures(found.whole), "groups": [_group(one) for one in found.groups]}


def _group(one: Group) -> dict[str, Any]:
    return {"by": one.by, "name": one.name, "hidden": one.hidden, "figures": _figures(one.figures)}


def _figures(one: Any) -> dict[str, Any] | None:
    return None if one is None else asdict(one) | {"gap": one.gap, "word": one.word}


def _judge(one: Job, store: Store, *, settings: Settings, stop: threading.Event | None) -> None:
    """Work the report out in a process of its own, whose memory goes back when it ends."""
    try:
        told = apart(work_out, settings, str(one.payload["course"]), tell=lambda _: None, stop=stop)
    except ShuyuanError as error:
        with store.begin() as conn:
            fail(conn, one, str(error)[:1000], final=not isinstance(error, Unavailable))
        return
    with store.begin() as conn:
        finish(conn, one, dict(told))
