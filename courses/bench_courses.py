"""Courses by other people, as they are: imported, released, their solutions and blanks graded; their problems told as theirs.

Rule: `DATA` names a folder with nbgrader courses anywhere below (each has a folder `source`); nothing of them is kept. A
unit ends released or refused with a reason, a solution with full marks or with what is wrong; an exception is ours. Last
line: JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from commons.errors import ShuyuanError
from courses.engine import KERNELS_ENV
from courses.importing import import_course
from courses.release import Made, make
from courses.warm.grade import grade, task_of

__all__ = ["Found", "course_roots", "main", "tried"]


@dataclass
class Found:
    """What became of one course: its units, cells and points; `problems` are the course's, `ours` are exceptions."""

    name: str
    units: int = 0
    released: int = 0
    tests: int = 0
    sealed: int = 0
    solved: int = 0
    blank_zero: int = 0
    problems: list[str] = field(default_factory=list)
    ours: list[str] = field(default_factory=list)


def course_roots(data: Path) -> Iterator[Path]:
    """The folders below `data` that hold nbgrader's `source`."""
    for path in sorted(data.rglob("source")):
        if path.is_dir() and any(path.glob("*/*.ipynb")):
            yield path.parent


def tried(root: Path, name: str) -> Found:
    """Import, release and grade one course."""
    found = Found(name)
    with tempfile.TemporaryDirectory(prefix="shuyuan-course-") as folder:
        try:
            imported = import_course(root, Path(folder) / "courses", course_id="tried")
            found.problems += list(getattr(imported, "remarks", ()))
            graded = tuple(u for u in imported.course.units if u.assignment)
            found.units = len(graded)
            for unit in graded:
                made = make(imported.course, imported.folder, (unit,), on_fault=found.problems.append)
                for one in made.values():
                    found.released += 1
                    _proved(one, found)
        except ShuyuanError as error:
            found.problems.append(str(error))
        except Exception:
            found.ours.append(traceback.format_exc())
    return found


def _proved(made: Made, found: Found) -> None:
    language = next(iter(made.released))
    task = task_of(made.manifest, made.stored(language))
    solved = grade(task, made.teacher[language], KERNELS_ENV)
    blank = grade(task, made.released[language].files, KERNELS_ENV)
    for name, cell in made.manifest["cells"].items():
        if "mode" not in cell:
            continue
        found.tests += 1
        found.sealed += cell["mode"] == "sealed"
        one, none = (judged[cell["notebook"]].cells.get(cell["cell"]) for judged in (solved, blank))
        found.solved += one is not None and one.points == float(cell["points"])
        found.blank_zero += none is not None and not none.points
        if cell["mode"] != "sealed":
            found.problems.append(f"{made.unit.id} {name}: compatible: {cell['why'][:160]}")
        if one is None or one.points != float(cell["points"]):
            why = (one.message or one.reason) if one else "not there"
            found.problems.append(f"{made.unit.id} {name}: the solution fails: {why[:160]}")


def main() -> int:
    """Try every course below DATA."""
    data = os.environ.get("DATA")
    if not data:
        print("bench-courses: name a folder with nbgrader courses: make bench-courses DATA=FOLDER")
        return 2
    every = []
    for root in course_roots(Path(data)):
        found = tried(root, str(root.relative_to(data)))
        every.append(found)
        for line in (*found.problems, *found.ours):
            print(f"  {line}")
        print(
            f"{found.name}: {found.released} of {found.units} units released, {found.tests} tests, {found.sealed} sealed, "
            f"{found.solved} solved, {found.blank_zero} without points when blank",
            flush=True,
        )
    total = {
        key: sum(getattr(f, key) for f in every)
        for key in ("units", "released", "tests", "sealed", "solved", "blank_zero")
    }
    print(json.dumps({"courses": len(every), **total, "ours": sum(len(f.ours) for f in every)}))
    return 1 if any(f.ours for f in every) else 0


if __name__ == "__main__":
    sys.exit(main())
