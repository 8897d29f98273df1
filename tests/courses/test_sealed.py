"""Sealed tests: what teachers write runs apart from the student's process, with nbgrader's marks for right and wrong answers."""

from __future__ import annotations

import dataclasses
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from courses import engine
from courses.archive import read_folder
from courses.engine import KERNELS_ENV
from courses.manifest import load_course
from courses.release import Made, make
from courses.warm.grade import grade, task_of
from courses.warm.pair import Defences

pytestmark = pytest.mark.slow
HELPER = "def close_enough(a, b):\n    return abs(a - b) < 1e-9"


def _sealing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sealing", Path(__file__).with_name("sealing.py"))
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = found
    spec.loader.exec_module(found)
    return found


KINDS = _sealing().KINDS


@pytest.fixture(scope="module")
def course_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sealed") / "tea"


@pytest.fixture(scope="module")
def made(course_folder: Path, builders: SimpleNamespace) -> Made:
    """One unit with an exercise of every kind, released."""
    some = [builders.code(HELPER)]
    exercises = ""
    for kind in KINDS:
        body = f"### BEGIN SOLUTION\n{kind.right}\n### END SOLUTION"
        some += [builders.answer(kind.name, body), builders.check(kind.name, 2, kind.test)]
        exercises += (
            f"      - {{grade_id: {kind.name}, title: {{zh-CN: 题, en: One}}, concepts: [], minutes: 1, "
            f"hint: {{zh-CN: 想, en: Think}}}}\n"
        )
    head = builders.COURSE.split("      - grade_id")[0]
    folder = builders.write_course(course_folder.parent, head + exercises, some)
    return make(load_course(folder), folder)["u1"]


def answered(made: Made, builders: SimpleNamespace, which: str) -> dict[str, bytes]:
    answers = {f"{kind.name}-answer": getattr(kind, which) for kind in KINDS}
    return dict(builders.fill(dict(made.released["en"].files), answers))


def points(made: Made, files: Mapping[str, bytes], defences: Defences | None = None) -> dict[str, Any]:
    judged = grade(task_of(made.manifest, made.stored("en")), files, KERNELS_ENV, defences=defences or Defences())
    return {name: (told.points, told.reason) for name, told in judged["u1"].cells.items()}


def test_issue3_item_03_what_can_be_sealed_is_and_what_cannot_says_why(made: Made) -> None:
    modes = {name: cell["mode"] for name, cell in made.manifest["cells"].items()}
    assert modes == {kind.name: "sealed" if kind.sealed else "compatible" for kind in KINDS}
    assert all(cell["why"] for cell in made.manifest["cells"].values() if cell["mode"] == "compatible")


def test_issue3_item_02_right_and_wrong_answers_get_nbgraders_marks(
    made: Made, builders: SimpleNamespace, course_folder: Path
) -> None:
    students = {
        "r": answered(made, builders, "right"),
        "w": answered(made, builders, "wrong"),
        "b": made.released["en"].files,
    }
    ours = {name: points(made, files) for name, files in students.items()}
    assert ours["r"] == {kind.name: (2.0, "") for kind in KINDS}
    assert ours["w"] == {kind.name: (kind.partial, "") for kind in KINDS}
    inputs: dict[str, Mapping[str, bytes]] = {"course/source/u1": read_folder(course_folder / "u1")}
    inputs |= {f"course/submitted/{name}/u1": files for name, files in students.items()}
    plain = engine.run_plain("u1", inputs)
    theirs = {s: {n.partition("/")[2]: c["points"] for n, c in one["cells"].items()} for s, one in plain.items()}
    assert {s: {n: p for n, (p, _) in one.items()} for s, one in ours.items()} == theirs


LIAR = """class Liar:
    __name__ = __qualname__ = "Liar"
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __lt__(self, other): return True
    def __gt__(self, other): return True
    def __sub__(self, other): return 0.0
    def __abs__(self): return 0.0
    def __iter__(self): return iter(())
    def __len__(self): return 0
    def __getitem__(self, k): return self
    def __call__(self, *a, **k): return self
    def __getattr__(self, name): return self
    def __array__(self, *a, **k): raise TypeError
    def __hash__(self): return 0
"""


@pytest.mark.parametrize(
    "kind", [k for k in KINDS if k.sealed and k.name not in ("classes", "namedtuple", "subclass")], ids=lambda k: k.name
)
def test_an_object_that_says_yes_to_everything_earns_nothing(made: Made, builders: SimpleNamespace, kind: Any) -> None:
    names = {n.partition("def ")[2].partition("(")[0] for n in kind.right.split("\n") if n.startswith("def ")} | {
        "x",
        "kept",
    }
    lie = LIAR + "\n".join(f"{name} = Liar()" for name in names)
    if kind.name in ("file", "deleted"):
        pytest.skip("asks for no value that an object could stand for")
    files = builders.fill(answered(made, builders, "wrong"), {f"{kind.name}-answer": lie})
    got, reason = points(made, files)[kind.name]
    assert not got, reason


def test_a_test_cannot_be_talked_out_of_a_refusal(made: Made, builders: SimpleNamespace) -> None:
    task = task_of(made.manifest, made.stored("en"))
    book = {"u1": dict(task.book["u1"])}
    swallowing = "try:\n    double(1)\nexcept:\n    pass"
    book["u1"]["function"] = dataclasses.replace(book["u1"]["function"], source=swallowing)
    files = builders.fill(
        answered(made, builders, "right"), {"function-answer": f"{LIAR}\ndef double(a):\n    return Liar()"}
    )
    told = grade(dataclasses.replace(task, book=book), files, KERNELS_ENV)["u1"].cells["function"]
    assert told.points == 2.0, "an object that is returned and not used is no refusal"
    book["u1"]["function"] = dataclasses.replace(
        book["u1"]["function"], source=swallowing.replace("double(1)", "double(1) - 1")
    )
    told = grade(dataclasses.replace(task, book=book), files, KERNELS_ENV)["u1"].cells["function"]
    assert (told.points, told.reason) == (None, "cannot-cross")


def test_the_seed_of_a_hand_in_is_its_own_and_repeatable(made: Made, builders: SimpleNamespace) -> None:
    lucky = "import random\nx = 3 if random.random() < 0.5 else 4"
    hands = [builders.fill(answered(made, builders, "right"), {"variable-answer": f"{lucky}\n# {n}"}) for n in range(6)]
    first = [points(made, files)["variable"] for files in hands]
    assert first == [points(made, files)["variable"] for files in hands]
    assert len(set(first)) == 2
