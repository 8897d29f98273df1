"""Another's course with our grading and with plain nbgrader: every score must be the same.

Rule: the course is the one that nbgrader's source distribution carries (docs/source/user_guide); both gradings run in the
same environment, and each hand-in goes the whole way of ours (import, release, submit, job). Last line: JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from commons.people import ensure_person
from commons.places import ROOT
from commons.store import Store, migrate, open_store
from courses import engine
from courses.archive import read_folder

__all__ = ["compare", "guide_folder", "main"]

VERSION = "0.9.6"
GUIDE = f"nbgrader-{VERSION}/nbgrader/docs/source/user_guide"
COURSE, ASSIGNMENT = "user-guide", "ps1"


def guide_folder(cache: Path) -> Path:
    """nbgrader's user guide below `cache`; its source distribution is fetched with pip where it is not there yet."""
    folder = cache / GUIDE
    if folder.is_dir():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    archive = cache / f"nbgrader-{VERSION}.tar.gz"
    if not archive.is_file():
        what = ["--no-binary", "nbgrader", "--no-deps", f"nbgrader=={VERSION}"]
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", *what, "-d", str(cache)], check=True)
    with tarfile.open(archive) as tar:
        below = [m for m in tar.getmembers() if m.name.startswith(f"{GUIDE}/")]
        tar.extractall(cache, members=below, filter="data")
    return folder


def ours(
    store: Store, home: Path, guide: Path, students: Mapping[str, Mapping[str, bytes]]
) -> dict[str, dict[str, Any]]:
    """Import, release, hand in and grade; score and marks by student."""
    from commons.jobs import Worker
    from courses.attempts import attempt_of, marks_of, submit
    from courses.grading import grade_job
    from courses.importing import import_course
    from courses.registry import add_member
    from courses.release import release_course

    imported = import_course(guide, home / "courses", course_id=COURSE)
    release_course(store, imported.course, imported.folder, (imported.course.unit(ASSIGNMENT),))
    handed = {}
    for name, files in students.items():
        with store.begin() as conn:
            person = ensure_person(conn, name)
            add_member(conn, COURSE, person, "learner")
        handed[name] = submit(store, person, COURSE, ASSIGNMENT, "en", files)
    Worker(store, {"grade": grade_job}).run_pending()
    found = {}
    with store.read() as conn:
        for name, attempt in handed.items():
            marks = {m.grade_id: m.points for m in marks_of(conn, attempt.id)}
            found[name] = {"score": attempt_of(conn, attempt.id).score, "cells": marks}
    return found


def plain(guide: Path, students: Mapping[str, Mapping[str, bytes]]) -> dict[str, dict[str, Any]]:
    """The same hand-ins by `nbgrader generate_assignment` and `nbgrader autograde`."""
    inputs: dict[str, Mapping[str, bytes]] = {f"course/source/{ASSIGNMENT}": read_folder(guide / "source" / ASSIGNMENT)}
    inputs |= {f"course/submitted/{name}/{ASSIGNMENT}": files for name, files in students.items()}
    return dict(engine.run_plain(ASSIGNMENT, inputs))


def compare(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    """Every difference between two gradings: a cell's points, or a total."""
    for name in sorted({*mine, *theirs}):
        if name not in mine or name not in theirs:
            yield f"{name}: graded by one of the two only"
            continue
        cells, others = mine[name]["cells"], theirs[name]["cells"]
        for cell in sorted({*cells, *others}):
            here, there = cells.get(cell, "missing"), others.get(cell, {"points": "missing"})["points"]
            if here != there:
                yield f"{name}: {cell}: {here} with us, {there} with nbgrader"
        if mine[name]["score"] != theirs[name]["score"]:
            yield f"{name}: {mine[name]['score']} with us, {theirs[name]['score']} with nbgrader"


def main() -> int:
    """Run both gradings and print what differs."""
    guide = guide_folder(Path(os.environ.get("SHUYUAN_CACHE") or ROOT / "build" / "cache"))
    students = {p.name: read_folder(p / ASSIGNMENT) for p in sorted((guide / "submitted").iterdir()) if p.is_dir()}
    with tempfile.TemporaryDirectory(prefix="shuyuan-bench-") as folder:
        store = open_store(f"sqlite:///{folder}/store.db")
        migrate(store)
        mine = ours(store, Path(folder), guide, students)
        store.close()
    theirs = plain(guide, students)
    differences = list(compare(mine, theirs))
    for line in differences:
        print(line)
    for name in students:
        print(f"{name}: {mine[name]['score']:g} of {theirs[name]['max']:g}, {len(theirs[name]['cells'])} cells")
    cells = sum(len(one["cells"]) for one in theirs.values())
    print(json.dumps({"submissions": len(students), "cells": cells, "mismatches": len(differences)}))
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
