"""Courses by others: taken over as they are, their configuration read and never run, what is odd said as a remark."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from commons.errors import Conflict, NotFound
from commons.store import Store
from courses.bench_user_guide import compare
from courses.importing import find_source, import_course, read_options
from courses.manifest import load_course
from courses.release import release_course


def foreign(root: Path, world: SimpleNamespace, *folders: str) -> Path:
    for name in folders:
        folder = root / name
        folder.mkdir(parents=True)
        for notebook in ("problem1", "problem2"):
            (folder / f"{notebook}.ipynb").write_text(json.dumps(world.notebook(world.cells())), encoding="utf-8")
        (folder / "harvest.csv").write_text("basket,weight\na,3.5\n")
    return root


@pytest.mark.slow
def test_must_show_04_several_notebooks_in_one_assignment_become_one_unit(
    tmp_path: Path, world: SimpleNamespace, store: Store
) -> None:
    root = foreign(tmp_path / "Stats 101", world, "source/ps 1", "release/ps 1")
    found = import_course(root, tmp_path / "home" / "courses")
    unit = found.course.units[0]
    assert (found.course.id, [u.id for u in found.course.units], unit.notebooks) == (
        "stats-101",
        ["ps-1"],
        ("problem1", "problem2"),
    )
    assert [e.grade_id for e in unit.exercises][:2] == ["problem1/mean-weight", "problem1/heaviest"]
    assert len(unit.exercises) == 4 and found.course.languages == ("en",)
    released = release_course(store, load_course(found.folder), found.folder)
    assert [(r.assignment, r.version) for r in released] == [("ps-1", 1)]
    assert next(iter(released[0].manifest["cells"])) == "problem1/mean-weight"


def test_an_existing_course_is_not_overwritten(tmp_path: Path, world: SimpleNamespace) -> None:
    root = foreign(tmp_path / "c", world, "source/ps1")
    import_course(root, tmp_path / "home" / "courses", course_id="mine")
    with pytest.raises(Conflict):
        import_course(root, tmp_path / "home" / "courses", course_id="mine")
    with pytest.raises(Conflict):
        import_course(root, tmp_path / "home" / "courses", course_id="heritage")


def test_a_source_folder_is_found_in_any_plain_form(tmp_path: Path, world: SimpleNamespace) -> None:
    deep = foreign(tmp_path / "a", world, "materials/course/source/ps1")
    assert find_source(deep)[1] == deep / "materials/course/source"
    assert find_source(deep / "materials/course/source")[0] == deep / "materials/course"
    flat = foreign(tmp_path / "b", world, "ps1", "ps2")
    assert len(import_course(flat, tmp_path / "h1" / "courses").course.units) == 2
    lone = foreign(tmp_path, world, "lone")
    assert [u.id for u in import_course(lone / "lone", tmp_path / "h2" / "courses").course.units] == ["lone"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(NotFound):
        import_course(tmp_path / "empty", tmp_path / "h3" / "courses")
    with pytest.raises(NotFound):
        import_course(tmp_path / "nowhere", tmp_path / "h3" / "courses")


def test_configuration_is_read_and_never_run(tmp_path: Path) -> None:
    config = tmp_path / "nbgrader_config.py"
    config.write_text(
        "import os\nopen('ran', 'w')\nc = get_config()\nc.CourseDirectory.course_id = 'Stats'\n"
        "c.ClearSolutions.code_stub = {'python': 'pass'}\nc.Exchange.root = '/tmp'\nc.Execute.timeout = int('3')\n"
    )
    options, section, remarks = read_options(config)
    assert options == {"ClearSolutions": {"code_stub": {"python": "pass"}}}
    assert section == {"course_id": "Stats"}
    assert remarks == ["nbgrader_config.py: c.Execute.timeout is not a plain value and was left out"]
    assert not Path("ran").exists()
    config.write_text("def broken(:")
    assert "cannot be read" in read_options(config)[2][0]


def test_broken_notebooks_are_remarks(tmp_path: Path, world: SimpleNamespace) -> None:
    root = foreign(tmp_path / "c", world, "source/ps1")
    (root / "source/ps1/problem2.ipynb").write_text("{}")
    found = import_course(root, tmp_path / "home" / "courses")
    assert found.course.units[0].notebooks == ("problem1",)
    assert "left out" in found.remarks[0] and not (found.folder / "ps1" / "problem2.ipynb").exists()


def test_the_bench_tells_every_difference() -> None:
    ours = {"a": {"score": 1.0, "cells": {"p/x": 1.0, "p/y": None}}, "b": {"score": 0.0, "cells": {}}}
    theirs = {"a": {"score": 2.0, "cells": {"p/x": {"points": 2.0}, "p/y": {"points": None}}}}
    assert list(compare(ours, theirs)) == [
        "a: p/x: 1.0 with us, 2.0 with nbgrader",
        "a: 1.0 with us, 2.0 with nbgrader",
        "b: graded by one of the two only",
    ]
