"""Judging one notebook: runs its plan in a pair of processes, keeps the clock, and says what each test was worth.

Rule: what a process says is a claim. A sealed test's verdict is the tester's; a compatible one counts only while its
canaries sing; what is unknown is "not graded, because …" and never points.
"""

from __future__ import annotations

import select
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from commons.errors import Unavailable
from courses.runner.shuyuan_inside.wire import WireError
from courses.warm.canary import Canaries
from courses.warm.pair import Defences, Pair, Process, Walls
from courses.warm.plan import Plan, Step
from courses.warm.watch import used_mb

__all__ = ["Clock", "Judged", "Told", "judge", "points_of"]

GRACE_S, WATCH_S, ANSWER_S = 2.0, 0.25, 5.0
# More than the warm process has mapped.
WARM_MB = 700


@dataclass(frozen=True)
class Clock:
    """Seconds for one cell and for a whole notebook."""

    cell_s: float = 30.0
    total_s: float = 120.0


@dataclass
class Told:
    """What became of one test: its points, or why there are none; `message` is for the teacher."""

    points: float | None
    reason: str = ""
    mode: str = ""
    failed: bool = True
    message: str = ""
    names: Mapping[str, Any] = field(default_factory=dict)
    ops: tuple[str, ...] = ()


@dataclass
class Judged:
    """One notebook: tests by grade_id; `events` are {"kind", "cell", "grade_id", …} of cells that a limit ended,
    `errors` {"cell", "text"} of the hand-in's own cells that failed."""

    cells: dict[str, Told] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0

    def settle(self, plan: Plan) -> Judged:
        """Add the cells whose mark needs no running."""
        for grade_id, points in plan.settled.items():
            self.cells.setdefault(grade_id, Told(points, "" if points is not None else "manual", failed=False))
        return self


class _Stopped(Exception):
    """The student's process is gone; `reason` is a code of courses.words."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)

    def at(self, cell: int) -> str:
        """The reason, with the cell where it happened if that is what the words ask for."""
        return f"{self.reason} {cell}" if self.reason == "kernel-died" else self.reason


def judge(
    pair: Pair,
    plan: Plan,
    files: Mapping[str, bytes],
    released: Mapping[str, bytes],
    *,
    clock: Clock = Clock(),
    walls: Walls = Walls(),
    defences: Defences = Defences(),
    seed: int = 0,
) -> Judged:
    """Run a plan. `files` are the hand-in's, `released` the release's: those are put back, and are all that the tests see."""
    return _Judge(pair, clock, walls, defences, seed).run(plan, files, released)


class _Judge:
    def __init__(self, pair: Pair, clock: Clock, walls: Walls, defences: Defences, seed: int) -> None:
        self.pair, self.clock, self.walls, self.defences, self.seed = pair, clock, walls, defences, seed
        self.found = Judged()
        # One process is stopped by its own limit, with a MemoryError in its cell; this is for what it starts.
        self.most_mb = walls.memory_mb + WARM_MB
        self.rebound: list[str] = []
        self.own: frozenset[str] = frozenset()
        self.answers: frozenset[str] = frozenset()
        self.canaries = Canaries(self._probe)

    def run(self, plan: Plan, files: Mapping[str, bytes], released: Mapping[str, bytes]) -> Judged:
        begun = time.monotonic()
        self.ends = begun + self.clock.total_s
        stopped = ""
        try:
            self._prepare(plan, files, released)
        except _Stopped as error:
            stopped = error.at(0)
        for step in plan.steps:
            if stopped or time.monotonic() >= self.ends:
                self._left_out(step, stopped or f"time-all {self.clock.total_s:g}")
                continue
            try:
                self._step(step)
            except _Stopped as error:
                self._note(error.reason.partition(" ")[0], step)
                why = error.at(step.cell)
                self._left_out(step, why)
                # What follows a cell that could not be stopped did not take too long itself.
                stopped = "not-reached" if why.startswith("timeout") else why
        self.found.seconds = time.monotonic() - begun
        return self.found

    def _prepare(self, plan: Plan, files: Mapping[str, bytes], released: Mapping[str, bytes]) -> None:
        laid = {**files, **released}
        ends = time.monotonic() + self.clock.cell_s
        self.own, self.answers = plan.own, plan.answers
        self._ask(self.pair.student, {"do": "files", "names": list(laid)}, ends, list(laid.values()))
        self._ask(self.pair.student, {"do": "seed", "seed": self.seed}, ends)
        if self.pair.tester is not None:
            helpers = {"do": "helpers", "helpers": dict(plan.helpers), "names": list(released)}
            self._ask(self.pair.tester, helpers, ends, list(released.values()))
            self._ask(self.pair.tester, {"do": "seed", "seed": self.seed}, ends)

    def _step(self, step: Step) -> None:
        if step.test is None:
            self._run(step.source, step)
        elif step.seal.mode == "sealed" and self.pair.tester is not None and self.defences.sealed:
            self.found.cells[step.grade_id] = self._sealed(step)
        else:
            self.found.cells[step.grade_id] = self._compatible(step)

    def _sealed(self, step: Step) -> Told:
        assert self.pair.tester is not None and step.test is not None
        ops = None if step.seal.ops is None or not self.defences.exact_types else list(step.seal.ops)
        message = {
            "do": "test",
            "source": step.source,
            "facts": step.seal.facts,
            "ops": ops,
            "answers": sorted(self.answers),
            "rebound": [name for name in self.rebound if name not in self.own],
            "figures": "plt" in step.source or "pyplot" in step.source,
        }
        self.rebound = []
        try:
            answer = self._ask(self.pair.tester, message, self._until(), waits_for=self.pair.student)
        except TimeoutError:
            self._note("timeout", step)
            return Told(0.0, "", "sealed")
        if answer.get("ended"):
            raise _Stopped(self._death())
        if answer.get("refused"):
            return Told(None, "cannot-cross", "sealed", True, str(answer["refused"]))
        points, failed = points_of(answer["said"], step.test.points)
        told = Told(points, "" if points is not None else "partial", "sealed", failed, _error(answer["said"]))
        told.names, told.ops = answer["names"], tuple(answer["ops"])
        return told

    def _compatible(self, step: Step) -> Told:
        """A test in the student's own process: its verdict counts only if its mutants, run just so, say no."""
        assert step.test is not None
        said: list[dict[str, Any]] | None
        if not self.defences.canaries or step.seal.why == "visible":
            said = self._run(step.source, step)
        else:
            said = self.canaries.verdict(step.source, step.seal.canary, frozenset(step.seal.visible))
            # Later cells may need what the test leaves behind.
            self._run(step.source, step)
        if said is None:
            return Told(None, "canary", "compatible")
        points, failed = points_of(said, step.test.points)
        return Told(points, "" if points is not None else "partial", "compatible", failed, _error(said))

    # --- talking ---

    def _until(self) -> float:
        return min(time.monotonic() + self.clock.cell_s, self.ends)

    def _run(self, source: str, step: Step | None = None) -> list[dict[str, Any]]:
        """Run a cell in the student's process; gives what it said, an error where it took too long."""
        try:
            answer = self._ask(self.pair.student, {"do": "run", "source": source}, self._until())
        except TimeoutError:
            if step is not None:
                self._note("timeout", step)
            return [{"kind": "error", "name": "CellTimeoutError", "text": ""}]
        said = _checked(answer.get("said"))
        self.rebound += [n for n in answer.get("bound", []) if isinstance(n, str)][:10_000]
        if step is not None and step.test is None and (text := _error(said)):
            self.found.errors.append({"cell": step.cell, "text": text})
        for one in said:
            if step is not None and one["kind"] == "error" and one["name"].endswith(("MemoryError", "OSError")):
                self._note_limit(one, step)
        return said

    def _probe(self, source: str) -> list[dict[str, Any]]:
        try:
            return _checked(self._ask(self.pair.student, {"do": "probe", "source": source}, self._until()).get("said"))
        except TimeoutError:
            return [{"kind": "error", "name": "CellTimeoutError", "text": ""}]

    def _ask(
        self,
        process: Process,
        message: dict[str, Any],
        ends: float,
        blobs: list[bytes] | None = None,
        waits_for: Process | None = None,
    ) -> dict[str, Any]:
        """One command and its answer. Raises TimeoutError where it was interrupted, _Stopped where the process is gone."""
        try:
            process.line.send(message, blobs)
            if self._readable(process, ends):
                return self._answer(process)
            # As nbgrader does: interrupt, and take what the cell says then.
            for one in (waits_for, process):
                if one is not None:
                    one.stop(signal.SIGINT)
                    if self._readable(process, time.monotonic() + GRACE_S):
                        self._answer(process)
                        raise TimeoutError
        except WireError as error:
            raise _Stopped(self._death()) from error
        self.pair.student.stop()
        raise _Stopped(f"timeout {self.clock.cell_s:g}")

    def _answer(self, process: Process) -> dict[str, Any]:
        answer, _ = process.line.receive(time.monotonic() + ANSWER_S)
        if not isinstance(answer, dict):
            raise WireError("not an answer")
        return answer

    def _readable(self, process: Process, ends: float) -> bool:
        while True:
            left = ends - time.monotonic()
            if select.select([process.line], [], [], max(0.0, min(left, WATCH_S)))[0]:
                return True
            if left <= 0:
                return False
            if self.defences.watch and used_mb(self.pair.student.pid, self.most_mb) > self.most_mb:
                self.pair.student.stop()
                raise _Stopped(f"memory {self.walls.memory_mb}")

    # --- what is noted ---

    def _death(self) -> str:
        """Why the student's process is gone. Raises Unavailable where the warm process went with it: then grade it again."""
        if self.pair.was_lost():
            raise Unavailable("the warm grader was lost", next="The hand-in is graded again by itself.")
        return "kernel-died"

    def _note(self, kind: str, step: Step, **more: Any) -> None:
        limits = {"seconds": self.clock.cell_s, "memory_mb": self.walls.memory_mb}
        self.found.events.append({"kind": kind, "cell": step.cell, "grade_id": step.grade_id, **limits, **more})

    def _note_limit(self, error: Mapping[str, Any], step: Step) -> None:
        # numpy has a class of its own for it.
        if error["name"].endswith("MemoryError"):
            self._note("memory", step, wanted=error["text"][:200])
        elif "No space left" in error["text"]:
            self._note("disk", step, disk_mb=self.walls.tmpfs_mb)

    def _left_out(self, step: Step, why: str) -> None:
        if step.test is not None:
            self.found.cells[step.grade_id] = Told(None, why, step.seal.mode)


def points_of(said: list[dict[str, Any]], most: float) -> tuple[float | None, bool]:
    """(points, failed) of a test cell by nbgrader's rules (nbgrader.utils.determine_grade); None: more than there are."""
    for one in said:
        if one["kind"] in ("error", "stderr"):
            return 0.0, True
        if one["kind"] == "result":
            try:
                share = float(one["text"])
            except ValueError:
                return most, False
            if share > most or share != share:
                return None, True
            return (share, share < most) if share >= 0 else (most, False)
    return most, False


def _checked(said: Any) -> list[dict[str, Any]]:
    """What a process says a cell said, in the form it must have."""
    if not isinstance(said, list):
        return [{"kind": "error", "name": "Unreadable", "text": ""}]
    return [
        {"kind": str(one.get("kind")), "name": str(one.get("name"))[:200], "text": str(one.get("text"))[:4000]}
        for one in said
        if isinstance(one, dict)
    ]


def _error(said: list[dict[str, Any]]) -> str:
    last = next((one for one in reversed(said) if one["kind"] == "error"), None)
    return "" if last is None else f"{last['name']}: {last['text']}".strip().removesuffix(":")
