"""A preview in lines for a terminal, worked out here or by the platform that runs beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from commons.errors import ShuyuanError
from commons.jobs import Worker
from commons.people import ensure_person, person_of_actor
from commons.settings import Settings
from commons.store import Store
from courses.regrade import Preview, apply, ask, preview
from courses.regrade_job import job_handlers

__all__ = ["regrade_here"]

POLL_S = 0.2


def regrade_here(
    store: Store, settings: Settings, course: str, assignment: str, account: str, *, is_applied: bool
) -> Iterator[str]:
    """Make a preview and tell it; with `is_applied` apply it. Raises ShuyuanError where it cannot be made."""
    with store.begin() as conn:
        who = ensure_person(conn, account)
    name = ask(store, who, course, assignment)
    worker = Worker(store, job_handlers(settings), slots=1)
    while (one := _now(store, name)).state in ("waiting", "running"):
        if not worker.step():
            time.sleep(POLL_S)
    if one.state == "failed":
        raise ShuyuanError(f"the preview could not be made: {one.error}")
    yield from _told(store, one)
    if is_applied:
        done = apply(store, name, who)
        yield f"applied: {done.changed} attempts changed, {done.overtaken} overtaken, all belong to {done.release} now"
    elif one.changed:
        yield "nothing was changed; --apply makes these the marks"


def _told(store: Store, one: Preview) -> Iterator[str]:
    with store.read() as conn:
        for change in one.changes:
            who = person_of_actor(conn, change.attempt.actor)
            name = f"{who.account if who else '–'}, attempt {change.attempt.number}"
            if change.error:
                yield f"- {name}: could not be run: {change.error}"
            elif change.differs:
                cells = ", ".join(f"{c['grade_id']} {_n(c['before'])} → {_n(c['after'])}" for c in change.cells)
                yield f"- {name}: {_n(change.before)} → {_n(change.after)} of {_n(change.max_after)} ({cells})"
    told = one.summary
    yield (
        f"{told['touched']:g} attempts touched, {told['runs']:g} runs; {told['changed']:g} change "
        f"({told['up']:g} up, {told['down']:g} down)"
    )


def _now(store: Store, name: str) -> Preview:
    with store.read() as conn:
        return preview(conn, name)


def _n(points: float | None) -> str:
    return "–" if points is None else f"{points:g}"
