"""Healing over a real unit of the shipped course, as it is released."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

import pytest

from courses import bench_healing
from courses.bench_healing import COURSE, cases, honest, judge, same_program
from courses.healing import heal
from courses.manifest import load_course
from courses.notebook import dump_notebook, parse_notebook
from courses.release import Made, make

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made() -> Mapping[str, Made]:
    course = load_course(COURSE)
    return make(course, COURSE, (course.unit("u4"),))


def test_issue3_item_05_honest_hand_ins_of_the_heritage_course_come_back_as_they_were(made: Mapping[str, Made]) -> None:
    one = made["u4"]
    for language, released_files in one.released.items():
        released = parse_notebook(released_files.files["u4.ipynb"], "u4")
        teacher = parse_notebook(one.teacher[language]["u4.ipynb"], "u4")
        for seed in range(20):
            whole = honest(released, teacher, Random(seed))
            healed = heal(released, dump_notebook(whole), teacher=teacher)
            assert (healed.repairs, healed.notebook) == ((), whole)
        assert heal(released, released_files.files["u4.ipynb"], teacher=teacher).repairs == ()


def test_issue3_item_05_sixteen_kinds_of_damage_run_what_the_undamaged_would(made: Mapping[str, Made]) -> None:
    alike, different = 0, []
    for case in cases(made, 4):
        assert case.healed.refused == ""
        if same_program(case, made):
            alike += 1
        else:
            different.append(case)
    assert alike >= 58 and len(different) <= 6
    for case in different[:2]:
        _, wrong = judge(case, made)
        assert wrong == [], "never a wrong score without a word"


def test_the_benchmark_ends_with_its_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, made: Mapping[str, Made]
) -> None:
    import json

    monkeypatch.setattr("courses.release.make", lambda *_: made)
    monkeypatch.setattr("sys.argv", ["bench", "--seeds", "1", "--kinds", "colab", "bytes"])
    assert bench_healing.main() == 0
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"damaged": 2, "healed": 2, "healed_share": 1.0, "silent_wrong": 0}
