"""Returned notebooks made whole: aligned to their release by content, so that nbgrader can grade them.

Rule: what was handed in runs in the release's order with the release's fixed cells, every graded cell exactly once, and a
learner's own cells at their place; nothing is made up, nothing of a teacher's text gets in. A notebook without damage comes
back as it was, with no repair. Where two different texts may be the answer of one place, and neither alone carries its
grade_id or id, nor stands alone between the right neighbours, no guess counts: the marks that hang on it are `unsure`, and
the caller withholds them. Equal programs are no two texts; the release's blank answer gives way to anything else. Pure: it
runs nothing, and its time grows with the size of the notebook.

Kinds of repair: format, bytes, newlines, kernelspec (of the whole notebook: cell 0); metadata, id, retyped, moved, locked,
copy, merged, split, deleted, given, answer-gone, unsure.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from courses.healing_build import build, out_of_order
from courses.healing_cut import cut_merged, join_split
from courses.healing_match import Matching, match
from courses.healing_read import Part, Read, read
from courses.healing_slots import Slot, dependents, slots_of
from courses.healing_text import Texts, exact
from courses.notebook import Notebook

__all__ = ["Healed", "Known", "Repair", "heal", "heal_to", "known_of"]

# What nbgrader reads of a cell's own metadata.
_FLAGS = ("grade", "solution", "locked", "task", "points", "schema_version")


@dataclass(frozen=True)
class Repair:
    """One thing put right: its kind, the cell's grade_id ("" for none), its 1-based place as handed in (0: none), 0–1 how sure."""

    kind: str
    grade_id: str = ""
    cell: int = 0
    sure: float = 1.0


@dataclass(frozen=True)
class Healed:
    """A notebook to grade and what was put right, or a reason code (courses.words) why it cannot be."""

    notebook: Notebook
    repairs: tuple[Repair, ...] = ()
    refused: str = ""

    @property
    def unsure(self) -> tuple[str, ...]:
        """The grade_ids of graded cells whose mark would rest on a guess."""
        return tuple(r.grade_id for r in self.repairs if r.kind == "unsure")


@dataclass(frozen=True)
class Known:
    """A release as healing needs it, read once for all that come back."""

    released: Notebook
    slots: tuple[Slot, ...]
    texts: Texts


def known_of(released: Notebook, teacher: Notebook | None = None) -> Known:
    """Read a release; `teacher` is read for names only."""
    texts = Texts()
    return Known(released, slots_of(released, teacher, texts), texts)


def heal(released: Notebook, submitted: object, *, teacher: Notebook | None = None) -> Healed:
    """Align what came back (bytes or parsed JSON) to its release; `teacher` is read for names only. Never raises."""
    return heal_to(known_of(released, teacher), submitted)


def heal_to(known: Known, submitted: object) -> Healed:
    """The same for a release that was read before."""
    found = read(submitted)
    if found.refused:
        return Healed({}, (), found.refused)
    released, slots, texts = known.released, known.slots, Texts(known.texts)
    parts = join_split(slots, cut_merged(slots, found.parts, texts), texts)
    matching = match(slots, parts, texts)
    placed = build(released, slots, parts, matching, texts)
    repairs = (
        *_of_notebook(released, found),
        *_of_places(slots, parts, matching),
        *_of_parts(parts, matching, slots),
        *(_gone(slots, slot, placed.inserted) for slot in slots if slot.index in placed.inserted),
        *_unsure(slots, parts, matching, placed.doubtful, texts),
    )
    if not repairs:
        return Healed(_as_it_was(found))
    return Healed(placed.notebook, repairs)


def _as_it_was(found: Read) -> Notebook:
    nb: Notebook = copy.deepcopy(dict(found.notebook))
    for cell, part in zip(nb["cells"], found.parts, strict=True):
        cell["source"] = part.text
    nb.setdefault("metadata", {})
    return nb


def _of_notebook(released: Notebook, found: Read) -> Iterator[Repair]:
    nb = found.notebook
    kinds = list(found.mended)
    minor = nb.get("nbformat_minor")
    asked = int(released.get("nbformat_minor", 0))
    metadata = nb.get("metadata")
    known = isinstance(minor, int) and not isinstance(minor, bool)
    if "format" not in kinds and (not known or int(minor or 0) < asked or not isinstance(metadata, Mapping)):
        kinds.append("format")
    wanted = released["metadata"].get("kernelspec", {}).get("name")
    spec = metadata.get("kernelspec") if isinstance(metadata, Mapping) else None
    if wanted and (spec.get("name") if isinstance(spec, Mapping) else None) != wanted:
        kinds.append("kernelspec")
    yield from (Repair(kind) for kind in kinds)


def _of_places(slots: Sequence[Slot], parts: Sequence[Part], matching: Matching) -> Iterator[Repair]:
    moved = out_of_order([(i, matching.filled[i]) for i in sorted(matching.filled) if slots[i].kind != "text"])
    for index in sorted(matching.filled):
        slot, part = slots[index], parts[matching.filled[index]]
        sure = matching.sure[index]
        if part.type != slot.type:
            yield Repair("retyped", slot.grade_id, part.cell, sure)
        wrong = _metadata(slot, part) if not part.cut and not part.joined else ""
        if wrong:
            yield Repair(wrong, slot.grade_id, part.cell, sure)
        if slot.fixed and exact(part.text) != slot.key:
            yield Repair("locked", slot.grade_id, part.cell, sure)
        if index in moved:
            yield Repair("moved", slot.grade_id, part.cell, sure)
        if part.joined:
            yield Repair("split", slot.grade_id, part.cell, sure)


def _metadata(slot: Slot, part: Part) -> str:
    if part.claim != slot.grade_id:
        return "id" if part.claim else "metadata"
    if not slot.grade_id:
        return ""
    theirs = part.raw["metadata"]["nbgrader"]
    ours = slot.cell["metadata"]["nbgrader"]
    return "metadata" if any(theirs.get(flag) != ours.get(flag) for flag in _FLAGS) else ""


def _of_parts(parts: Sequence[Part], matching: Matching, slots: Sequence[Slot]) -> Iterator[Repair]:
    cut = dict.fromkeys(part.cell for part in parts if part.cut)
    yield from (Repair("merged", "", cell) for cell in cut)
    placed = set(matching.filled.values())
    for number, part in enumerate(parts):
        if number in matching.copies:
            yield Repair("copy", slots[matching.copies[number]].grade_id, part.cell)
        elif number not in placed and part.claim:
            yield Repair("id", part.claim, part.cell)
        elif number not in placed and part.joined:
            yield Repair("split", "", part.cell)


def _gone(slots: Sequence[Slot], slot: Slot, inserted: Mapping[int, str]) -> Repair:
    return Repair(inserted[slot.index], slots[slot.index].grade_id, 0)


def _unsure(
    slots: tuple[Slot, ...], parts: Sequence[Part], matching: Matching, doubtful: set[int], texts: Texts
) -> Iterator[Repair]:
    if not matching.unsure | doubtful:
        return
    made = {i: parts[n].text for i, n in matching.filled.items() if slots[i].learners}
    cells = {slots[i].grade_id: parts[n].cell for i, n in matching.filled.items()}
    names = dependents(slots, matching.unsure | doubtful, made, texts)
    for slot in slots:
        if slot.grade_id in names:
            yield Repair("unsure", slot.grade_id, cells.get(slot.grade_id, 0), 0.0)
