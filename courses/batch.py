"""Grading everything that waits in one assignment, as durable jobs, with somebody looking on.

Rule: the jobs are those that handing in asked for; several graders may work on them at once, and one that is killed leaves
them for the next. What is told is what the store says.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from sqlalchemy import select

from commons.jobs import Worker
from commons.store import Store
from courses import engine, tables
from courses.attempts import JOB_KIND
from courses.grading import grade_job
from courses.warm.pair import Walls

__all__ = ["Progress", "Summary", "grade_pending", "usual_slots"]

LOOK_S = 0.1


@dataclass(frozen=True)
class Progress:
    """`done` of `total` hand-ins after `seconds`."""

    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float:
        """Hand-ins a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def left_s(self) -> float | None:
        """Seconds to go at this rate; None where none is known yet."""
        return (self.total - self.done) / self.rate if self.done and self.seconds else None


@dataclass(frozen=True)
class Summary:
    """What became of them: how many are graded, how many failed, their scores, how many marks have none and why."""

    total: int
    graded: int
    failed: int
    seconds: float
    scores: tuple[float, ...]
    reasons: dict[str, int] = field(default_factory=dict)


def usual_slots() -> int:
    """One for each core, and one that computes while another waits for its walls."""
    return len(os.sched_getaffinity(0)) + 1


def grade_pending(
    store: Store,
    course: str,
    assignment: str,
    *,
    slots: int = 0,
    kernels_env: Path = engine.KERNELS_ENV,
    walls: Walls = Walls(),
    look: Callable[[Progress], object] = str,
) -> Summary:
    """Grade all hand-ins of an assignment that wait, `slots` at a time (0: as many as suit); `look` hears how far it is."""
    begun = time.monotonic()
    waiting = _waiting(store, course, assignment)
    handler = partial(grade_job, kernels_env=kernels_env, walls=walls)
    worker = Worker(store, {JOB_KIND: handler}, slots=max(1, min(slots or usual_slots(), len(waiting))), keys=waiting)
    stop = threading.Event()
    thread = threading.Thread(target=worker.run, args=(stop,))
    thread.start()
    try:
        left = waiting
        while left:
            look(Progress(len(waiting) - len(left), len(waiting), time.monotonic() - begun))
            time.sleep(LOOK_S)
            left = _waiting(store, course, assignment) & waiting
    finally:
        stop.set()
        thread.join()
    seconds = time.monotonic() - begun
    look(Progress(len(waiting), len(waiting), seconds))
    return _summary(store, course, assignment, waiting, seconds)


def _waiting(store: Store, course: str, assignment: str) -> set[str]:
    t = tables.attempt.c
    query = select(t.id).where(t.course == course, t.assignment == assignment, t.state.in_(("received", "grading")))
    with store.read() as conn:
        return set(conn.execute(query).scalars())


def _summary(store: Store, course: str, assignment: str, ids: set[str], seconds: float) -> Summary:
    t, m = tables.attempt.c, tables.mark.c
    here = (t.course == course, t.assignment == assignment)
    without = select(m.attempt, m.reason).join(tables.attempt, t.id == m.attempt).where(*here, m.reason != "")
    with store.read() as conn:
        rows = [r for r in conn.execute(select(t.id, t.state, t.score).where(*here)) if r.id in ids]
        reasons: dict[str, int] = {}
        for row in conn.execute(without):
            if row.attempt in ids:
                name = row.reason.partition(" ")[0]
                reasons[name] = reasons.get(name, 0) + 1
    graded = [r for r in rows if r.state == "graded"]
    scores = tuple(float(r.score) for r in graded if r.score is not None)
    return Summary(len(ids), len(graded), sum(r.state == "failed" for r in rows), seconds, scores, reasons)
