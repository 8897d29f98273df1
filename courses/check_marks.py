"""Proof by grading: the solution gets full marks, the blank none but its declared free points, five times the same.

Rule: everything is graded as a learner's hand-in is, in every language; the repeats have other random seeds, so that a test that
depends on luck is found out. What was measured is of this machine.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from courses import engine
from courses.check_words import fault
from courses.notebook import parse_notebook
from courses.release import Made
from courses.warm.grade import ENV, Task, grade, task_of
from courses.warm.judge import Judged, judge
from courses.warm.pair import Defences, Walls, warm_of
from courses.warm.plan import Seal, Step, plan_of

__all__ = ["REPEATS", "Need", "marks_faults", "need_of", "points_of"]

REPEATS = 5
_PEAK = "import resource\nraise RuntimeError(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
_PEAK_ID = "shuyuan-peak"


@dataclass(frozen=True)
class Need:
    """What grading the solution of a unit takes here: seconds of running, and the most memory of its notebooks in MB (0: unknown)."""

    seconds: float = 0.0
    memory_mb: float = 0.0


def marks_faults(made: Made, kernels_env: Path = engine.KERNELS_ENV, repeats: int = REPEATS) -> Iterator[str]:
    """Grade the solution and the blank in every language, in the first one `repeats` times."""
    marked = any(not cell["manual"] for cell in made.manifest["cells"].values())
    for number, (language, released) in enumerate(made.released.items()):
        where = fault("unit-language", unit=made.unit.id, lang=language)
        task = task_of(made.manifest, made.stored(language))
        for kind, files in (("solution", made.teacher[language]), ("blank", released.files)):
            runs = [grade(task, files, kernels_env, seed=0)]
            # What a limit ended is a fault already, and would take its whole time again.
            if number == 0 and marked and not any(judged.events for judged in runs[0].values()):
                runs += [grade(task, files, kernels_env, seed=seed) for seed in range(1, repeats)]
            yield from _events(where, kind, runs[0])
            yield from _wrong(made, where, kind, runs[0])
            yield from _unlike(made, where, kind, runs)


def _events(where: str, kind: str, run: Mapping[str, Judged]) -> Iterator[str]:
    for notebook, judged in run.items():
        for event in judged.events:
            yield fault(f"{kind}-event", where=where, notebook=notebook, event=event["kind"], cell=event["cell"])


def _wrong(made: Made, where: str, kind: str, run: Mapping[str, Judged]) -> Iterator[str]:
    free = {t: e.free_points for e in made.unit.exercises for t in e.tests[:1]}
    for name, cell in made.manifest["cells"].items():
        got = points_of(run, cell)
        if cell["manual"]:
            continue
        if kind == "solution" and got != float(cell["points"]):
            wrong = fault("solution", where=where, got=got, points=f"{cell['points']:g}", name=name)
            said = _said(run, cell)
            yield fault("said", fault=wrong, said=said) if said else wrong
        if kind == "blank" and got != free.get(name, 0.0):
            yield fault("blank", where=where, got=got, name=name, free=f"{free.get(name, 0.0):g}")


def _said(run: Mapping[str, Judged], cell: Mapping[str, Any]) -> str:
    """What a test said of the teacher's own solution, or the first error before it."""
    judged = run.get(cell["notebook"])
    told = judged.cells.get(cell["cell"]) if judged else None
    first = judged.errors[0] if judged and judged.errors else None
    parts = [told.message if told else "", f"[{first['cell']}] {first['text']}" if first else ""]
    return " ← ".join(part for part in parts if part)[:300]


def _unlike(made: Made, where: str, kind: str, runs: list[dict[str, Judged]]) -> Iterator[str]:
    for name, cell in made.manifest["cells"].items():
        found = list(dict.fromkeys(points_of(run, cell) for run in runs))
        if len(found) > 1 and not cell["manual"]:
            yield fault(f"{kind}-unlike", where=where, one=found[0], two=found[1], name=name)


def points_of(run: Mapping[str, Judged], cell: Mapping[str, Any]) -> float | None:
    """What a cell of a manifest got; None where it was not graded."""
    notebook = run.get(cell["notebook"])
    told = notebook.cells.get(cell["cell"]) if notebook else None
    return told.points if told else None


def need_of(made: Made, kernels_env: Path = engine.KERNELS_ENV) -> Need:
    """Measure one grading of the solution: the time of its cells, and the peak of its process."""
    language = next(iter(made.released))
    task = task_of(made.manifest, made.stored(language))
    seconds, peak = 0.0, 0.0
    for name in task.notebooks:
        judged = _measured(task, name, made.teacher[language], kernels_env)
        seconds += judged.seconds
        told = judged.cells.get(_PEAK_ID)
        found = re.search(r"(\d+)\s*$", told.message) if told else None
        peak = max(peak, int(found.group(1)) / 1024 if found else 0.0)
    return Need(round(seconds, 2), round(peak, 1))


def _measured(task: Task, name: str, files: Mapping[str, bytes], kernels_env: Path) -> Judged:
    """Run the solution with all tests inside its own process, and at the end one more test that says how much it held."""
    book = task.book.get(name, {})
    inside = {grade_id: Seal("compatible", "visible") for grade_id in book}
    plan = plan_of(parse_notebook(files[f"{name}.ipynb"], name), book, inside, {})
    if not plan.steps:
        return Judged()
    some = next((cell for cell in book.values() if cell.is_test), None)
    if some is not None:
        test = dataclasses.replace(some, grade_id=_PEAK_ID, source=_PEAK)
        last = Step(plan.steps[-1].cell + 1, _PEAK, _PEAK_ID, test, Seal("compatible", "visible"))
        plan = dataclasses.replace(plan, steps=(*plan.steps, last))
    defences = Defences(sealed=False, canaries=False)
    with warm_of(kernels_env, ENV).pair(Walls(), defences, tester=False) as pair:
        return judge(pair, plan, files, task.data_files, clock=task.clock, defences=defences)
