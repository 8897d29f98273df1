"""The course *Data literacy with the heritage of Jiangnan*: its facts have sources, its exercises can be proved.

Rule: every row names a source that SOURCES.md lists, every number can be read as a number, every exercise helps with
visible checks and is decided by hidden ones on other inputs; the whole course passes the check that releases rest on.
"""

from __future__ import annotations

import ast
import csv
import json
import math
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from commons.languages import LANGUAGES
from commons.places import ROOT
from courses.manifest import Course, load_course
from courses.notebook import language_blocks, read_notebook

HERITAGE = ROOT / "courses" / "content" / "heritage"
UNITS = ("u1", "u2", "u3", "u4")
TABLES = [f"{unit}/heritage_sites.csv" for unit in ("u1", "u2", "u3")]
RANGES = {  # column: lowest and highest believable value
    "year_first": (-3500, 2026), "year_present": (-3500, 2026), "area_ha": (0.01, 20_000), "length_m": (1, 2_000_000),
    "span_m": (1, 60), "height_m": (0.01, 100), "inscribed": (1972, 2026), "latitude": (29, 33), "longitude": (118, 122),
}  # fmt: skip
KINDS = {"garden", "bridge", "pagoda", "town", "building", "landscape", "canal", "ruins", "object", "living"}
STOPS = {"entrance", "moon-gate", "zigzag-bridge", "pond", "pavilion", "bracket-set", "rockery"}
ALLOWED_IMPORTS = {"csv", "math", "statistics", "numpy", "pandas", "matplotlib", "vr_scenes"}
HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n(.*?)\n### END HIDDEN TESTS", re.DOTALL)


def rows_of(name: str) -> list[dict[str, str]]:
    with (HERITAGE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def listed_addresses() -> set[str]:
    """The addresses that SOURCES.md names, each between angle brackets."""
    return set(re.findall(r"<(https?://[^>]+)>", (HERITAGE / "SOURCES.md").read_text(encoding="utf-8")))


def cells_of(unit: str) -> dict[str, dict[str, Any]]:
    """A unit's cells by id."""
    notebook = read_notebook(HERITAGE / unit / f"{unit}.ipynb")
    return {cell["id"]: cell for cell in notebook["cells"]}


def calls_of(source: str, functions: set[str]) -> set[str]:
    """The calls of these functions in some code, as text."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return {ast.unparse(node) for node in calls if isinstance(node.func, ast.Name) and node.func.id in functions}


@pytest.fixture(scope="module")
def course() -> Course:
    return load_course(HERITAGE)


def test_item_05_the_table_has_at_least_forty_rows_and_each_names_a_listed_source() -> None:
    rows, listed = rows_of(TABLES[0]), listed_addresses()
    assert len(rows) >= 40
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["source_title"], row["id"]
        assert row["source_url"] in listed, row["id"]
        assert not row["second_source_url"] or row["second_source_url"] in listed, row["id"]
        assert row["name_zh"] and row["name_en"] and row["kind"] in KINDS, row["id"]


def test_every_filled_number_is_a_believable_number() -> None:
    for row in rows_of(TABLES[0]):
        for column, (low, high) in RANGES.items():
            if row[column]:
                assert low <= float(row[column]) <= high, (row["id"], column, row[column])
        if row["year_first"] and row["year_present"]:
            assert int(row["year_first"]) <= int(row["year_present"]), row["id"]


def test_cells_without_a_known_value_are_left_empty() -> None:
    rows = rows_of(TABLES[0])
    assert not [
        row["id"] for row in rows for cell in row.values() if cell.strip().lower() in {"0", "?", "nan", "n/a", "-"}
    ]
    assert any(not row["area_ha"] for row in rows if row["kind"] == "garden")


def test_the_units_carry_the_same_table() -> None:
    assert len({(HERITAGE / name).read_bytes() for name in TABLES}) == 1


def test_readings_belong_to_rows_and_sources() -> None:
    ids, listed = {row["id"] for row in rows_of(TABLES[0])}, listed_addresses()
    for row in rows_of("u2/readings.csv"):
        assert row["id"] in ids and row["source_url"] in listed, row
        assert float(row["value"]) > 0 and row["unit"] in {"m", "ft", "ha", "m2", "year"}, row


def test_the_table_agrees_with_one_of_its_readings() -> None:
    column = {"area": "area_ha", "length": "length_m", "span": "span_m", "height": "height_m"}
    said: dict[tuple[str, str], set[float]] = {}
    for row in rows_of("u2/readings.csv"):
        if row["quantity"] in column:
            scale = 1 / 10_000 if row["unit"] == "m2" else 1.0
            said.setdefault((row["id"], column[row["quantity"]]), set()).add(float(row["value"]) * scale)
    for row in rows_of(TABLES[0]):
        for name in column.values():
            readings = said.get((row["id"], name))
            assert readings is None or float(row[name]) in readings, (row["id"], name)


def test_the_eight_grades_fit_fifteen_by_ten_fen() -> None:
    grades = rows_of("u4/cai_grades.csv")
    assert [row["grade"] for row in grades] == list("12345678")
    for row in grades:
        fen = float(row["fen_cun"])
        assert float(row["high_cun"]) == pytest.approx(15 * fen) and float(row["wide_cun"]) == pytest.approx(10 * fen)
        assert row["source_url"] in listed_addresses()


def test_the_garden_is_measured_as_it_is_modelled_and_the_table_says_so() -> None:
    from vr_scenes.garden.bracket_set import FEN
    from vr_scenes.garden.plan import BRIDGE, GATE_CENTRE, GATE_RADIUS

    rows = rows_of("u4/garden_measurements.csv")
    assert {row["made_by"] for row in rows} == {"model, own work"}
    measured = {(row["part"], row["item_en"]): float(row["value"]) for row in rows}
    assert measured["moon-gate", "inner radius of the opening"] == GATE_RADIUS
    assert measured["moon-gate", "centre above the paving"] == GATE_CENTRE[1]
    assert measured["bracket-set", "one fen"] == pytest.approx(1000 * FEN)
    assert measured["zigzag-bridge", "number of pieces"] == len(BRIDGE) - 1
    lengths = [math.dist(a, b) for a, b in pairwise(BRIDGE)]
    assert max(lengths) == pytest.approx(measured["zigzag-bridge", "long piece"])
    assert min(lengths) == pytest.approx(measured["zigzag-bridge", "short piece"])
    drawn = re.search(r"^corners = (.*)$", cells_of("u4")["bridge-picture"]["source"], re.MULTILINE)
    assert drawn
    corners = ast.literal_eval(drawn.group(1))
    assert [math.dist(a, b) for a, b in pairwise(corners)] == pytest.approx(lengths)


def test_item_05_four_units_with_four_to_eight_exercises_each(course: Course) -> None:
    assert [unit.id for unit in course.units] == list(UNITS)
    for unit in course.units:
        assert 4 <= len(unit.exercises) <= 8 and len(unit.teaches) >= 4
        assert unit.stop.split("/")[0] == "garden" and unit.stop.split("/")[1] in STOPS
        assert 30 <= unit.minutes <= 45
        assert sum(exercise.minutes for exercise in unit.exercises) <= unit.minutes
        assert all(1 <= len(exercise.concepts) <= 3 for exercise in unit.exercises)


@pytest.mark.parametrize("unit", UNITS)
def test_every_exercise_helps_with_visible_checks_and_decides_on_other_inputs(course: Course, unit: str) -> None:
    cells = cells_of(unit)
    for exercise in course.unit(unit).exercises:
        answer, test = cells[f"{exercise.grade_id}-answer"], cells[exercise.grade_id]
        assert answer["metadata"]["nbgrader"]["solution"] and "### BEGIN SOLUTION" in answer["source"]
        assert test["metadata"]["nbgrader"]["grade"] and test["metadata"]["nbgrader"]["points"] > 0
        hidden = HIDDEN.search(test["source"])
        assert hidden, exercise.grade_id
        visible = HIDDEN.sub("", test["source"])
        functions = {node.name for node in ast.walk(ast.parse(answer["source"])) if isinstance(node, ast.FunctionDef)}
        assert len(calls_of(hidden.group(1), functions) - calls_of(visible, functions)) >= 2, exercise.grade_id
        asserts = [node for node in ast.walk(ast.parse(visible)) if isinstance(node, ast.Assert)]
        assert asserts and all(_speaks_both(node) for node in asserts), exercise.grade_id


def _speaks_both(node: ast.Assert) -> bool:
    message = node.msg
    return isinstance(message, ast.Call) and ast.unparse(message.func) == "say" and len(message.args) == len(LANGUAGES)


@pytest.mark.parametrize("unit", UNITS)
def test_text_cells_speak_both_languages_and_code_cells_hold_no_outputs(unit: str) -> None:
    for name, cell in cells_of(unit).items():
        assert re.fullmatch(r"[a-z][a-z0-9-]*", name), name
        if cell["cell_type"] == "markdown":
            said = {language for language, text in language_blocks(cell["source"]) if text.strip()}
            assert said == set(LANGUAGES), name
            assert len(set(re.findall(r"!\[[^\]]+\]\((\S+\.png)\)", cell["source"]))) in {0, len(LANGUAGES)}, name
            assert len(re.findall(r"!\[[^\]]+\]\(", cell["source"])) == cell["source"].count(".png)"), name
        else:
            assert cell["outputs"] == [] and cell["execution_count"] is None, name


@pytest.mark.parametrize("unit", UNITS)
def test_code_needs_only_the_packages_of_the_kernel(unit: str) -> None:
    cells = cells_of(unit)
    assert cells["setup"]["source"].splitlines()[0] == 'LANGUAGE = "zh-CN"'
    code = "\n".join(cell["source"] for cell in cells.values() if cell["cell_type"] == "code")
    for node in ast.walk(ast.parse(code)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        assert {name.split(".")[0] for name in names} <= ALLOWED_IMPORTS
        assert not isinstance(node, ast.ImportFrom)


@pytest.mark.parametrize("unit", UNITS)
def test_chinese_prose_is_set_with_chinese_punctuation(unit: str) -> None:
    for name, cell in cells_of(unit).items():
        if cell["cell_type"] == "markdown":
            chinese = "".join(text for language, text in language_blocks(cell["source"]) if language == "zh-CN")
            prose = re.sub(r"```.*?```|`[^`]*`", "", chinese, flags=re.DOTALL)
            assert not re.search(r"[\u4e00-\u9fff][,;:?!]|[,;:?!][\u4e00-\u9fff]", prose), name


def test_unit_four_shows_the_tour_and_stays_calm_without_it() -> None:
    source = cells_of("u4")["tour-moon-gate"]["source"]
    assert 'vr_scenes.show("garden", stop="moon-gate", language=LANGUAGE)' in source
    assert "except Exception:" in source and "say(" in source


def test_notebooks_are_stored_as_sorted_pretty_printed_json() -> None:
    for unit in UNITS:
        path: Path = HERITAGE / unit / f"{unit}.ipynb"
        text = path.read_text(encoding="utf-8")
        assert text == json.dumps(json.loads(text), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_item_05_the_solution_gets_full_marks_the_blank_none_and_nothing_leaks(course: Course) -> None:
    from courses.check import check_course
    from knowledge_graph.load import load_graph

    report = check_course(HERITAGE, concepts=set(load_graph().concepts))
    assert report.faults == ()
    assert report.proved == len(course.units) * len(LANGUAGES)
