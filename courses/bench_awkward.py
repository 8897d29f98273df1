"""nbgrader's own awkward notebooks, graded by us and by nbgrader: every one must end in a clear state, and none stop the others.

Rule: the files are those of nbgrader's source distribution (nbgrader/tests/**/files); each is tried as what a teacher
releases and, with the variants made for it, as what is handed in. Where nbgrader gives marks, ours are the same or say why
they cannot be. Last line: JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from commons.errors import ShuyuanError
from commons.places import ROOT
from courses import engine
from courses.attempts import Attempt, Mark
from courses.bench_user_guide import VERSION, guide_folder
from courses.grading import grade_files
from courses.importing import import_course
from courses.registry import Release
from courses.release import Made, make

__all__ = ["Case", "Outcome", "awkward_folders", "cases", "main", "outcome"]

UNIT, NOTEBOOK = "ps1", "p1.ipynb"
# What nbgrader's tests hand in for a released notebook, beside the notebook itself.
VARIANTS = {
    "submitted-unchanged": "submitted-",
    "autotest-simple": "autotest-simple-",
    "autotest-hashed": "autotest-hashed-",
    "autotest-hidden": "autotest-hidden-",
    "autotest-multi": "autotest-multi-",
}


@dataclass(frozen=True)
class Case:
    """One released notebook and what is handed in for it, by name."""

    source: Path
    handed: Mapping[str, Path]

    @property
    def name(self) -> str:
        return f"{self.source.parent.parent.name}/{self.source.stem}"


@dataclass(frozen=True)
class Outcome:
    """What became of a case: why it was not released, or marks by hand-in and cell as (points, state, reason)."""

    refused: str
    marks: Mapping[str, Mapping[str, tuple[float | None, str, str]]]


def awkward_folders(cache: Path) -> list[Path]:
    """The folders of nbgrader's test notebooks below `cache`; its source distribution is fetched where it is not there yet."""
    guide_folder(cache)
    tests = cache / f"nbgrader-{VERSION}" / "nbgrader" / "tests"
    if not tests.is_dir():
        with tarfile.open(cache / f"nbgrader-{VERSION}.tar.gz") as tar:
            below = [m for m in tar.getmembers() if m.name.startswith(f"nbgrader-{VERSION}/nbgrader/tests/")]
            tar.extractall(cache, members=below, filter="data")
    return sorted(path for path in tests.rglob("files") if path.is_dir())


def cases(folders: list[Path]) -> Iterator[Case]:
    """Every notebook as a release, with its variants as hand-ins."""
    for folder in folders:
        for path in sorted(folder.glob("*.ipynb")):
            prefix = VARIANTS.get(path.stem)
            handed = {p.stem: p for p in sorted(folder.glob(f"{prefix}*.ipynb"))} if prefix else {}
            yield Case(path, {path.stem: path, **handed})


def course_of(case: Case, root: Path) -> Path:
    """A course folder as nbgrader has it, with this one notebook."""
    folder = root / "course"
    (folder / "source" / UNIT).mkdir(parents=True)
    shutil.copyfile(case.source, folder / "source" / UNIT / NOTEBOOK)
    for name in ("data.txt", "jupyter.png"):
        if (case.source.parent / name).is_file():
            shutil.copyfile(case.source.parent / name, folder / "source" / UNIT / name)
    if (case.source.parent / "autotests.yml").is_file():
        shutil.copyfile(case.source.parent / "autotests.yml", folder / "autotests.yml")
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'awkward'\nc.Execute.timeout = 5\n"
    )
    return folder


def outcome(case: Case, root: Path) -> Outcome:
    """Import, release and grade; nothing is raised for what the notebooks hold."""
    faults: list[str] = []
    try:
        imported = import_course(course_of(case, root), root / "courses", course_id="awkward")
        made = make(imported.course, imported.folder, None, on_fault=faults.append)
    except ShuyuanError as error:
        return Outcome(str(error), {})
    if UNIT not in made:
        return Outcome(" | ".join(faults) or "no unit was made", {})
    return Outcome("", {name: _marks(made[UNIT], path) for name, path in case.handed.items()})


def _marks(made: Made, path: Path) -> dict[str, tuple[float | None, str, str]]:
    now = datetime.now(UTC)
    release = Release("awkward:ps1:1", "awkward", UNIT, 1, made.manifest, "", now)
    attempt = Attempt(
        "a", "awkward", UNIT, release.id, "x", 1, "en", "", "received", "", None, None, None, now, None
    )  # fmt: skip
    files = {**made.released["en"].files, NOTEBOOK: path.read_bytes()}
    marks: tuple[Mark, ...] = grade_files(release, made.archive(), attempt, files).marks
    return {m.grade_id: (m.points, m.state, m.reason) for m in marks}


def plain(case: Case, root: Path) -> dict[str, dict[str, Any]]:
    """What nbgrader gives the same hand-ins; {} for those it does not grade."""
    from courses.archive import read_folder

    course = read_folder(root / "course")
    found: dict[str, dict[str, Any]] = {}
    for name, path in case.handed.items():
        inputs: dict[str, Mapping[str, bytes]] = {"course": course}
        inputs[f"course/submitted/s/{UNIT}"] = {NOTEBOOK: path.read_bytes()}
        try:
            cells = engine.run_plain(UNIT, inputs).get("s", {}).get("cells", {})
        except ShuyuanError:
            cells = {}
        found[name] = {key.partition("/")[2]: cell["points"] for key, cell in cells.items()}
    return found


def main() -> int:
    """Try every file; print what became of it."""
    cache = Path(os.environ.get("SHUYUAN_CACHE") or ROOT / "build" / "cache")
    count = {"files": 0, "released": 0, "refused": 0, "hand_ins": 0, "cells": 0, "equal": 0, "healed": 0, "unclear": 0}
    different: list[str] = []
    only = os.environ.get("ONLY", "")
    for case in cases(awkward_folders(cache)):
        if only not in case.name:
            continue
        count["files"] += 1
        with tempfile.TemporaryDirectory(prefix="shuyuan-awkward-") as folder:
            ours = outcome(case, Path(folder))
            if ours.refused:
                count["refused"] += 1
                print(f"{case.name}: refused: {ours.refused[:160]}", flush=True)
                continue
            theirs = plain(case, Path(folder))
        count["released"] += 1
        for name, marks in ours.marks.items():
            count["hand_ins"] += 1
            for cell, (points, state, reason) in marks.items():
                count["cells"] += 1
                there = theirs.get(name, {}).get(cell, "missing")
                count["unclear"] += points is None and not reason and state != "manual"
                if points == there:
                    count["equal"] += 1
                elif there in ("missing", None):
                    count["healed"] += 1
                else:
                    different.append(f"{case.name} {name} {cell}: {points} {reason} with us, {there} with nbgrader")
        print(f"{case.name}: {len(ours.marks)} hand-ins graded", flush=True)
    for line in different:
        print(line)
    print(json.dumps(count | {"different": len(different)}))
    return 1 if count["unclear"] else 0


if __name__ == "__main__":
    sys.exit(main())
