"""Working a preview out: the durable job of kind "regrade".

Rule: what was worked out is kept hand-in by hand-in, so that a job whose worker was lost goes on where it stopped; no mark is
changed here. A hand-in that cannot be run is told and keeps its mark.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, delete, select, update

from commons import blobs
from commons.errors import Faults, ShuyuanError
from commons.jobs import Handler, Job, fail, finish
from commons.settings import Settings
from commons.store import Store
from courses import tables
from courses.archive import unpack
from courses.attempts import Attempt, Mark, attempt_files, course_attempts, marks_of
from courses.grading import Verdict, grade_files, teacher_files
from courses.leaks import leaks
from courses.manifest import load_course
from courses.marking import manual_marks, with_hand
from courses.places import course_folder
from courses.registry import Release, latest_release, release_of
from courses.regrade import JOB_KIND, READY, based_on
from courses.regrade_plan import Plan, merged_feedback, merged_marks, plan
from courses.release import make

__all__ = ["job_handlers", "work_out"]

AT_ONCE = 2


@dataclass
class _Draft:
    """The draft while it is worked on: `release` as grading takes it; `plans` by (release, language) of a hand-in."""

    release: Release
    archive: bytes
    plans: dict[tuple[str, str], Plan] = field(default_factory=dict)


def job_handlers(settings: Settings) -> dict[str, Handler]:
    """The handler of this kind of job, for commons.jobs.Worker."""
    return {JOB_KIND: partial(work_out, settings=settings)}


def work_out(job: Job, store: Store, *, settings: Settings) -> None:
    """Fill in the preview that `job` names."""
    name = str(job.payload["regrade"])
    try:
        if job.is_lost:
            raise ShuyuanError("its worker was lost every time")
        _work(name, store, settings)
    except Exception as error:
        if not job.is_last_try:
            raise
        # Nobody waits for ever, whatever went wrong.
        said = str(error) if isinstance(error, ShuyuanError) else f"{type(error).__name__}: {error}"
        with store.begin() as conn:
            _set(conn, name, state="failed", error=said[:1000])
            fail(conn, job, said[:1000], final=True)
        return
    with store.begin() as conn:
        _set(conn, name, state=READY)
        finish(conn, job, {"regrade": name})


def _work(name: str, store: Store, settings: Settings) -> None:
    with store.read() as conn:
        row = conn.execute(select(tables.regrade).where(tables.regrade.c.id == name)).one()
    draft = _draft(store, row.course, row.assignment, settings)
    with store.begin() as conn:
        blob = blobs.put(conn, draft.archive)
        _set(
            conn,
            name,
            state="running",
            manifest=dict(draft.release.manifest),
            source_blob=blob,
            release=draft.release.id,
        )
        c = tables.regrade_change.c
        known = set(conn.execute(select(c.attempt).where(c.regrade == name)).scalars())
        todo = [one for one in _graded(conn, row) if one.id not in known and not _plan(conn, draft, one).is_empty]
        groups: dict[tuple[str, str], list[Attempt]] = {}
        for one in todo:
            groups.setdefault((one.blob, one.language), []).append(one)
        _set(conn, name, total=len(known) + len(todo), done=len(known))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in pool.map(lambda group: _group(store, name, draft, group, settings), groups.values()):
            pass


def _draft(store: Store, course_id: str, assignment: str, settings: Settings) -> _Draft:
    """The course's files made for release, or the newest release where they hold the same."""
    folder = course_folder(course_id, settings.home)
    course = load_course(folder)
    made = make(course, folder, (course.unit(assignment),), settings.kernels_env)[assignment]
    with store.read() as conn:
        newest = latest_release(conn, course_id, assignment)
        if newest.manifest.get("source") == made.manifest["source"]:
            return _Draft(newest, blobs.get(conn, newest.source_blob))
    faults = list(leaks(made))
    if faults:
        # Applying would release it.
        raise Faults(faults, where=f"course '{course_id}'")
    version = newest.version + 1
    release = Release(
        f"{course_id}:{assignment}:{version}", course_id, assignment, version, made.manifest, "", datetime.now(UTC)
    )
    return _Draft(release, made.archive())


def _graded(conn: Connection, row: Any) -> list[Attempt]:
    return [one for one in course_attempts(conn, row.course, row.assignment) if one.state == "graded"]


def _plan(conn: Connection, draft: _Draft, attempt: Attempt) -> Plan:
    key = (attempt.release, attempt.language)
    if key not in draft.plans:
        old = release_of(conn, attempt.release)
        before = teacher_files(unpack(blobs.get(conn, old.source_blob), attempt.language))
        after = teacher_files(unpack(draft.archive, attempt.language))
        draft.plans[key] = plan(old.manifest, before, draft.release.manifest, after)
    return draft.plans[key]


def _group(store: Store, name: str, draft: _Draft, group: Sequence[Attempt], settings: Settings) -> None:
    """Mark one piece of work, handed in by one learner or several, under the draft, and keep what that changes for each."""
    first = group[0]
    with store.read() as conn:
        plans = {one.id: _plan(conn, draft, one) for one in group}
        files = attempt_files(conn, first)
    verdict, error = None, ""
    ran = any(one.needs_run for one in plans.values())
    if ran:
        try:
            verdict = grade_files(draft.release, draft.archive, first, files, settings.kernels_env)
        except ShuyuanError as caught:
            error = str(caught)
    with store.begin() as conn:
        for one in group:
            row = _told(conn, one, error) if error else _row(conn, one, draft, plans[one.id], verdict)
            c = tables.regrade_change
            conn.execute(delete(c).where(c.c.regrade == name, c.c.attempt == one.id))
            conn.execute(c.insert().values(regrade=name, attempt=one.id, **row))
        t = tables.regrade
        moved = {"done": t.c.done + len(group), "runs": t.c.runs + int(ran)}
        conn.execute(update(t).where(t.c.id == name).values(**moved))


def _row(conn: Connection, attempt: Attempt, draft: _Draft, chosen: Plan, verdict: Verdict | None) -> dict[str, Any]:
    manifest = draft.release.manifest
    before, manual = marks_of(conn, attempt.id), manual_marks(conn, [attempt.id])
    hands = {name: hand for (_, name), hand in manual.items()}
    machine = [replace(mark, **hands[mark.grade_id].was) if mark.grade_id in hands else mark for mark in before]
    after = merged_marks(attempt.id, manifest, chosen, machine, verdict.marks if verdict else ())
    shown = with_hand(after, manual)
    known = [mark.points for mark in shown if mark.points is not None]
    return {
        "before": attempt.score,
        "max_before": attempt.max_score,
        "after": math.fsum(known) if known else None,
        "max_after": math.fsum(mark.max_points for mark in shown),
        "marks": [asdict(mark) for mark in after],
        "cells": _differing({mark.grade_id: mark for mark in before}, shown),
        "feedback": merged_feedback(manifest, chosen, attempt.feedback, verdict.feedback if verdict else None),
        "receipt": dict(verdict.receipt) if verdict and verdict.receipt else None,
        "based_on": based_on(attempt),
    }


def _told(conn: Connection, attempt: Attempt, error: str) -> dict[str, Any]:
    """A hand-in that could not be run: nothing to apply, and why."""
    same = {
        "before": attempt.score,
        "after": attempt.score,
        "max_before": attempt.max_score,
        "max_after": attempt.max_score,
    }
    kept: dict[str, Any] = {"marks": [], "cells": [{"error": error[:500]}], "feedback": {}, "receipt": None}
    return same | kept | {"based_on": based_on(attempt)}


def _differing(before: Mapping[str, Mark], after: Sequence[Mark]) -> list[dict[str, Any]]:
    found = []
    for mark in after:
        old = before.get(mark.grade_id)
        told = (mark.points, mark.max_points, mark.state, mark.reason)
        if old is None or (old.points, old.max_points, old.state, old.reason) != told:
            points = {"before": old.points if old else None, "after": mark.points, "most": mark.max_points}
            found.append({"grade_id": mark.grade_id, "why": mark.reason, "state": mark.state} | points)
    for name in before.keys() - {mark.grade_id for mark in after}:
        found.append(
            {
                "grade_id": name,
                "why": "gone",
                "state": "gone",
                "before": before[name].points,
                "after": None,
                "most": 0.0,
            }
        )
    return found


def _set(conn: Connection, name: str, **values: Any) -> None:
    conn.execute(update(tables.regrade).where(tables.regrade.c.id == name).values(**values))
