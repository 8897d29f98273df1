"""Handed-in notebooks as pages: hostile markup stays text, pictures are pictures, and a question's cells are found."""

from __future__ import annotations

import base64
import json
from typing import Any

from courses.work import TEXT_CHARS, answer_of, work_cells
from tests.courses.conftest import check, code, notebook, text

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n....").decode()
ESSAY = {
    "grade_id": "why",
    "grade": True,
    "solution": True,
    "locked": False,
    "points": 4,
    "schema_version": 3,
    "task": False,
}


def _files(*cells: dict[str, Any]) -> dict[str, bytes]:
    return {"u1.ipynb": json.dumps(notebook(list(cells))).encode()}


def test_issue3_item_08_nothing_a_learner_wrote_becomes_markup_that_acts() -> None:
    hostile = "<script>alert(1)</script>\n\n[go](javascript:alert(1)) ![x](http://evil.example/a.png) <img src=x onerror=alert(1)>"
    (cell,) = work_cells(_files(text(hostile)), ["u1"])
    assert "<script" not in cell.html and "<img" not in cell.html and 'href="javascript' not in cell.html
    assert "&lt;script&gt;" in cell.html


def test_outputs_are_text_and_real_pictures_only() -> None:
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": ["a\n", "\x1b[31mred\x1b[0m"]},
        {"output_type": "display_data", "data": {"text/html": "<b>x</b>", "text/plain": "x"}},
        {"output_type": "display_data", "data": {"image/png": PNG}},
        {
            "output_type": "display_data",
            "data": {"image/png": base64.b64encode(b"<svg/>").decode(), "text/plain": "fake"},
        },
        {"output_type": "error", "ename": "E", "evalue": "bad", "traceback": []},
        "odd",
    ]
    (cell,) = work_cells(_files({**code("1"), "outputs": outputs}), ["u1"])
    kinds = [(one.kind, one.text[:22]) for one in cell.outputs]
    assert kinds == [
        ("text", "a\nred"),
        ("text", "x"),
        ("picture", "data:image/png;base64,"),
        ("text", "fake"),
        ("error", "E: bad"),
    ]


def test_what_is_very_long_is_cut_and_what_cannot_be_read_is_empty() -> None:
    (cell,) = work_cells(_files(code("x" * (TEXT_CHARS + 5))), ["u1"])
    assert cell.source.endswith("…") and len(cell.source) == TEXT_CHARS + 2
    assert work_cells({"u1.ipynb": b"{"}, ["u1", "u2"]) == []


def test_the_cells_of_a_question_are_those_since_the_question_before() -> None:
    essay = {**text("Because."), "metadata": {"nbgrader": ESSAY}}
    cells = work_cells(_files(text("# Intro"), check("a", 1, "assert 1"), text("Why?"), essay, text("after")), ["u1"])
    assert [cell.source for cell in answer_of(cells, "u1", "why")] == ["Why?", "Because."]
    assert len(answer_of(cells, "u1", "gone")) == 5
