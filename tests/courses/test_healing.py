"""Healing gives back what a learner did, in the release's places, and never decides between two answers."""

from __future__ import annotations

import copy
import json
import time
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from courses.healing import Healed, heal
from courses.healing_damage import DAMAGES, damaged
from courses.notebook import Notebook, dump_notebook, nbgrader_of

MEAN = "def mean(values):\n    return sum(values) / len(values)"
OTHER = "def mean(values):\n    return sum(values) / 3"


@pytest.fixture
def released(world: SimpleNamespace) -> Notebook:
    """What a learner of the tea course fetches, with a free-text answer at the end."""
    cells = world.cells()
    cells[3]["source"] = "def mean(values):\n    # YOUR CODE HERE\n    raise NotImplementedError()"
    cells[4]["source"] = "assert mean([1, 2, 3]) == 2\nassert mean([4, 6]) == 5"
    cells[6]["source"] = "# YOUR CODE HERE\nraise NotImplementedError()"
    words = {"nbgrader": {"grade_id": "why", "solution": True, "grade": True, "locked": False, "points": 2.0}}
    cells += [world.text("## Why is the mean not enough?"), {**world.text("YOUR ANSWER HERE"), "metadata": words}]
    nb: Notebook = world.notebook(cells)
    for cell in nb["cells"]:
        if nbgrader_of(cell):
            cell["metadata"]["nbgrader"] |= {"schema_version": 3, "task": False, "cell_type": cell["cell_type"]}
    return nb


@pytest.fixture
def teacher(released: Notebook) -> Notebook:
    """The names that the second answer makes are in the teacher's version only."""
    nb = copy.deepcopy(released)
    nb["cells"][6]["source"] = "heaviest_basket = max(weights)"
    return nb


@pytest.fixture
def done(released: Notebook) -> Notebook:
    """Both exercises answered, and a cell of the learner's own."""
    nb = copy.deepcopy(released)
    nb["cells"][3]["source"] = MEAN
    nb["cells"][6]["source"] = "heaviest_basket = max(weights)"
    nb["cells"][9]["source"] = "Because one heavy basket moves it."
    own = {**copy.deepcopy(nb["cells"][1]), "id": "mine", "source": "print('notes')"}
    nb["cells"].insert(5, own)
    return nb


def sources(nb: Notebook) -> list[tuple[str, str]]:
    return [(str(nbgrader_of(cell).get("grade_id", "")), cell["source"]) for cell in nb["cells"]]


def kinds(healed: Healed) -> set[str]:
    return {repair.kind for repair in healed.repairs}


def test_issue3_item_05_a_notebook_without_damage_comes_back_unchanged(released: Notebook, done: Notebook) -> None:
    for nb in (released, done):
        healed = heal(released, dump_notebook(nb))
        assert (healed.repairs, healed.refused, healed.notebook) == ((), "", nb)
    saved = copy.deepcopy(done)
    for cell in saved["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    saved["metadata"]["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    saved["cells"][1] |= {"execution_count": 3, "outputs": [{"output_type": "stream", "name": "stdout", "text": ["a"]}]}
    assert heal(released, saved).repairs == (), "what JupyterLab writes is no damage"


@pytest.mark.parametrize("kind", sorted(DAMAGES))
def test_issue3_item_05_every_kind_of_damage_gives_the_answers_back(
    released: Notebook, teacher: Notebook, done: Notebook, kind: str
) -> None:
    wanted = [one for one in sources(done) if one[0]]
    for seed in range(15):
        healed = heal(released, damaged(kind, done, seed), teacher=teacher)
        found = [one for one in sources(healed.notebook) if one[0]]
        withheld = set(healed.unsure)
        assert [name for name, _ in found] == [name for name, _ in wanted], (kind, seed)
        for (name, text), (_, right) in zip(found, wanted, strict=True):
            if text != right and name != "why":
                test = name.removesuffix("-answer")
                assert test in withheld, (kind, seed, name, text)
        assert healed.refused == ""


def test_two_different_answers_are_no_guess_and_equal_ones_no_doubt(released: Notebook, done: Notebook) -> None:
    again = {**copy.deepcopy(done["cells"][3]), "id": "again"}
    same = copy.deepcopy(done)
    same["cells"].insert(4, {**again, "source": MEAN + "  # again\n"})
    healed = heal(released, same)
    assert kinds(healed) == {"copy"} and sources(healed.notebook) == sources(done)
    two = copy.deepcopy(done)
    two["cells"].append({**again, "source": OTHER})
    healed = heal(released, two)
    assert healed.unsure == ("mean-weight",), "the other exercise keeps its mark"
    texts = [text for _, text in sources(healed.notebook)]
    assert MEAN in texts and OTHER in texts, "nothing that was written is lost"


def test_doubt_reaches_marks_that_hang_on_the_answer_through_another(released: Notebook, done: Notebook) -> None:
    nb = copy.deepcopy(done)
    nb["cells"][7]["source"] = "heaviest_basket = mean(weights) * 2"
    nb["cells"].append({**copy.deepcopy(done["cells"][3]), "id": "again", "source": OTHER})
    assert heal(released, nb).unsure == ("mean-weight", "heaviest")


def test_a_learners_experiment_beside_a_whole_notebook_is_left_alone(released: Notebook, done: Notebook) -> None:
    nb = copy.deepcopy(done)
    nb["cells"].insert(4, {**copy.deepcopy(nb["cells"][1]), "id": "try", "source": OTHER})
    nb["cells"].append({**copy.deepcopy(released["cells"][4]), "id": "copy", "metadata": {}})
    healed = heal(released, nb)
    assert healed.repairs == () and healed.notebook == nb


def test_the_blank_answer_gives_way_and_an_answer_that_is_gone_is_told(released: Notebook, done: Notebook) -> None:
    nb = copy.deepcopy(done)
    nb["cells"].append({**copy.deepcopy(released["cells"][3]), "id": "blank"})
    healed = heal(released, nb)
    assert sources(healed.notebook) == sources(done) and kinds(healed) == {"copy"}
    del nb["cells"][3], nb["cells"][-1]
    healed = heal(released, nb)
    assert kinds(healed) == {"answer-gone"} and healed.unsure == ()
    assert dict(sources(healed.notebook))["mean-weight-answer"] == released["cells"][3]["source"]


def test_fixed_cells_hold_the_releases_text_and_nothing_of_the_teachers(
    released: Notebook, teacher: Notebook, done: Notebook
) -> None:
    teacher["cells"][4]["source"] += "\nassert mean([41.5, 42.5]) == 42.0"
    nb = copy.deepcopy(done)
    nb["cells"][4]["source"] = "pass"
    del nb["cells"][8]
    healed = heal(released, nb, teacher=teacher)
    assert kinds(healed) == {"locked", "deleted"}
    assert dict(sources(healed.notebook))["mean-weight"] == released["cells"][4]["source"]
    assert "41.5" not in json.dumps(healed.notebook)


def test_points_and_roles_are_those_of_the_release(released: Notebook, done: Notebook) -> None:
    nb = copy.deepcopy(done)
    nb["cells"][4]["metadata"]["nbgrader"] |= {"points": 9000, "grade": False}
    nb["cells"][3]["metadata"]["nbgrader"] |= {"grade": True, "points": 50}
    healed = heal(released, nb)
    assert kinds(healed) == {"metadata"}
    marks = {nbgrader_of(c)["grade_id"]: nbgrader_of(c) for c in healed.notebook["cells"] if nbgrader_of(c)}
    assert marks["mean-weight"] == nbgrader_of(released["cells"][4])
    assert marks["mean-weight-answer"] == nbgrader_of(released["cells"][3])


def test_a_deleted_check_of_code_comes_back_where_it_stood(released: Notebook, done: Notebook) -> None:
    nb = copy.deepcopy(done)
    del nb["cells"][1], nb["cells"][3]
    healed = heal(released, nb)
    assert kinds(healed) == {"given", "deleted"}
    assert [s for s in sources(healed.notebook) if s[0]] == [s for s in sources(done) if s[0]]
    assert healed.notebook["cells"][1]["source"] == released["cells"][1]["source"]


def test_an_own_setup_is_not_overwritten_by_the_courses(released: Notebook, done: Notebook) -> None:
    nb = copy.deepcopy(done)
    mine = "import csv\nLANGUAGE = 'en'\nfile = None\nweights = [9.0]\n\n\ndef say(zh, en):\n    return en"
    nb["cells"][1] |= {"source": mine, "id": "mine-too"}
    healed = heal(released, nb)
    assert [c["source"] for c in healed.notebook["cells"]].count(released["cells"][1]["source"]) == 0
    assert mine in [c["source"] for c in healed.notebook["cells"]]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "unreadable"), (b"not json", "unreadable"), (b"[1, 2]", "unreadable"), (b'{"cells": 3}', "unreadable"),
        (b"\xff\xfe\x00\xd8", "unreadable"), (b"[" * 200_000, "unreadable"), (None, "unreadable"),
        (b" " * 5_000_001, "too-large 5"), ({"cells": [{}] * 5001}, "too-many-cells 5000"),
        ({"cells": [{"cell_type": "raw", "source": "x" * 5_000_001}]}, "too-large 5"),
    ],
)  # fmt: skip
def test_what_is_no_notebook_is_refused_with_a_reason(released: Notebook, data: Any, reason: str) -> None:
    assert heal(released, data) == Healed({}, (), reason)


def test_broken_cells_are_mended_or_left_out(released: Notebook) -> None:
    odd: dict[str, Any] = {
        "nbformat": "4", "metadata": [], "cells": [
            3, {"source": None}, {"cell_type": "code", "source": ["x = 1\n", 7], "metadata": {"nbgrader": [1]}, "outputs": 5},
            {"cell_type": "heading", "level": 2, "source": "Hi"}, {"cell_type": "video", "source": {"a": 1}, "id": 3},
            {"cell_type": "code", "source": "s = '\ud800'", "metadata": {"nbgrader": {"grade_id": {"a": 1}}}},
        ],
    }  # fmt: skip
    healed = heal(released, odd)
    assert "format" in kinds(healed) and healed.refused == ""
    names = [name for name, _ in sources(healed.notebook) if name]
    assert names == ["mean-weight-answer", "mean-weight", "heaviest-answer", "heaviest", "why"]
    dump_notebook(healed.notebook)


@pytest.mark.parametrize("shape", ["torn", "same", "indented", "deep", "long", "claims", "many"])
def test_time_stays_small_whatever_is_handed_in(released: Notebook, shape: str) -> None:
    rng = Random(shape)
    text = {
        "torn": lambda n: "(" * (n % 3) + "x", "same": lambda _: released["cells"][4]["source"],
        "indented": lambda n: f"  y{n} = 1", "deep": lambda n: "-" * 900 + "1", "claims": lambda n: f"def mean(v):\n    return {n}",
        "many": lambda n: "\n".join(f"v{n}_{k} = {k} * 2 + 1" for k in range(35)),
        "long": lambda n: "\n".join(f"assert {rng.random()}" for _ in range(30)),
    }[shape]  # fmt: skip
    cells = [
        {"cell_type": "code", "metadata": {"nbgrader": {"grade_id": "mean-weight-answer"}} if shape == "claims" else {},
         "source": text(n), "outputs": [], "execution_count": None, "id": f"c{n}"}
        for n in range(4900)
    ]  # fmt: skip
    started = time.process_time()
    healed = heal(released, {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    assert time.process_time() - started < 8
    assert [name for name, _ in sources(healed.notebook) if name].count("mean-weight") == 1
