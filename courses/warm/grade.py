"""Grading a hand-in's files against a release: one pair of processes per notebook.

Rule: points come from a run over all tests, words from another of the released notebook, in a process where hidden tests do
not exist. Stores nothing. Raises SandboxError where the walls cannot be made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.errors import BadInput
from courses.notebook import Notebook, nbgrader_of, parse_notebook
from courses.warm.book import BookCell, read_book
from courses.warm.judge import Clock, Judged, Told, judge
from courses.warm.pair import Defences, Walls, warm_of
from courses.warm.plan import Seal, plan_of

__all__ = ["ENV", "Task", "clock_of", "grade", "rehearse", "seed_of", "task_of"]

CELL_S, CELL_MOST_S, TOTAL_S = 30, 120, 120
# What an answer that is still to be written raises.
UNWRITTEN = "NotImplementedError"
ENV = {
    "HOME": "/tmp",
    "MPLBACKEND": "agg",
    # As nbgrader tells its notebooks.
    "NBGRADER_EXECUTION": "autograde",
    "MPLCONFIGDIR": "/tmp/.matplotlib",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "TZ": "UTC",
}


@dataclass(frozen=True)
class Task:
    """A release in one language, as grading needs it."""

    notebooks: tuple[str, ...]
    book: Mapping[str, Mapping[str, BookCell]]
    seals: Mapping[str, Mapping[str, Seal]]
    helpers: Mapping[str, Mapping[str, str]]
    own: Mapping[str, list[str]]
    released: Mapping[str, bytes]
    clock: Clock

    @property
    def data_files(self) -> dict[str, bytes]:
        """The release's files that are not its notebooks; they replace a hand-in's of the same name, as under nbgrader."""
        own = {f"{name}.ipynb" for name in self.notebooks}
        return {name: data for name, data in self.released.items() if name not in own}


def task_of(manifest: Mapping[str, Any], stored: Mapping[str, bytes]) -> Task:
    """The task of a release's manifest and stored files in one language ("source/…", "release/…", "gradebook.db")."""
    seals: dict[str, dict[str, Seal]] = {}
    for cell in manifest["cells"].values():
        seals.setdefault(cell["notebook"], {})[cell["cell"]] = Seal.of(cell.get("seal"))
    return Task(
        notebooks=tuple(manifest["notebooks"]),
        book=read_book(stored["gradebook.db"]),
        seals=seals,
        helpers=manifest.get("helpers", {}),
        own=manifest.get("own", {}),
        released={n.removeprefix("release/"): data for n, data in stored.items() if n.startswith("release/")},
        clock=clock_of(manifest.get("options", {})),
    )


def clock_of(options: Mapping[str, Any]) -> Clock:
    """The times a course's own nbgrader options ask for, within ours."""
    asked = [options.get(section, {}).get("timeout") for section in ("Execute", "ExecutePreprocessor")]
    cell = next((int(a) for a in asked if isinstance(a, int | float) and a > 0), CELL_S)
    return Clock(min(cell, CELL_MOST_S), TOTAL_S)


def seed_of(files: Mapping[str, bytes]) -> int:
    """The seed of a hand-in's random numbers: the same work has the same luck."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return int.from_bytes(digest.digest()[:4], "big")


def grade(
    task: Task,
    files: Mapping[str, bytes],
    kernels_env: Path,
    *,
    walls: Walls = Walls(),
    defences: Defences = Defences(),
    seed: int | None = None,
) -> dict[str, Judged]:
    """What each notebook of a hand-in is worth; notebooks that are not there are left out. Raises BadInput for a broken one."""
    seed = seed_of(files) if seed is None else seed
    found = {}
    for name in task.notebooks:
        nb = _notebook(files, name)
        if nb is None:
            continue
        seals, book = task.seals.get(name, {}), task.book.get(name, {})
        plan = plan_of(nb, book, seals, task.helpers.get(name, {}), own=task.own.get(name, ()))
        sealed = defences.sealed and any(s.test is not None and s.seal.mode == "sealed" for s in plan.steps)
        judged = Judged()
        if plan.steps:
            with warm_of(kernels_env, ENV).pair(walls, defences, tester=sealed) as pair:
                judged = judge(
                    pair, plan, files, task.data_files, clock=task.clock, walls=walls, defences=defences, seed=seed
                )
        found[name] = judged.settle(plan)
    return found


def rehearse(
    task: Task,
    files: Mapping[str, bytes],
    kernels_env: Path,
    judged: Mapping[str, Judged],
    *,
    seed: int,
    walls: Walls = Walls(),
) -> dict[str, Any]:
    """What the visible checks say: {notebook: {"cells": {grade_id: {"failed", "message"}}, "events": […]}}.

    `judged` is what the tests said, with that `seed`: a notebook is run only as far as there is a failure to find words for.
    """
    found: dict[str, Any] = {}
    for name, known in judged.items():
        nb = _notebook(files, name)
        unwritten = {key for key, told in known.cells.items() if told.message == UNWRITTEN}
        wordless = {key for key, told in known.cells.items() if told.failed} - unwritten
        said = {key: {"failed": True, "message": UNWRITTEN} for key in unwritten}
        found[name] = {"cells": said, "events": [], "errors": []}
        if nb is None or not wordless:
            continue
        visible = {cell: Seal("compatible", "visible") for cell in task.book.get(name, {})}
        plan = plan_of(nb, task.book.get(name, {}), visible, {}, _texts(task, name)).until(wordless)
        with warm_of(kernels_env, ENV).pair(walls, tester=False) as pair:
            again = judge(pair, plan, files, task.data_files, clock=task.clock, walls=walls, seed=seed)
        said |= {key: {"failed": told.failed, "message": _unless_stopped(told)} for key, told in again.cells.items()}
        found[name]["events"], found[name]["errors"] = again.events, again.errors
    return found


def _unless_stopped(told: Told) -> str:
    """What a test said; nothing where it was stopped, which is told in words of its own."""
    return "" if told.message == "CellTimeoutError" else told.message


def _texts(task: Task, name: str) -> dict[str, str]:
    nb = _notebook(task.released, name)
    return (
        {} if nb is None else {str(nbgrader_of(c).get("grade_id")): c["source"] for c in nb["cells"] if nbgrader_of(c)}
    )


def _notebook(files: Mapping[str, bytes], name: str) -> Notebook | None:
    try:
        return parse_notebook(files[f"{name}.ipynb"], f"{name}.ipynb") if f"{name}.ipynb" in files else None
    except BadInput:
        return {"cells": [], "metadata": {}}
