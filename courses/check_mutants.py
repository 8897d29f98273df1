"""Which small wrong programs get full marks: the mutants of a unit's solutions, graded.

Rule: a survivor is graded once more alone, in the whole notebook, before it is told. Mutants of exercises whose tests have nothing
in common share a run, and cells of the course that no test or answer needs are left out of it; where such a run does not give the
solution full marks, every mutant runs alone in the whole notebook.
"""

from __future__ import annotations

import copy
import dataclasses
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from courses import engine
from courses.healing_slots import Slot, dependents, slots_of
from courses.healing_text import Texts
from courses.mutants import MOST, Mutant, mutants
from courses.notebook import Notebook, dump_notebook, nbgrader_of, parse_notebook
from courses.release import Made, cell_name
from courses.warm.grade import Task, grade, task_of
from courses.warm.judge import Clock

__all__ = ["Survivor", "survivors"]

# A mutant may loop for ever; a solution that is right takes far less for one cell.
CLOCK = Clock(5.0, 60.0)
# A unit's mutants get so long in all; those that come later are not graded and not counted.
BUDGET_S = 180.0


@dataclass(frozen=True)
class Survivor:
    """A mutant with full marks: the graded cells that let it pass, its kind and line, what stood there and what stands there now."""

    tests: tuple[str, ...]
    kind: str
    line: int
    before: str
    after: str


@dataclass(frozen=True)
class _Target:
    """One solution cell: its place in the notebook, the tests that hang on it, its mutants."""

    place: int
    tests: frozenset[str]
    mutants: tuple[Mutant, ...]


def survivors(
    made: Made, kernels_env: Path = engine.KERNELS_ENV, most: int = MOST, budget_s: float = BUDGET_S
) -> tuple[int, tuple[Survivor, ...]]:
    """(how many mutants were graded, which survived) of a unit, in its first language; `most` a solution cell."""
    language = next(iter(made.released))
    task = dataclasses.replace(task_of(made.manifest, made.stored(language)), clock=CLOCK)
    count, found, ends = 0, list[Survivor](), time.monotonic() + budget_s
    for name in task.notebooks:
        one = _Notebook(dataclasses.replace(task, notebooks=(name,)), name, made, language, kernels_env, most)
        found += one.survivors(ends)
        count += one.graded
    return count, tuple(found)


class _Notebook:
    """One notebook of a unit, and its mutants."""

    def __init__(self, task: Task, name: str, made: Made, language: str, kernels_env: Path, most: int) -> None:
        self.task, self.name, self.made, self.kernels_env = task, name, made, kernels_env
        self.files = made.teacher[language]
        self.nb = parse_notebook(self.files[f"{name}.ipynb"], name)
        released = parse_notebook(made.released[language].files[f"{name}.ipynb"], name)
        self.slots = slots_of(self.nb, None, Texts())
        self.full = {c["cell"]: float(c["points"]) for c in made.manifest["cells"].values() if c["notebook"] == name}
        self.targets = list(self._targets(released, most))
        self.graded = 0

    def _targets(self, released: Notebook, most: int) -> Iterator[_Target]:
        texts = Texts()
        visible = {nbgrader_of(c).get("grade_id"): c["source"] for c in released["cells"]}
        made_by = {slot.index: slot.text for slot in self.slots if slot.learners}
        graded = {name for name, cell in self.made.manifest["cells"].items() if not cell["manual"]}
        for slot in self.slots:
            if slot.kind != "answer":
                continue
            hang = dependents(self.slots, {slot.index}, made_by, texts)
            tests = frozenset(t for t in hang if self._called(t) in graded)
            shown = "\n".join(str(visible.get(test, "")) for test in sorted(tests))
            if tests:
                yield _Target(slot.index, tests, mutants(slot.text, shown, most))

    def _called(self, grade_id: str) -> str:
        return cell_name(self.name, grade_id, self.made.unit.notebooks)

    def survivors(self, ends: float) -> Iterator[Survivor]:
        """Grade the mutants until the clock says `ends`; gives those with full marks, confirmed."""
        small = self._small()
        together = self._passes({}, self.full.keys() - self._manual(), small)
        nb = small if together else self.nb
        in_turn = zip_longest(*([(target, mutant) for mutant in target.mutants] for target in self.targets))
        waiting = [one for row in in_turn for one in row if one is not None]
        while waiting and time.monotonic() < ends:
            batch = self._batch(waiting) if together else waiting[:1]
            self.graded += len(batch)
            waiting = [one for one in waiting if one not in batch]
            for target, mutant in self._passed(batch, nb):
                alone = self._passes({target.place: mutant.source}, target.tests, self.nb)
                if alone:
                    tests = tuple(self._called(t) for t in self.full if t in target.tests)
                    yield Survivor(tests, mutant.kind, mutant.line, mutant.before, mutant.after)

    def _manual(self) -> set[str]:
        cells = self.made.manifest["cells"].values()
        return {c["cell"] for c in cells if c["notebook"] == self.name and c["manual"]}

    def _batch(self, waiting: list[tuple[_Target, Mutant]]) -> list[tuple[_Target, Mutant]]:
        """Mutants of cells whose tests have nothing in common."""
        batch: list[tuple[_Target, Mutant]] = []
        taken: set[str] = set()
        for target, mutant in waiting:
            if not taken & target.tests:
                batch.append((target, mutant))
                taken |= target.tests
        return batch

    def _passed(self, batch: list[tuple[_Target, Mutant]], nb: Notebook) -> Iterator[tuple[_Target, Mutant]]:
        """Those of a batch with full marks; where the process was ended, each alone."""
        points = self._points({target.place: mutant.source for target, mutant in batch}, nb)
        if len(batch) > 1 and any(points.get(test) is None for target, _ in batch for test in target.tests):
            for one in batch:
                yield from self._passed([one], nb)
            return
        for target, mutant in batch:
            if all(points.get(test) == self.full[test] for test in target.tests):
                yield target, mutant

    def _passes(self, changes: Mapping[int, str], tests: frozenset[str] | set[str], nb: Notebook) -> bool:
        points = self._points(changes, nb)
        return all(points.get(test) == self.full[test] for test in tests)

    def _points(self, changes: Mapping[int, str], nb: Notebook) -> dict[str, float | None]:
        changed = copy.copy(nb)
        changed["cells"] = [
            {**cell, "source": changes[place]} if place in changes else cell for place, cell in enumerate(nb["cells"])
        ]
        files = {**self.files, f"{self.name}.ipynb": dump_notebook(changed)}
        judged = grade(self.task, files, self.kernels_env, seed=1)[self.name]
        return {grade_id: told.points for grade_id, told in judged.cells.items()}

    def _small(self) -> Notebook:
        """The notebook with those of the course's open cells emptied that nothing graded needs. Places stay."""
        needed = {name for slot in self.slots if slot.grade_id for name in slot.used}
        kept: set[int] = set()
        more = True
        while more:
            more = False
            for slot in self.slots:
                if slot.kind == "given" and slot.index not in kept and slot.names & needed:
                    kept.add(slot.index)
                    needed |= slot.used
                    more = True
        nb = copy.copy(self.nb)
        nb["cells"] = [_emptied(slot, cell, kept) for slot, cell in zip(self.slots, nb["cells"], strict=True)]
        return nb


def _emptied(slot: Slot, cell: dict[str, object], kept: set[int]) -> dict[str, object]:
    return {**cell, "source": ""} if slot.kind == "given" and slot.index not in kept else cell
