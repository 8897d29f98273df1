"""Attacks on the notebook's cells: deleted, duplicated, swapped, retargeted; their ids, points and types.

Rule: `deserved` is what the right answers among them are worth; the rest must earn nothing, and the reason must be there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from tests.redteam.attack import Attack, Files
from tests.redteam.world import LAZY, RIGHT, World, notebook_of

__all__ = ["ATTACKS"]

Change = Callable[[dict[str, dict[str, Any]], list[dict[str, Any]]], None]


def _changed(change: Change, answers: dict[str, str] | None = None) -> Callable[[World], Files]:
    """The lazy hand-in after `change(cells by grade_id, all cells)`."""

    def build(world: World) -> Files:
        nb = notebook_of(world.filled(answers or LAZY))
        named = {c["metadata"]["nbgrader"]["grade_id"]: c for c in nb["cells"] if "nbgrader" in c["metadata"]}
        change(named, nb["cells"])
        return world.with_notebook(nb)

    return build


def _delete(named: dict[str, dict[str, Any]], every: list[dict[str, Any]]) -> None:
    every[:] = [c for c in every if not c["metadata"].get("nbgrader", {}).get("grade")]


def _duplicate(named: dict[str, dict[str, Any]], every: list[dict[str, Any]]) -> None:
    for name in ("shout", "mean"):
        twin = copy.deepcopy(named[name]) | {"source": "pass", "id": f"twin-{name}"}
        every.insert(0, twin)
        every.append(copy.deepcopy(twin) | {"id": f"last-{name}"})


def _swap(named: dict[str, dict[str, Any]], every: list[dict[str, Any]]) -> None:
    one, other = named["shout"]["metadata"], named["shout-answer"]["metadata"]
    named["shout"]["metadata"], named["shout-answer"]["metadata"] = other, one
    named["shout"]["source"] = LAZY["shout"]
    named["shout-answer"]["source"] = "pass"


def _retarget(named: dict[str, dict[str, Any]], every: list[dict[str, Any]]) -> None:
    """Every check names the one exercise that is answered well."""
    for name in ("mean", "gap", "tally"):
        named[name]["metadata"]["nbgrader"]["grade_id"] = "shout"


def _points(named: dict[str, dict[str, Any]], every: list[dict[str, Any]]) -> None:
    for cell in every:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            cell["metadata"]["nbgrader"]["points"] = 100
            cell["source"] = "pass"


def _grade_false(named: dict[str, dict[str, Any]], every: list[dict[str, Any]]) -> None:
    for name in ("shout", "mean"):
        named[name]["metadata"]["nbgrader"] |= {"grade": False, "locked": False}
        named[name]["source"] = "pass"


def _as_manual(named: dict[str, dict[str, Any]], every: list[dict[str, Any]]) -> None:
    for name in ("shout", "mean"):
        named[name]["metadata"]["nbgrader"] |= {"solution": True, "locked": False}
        named[name]["source"] = "'please look kindly'"


def _as_text(named: dict[str, dict[str, Any]], every: list[dict[str, Any]]) -> None:
    for name in ("shout", "mean"):
        named[name] |= {"cell_type": "markdown", "source": "pass"}
        for key in ("outputs", "execution_count"):
            named[name].pop(key)


def _cell(name: str, about: str, goal: str, change: Change, **more: Any) -> Attack:
    answers = more.pop("answers", None)
    return Attack(name, "cells changed", about, "cells from the release", goal, _changed(change, answers), **more)


ONE_RIGHT = LAZY | {"shout": RIGHT["shout"]}

ATTACKS = (
    _cell("cells-deleted", "every check is deleted", "reason", _delete),
    _cell("cells-duplicated", "checks occur three times, twice as `pass`", "marks", _duplicate),
    _cell("ids-swapped", "a check and an answer change their ids", "marks", _swap),
    _cell("ids-retargeted", "other checks take the id of the one that is answered well", "lost", _retarget,
          answers=ONE_RIGHT, deserved=1.0),
    _cell("points-raised", "every check is `pass` and worth 100 points", "marks", _points),
    _cell("grade-false", "checks say that they are not graded", "reason", _grade_false),
    _cell("made-manual", "checks say that a person marks them", "reason", _as_manual),
    _cell("made-text", "checks become text cells", "marks", _as_text),
)  # fmt: skip
