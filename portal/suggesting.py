"""Suggestions from a course's text, asked for on a page and worked out by the worker: the durable job of kind "suggest".

Rule: what a run found replaces the set before it whole, decisions stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, update

from commons.errors import ShuyuanError
from commons.jobs import Handler, Job, fail, finish, job
from commons.settings import Settings
from commons.store import Store
from portal.course_jobs import WAITING, newest

__all__ = ["JOB_KIND", "Run", "how_far", "job_handlers", "last_run"]

JOB_KIND = "suggest"
STEPS = 4


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
        return self.state in WAITING


def job_handlers(settings: Settings) -> dict[str, Handler]:
    """The handler of this kind of job, for commons.jobs.Worker."""
    return {JOB_KIND: partial(_suggest, settings=settings)}


def last_run(conn: Connection, course: str) -> Run | None:
    """The newest run for a course, or None."""
    row = newest(conn, JOB_KIND, course)
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


def _suggest(one: Job, store: Store, *, settings: Settings) -> None:
    """Read the course, suggest, and put the set in its place; what teachers decided so far is learnt from first."""
    from courses.places import course_folder
    from knowledge_graph.load import graph_folders, load_graph
    from knowledge_graph.suggest.learn import learnt
    from knowledge_graph.suggest.run import suggest
    from knowledge_graph.suggest.store import write_suggestions
    from knowledge_graph.suggest.weights import read_weights
    from knowledge_graph.vectors import best

    course = str(one.payload["course"])
    try:
        folder, graph = course_folder(course, settings.home), load_graph(graph_folders(settings.home))
        _note(store, one, 1, STEPS)
        vectors = best(settings)
        weights, layer = read_weights(vectors=vectors.name), learnt(settings.home)
        _note(store, one, 2, STEPS)
        found = suggest(folder, course, graph, vectors, weights, layer)
        _note(store, one, 3, STEPS)
        write_suggestions(settings.home, found)
    except ShuyuanError as error:
        with store.begin() as conn:
            fail(conn, one, str(error)[:1000], final=True)
        return
    told = {"concepts": len(found.concepts), "edges": len(found.edges), "decisions": layer.decisions}
    with store.begin() as conn:
        finish(conn, one, told)
