"""What nbgrader gives points for beside plain assertions: written answers, tasks, autotests, checksums, stderr, odd results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from courses import engine
from courses.archive import read_folder
from courses.engine import KERNELS_ENV
from courses.manifest import load_course
from courses.release import Made, make
from courses.warm.grade import grade, task_of
from courses.warm.judge import points_of

pytestmark = pytest.mark.slow
AUTOTESTS = '''python3:
  setup: "from hashlib import sha1"
  hash: 'sha1({{snippet}}.encode("utf-8")+b"{{salt}}").hexdigest()'
  dispatch: "type({{snippet}})"
  normalize: "str({{snippet}})"
  check: 'assert {{snippet}} == """{{value}}""", """{{message}}"""'
  success: "print('Success!')"
  templates:
    default:
      - test: "type({{snippet}})"
        fail: "type of {{snippet}} is not correct"
      - test: "{{snippet}}"
        fail: "value of {{snippet}} is not correct"
'''


def written(world: SimpleNamespace, grade_id: str, points: float, source: str) -> dict[str, Any]:
    meta = {"grade_id": grade_id, "grade": True, "solution": True, "locked": False, "points": points}
    return {**world.text(source), "metadata": {"nbgrader": {"schema_version": 3, "task": False, **meta}}}


def cells(world: SimpleNamespace) -> list[dict[str, Any]]:
    task = {"grade_id": "task", "grade": False, "solution": False, "locked": True, "task": True, "points": 3}
    return [
        world.answer("double", "def double(a):\n    ### BEGIN SOLUTION\n    return 2 * a\n    ### END SOLUTION"),
        world.check("auto", 2, "### AUTOTEST double(4)\n### HASHED AUTOTEST double([1])"),
        world.check("shares", 4, "points = 0\nfor n in range(4):\n    points += double(n) == 2 * n\npoints / 2"),
        world.check("says", 1, "print(double(2))\nassert double(1) == 2"),
        written(world, "essay", 5, "### BEGIN SOLUTION\nBecause.\n### END SOLUTION"),
        {**world.code("print('by hand')"), "metadata": written(world, "hand", 2, "")["metadata"]},
        {**world.text("Make a garden."), "metadata": {"nbgrader": {"schema_version": 3, **task}}},
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, builders: SimpleNamespace) -> Path:
    exercises = "".join(
        f"      - {{grade_id: {name}, title: {{zh-CN: 题, en: One}}, concepts: [], minutes: 1, hint: {{zh-CN: 想, en: Think}}}}\n"
        for name in ("auto", "shares", "says", "essay", "hand", "task")
    )
    head = builders.COURSE.split("      - grade_id")[0]
    made = builders.write_course(tmp_path_factory.mktemp("marks"), head + exercises, cells(builders))
    (made / "nbgrader").mkdir()
    (made / "nbgrader" / "autotests.yml").write_text(AUTOTESTS)
    return Path(made)


@pytest.fixture(scope="module")
def made(folder: Path) -> Made:
    return make(load_course(folder), folder)["u1"]


ANSWERS = {
    "right": {"double-answer": "def double(a):\n    return 2 * a", "essay": "Since it grows.", "hand": "print('mine')"},
    "half": {"double-answer": "def double(a):\n    return 2 * a if a < 2 else 0", "essay": "So."},
    "type": {"double-answer": "def double(a):\n    return 2.0 * a if isinstance(a, int) else a"},
    "warned": {"double-answer": "import sys\ndef double(a):\n    print('hm', file=sys.stderr)\n    return 2 * a"},
    "broken": {"double-answer": "def double(a:\n    return"},
    "blank": {},
}


def test_issue3_item_02_every_kind_of_mark_is_nbgraders(made: Made, folder: Path, builders: SimpleNamespace) -> None:
    students = {name: builders.fill(dict(made.released["en"].files), answers) for name, answers in ANSWERS.items()}
    task = task_of(made.manifest, made.stored("en"))
    ours = {s: {n: t.points for n, t in grade(task, f, KERNELS_ENV)["u1"].cells.items()} for s, f in students.items()}
    assert all(cell["mode"] == "sealed" for cell in made.manifest["cells"].values() if "mode" in cell)
    inputs: dict[str, Mapping[str, bytes]] = {
        "course/source/u1": read_folder(folder / "u1"),
        "course": {"autotests.yml": AUTOTESTS.encode()},
    }
    inputs |= {f"course/submitted/{name}/u1": files for name, files in students.items()}
    plain = engine.run_plain("u1", inputs)
    theirs = {s: {n.partition("/")[2]: c["points"] for n, c in one["cells"].items()} for s, one in plain.items()}
    assert ours == theirs
    assert ours["right"] == {"auto": 2, "shares": 2, "says": 1, "essay": None, "hand": None, "task": None}
    assert ours["blank"]["essay"] == 0 and ours["warned"] == {**ours["warned"], "auto": 0, "shares": 0, "says": 0}


@pytest.mark.parametrize(
    ("said", "points"),
    [
        ([], 2.0),
        ([{"kind": "stdout", "text": "fine", "name": ""}], 2.0),
        ([{"kind": "stderr", "text": "hm", "name": ""}], 0.0),
        ([{"kind": "error", "text": "", "name": "ValueError"}], 0.0),
        ([{"kind": "result", "text": "0.5", "name": ""}], 0.5),
        ([{"kind": "result", "text": "True", "name": ""}], 2.0),
        ([{"kind": "result", "text": "-1", "name": ""}], 2.0),
        ([{"kind": "result", "text": "3", "name": ""}], None),
        ([{"kind": "result", "text": "nan", "name": ""}], None),
        ([{"kind": "result", "text": "1", "name": ""}, {"kind": "error", "text": "", "name": "E"}], 1.0),
    ],
)
def test_points_follow_nbgraders_rules(said: list[dict[str, Any]], points: float | None) -> None:
    assert points_of(said, 2.0)[0] == points
