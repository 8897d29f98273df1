"""Grading what waits, told on a terminal: a bar while it runs, a summary at the end.

Rule: where nobody looks on (no terminal), only the summary is said.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import select

from commons.errors import NotFound
from commons.store import Store
from courses import tables
from courses.batch import Progress, Summary, grade_pending, usual_slots

__all__ = ["bar", "grade_here", "summary"]

WIDTH = 30


def grade_here(store: Store, kernels_env: Path, course: str = "", assignment: str = "") -> Iterator[str]:
    """Grade what waits in an assignment, a course or everywhere; gives a line for each assignment. Raises NotFound."""
    slots = usual_slots()
    places = _places(store, course, assignment)
    for one in places:
        found = grade_pending(store, *one, slots=slots, kernels_env=kernels_env, look=_show)
        if sys.stderr.isatty():
            sys.stderr.write("\n")
        yield f"{'/'.join(one)}: {summary(found)}"
    if not places:
        yield "nothing waits"


def _places(store: Store, course: str, assignment: str) -> list[tuple[str, str]]:
    t, r = tables.attempt.c, tables.release.c
    with store.read() as conn:
        if course and not conn.execute(select(r.id).where(r.course == course).limit(1)).first():
            raise NotFound(f"course '{course}' has no release", next="shuyuan course list shows the courses.")
        known = conn.execute(select(r.id).where(r.course == course, r.assignment == assignment).limit(1)).first()
        if assignment and not known:
            raise NotFound(f"assignment '{assignment}' of '{course}' is not released")
        query = select(t.course, t.assignment).where(t.state.in_(("received", "grading"))).distinct()
        rows = [(row.course, row.assignment) for row in conn.execute(query)]
    return sorted(one for one in rows if course in ("", one[0]) and assignment in ("", one[1]))


def bar(progress: Progress) -> str:
    """One line: a bar, how many are done, how many a second, how long it will take.

    >>> bar(Progress(15, 60, 5.0))
    '[#######.......................] 15/60  3.0/s  15 s left'
    """
    filled = WIDTH * progress.done // progress.total if progress.total else WIDTH
    left = "" if progress.left_s is None else f"  {progress.left_s:.0f} s left"
    return f"[{'#' * filled}{'.' * (WIDTH - filled)}] {progress.done}/{progress.total}  {progress.rate:.1f}/s{left}"


def summary(found: Summary) -> str:
    """What became of the hand-ins, in one line."""
    parts = [f"{found.graded} graded in {found.seconds:.1f} s"]
    if found.scores:
        parts.append(f"mean {sum(found.scores) / len(found.scores):.2f} points")
    if found.failed:
        parts.append(f"{found.failed} failed")
    parts += [f"{count} cells not graded ({reason})" for reason, count in sorted(found.reasons.items())]
    return ", ".join(parts)


def _show(progress: Progress) -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K" + bar(progress))
        sys.stderr.flush()
