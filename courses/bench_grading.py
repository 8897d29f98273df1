"""Grading many hand-ins: by `nbgrader autograde` and by us, in one run on one machine, every cell compared.

Rule: the hand-ins are honest ones of the shipped course, right, wrong and blank by seed; ours go the whole way of durable
jobs with every wall up, its start-up counted; nbgrader is its own command as it comes. Last line: JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from commons.people import ensure_person
from commons.places import ROOT
from commons.store import Store, migrate, open_store
from courses import engine
from courses.archive import read_folder
from courses.bench_healing import honest
from courses.bench_user_guide import ASSIGNMENT, guide_folder
from courses.notebook import dump_notebook, parse_notebook
from courses.release import Made

__all__ = ["Work", "main", "works"]

LANGUAGE = "en"
# Adding up the memory of many processes is work of its own.
LOOK_S = 1.0
COURSE = ROOT / "courses" / "content" / "heritage"


@dataclass(frozen=True)
class Work:
    """One assignment's hand-ins: `source` is the teacher's folder as nbgrader has it, `students` files by name."""

    unit: str
    source: Mapping[str, bytes]
    students: Mapping[str, Mapping[str, bytes]]


def works(made: Mapping[str, Made], count: int) -> list[Work]:
    """`count` hand-ins for each unit, by seed."""
    found = []
    for unit, one in made.items():
        teacher, released = one.teacher[LANGUAGE], one.released[LANGUAGE].files
        name = f"{one.unit.notebooks[0]}.ipynb"
        blank, solved = (parse_notebook(files[name], name) for files in (released, teacher))
        students = {}
        for number in range(count):
            nb = honest(blank, solved, Random(f"grading {unit} {number}"))
            students[f"s{number:02}"] = {**released, name: dump_notebook(nb)}
        found.append(Work(unit, teacher, students))
    return found


@contextmanager
def watched() -> Iterator[dict[str, float]]:
    """The most memory that this process and all it started held together meanwhile, in MB (shared pages once)."""
    import psutil

    peak, stop = {"mb": 0.0}, threading.Event()

    def look() -> None:
        me = psutil.Process()
        while not stop.wait(LOOK_S):
            total = 0.0
            for one in [me, *me.children(recursive=True)]:
                try:
                    total += one.memory_full_info().pss / (1 << 20)
                except psutil.Error:
                    continue
            peak["mb"] = max(peak["mb"], total)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def ours(store: Store, work: list[Work], course: str) -> tuple[dict[str, Any], float, float]:
    """(marks by unit, student and cell; seconds; peak MB) of our grading; handing in is not counted, starting is."""
    from courses.attempts import marks_of, submit
    from courses.batch import grade_pending
    from courses.registry import add_member

    handed: dict[tuple[str, str], str] = {}
    for one in work:
        for name, files in one.students.items():
            with store.begin() as conn:
                person = ensure_person(conn, f"{one.unit}-{name}")
                add_member(conn, course, person, "learner")
            handed[one.unit, name] = submit(store, person, course, one.unit, LANGUAGE, files).id
    begun = time.monotonic()
    with watched() as peak:
        for one in work:
            grade_pending(store, course, one.unit)
        seconds = time.monotonic() - begun
    marks: dict[str, Any] = {}
    with store.read() as conn:
        for (unit, name), attempt in handed.items():
            marks.setdefault(unit, {})[name] = {m.grade_id: m.points for m in marks_of(conn, attempt)}
    return marks, seconds, peak["mb"]


def theirs(work: list[Work]) -> tuple[dict[str, Any], float, float]:
    """(the same marks; seconds of `nbgrader autograde`; seconds of the cells alone)."""
    marks: dict[str, Any] = {}
    seconds = alone = 0.0
    for one in work:
        inputs: dict[str, Mapping[str, bytes]] = {f"course/source/{one.unit}": one.source}
        inputs |= {f"course/submitted/{name}/{one.unit}": files for name, files in one.students.items()}
        answer = engine.answer_plain(one.unit, inputs)
        seconds, alone = seconds + answer["autograde_s"], alone + answer["cells_s"]
        print(f"nbgrader {one.unit}: {answer['autograde_s']:.1f} s", flush=True)
        for name, found in answer["submissions"].items():
            cells = {key: cell["points"] for key, cell in found["cells"].items()}
            names = {key.partition("/")[0] for key in cells}
            short = {key.partition("/")[2] if len(names) == 1 else key: points for key, points in cells.items()}
            marks.setdefault(one.unit, {})[name] = short
    return marks, seconds, alone


def differing(mine: Mapping[str, Any], others: Mapping[str, Any]) -> Iterator[str]:
    """Every cell of every hand-in that the two grade differently."""
    for unit in sorted({*mine, *others}):
        for name in sorted({*mine.get(unit, {}), *others.get(unit, {})}):
            here, there = mine.get(unit, {}).get(name, {}), others.get(unit, {}).get(name, {})
            for cell in sorted({*here, *there}):
                if here.get(cell, "missing") != there.get(cell, "missing"):
                    yield f"{unit} {name} {cell}: {here.get(cell, 'missing')} with us, {there.get(cell, 'missing')} with nbgrader"


def sealed_share(manifests: list[Mapping[str, Any]]) -> float:
    """The share of test cells that are sealed."""
    modes = [cell["mode"] for one in manifests for cell in one["cells"].values() if "mode" in cell]
    return sum(mode == "sealed" for mode in modes) / len(modes)


def main() -> int:
    """Hand in, grade twice, compare."""
    from courses.manifest import load_course
    from courses.registry import latest_release
    from courses.release import make, release_course

    count = int(os.environ.get("COUNT") or 16)
    cores = len(os.sched_getaffinity(0))
    course = load_course(COURSE)
    units = tuple(u for u in course.units if u.assignment)
    work = works(make(course, COURSE, units), count)
    with tempfile.TemporaryDirectory(prefix="shuyuan-bench-") as folder:
        store = open_store(f"sqlite:///{folder}/store.db")
        migrate(store)
        release_course(store, course, COURSE, units)
        work.append(_guide(store, Path(folder), count))
        with store.read() as conn:
            found = [latest_release(conn, "user-guide" if w.unit == ASSIGNMENT else course.id, w.unit) for w in work]
        from courses.warm.pair import stop_all

        stop_all()
        mine, ours_s, peak = ours(store, work[:-1], course.id)
        guide, guide_s, guide_peak = ours(store, work[-1:], "user-guide")
        store.close()
    others, nbgrader_s, alone_s = theirs(work)
    differences = list(differing(mine | guide, others))
    for line in differences:
        print(line)
    notebooks = sum(len(w.students) * sum(n.endswith(".ipynb") for n in w.source) for w in work)
    total = ours_s + guide_s
    print(f"{notebooks} notebooks: nbgrader {nbgrader_s:.1f} s, ours {total:.2f} s, their cells alone {alone_s:.2f} s")
    numbers = {
        "nbgrader_s": round(nbgrader_s, 2),
        "ours_s": round(total, 2),
        "ratio": round(nbgrader_s / total, 1),
        "notebooks": notebooks,
        "submissions": sum(len(w.students) for w in work),
        "assignments": len(work),
        "mismatches": len(differences),
        "sealed_share": round(sealed_share([r.manifest for r in found]), 3),
        "cells_alone_s": round(alone_s, 2),
        "cores": cores,
        "peak_mb": round(max(peak, guide_peak)),
    }
    print(json.dumps(numbers))
    return 1 if differences else 0


def _guide(store: Store, folder: Path, count: int) -> Work:
    """nbgrader's own example assignment (two notebooks, written answers, a task), its hand-ins repeated."""
    from courses.importing import import_course
    from courses.release import release_course

    guide = guide_folder(Path(os.environ.get("SHUYUAN_CACHE") or ROOT / "build" / "cache"))
    imported = import_course(guide, folder / "courses", course_id="user-guide")
    release_course(store, imported.course, imported.folder, (imported.course.unit(ASSIGNMENT),))
    real = [read_folder(p / ASSIGNMENT) for p in sorted((guide / "submitted").iterdir()) if p.is_dir()]
    students = {
        f"g{number:02}": {**real[number % len(real)], "number.txt": str(number).encode()} for number in range(count)
    }
    return Work(ASSIGNMENT, read_folder(guide / "source" / ASSIGNMENT), students)


if __name__ == "__main__":
    sys.exit(main())
