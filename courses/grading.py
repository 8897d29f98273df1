"""Grading an attempt as a durable job.

Rule: marks, learning records, feedback and the end of the job are one transaction, fenced by the job's token: an attempt
is graded once, however often a worker is killed. Points come from nbgrader's autograder over all tests, words from a run of
the released notebook in another sandbox where hidden tests do not exist. What a limit or the code itself ended is "not graded,
because …", and counts; an attempt is `failed` only when the platform could not grade it after all tries.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, select, update

from commons import blobs
from commons.errors import ShuyuanError
from commons.jobs import Handler, Job, fail, finish
from commons.records import LearningRecord, Verb, add_records
from commons.settings import Settings
from commons.store import Store
from courses import engine, tables
from courses.archive import unpack
from courses.attempts import JOB_KIND, Attempt, Mark, attempt_files, attempt_of
from courses.engine import EngineStopped, Graded
from courses.feedback import compose
from courses.items import exercise_item_id, unit_item_id
from courses.registry import Release, release_of

__all__ = ["Verdict", "grade_files", "grade_job", "job_handlers", "marks_from"]

_NAMESPACE = uuid.UUID("6f1d3c1e-6a8b-4a63-9a58-6a4b4b1f8a51")
_LEARNER = "learner"
# What nbgrader says when the machine is the cause, and not the notebook.
_OURS = ("Kernel didn't respond", "OperationalError", "No space left", "NoSuchKernel")


@dataclass(frozen=True)
class Verdict:
    """What grading found: marks in the release's order, and the feedback's data."""

    marks: tuple[Mark, ...]
    feedback: Mapping[str, Any]

    @property
    def score(self) -> float | None:
        """The sum of known points; None where nothing is known."""
        known = [m.points for m in self.marks if m.points is not None]
        return math.fsum(known) if known or not self.marks else None

    @property
    def max_score(self) -> float:
        return math.fsum(m.max_points for m in self.marks)


def job_handlers(settings: Settings) -> dict[str, Handler]:
    """The handlers of courses' jobs, for commons.jobs.Worker."""
    return {JOB_KIND: partial(grade_job, kernels_env=settings.kernels_env)}


def grade_job(job: Job, store: Store, *, kernels_env: Path = engine.KERNELS_ENV) -> None:
    """Grade the attempt that `job` names: the handler of jobs of kind "grade"."""
    with store.begin() as conn:
        attempt = attempt_of(conn, job.payload["attempt"])
        if attempt.state in ("graded", "failed"):
            finish(conn, job, {"attempt": attempt.id, "state": attempt.state})
            return
        if job.tries > job.max_tries:
            _give_up(conn, job, attempt, "its worker was lost every time")
            return
        release = release_of(conn, attempt.release)
        files = attempt_files(conn, attempt)
        archive = blobs.get(conn, release.source_blob)
        _set(conn, attempt, state="grading")
    try:
        verdict = grade_files(release, archive, attempt, files, kernels_env)
    except Exception as error:
        if not job.is_last_try:
            raise
        with store.begin() as conn:
            _give_up(conn, job, attempt, f"{type(error).__name__}: {error}")
        return
    with store.begin() as conn:
        _keep(conn, attempt, release, verdict)
        finish(conn, job, {"attempt": attempt.id, "score": verdict.score, "max": verdict.max_score})


def grade_files(
    release: Release,
    archive: bytes,
    attempt: Attempt,
    files: Mapping[str, bytes],
    kernels_env: Path = engine.KERNELS_ENV,
) -> Verdict:
    """Grade files against a release; stores nothing. Raises ShuyuanError where the engine itself failed."""
    manifest = release.manifest
    stored = unpack(archive, attempt.language)
    teacher = {n.removeprefix("source/"): data for n, data in stored.items() if n.startswith("source/")}
    released = {n.removeprefix("release/"): data for n, data in stored.items() if n.startswith("release/")}

    def points() -> tuple[Graded | None, str]:
        book = stored["gradebook.db"]
        args = (release.course, release.assignment, teacher, book, {_LEARNER: files}, manifest["options"], kernels_env)
        try:
            return engine.grade(*args)[_LEARNER], ""
        except EngineStopped as error:
            if error.reason != "stopped":
                return None, error.reason
        # Once may be an accident of the machine; twice in a row it is the code that was handed in.
        try:
            return engine.grade(*args)[_LEARNER], ""
        except EngineStopped as error:
            return None, error.reason

    def words() -> dict[str, Any]:
        try:
            return engine.rehearse(tuple(manifest["notebooks"]), released, files, manifest["options"], kernels_env)
        except EngineStopped:
            return {}

    with ThreadPoolExecutor(2) as pool:
        both = pool.submit(points), pool.submit(words)
        (graded, stopped), rehearsed = both[0].result(), both[1].result()
    if stopped == "engine" or (graded and any(sign in graded.error for sign in _OURS)):
        said = graded.error if graded else "no answer"
        raise ShuyuanError("the grading engine failed", where=f"attempt {attempt.id}: {said}")
    marks = marks_from(manifest, attempt.id, graded, stopped, files)
    return Verdict(marks, compose(manifest, marks, rehearsed))


def marks_from(
    manifest: Mapping[str, Any], attempt_id: str, graded: Graded | None, stopped: str, files: Mapping[str, bytes]
) -> tuple[Mark, ...]:
    """Marks from what the sandbox said, believed only as far as it fits the release: known cells, 0 ≤ points ≤ max."""
    marks = []
    for name in manifest["order"]:
        cell = manifest["cells"][name]
        points, state, reason = None, "not-graded", stopped
        if f"{cell['notebook']}.ipynb" not in files:
            reason = f"missing-notebook {cell['notebook']}"
        elif graded is not None:
            points, state, reason = _judge(cell, graded)
        passed = None if points is None else points == float(cell["points"])
        marks.append(Mark(attempt_id, name, points, float(cell["points"]), state, reason, passed))
    return tuple(marks)


def _judge(cell: Mapping[str, Any], graded: Graded) -> tuple[float | None, str, str]:
    """(points, state, reason) of one cell."""
    events = graded.events.get(cell["notebook"], [])
    told = graded.cells.get(f"{cell['notebook']}/{cell['cell']}")
    for event in events:
        if event.get("kind") == "kernel-died":
            reached = not any(e.get("grade_id") == cell["cell"] and e.get("kind") != "timeout" for e in events)
            if not reached or told is None:
                return None, "not-graded", f"kernel-died {int(event.get('cell', 0))}"
        elif event.get("kind") == "not-reached" and event.get("grade_id") == cell["cell"]:
            return None, "not-graded", "not-reached"
    if told is None or graded.error:
        return None, "not-graded", "unreadable"
    points = told.get("points")
    if points is None:
        return (None, "manual", "") if cell["manual"] else (None, "not-graded", "missing-cell")
    if isinstance(points, bool) or not isinstance(points, int | float) or not 0 <= points <= float(cell["points"]):
        return None, "not-graded", "engine"
    return float(points), "graded", ""


def _keep(conn: Connection, attempt: Attempt, release: Release, verdict: Verdict) -> None:
    conn.execute(delete(tables.mark).where(tables.mark.c.attempt == attempt.id))
    for mark in verdict.marks:
        conn.execute(tables.mark.insert().values(**vars(mark)))
    reasons = {m.reason for m in verdict.marks if m.state == "not-graded"}
    reason = next(iter(reasons)) if verdict.score is None and len(reasons) == 1 else ""
    now = datetime.now(UTC)
    _set(
        conn, attempt, state="graded", reason=reason, score=verdict.score, max_score=verdict.max_score,
        feedback=dict(verdict.feedback), graded=now,
    )  # fmt: skip
    add_records(conn, _records(attempt, release, verdict, now))


def _records(attempt: Attempt, release: Release, verdict: Verdict, now: datetime) -> list[LearningRecord]:
    """One `answered` per exercise whose marks are known, and `passed` or `attempted` for the unit; ids are repeatable."""
    found = []
    exercises = {e["grade_id"]: e for e in release.manifest["exercises"]}
    for one in verdict.feedback["exercises"]:
        if one["state"] == "graded" and one["points"] is not None and one["max"] > 0:
            item = exercise_item_id(release.course, release.assignment, one["grade_id"])
            concepts = tuple(exercises[one["grade_id"]]["concepts"])
            share = min(1.0, one["points"] / one["max"])
            found.append(_record(attempt, Verb.answered, item, "exercise", concepts, now, share, bool(one["passed"])))
    if verdict.score is not None and verdict.max_score > 0:
        item = unit_item_id(release.course, release.assignment)
        share = min(1.0, verdict.score / verdict.max_score)
        whole = all(m.passed for m in verdict.marks)
        verb = Verb.passed if whole else Verb.attempted
        found.append(_record(attempt, verb, item, "unit", (), now, share, whole))
    return found


def _record(
    attempt: Attempt,
    verb: Verb,
    item: str,
    kind: str,
    concepts: tuple[str, ...],
    now: datetime,
    score: float,
    success: bool,
) -> LearningRecord:
    return LearningRecord(
        id=str(uuid.uuid5(_NAMESPACE, f"{attempt.id} {verb} {item}")),
        actor=attempt.actor,
        verb=verb,
        item=item,
        kind=kind,
        concepts=concepts,
        time=now,
        score=score,
        success=success,
        attempt=attempt.id,
    )


def _give_up(conn: Connection, job: Job, attempt: Attempt, error: str) -> None:
    _set(conn, attempt, state="failed", reason="engine", graded=datetime.now(UTC))
    fail(conn, job, error[:2000], final=True)


def _set(conn: Connection, attempt: Attempt, **values: Any) -> None:
    t = tables.attempt
    alive = select(t.c.id).where(t.c.id == attempt.id, t.c.state.in_(("received", "grading"))).scalar_subquery()
    conn.execute(update(t).where(t.c.id == alive).values(**values))
