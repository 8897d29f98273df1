"""A hand-in's files come out gradable, with words for what was put right, and never as an exception."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from commons.languages import LANGUAGES, load_messages
from courses.bench_healing import honest, program
from courses.healing import heal
from courses.healing_damage import damaged
from courses.healing_files import healed_files, repair_lines, repairs_data
from courses.notebook import Notebook, dump_notebook, parse_notebook


@pytest.fixture
def release_files(world: SimpleNamespace) -> dict[str, bytes]:
    """The tea course's release without a grader: blank answers, no hidden checks."""
    cells = world.cells()
    cells[3]["source"] = "def mean(values):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    cells[4]["source"] = "assert mean([1, 2, 3]) == 2"
    cells[6]["source"] = "# YOUR CODE HERE\nraise NotImplementedError()"
    return {"u1.ipynb": dump_notebook(world.notebook(cells)), "harvest.csv": b"basket,weight\n"}


@pytest.fixture
def teacher_files(world: SimpleNamespace) -> dict[str, bytes]:
    return {"u1.ipynb": dump_notebook(world.notebook(world.cells()))}


@pytest.fixture
def handed(release_files: dict[str, bytes], world: SimpleNamespace) -> dict[str, bytes]:
    filled: dict[str, bytes] = world.fill(release_files, world.RIGHT)
    return {**filled, "notes.txt": b"mine"}


def test_files_that_need_nothing_keep_their_bytes(release_files: dict[str, bytes], handed: dict[str, bytes]) -> None:
    done = healed_files(release_files, handed, ["u1"])
    assert done.files == handed and (done.repairs, done.unsure, done.refused) == ({}, (), {})


def test_damaged_files_are_healed_and_say_what_was_done(
    release_files: dict[str, bytes], teacher_files: dict[str, bytes], handed: dict[str, bytes]
) -> None:
    nb = parse_notebook(handed["u1.ipynb"], "u1")
    broken = {**handed, "u1.ipynb": damaged("colab", nb, 1)}
    done = healed_files(release_files, broken, ["u1"], teacher_files)
    released = parse_notebook(release_files["u1.ipynb"], "u1")
    assert program(parse_notebook(done.files["u1.ipynb"], "u1"), released) == program(nb, released)
    assert done.files["notes.txt"] == b"mine" and done.unsure == () and done.refused == {}
    data = json.loads(json.dumps(repairs_data(done.repairs)))
    lines = repair_lines(data)
    assert {one["kind"] for one in data} == {"format", "metadata"} and len(lines) == 2
    assert "mean-weight-answer" in lines[1]["en"] and "mean-weight-answer、mean-weight" in lines[1]["zh-CN"]


def test_unsure_cells_are_named_as_marks_name_them(release_files: dict[str, bytes], handed: dict[str, bytes]) -> None:
    nb = json.loads(handed["u1.ipynb"])
    nb["cells"].append({**nb["cells"][3], "id": "two", "source": "def mean(values):\n    return 2"})
    two = json.dumps(nb).encode()
    assert healed_files(release_files, {"u1.ipynb": two}, ["u1"]).unsure == ("mean-weight",)
    both = {**release_files, "u2.ipynb": release_files["u1.ipynb"]}
    done = healed_files(both, {"u1.ipynb": handed["u1.ipynb"], "u2.ipynb": two}, ["u1", "u2"])
    assert done.unsure == ("u2/mean-weight",) and set(done.repairs) == {"u2"}


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"{}", b'{"cells": [', b"\x80abc", b"null"])
def test_what_is_no_notebook_has_a_reason_and_is_left_as_it_came(release_files: dict[str, bytes], data: bytes) -> None:
    done = healed_files(release_files, {"u1.ipynb": data}, ["u1"])
    assert (done.files, done.refused, done.repairs) == ({"u1.ipynb": data}, {"u1": "unreadable"}, {})


def test_a_notebook_under_another_name_is_known_by_its_content(
    release_files: dict[str, bytes], handed: dict[str, bytes], world: SimpleNamespace
) -> None:
    done = healed_files(release_files, {"Copy of u1 (1).ipynb": handed["u1.ipynb"]}, ["u1"])
    assert done.files["u1.ipynb"] == handed["u1.ipynb"]
    assert [r.kind for r in done.repairs["u1"]] == ["renamed"]
    stranger = dump_notebook(world.notebook([world.code("x = 1"), world.text("Hello")]))
    for files in ({"other.ipynb": stranger}, {"a.ipynb": handed["u1.ipynb"], "b.ipynb": handed["u1.ipynb"]}):
        done = healed_files(release_files, files, ["u1"])
        assert "u1.ipynb" not in done.files and done.repairs == {}


def test_every_kind_of_repair_and_reason_has_words() -> None:
    kinds = [
        "format",
        "bytes",
        "newlines",
        "kernelspec",
        "metadata",
        "id",
        "retyped",
        "moved",
        "locked",
        "copy",
        "merged",
    ]
    kinds += ["split", "deleted", "given", "answer-gone", "unsure", "renamed"]
    for kind in kinds:
        (line,) = repair_lines([{"kind": kind, "grade_id": "", "cell": 3}])
        assert all(line[language] for language in LANGUAGES)
    for reason in ("unreadable", "too-large", "too-many-cells", "unsure"):
        assert f"courses.reason.{reason}" in load_messages().entries


def test_hand_ins_of_the_benchmark_are_honest_and_varied(
    release_files: dict[str, bytes], teacher_files: dict[str, bytes]
) -> None:
    from random import Random

    released = parse_notebook(release_files["u1.ipynb"], "u1")
    teacher = parse_notebook(teacher_files["u1.ipynb"], "u1")
    made: list[Notebook] = [honest(released, teacher, Random(seed)) for seed in range(40)]
    assert all(heal(released, nb, teacher=teacher).repairs == () for nb in made)
    answers = {cell["source"] for nb in made for cell in nb["cells"] if cell["id"] == "cell-3"}
    assert len(answers) >= 4 and "def mean(values):\n    return sum(values) / len(values)" in answers
