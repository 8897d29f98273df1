"""Proof before release: what is wrong with a course, all at once, and what a teacher should know of its tests.

Rule: a course that passes has solutions that get full marks and blanks that get none (or their declared free points), the same five
times over, in every language; nothing of a solution or a hidden check in what learners get; texts, alt texts, concepts and ids
complete. Those are faults. Mutants that survive, concepts that no test assesses and tests that cannot be sealed are warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from commons.errors import Faults, ShuyuanError
from commons.languages import LANGUAGES
from courses import engine
from courses.check_content import content_faults, unassessed
from courses.check_marks import Need, marks_faults, need_of
from courses.check_mutants import Survivor, survivors
from courses.check_words import words_of
from courses.leaks import leaks
from courses.manifest import Course, Unit, load_course
from courses.mutants import MOST
from courses.release import Made, make
from courses.warm.judge import Clock
from courses.warm.pair import Walls
from courses.words import messages

__all__ = ["CellProof", "Report", "UnitProof", "Warned", "check_course", "content_faults", "report_data"]


@dataclass(frozen=True)
class CellProof:
    """A graded cell: `mode` is sealed, compatible, manual or "" (not known), `why` the reason where it is not sealed."""

    name: str
    points: float
    mode: str
    why: str


@dataclass(frozen=True)
class UnitProof:
    """What grading a unit showed: its cells, what it needs, how many mutants there were and which survived."""

    unit: str
    cells: tuple[CellProof, ...]
    need: Need
    mutants: int = 0
    survivors: tuple[Survivor, ...] = ()


@dataclass(frozen=True)
class Warned:
    """Something a teacher should look at: a kind of `courses.check.<kind>`, and the values of its words."""

    kind: str
    values: Mapping[str, str | int | float]

    def words(self, language: str) -> str:
        values = dict(self.values)
        if self.kind == "survivor":
            values["change"] = messages().say(f"courses.mutant.{values['mutant']}", language, **values)
        return messages().say(f"courses.check.{self.kind}", language, **values)


@dataclass(frozen=True)
class Report:
    """What a check found. `proved` counts (unit, language) pairs whose solution and blank were graded."""

    course: str
    faults: tuple[str, ...]
    units: int
    exercises: int
    points: float
    proved: int
    proofs: tuple[UnitProof, ...] = ()
    warnings: tuple[Warned, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return not self.faults


def check_course(
    folder: Path,
    concepts: Set[str] | None = None,
    *,
    run: bool = True,
    mutants: int = MOST,
    kernels_env: Path = engine.KERNELS_ENV,
    say: Callable[[str], object] = str,
) -> Report:
    """Check the course in `folder`; `concepts` are the ids that exist (None: not checked), `run=False` grades nothing.

    `mutants` is the most for one solution cell (0: none). `say` hears each unit's id before it is graded, which takes seconds.
    """
    try:
        course = load_course(folder)
    except Faults as error:
        return Report(folder.name, error.faults, 0, 0, 0.0, 0)
    faults = list(content_faults(course, folder, concepts))
    proofs: list[UnitProof] = []
    proved, points = 0, 0.0
    for one in _made(course, folder, kernels_env, faults) if run else ():
        say(one.unit.id)
        faults += leaks(one)
        wrong = list(marks_faults(one, kernels_env))
        faults += wrong
        # Tests that refuse the solution say nothing of its mutants.
        proofs.append(_proof(one, kernels_env, 0 if wrong else mutants))
        proved += len(one.released)
        points += sum(float(c["points"]) for c in one.manifest["cells"].values())
    exercises = sum(len(u.exercises) for u in course.units)
    warned = tuple(_warnings(course, proofs))
    found = tuple(dict.fromkeys(faults))
    return Report(course.id, found, len(course.units), exercises, points, proved, tuple(proofs), warned)


def _made(course: Course, folder: Path, kernels_env: Path, faults: list[str]) -> tuple[Made, ...]:
    graded: tuple[Unit, ...] = tuple(u for u in course.units if u.assignment)
    try:
        return tuple(make(course, folder, graded, kernels_env, faults.append).values()) if graded else ()
    except ShuyuanError as error:
        faults.append(str(error))
        return ()


def _proof(made: Made, kernels_env: Path, mutants: int) -> UnitProof:
    count, alive = survivors(made, kernels_env, mutants) if mutants else (0, ())
    cells = tuple(
        CellProof(name, float(c["points"]), "manual" if c["manual"] else str(c.get("mode", "")), str(c.get("why", "")))
        for name, c in made.manifest["cells"].items()
    )
    return UnitProof(made.unit.id, cells, need_of(made, kernels_env), count, alive)


def _warnings(course: Course, proofs: list[UnitProof]) -> Iterator[Warned]:
    for unit, untested in unassessed(course):
        yield Warned("unassessed", {"unit": unit, "concepts": ", ".join(untested)})
    for proof in proofs:
        for cell in proof.cells:
            if cell.mode == "compatible":
                yield Warned("compatible", {"unit": proof.unit, "cell": cell.name, "why": cell.why})
        for one in proof.survivors:
            where: dict[str, str | int | float] = {"unit": proof.unit, "line": one.line}
            where["cell"] = ", ".join(one.tests)
            yield Warned("survivor", {**where, "mutant": one.kind, "before": one.before, "after": one.after})
        if proof.need.seconds > Clock().total_s / 2:
            yield Warned("slow", {"unit": proof.unit, "seconds": proof.need.seconds, "most": Clock().total_s})
        if proof.need.memory_mb > Walls().memory_mb / 2:
            yield Warned("large", {"unit": proof.unit, "mb": proof.need.memory_mb, "most": Walls().memory_mb})


def report_data(report: Report) -> dict[str, Any]:
    """A report as plain JSON, faults and warnings with their words in every language; for a teacher's page."""
    data = asdict(report)
    data["ok"] = report.ok
    data["faults"] = [{"words": words_of(line)} for line in report.faults]
    data["warnings"] = [
        {"kind": one.kind, "values": dict(one.values), "words": {x: one.words(x) for x in LANGUAGES}}
        for one in report.warnings
    ]
    return data
