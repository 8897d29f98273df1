"""The healed notebook: every place of the release filled in its order, a learner's own cells beside what they stood by.

Rule: places that the release fixes hold its text; a place that nothing came back for gets the release's, but never over a
learner's own definition of the same names. Outputs are left out: grading runs everything anew.
"""

from __future__ import annotations

import copy
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from courses.healing_match import Matching
from courses.healing_read import Part
from courses.healing_slots import Slot
from courses.healing_text import Texts
from courses.notebook import Notebook

__all__ = ["Placed", "build", "out_of_order"]

_ID = re.compile(r"^[A-Za-z0-9_-]{1,64}$")


@dataclass(frozen=True)
class Placed:
    """The notebook, what was put in for places that nothing came back for (kind of repair by place), places in doubt."""

    notebook: Notebook
    inserted: Mapping[int, str]
    doubtful: set[int]


def build(released: Notebook, slots: Sequence[Slot], parts: Sequence[Part], matching: Matching, texts: Texts) -> Placed:
    """Put the cells together."""
    inserted, sources, doubtful = _missing(slots, parts, matching, texts)
    before, after = _own_cells(slots, parts, matching, texts)
    with_ids = int(released.get("nbformat_minor", 0)) >= 5
    ids = {str(slot.cell.get("id", "")) for slot in slots}
    cells = [_own(parts[n], n, with_ids, ids) for n in after.get(-1, ())]
    for slot in slots:
        cells += [_own(parts[n], n, with_ids, ids) for n in before.get(slot.index, ())]
        if slot.index in matching.filled:
            cells.append(_filled(slot, parts[matching.filled[slot.index]], with_ids))
        elif slot.index in inserted:
            cells.append(_cell(slot.cell, slot.type, sources[slot.index], slot.cell.get("id") if with_ids else None))
        cells += [_own(parts[n], n, with_ids, ids) for n in after.get(slot.index, ())]
    notebook = {
        "cells": cells,
        "metadata": copy.deepcopy(released["metadata"]),
        "nbformat": 4,
        "nbformat_minor": int(released.get("nbformat_minor", 0)),
    }
    return Placed(notebook, inserted, doubtful)


def _missing(
    slots: Sequence[Slot], parts: Sequence[Part], matching: Matching, texts: Texts
) -> tuple[dict[int, str], dict[int, str], set[int]]:
    """(kind of repair, text) by place that nothing came back for, and places whose answer may stand elsewhere."""
    empty = [s for s in slots if s.index not in matching.filled and s.kind != "text" and (s.grade_id or s.key)]
    made: set[str] = set()
    own: set[str] = set()
    placed = set(matching.filled.values())
    for number, part in enumerate(parts) if any(not slot.fixed for slot in empty) else ():
        if part.type == "code" and number not in matching.copies:
            made |= texts.names(part.text).made
            own |= texts.names(part.text).made if number not in placed else set()
    kinds: dict[int, str] = {}
    sources: dict[int, str] = {}
    doubtful: set[int] = set()
    for slot in empty:
        kind = "deleted" if slot.fixed else "given" if slot.kind == "given" else "answer-gone"
        if kind == "given" and slot.names and slot.names <= own:
            continue
        kinds[slot.index], sources[slot.index] = kind, slot.text
        if kind == "answer-gone" and slot.names & made:
            sources[slot.index] = ""
            doubtful |= {slot.index} if not slot.names <= made or slot.kind == "written" else set()
    return kinds, sources, doubtful


def _own_cells(
    slots: Sequence[Slot], parts: Sequence[Part], matching: Matching, texts: Texts
) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """A learner's own cells by the place they come before, and after (-1: at the start).

    They stay behind the cell that they stood behind; where that one was moved, they go with it only if it reads their names.
    """
    place = {number: index for index, number in matching.filled.items()}
    moved = out_of_order(sorted(matching.filled.items()))
    before: dict[int, list[int]] = defaultdict(list)
    after: dict[int, list[int]] = defaultdict(list)
    anchor = last = -1
    for number, part in enumerate(parts):
        if number in place:
            last = place[number]
            anchor = last if last not in moved else anchor
        elif number not in matching.copies:
            coming = place.get(number + 1, -1)
            if last in moved and _reads(parts[matching.filled[last]], part, texts):
                after[last].append(number)
            elif coming in moved and _reads(parts[number + 1], part, texts):
                before[coming].append(number)
            else:
                after[anchor].append(number)
    return before, after


def _reads(one: Part, helper: Part, texts: Texts) -> bool:
    return helper.type == "code" and bool(texts.names(one.text).used & texts.names(helper.text).made)


def _filled(slot: Slot, part: Part, with_ids: bool) -> dict[str, Any]:
    own = slot.cell if slot.grade_id else {"metadata": _metadata(part), "attachments": part.raw.get("attachments")}
    return _cell(own, slot.type, slot.text if slot.fixed else part.text, slot.cell.get("id") if with_ids else None)


def _own(part: Part, number: int, with_ids: bool, ids: set[str]) -> dict[str, Any]:
    """A learner's own cell, without marks of grading and with an id that no other has."""
    name = None
    if with_ids:
        name = part.id if _ID.match(part.id) and part.id not in ids else f"own-{number}"
        while name in ids:
            name += "-"
        ids.add(name)
    return _cell({"metadata": _metadata(part), "attachments": part.raw.get("attachments")}, part.type, part.text, name)


def _metadata(part: Part) -> dict[str, Any]:
    found = part.raw.get("metadata")
    return {k: v for k, v in found.items() if k != "nbgrader"} if isinstance(found, Mapping) else {}


def _cell(like: Mapping[str, Any], kind: str, source: str, name: object) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "metadata": copy.deepcopy(dict(like["metadata"])), "source": source}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    elif isinstance(like.get("attachments"), Mapping):
        cell["attachments"] = copy.deepcopy(like["attachments"])
    if name:
        cell["id"] = name
    return cell


def out_of_order(pairs: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The keys of `pairs` (key, number) that leave a rising row of numbers when taken out; as few as can be.

    >>> sorted(out_of_order([(0, 1), (1, 0), (2, 2)]))
    [0]
    """
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for number, (_, value) in enumerate(pairs):
        place = bisect_left(ends, value)
        before.append(at[place - 1] if place else -1)
        if place == len(ends):
            ends.append(value)
            at.append(number)
        else:
            ends[place], at[place] = value, number
    kept: set[int] = set()
    last = at[-1] if at else -1
    while last >= 0:
        kept.add(pairs[last][0])
        last = before[last]
    return frozenset(key for key, _ in pairs if key not in kept)
