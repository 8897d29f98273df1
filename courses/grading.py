"""Grading an attempt as a durable job.

Rule: marks, learning records, feedback and the end of the job are one transaction, fenced by the job's token: an attempt
is graded once, however often a worker is killed. Points come from the warm grader by nbgrader's rules, words from a run of
the released notebook in another process where hidden tests do not exist. What a limit or the code itself ended is "not graded,
because …", and counts; an attempt is `failed` only when the platform could not grade it after all tries.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, select, update

from commons import blobs
from commons.jobs import Handler, Job, fail, finish
from commons.records import LearningRecord, Verb, add_records
from commons.settings import Settings
from commons.store import Store
from courses import engine, tables
from courses.archive import unpack
from courses.attempts import JOB_KIND, Attempt, Mark, attempt_files, attempt_of
from courses.feedback import compose, plain
from courses.healing_files import HealedFiles, healed_files, repair_lines, repairs_data
from courses.holding import opening
from courses.items import exercise_item_id, unit_item_id
from courses.receipt import receipt_of
from courses.registry import Release, release_of
from courses.warm.grade import grade, rehearse, seed_of, task_of
from courses.warm.judge import Judged, Told
from courses.warm.pair import Defences, Walls

__all__ = ["Verdict", "grade_files", "grade_job", "job_handlers", "marks_from", "teacher_files"]

# A line or two of what a test said.
SAID_CHARS = 500
_NAMESPACE = uuid.UUID("6f1d3c1e-6a8b-4a63-9a58-6a4b4b1f8a51")


@dataclass(frozen=True)
class Verdict:
    """What grading found: marks in the release's order, the feedback's data, the receipt (courses.receipt), what was mended."""

    marks: tuple[Mark, ...]
    feedback: Mapping[str, Any]
    receipt: Mapping[str, Any] | None = None
    repairs: Sequence[Mapping[str, Any]] = ()

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


def grade_job(job: Job, store: Store, *, kernels_env: Path = engine.KERNELS_ENV, walls: Walls = Walls()) -> None:
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
        verdict = grade_files(release, archive, attempt, files, kernels_env, walls=walls)
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
    defences: Defences = Defences(),
    walls: Walls = Walls(),
) -> Verdict:
    """Grade files against a release; stores nothing. Raises SandboxError where the walls cannot be made."""
    manifest = release.manifest
    stored = unpack(archive, release.language(attempt.language))
    task = task_of(manifest, stored)
    seed = seed_of(files)
    healed = healed_files(task.released, files, task.notebooks, teacher_files(stored))
    judged = grade(task, healed.files, kernels_env, walls=walls, defences=defences, seed=seed)
    marks = marks_from(manifest, attempt.id, judged, healed)
    # Words come from a run without hidden tests; whoever has every point needs none.
    full = all(m.passed for m in marks)
    told = {} if full else rehearse(task, healed.files, kernels_env, judged, seed=seed, walls=walls)
    repairs = repairs_data(healed.repairs)
    feedback = compose(manifest, marks, told, repair_lines(repairs))
    return Verdict(marks, feedback, receipt_of(release.id, archive, files, marks, kernels_env, seed), repairs)


def teacher_files(stored: Mapping[str, bytes]) -> dict[str, bytes]:
    """The teacher's version among a release's files in one language."""
    return {n.removeprefix("source/"): data for n, data in stored.items() if n.startswith("source/")}


def marks_from(
    manifest: Mapping[str, Any], attempt_id: str, judged: Mapping[str, Judged], healed: HealedFiles
) -> tuple[Mark, ...]:
    """Marks in the release's order, believed only as far as they fit it: 0 ≤ points ≤ max, a reason where there are none."""
    marks = []
    for name in manifest["order"]:
        cell = manifest["cells"][name]
        most = float(cell["points"])
        told = _told(name, cell, judged, healed)
        if told.points is not None and 0 <= told.points <= most:
            said = plain(told.message)[:SAID_CHARS] if told.failed else ""
            mark = Mark(attempt_id, name, told.points, most, "graded", "", told.points == most, told.mode, said)
        else:
            state = "manual" if told.reason == "manual" else "not-graded"
            reason = "" if state == "manual" else told.reason or "engine"
            mark = Mark(attempt_id, name, None, most, state, reason, None, told.mode)
        marks.append(mark)
    return tuple(marks)


def _told(name: str, cell: Mapping[str, Any], judged: Mapping[str, Judged], healed: HealedFiles) -> Told:
    """What became of one graded cell, or why nothing did."""
    notebook = cell["notebook"]
    if f"{notebook}.ipynb" not in healed.files:
        return Told(None, f"missing-notebook {notebook}")
    if notebook in healed.refused:
        return Told(None, healed.refused[notebook])
    if name in healed.unsure:
        return Told(None, "unsure")
    return judged[notebook].cells.get(cell["cell"], Told(None, "missing-cell"))


def _keep(conn: Connection, attempt: Attempt, release: Release, verdict: Verdict) -> None:
    conn.execute(delete(tables.mark).where(tables.mark.c.attempt == attempt.id))
    for mark in verdict.marks:
        conn.execute(tables.mark.insert().values(**vars(mark)))
    reasons = {m.reason for m in verdict.marks if m.state == "not-graded"}
    reason = next(iter(reasons)) if verdict.score is None and len(reasons) == 1 else ""
    now = datetime.now(UTC)
    _set(
        conn, attempt, state="graded", reason=reason, score=verdict.score, max_score=verdict.max_score,
        feedback=dict(verdict.feedback), receipt=verdict.receipt and dict(verdict.receipt),
        repairs=[dict(one) for one in verdict.repairs], graded=now,
    )  # fmt: skip
    # While feedback is held, nothing tells its learner how the work did (courses.holding writes the records on release).
    if opening(conn, attempt.course, attempt.assignment).is_open:
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
