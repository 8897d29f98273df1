"""What of a hand-in a changed assignment can touch: the cells to mark again, and the new verdict made of old and new marks.

Rule: a graded cell is touched when its own source, kind or points changed; every cell of a notebook is, when a locked cell, a
file beside it or the options changed, for these run before the tests. All else keeps its mark. Pure functions.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from courses.attempts import Mark
from courses.notebook import Notebook, nbgrader_of, parse_notebook

__all__ = ["Plan", "merged_feedback", "merged_marks", "plan"]


@dataclass(frozen=True)
class Plan:
    """`touched`: cells whose mark must be worked out anew; `needs_run`: whether a notebook must run for that;
    `gone`: cells that the draft no longer has."""

    touched: frozenset[str]
    gone: frozenset[str]
    needs_run: bool

    @property
    def is_empty(self) -> bool:
        """Nothing about a hand-in can change."""
        return not self.touched and not self.gone


def plan(
    old: Mapping[str, Any], old_files: Mapping[str, bytes], new: Mapping[str, Any], new_files: Mapping[str, bytes]
) -> Plan:
    """What changes from one release (manifest and the teacher's files in one language) to another."""
    before, after = _prints(old, old_files), _prints(new, new_files)
    ground = {name: _ground(new, new_files, name) != _ground(old, old_files, name) for name in new["notebooks"]}
    touched = {
        name for name, cell in new["cells"].items() if ground[cell["notebook"]] or before.get(name) != after.get(name)
    }
    gone = frozenset(old["cells"]) - frozenset(new["cells"])
    by_hand = {name for name in touched if new["cells"][name]["manual"] and old["cells"].get(name, {}).get("manual")}
    return Plan(frozenset(touched), gone, bool(touched - by_hand))


def merged_marks(
    attempt: str, manifest: Mapping[str, Any], chosen: Plan, old: Sequence[Mark], new: Sequence[Mark]
) -> list[Mark]:
    """The marks of an attempt under the draft: new ones for what is touched, its own for the rest."""
    kept, fresh = {mark.grade_id: mark for mark in old}, {mark.grade_id: mark for mark in new}
    found = []
    for name in manifest["order"]:
        most = float(manifest["cells"][name]["points"])
        if name in chosen.touched and name in fresh:
            found.append(replace(fresh[name], attempt=attempt))
        elif name in kept:
            points = kept[name].points
            cut = None if points is None else min(points, most)
            passed = None if cut is None else cut == most
            found.append(replace(kept[name], points=cut, max_points=most, passed=passed))
        else:
            found.append(Mark(attempt, name, None, most, "not-graded", "missing-cell", None))
    return found


def merged_feedback(
    manifest: Mapping[str, Any], chosen: Plan, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The feedback under the draft: new words for exercises with a touched cell, the old ones for the rest."""
    kept = {one["grade_id"]: one for one in (old or {}).get("exercises", [])}
    fresh = {one["grade_id"]: one for one in (new or {}).get("exercises", [])}
    found = []
    for one in manifest["exercises"]:
        name = one["grade_id"]
        is_touched = bool(chosen.touched & set(one["tests"]))
        told = fresh.get(name, kept.get(name)) if is_touched else kept.get(name, fresh.get(name))
        if told is not None:
            found.append(dict(told))
    beside = {"events": [], **(old or {}), **(new or {})}
    return beside | {"exercises": found}


def _prints(manifest: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, str]:
    """A fingerprint of each graded cell, by its name in marks."""
    sources = {name: _cells(files, name) for name in manifest["notebooks"]}
    found = {}
    for name, cell in manifest["cells"].items():
        here = sources[cell["notebook"]].get(cell["cell"], ["", ""])
        found[name] = _print([*here, cell["points"], cell["manual"]])
    return found


def _cells(files: Mapping[str, bytes], notebook: str) -> dict[str, list[str]]:
    nb = _notebook(files, notebook)
    return {
        str(nbgrader_of(cell).get("grade_id")): [cell["cell_type"], cell["source"]]
        for cell in nb["cells"]
        if nbgrader_of(cell).get("grade") or nbgrader_of(cell).get("task")
    }


def _ground(manifest: Mapping[str, Any], files: Mapping[str, bytes], notebook: str) -> str:
    """A fingerprint of what runs with every test of a notebook: locked cells, the files beside it, the options."""
    if notebook not in manifest["notebooks"]:
        return ""
    locked = [
        cell["source"]
        for cell in _notebook(files, notebook)["cells"]
        if nbgrader_of(cell).get("locked") and not nbgrader_of(cell).get("grade") and cell["cell_type"] == "code"
    ]
    beside = {n: hashlib.sha256(data).hexdigest() for n, data in files.items() if not n.endswith(".ipynb")}
    return _print([locked, beside, manifest.get("options", {})])


def _notebook(files: Mapping[str, bytes], notebook: str) -> Notebook:
    return parse_notebook(files[f"{notebook}.ipynb"], notebook)


def _print(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
