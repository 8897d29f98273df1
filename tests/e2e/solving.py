"""Answers to the heritage course, taken from the teacher's own notebooks: a learner who knows, and may slip."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

import nbformat

from commons.places import ROOT

CONTENT = ROOT / "courses" / "content"


def solutions(course: str, unit: str) -> dict[str, str]:
    """The teacher's code of every solution cell, by its grade_id, without the marks around it."""
    nb = nbformat.read(CONTENT / course / unit / f"{unit}.ipynb", as_version=4)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in nb.cells}
    return {
        name: re.sub(r"^ *### (BEGIN|END) SOLUTION *\n?", "", cell.source, flags=re.M)
        for name, cell in cells.items()
        if name and cell.metadata["nbgrader"]["solution"]
    }


def solved(notebook: dict[str, Any], course: str, unit: str, *, slips: Collection[str] = ()) -> dict[str, Any]:
    """The released notebook with every answer filled in but for `slips`, which are left as released."""
    answers = solutions(course, unit)
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in answers and name not in slips:
            cell["source"] = answers[name]
    return notebook
