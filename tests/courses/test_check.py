"""The check proves a course and names everything that is wrong with one; a release gives nothing away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from commons.store import Store
from courses import registry
from courses.check import check_course, report_data
from courses.check_print import lines
from courses.leaks import telling_lines
from courses.manifest import load_course
from courses.release import release_course, release_files

CONCEPTS = {"statistics.mean", "statistics.range"}


@pytest.mark.slow
def test_item_05_check_proves_solution_and_blank_in_both_languages(tea: Path) -> None:
    report = check_course(tea, CONCEPTS)
    assert report.ok, report.faults
    assert (report.units, report.exercises, report.points, report.proved) == (1, 2, 3.0, 2)


@pytest.mark.slow
def test_check_tells_wrong_solutions_generous_blanks_and_leaks(
    make_tea: Callable[..., Path], world: SimpleNamespace
) -> None:
    cells = world.cells()
    cells[3] = world.answer(
        "mean-weight",
        "def mean(values):\n    ### BEGIN SOLUTION\n    return sum(values) / 3 * 1.0\n    ### END SOLUTION",
    )
    cells[7] = world.check("heaviest", 1, "pass")
    cells.append(world.text("<!-- zh-CN -->\n`heaviest_basket = max(weights)`\n<!-- en -->\nno"))
    faults = "\n".join(check_course(make_tea(some=cells), CONCEPTS).faults)
    assert "unit 'u1' in en: the solution gets 0.0 of 2 points for 'mean-weight'" in faults
    assert "unit 'u1' in zh-CN: the blank gets 1.0 points for 'heaviest', 0 are declared" in faults
    assert "in zh-CN: u1.ipynb gives away the solution of 'heaviest-answer'" in faults
    assert "in en: u1.ipynb gives away" not in faults


@pytest.mark.slow
def test_issue3_item_06_weak_tests_lucky_tests_and_untested_concepts_are_told(
    make_tea: Callable[..., Path], world: SimpleNamespace
) -> None:
    cells = world.cells()
    cells[4] = world.check("mean-weight", 2, "assert mean([1, 2, 3]) == 2\nassert mean([4]) == 4")
    cells[7] = world.check("heaviest", 1, "import random\nassert heaviest_basket == 3.5 and random.random() < 0.5")
    manifest = world.COURSE.replace("teaches: [statistics.mean]", "teaches: [statistics.mean, statistics.median]")
    report = check_course(make_tea(manifest, cells), None)
    assert any("points for 'heaviest' when it is graded again" in fault for fault in report.faults)
    assert report.proofs[0].mutants == 0, "tests that refuse the solution say nothing of mutants"
    assert [w.values for w in report.warnings if w.kind == "unassessed"] == [
        {"unit": "u1", "concepts": "statistics.median"}
    ]
    cells[7] = world.check("heaviest", 1, "assert heaviest_basket == 3.5")
    report = check_course(make_tea(manifest, cells), None)
    assert report.ok, report.faults
    survived = {(s.tests, s.kind) for s in report.proofs[0].survivors}
    assert survived == {(("mean-weight",), "hard-coded")}, "learnt by heart: no hidden check looks further"
    said = "\n".join(lines(report))
    assert "the checks of mean-weight give a wrong answer full marks: mean(…) only knows the answers of the 2" in said
    assert "2 of 2 checks sealed" in said and "MB" in said


@pytest.mark.slow
def test_issue3_item_06_a_report_is_plain_data_with_words_in_every_language(
    make_tea: Callable[..., Path], world: SimpleNamespace
) -> None:
    cells = world.cells()
    cells[4] = world.check("mean-weight", 2, "import inspect\nassert 'sum' in inspect.getsource(mean)")
    data = json.loads(json.dumps(report_data(check_course(make_tea(some=cells), CONCEPTS, mutants=3))))
    cell, heaviest = data["proofs"][0]["cells"]
    assert (cell["mode"], heaviest["mode"]) == ("compatible", "sealed") and cell["why"]
    assert data["proofs"][0]["need"]["seconds"] > 0 and 20 < data["proofs"][0]["need"]["memory_mb"] < 2048
    kinds = {one["kind"] for one in data["warnings"]}
    assert {"compatible", "survivor"} <= kinds
    for one in data["warnings"]:
        assert one["words"]["zh-CN"] != one["words"]["en"] and "{" not in one["words"]["zh-CN"]


@pytest.mark.slow
def test_what_nbgrader_refuses_is_told_with_its_reason(make_tea: Callable[..., Path], world: SimpleNamespace) -> None:
    cells = world.cells()
    cells[2] = world.code("### BEGIN SOLUTION\nx = 1\n### END SOLUTION")
    faults = "\n".join(check_course(make_tea(some=cells), CONCEPTS).faults)
    assert "nbgrader refused" in faults and "Solution region detected in a non-solution cell" in faults


def test_check_without_running_tells_texts_pictures_concepts_and_cells(
    make_tea: Callable[..., Path], world: SimpleNamespace
) -> None:
    cells = world.cells()
    cells[0] = world.text(
        "<!-- zh-CN -->\n![](basket.svg) <img src='x.png'>\n<!-- en -->\n![a](gone.png) ![b](https://example.org/c.png)"
    )
    cells[2] = world.text("<!-- zh-CN -->\n只有中文")
    cells[5] = world.text("Shared words")
    cells[7] = world.check("another", 1, "# zh-CN: 茶\npass")
    report = check_course(make_tea(some=cells), {"statistics.mean"}, run=False)
    faults = "\n".join(report.faults)
    for part in (
        "cell 1: the picture 'basket.svg' has no alt text", "cell 1: a picture has no alt text",
        "cell 1: there is no picture 'gone.png'", "cell 1: the picture 'https://example.org/c.png' lies outside",
        "cell 3: has no text in en", "cell 6: has words outside the language blocks", "cell 8: its marked comments lack en",
        "'heaviest' is no graded cell", "the graded cell 'another' belongs to no exercise",
        "concept 'statistics.range' is not in the graph. Did you mean 'statistics.mean'?",
    ):  # fmt: skip
        assert part in faults, part


@pytest.mark.slow
def test_a_release_is_versioned_whole_and_without_solutions(tea: Path, store: Store, world: SimpleNamespace) -> None:
    course = load_course(tea)
    first = release_course(store, course, tea)
    assert [(r.id, r.version, r.languages) for r in first] == [("tea:u1:1", 1, ("zh-CN", "en"))]
    assert release_course(store, course, tea) == [], "unchanged content makes no new version"
    (tea / "u1" / "harvest.csv").write_text("basket,weight\na,2.5\nb,3.5\nc,1\n", encoding="utf-8")
    assert [r.version for r in release_course(store, course, tea)] == [2]
    with store.read() as conn:
        old, new = registry.release_of(conn, "tea:u1:1"), registry.latest_release(conn, "tea", "u1")
        assert release_files(conn, old, "en")["harvest.csv"] != release_files(conn, new, "en")["harvest.csv"]
        zh, en = (release_files(conn, new, language)["u1.ipynb"].decode() for language in ("zh-CN", "en"))
    for text in (zh, en):
        assert "sum(values)" not in text and "41.5" not in text and "SOLUTION" not in text and "HIDDEN" not in text
    assert "在这里写代码" in zh and "YOUR CODE HERE" in en


def test_telling_lines_leave_out_what_tells_nothing() -> None:
    assert telling_lines("import pandas as pd\n# a comment that is long\nx = 1\nreturn") == []
    assert telling_lines("    area = math.pi * r ** 2") == ["area = math.pi * r ** 2"]


def test_issue3_item_06_every_fault_has_words_in_every_language(
    make_tea: Callable[..., Path], world: SimpleNamespace
) -> None:
    cells = world.cells()
    cells[0] = world.text("<!-- zh-CN -->\n![](basket.svg)\n<!-- en -->\n![a](gone.png)")
    data = report_data(check_course(make_tea(some=cells), {"statistics.mean"}, run=False))
    said = [one["words"] for one in data["faults"]]
    assert {
        "zh-CN": "u1/u1.ipynb：第 1 个单元格：没有图片“gone.png”",
        "en": "u1/u1.ipynb: cell 1: there is no picture 'gone.png'",
    } in said
    assert all(words["zh-CN"] != words["en"] and "{" not in words["zh-CN"] for words in said)
    assert "单元“u1”：练习“heaviest”的概念“statistics.range”不在图谱里。是不是“statistics.mean”？" in [
        w["zh-CN"] for w in said
    ]
