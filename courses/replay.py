"""Grading an attempt once more from its receipt, to see that the mark can be reproduced. Changes nothing.

Rule: the tests are those of the receipt's release, marks by hand are left out, the seed is its own; what differs is named, hash by hash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from commons import blobs
from commons.errors import BadInput
from commons.store import Store
from courses.attempts import attempt_files, attempt_of, marks_of
from courses.grading import grade_files
from courses.marking import manual_marks
from courses.registry import release_of

__all__ = ["Replay", "replay"]

_NAMES = ("release", "submission", "tests", "environment", "seed", "log")


@dataclass(frozen=True)
class Replay:
    """Whether everything is as the receipt says, and a line for each part of it and each mark that differs."""

    same: bool
    lines: tuple[str, ...]


def replay(store: Store, attempt_id: str, kernels_env: Path) -> Replay:
    """Grade the attempt of that id again. Raises NotFound, BadInput where it has no receipt."""
    with store.read() as conn:
        attempt = attempt_of(conn, attempt_id)
        if not attempt.receipt:
            raise BadInput("this attempt has no receipt", where=attempt_id[:40], next="Only graded attempts have one.")
        # A regrade that needed no run leaves the receipt of the run that made the marks.
        release = release_of(conn, str(attempt.receipt.get("release") or attempt.release))
        files, archive = attempt_files(conn, attempt), blobs.get(conn, release.source_blob)
        hands = {name: hand.was for (_, name), hand in manual_marks(conn, [attempt_id]).items()}
        marks = {m.grade_id: replace(m, **hands.get(m.grade_id, {})) for m in marks_of(conn, attempt_id)}
    verdict = grade_files(release, archive, attempt, files, kernels_env)
    now = verdict.receipt or {}
    lines = []
    for name in _NAMES:
        before, after = attempt.receipt.get(name), now.get(name)
        lines.append(f"{name}: {before}" if before == after else f"{name}: {before} then, {after} now")
    for mark in verdict.marks:
        was = marks.get(mark.grade_id)
        if was is None or (was.points, was.reason) != (mark.points, mark.reason):
            lines.append(f"{mark.grade_id}: {was.points if was else None} then, {mark.points} now")
    alike = len(lines) == len(_NAMES)
    same = alike and all(attempt.receipt.get(name) == now.get(name) for name in _NAMES)
    return Replay(same, (*lines, "the same" if same else "not the same"))
