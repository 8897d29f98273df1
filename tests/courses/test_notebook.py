"""One notebook in two languages; notebooks from outside are bounded before they are used."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from commons.errors import BadInput
from courses.notebook import blocks, graded_cells, language_blocks, localise, parse_notebook


def test_text_is_chosen_and_code_is_shared(world: SimpleNamespace) -> None:
    nb = world.notebook(world.cells())
    zh, en = localise(nb, "zh-CN"), localise(nb, "en")
    assert zh["cells"][0]["source"].startswith("# 平均重量") and "Mean" not in zh["cells"][0]["source"]
    assert en["cells"][0]["source"].startswith("# Mean weight")
    assert zh["cells"][1]["source"].startswith('LANGUAGE = "zh-CN"')
    assert en["cells"][1]["source"].startswith('LANGUAGE = "en"')
    assert "# 读数据" in zh["cells"][1]["source"] and "# Read the data" not in zh["cells"][1]["source"]
    assert [c["source"] for c in zh["cells"][3:5]] == [c["source"] for c in en["cells"][3:5]]
    assert nb["cells"][0]["source"].startswith("<!-- zh-CN -->")


def test_shared_text_stays_around_blocks() -> None:
    source = "# 1\n<!-- zh-CN -->\n茶\n<!-- en -->\nTea\n<!-- all -->\n$x$"
    cell = {"cell_type": "markdown", "metadata": {}, "source": source}
    assert localise({"cells": [cell], "metadata": {}}, "en")["cells"][0]["source"] == "# 1\n\nTea\n\n$x$"
    assert language_blocks("plain") == [("all", "plain")]


def test_a_text_without_the_language_keeps_the_one_it_has() -> None:
    cell = {"cell_type": "markdown", "metadata": {}, "source": "<!-- en -->\nTea"}
    assert localise({"cells": [cell], "metadata": {}}, "zh-CN")["cells"][0]["source"] == "Tea"


def test_graded_cells_tell_manual_from_automatic(world: SimpleNamespace) -> None:
    essay = {
        "cell_type": "markdown",
        "metadata": {"nbgrader": {"grade": True, "solution": True, "grade_id": "e", "points": 3}},
        "source": "",
    }
    found = graded_cells(world.notebook([*world.cells(), essay]))
    assert [(c.grade_id, c.points, c.manual) for c in found] == [
        ("mean-weight", 2, False),
        ("heaviest", 1, False),
        ("e", 3, True),
    ]


def test_blocks_between_marks() -> None:
    assert list(blocks("a\n### BEGIN SOLUTION\nb\nc\n### END SOLUTION\nd", "SOLUTION")) == ["b\nc"]


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000, json.dumps({"nbformat": 3, "cells": []}).encode(),
     json.dumps({"nbformat": 4, "cells": [1]}).encode(), json.dumps({"nbformat": 4, "cells": [{"metadata": 3}]}).encode(),
     json.dumps({"nbformat": 4, "cells": [{}] * 6000}).encode(), b" " * 6_000_000],
)  # fmt: skip
def test_what_is_no_notebook_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(BadInput) as told:
        parse_notebook(data, "u1.ipynb")
    assert told.value.where == "u1.ipynb"
