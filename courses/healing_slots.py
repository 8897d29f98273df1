"""The cells of a release as places that a returned notebook has to fill.

Rule: what a place asks for is read from the release, and from the teacher's version names only, never text. Kinds: `test`
(graded by running), `locked` (the teacher's words or code, tasks too), `answer` (code of the learner), `written` (a learner's
words, or code that a teacher marks), `given` (open code of the course), `text` (its words).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from courses.healing_text import Texts, exact
from courses.notebook import Notebook, nbgrader_of

__all__ = ["FIXED", "LEARNERS", "Slot", "dependents", "slots_of"]

FIXED = frozenset({"test", "locked"})
LEARNERS = frozenset({"answer", "written"})


@dataclass(frozen=True)
class Slot:
    """A cell of the release at `index`; `names` are those that the learner's code is asked to make."""

    index: int
    kind: str
    type: str
    text: str
    key: str
    grade_id: str
    id: str
    names: frozenset[str]
    used: frozenset[str]
    cell: Mapping[str, Any]

    @property
    def fixed(self) -> bool:
        return self.kind in FIXED

    @property
    def learners(self) -> bool:
        return self.kind in LEARNERS


def slots_of(released: Notebook, teacher: Notebook | None, texts: Texts) -> tuple[Slot, ...]:
    """The places of a release, in order."""
    solved = {str(nbgrader_of(c).get("grade_id")): str(c["source"]) for c in teacher["cells"]} if teacher else {}
    asked: set[str] = set()
    for cell in released["cells"]:
        if _kind(cell) == "test":
            name = str(nbgrader_of(cell).get("grade_id"))
            asked |= texts.names(solved.get(name, cell["source"])).used
    ids = Counter(str(cell.get("id", "")) for cell in released["cells"])
    found = []
    for index, cell in enumerate(released["cells"]):
        grade_id = str(nbgrader_of(cell).get("grade_id") or "") if _kind(cell) not in ("given", "text") else ""
        own = str(cell.get("id", ""))
        names, used = _names(cell, solved.get(grade_id, ""), asked, texts)
        unique = own if ids[own] == 1 else ""
        text = cell["source"]
        found.append(
            Slot(index, _kind(cell), cell["cell_type"], text, exact(text), grade_id, unique, names, used, cell)
        )
    return tuple(found)


def _kind(cell: Mapping[str, Any]) -> str:
    meta = nbgrader_of(cell)
    if meta.get("solution"):
        return "written" if meta.get("grade") or cell["cell_type"] != "code" else "answer"
    if meta.get("grade"):
        return "test"
    if meta.get("locked") or meta.get("task"):
        return "locked"
    return "given" if cell["cell_type"] == "code" else "text"


def _names(
    cell: Mapping[str, Any], solved: str, asked: set[str], texts: Texts
) -> tuple[frozenset[str], frozenset[str]]:
    """(names the cell makes, names it reads); of an answer those of the stub, and of the solution what the tests ask for."""
    if cell["cell_type"] != "code":
        return frozenset(), frozenset()
    own = texts.names(cell["source"])
    if _kind(cell) not in LEARNERS:
        return own.made, own.used | (texts.names(solved).used if solved else frozenset())
    wanted = own.made | (texts.names(solved).made if solved else frozenset())
    return (wanted & asked) or own.made, own.used


def dependents(slots: tuple[Slot, ...], unsure: set[int], made_by: Mapping[int, str], texts: Texts) -> frozenset[str]:
    """The grade_ids of graded cells whose marks hang on the places in `unsure`; `made_by` is the text in each answer's place.

    A test hangs on the answers that stand right before it, and on those that make a name it reads, be it through others.
    """
    doubtful = set(unsure)
    names: set[str] = set()
    while True:
        for index in doubtful:
            names |= slots[index].names | (texts.names(made_by[index]).made if index in made_by else frozenset())
        more = {
            i
            for i, text in made_by.items()
            if i not in doubtful and slots[i].learners and texts.names(text).used & names
        }
        if not more:
            break
        doubtful |= more
    found: set[str] = set()
    answers: set[int] = set()
    tested = True
    for slot in slots:
        if slot.learners:
            answers = {slot.index} if tested else answers | {slot.index}
            tested = False
        if slot.kind == "written" and slot.index in doubtful:
            found.add(slot.grade_id)
        if slot.kind == "test":
            tested = True
            if answers & doubtful or slot.index in doubtful or slot.used & names:
                found.add(slot.grade_id)
    return frozenset(found)
