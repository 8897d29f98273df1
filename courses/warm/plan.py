"""What is run for one notebook, in order: the hand-in's own cells, and the release's tests in their places.

Rule: the text of a locked cell and the role of every graded cell are the release's; a hand-in decides only what its own
cells hold and where they stand. Nothing is run here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

from courses.notebook import Notebook
from courses.warm.book import BookCell, checksum, ids_once

__all__ = ["Plan", "Seal", "Step", "plan_of"]


@dataclass(frozen=True)
class Seal:
    """How a test cell is run. `facts` and `ops` are what the teacher's solution had and needed; None before a release."""

    mode: str = "sealed"
    why: str = ""
    facts: Mapping[str, Any] | None = None
    ops: tuple[str, ...] | None = None
    canary: bool = False
    visible: tuple[str, ...] = ()

    @staticmethod
    def of(data: Mapping[str, Any] | None) -> Seal:
        """The seal that a release's manifest holds; a release of before seals ran everything compatibly."""
        if not data:
            return Seal("compatible", "old-release")
        facts, ops, visible = data.get("facts"), tuple(data.get("ops") or ()), tuple(data.get("visible") or ())
        return Seal(data["mode"], data["why"], facts, ops, bool(data.get("canary")), visible)

    def data(self) -> dict[str, Any]:
        """As plain data for a manifest."""
        facts = None if self.facts is None else dict(self.facts)
        told = {"mode": self.mode, "why": self.why, "facts": facts, "ops": list(self.ops or ())}
        return told | {"canary": self.canary, "visible": list(self.visible)}


@dataclass(frozen=True)
class Step:
    """One code cell: `cell` is its place in the notebook from 1, `test` the graded cell that it is, if any."""

    cell: int
    source: str
    grade_id: str = ""
    test: BookCell | None = None
    seal: Seal = Seal()


@dataclass(frozen=True)
class Plan:
    """The steps of a notebook, and the marks that need no running: `settled` is 0 or None (a teacher marks it) by grade_id.

    `own` are names that only tests bind: a hand-in that binds one too does not change what the next test reads. `answers`
    are names that the teacher's answers bind other than by import; they matter when a release is made.
    """

    steps: tuple[Step, ...]
    settled: Mapping[str, float | None]
    helpers: Mapping[str, str] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()

    def until(self, wanted: Set[str]) -> Plan:
        """The plan up to the last of these tests."""
        last = max((n for n, step in enumerate(self.steps) if step.grade_id in wanted), default=-1)
        return replace(self, steps=self.steps[: last + 1])


def plan_of(
    nb: Notebook,
    book: Mapping[str, BookCell],
    seals: Mapping[str, Seal],
    helpers: Mapping[str, str],
    texts: Mapping[str, str] | None = None,
    own: Iterable[str] = (),
) -> Plan:
    """The plan of a notebook against a release; `texts` stand in for locked cells' texts (the released ones, without hidden tests)."""
    steps: list[Step] = []
    settled: dict[str, float | None] = {}
    ids = ids_once(nb)
    for place, cell in enumerate(nb["cells"]):
        known = book.get(ids.get(place, ""))
        kind, source = cell.get("cell_type"), cell["source"]
        if known is not None:
            kind = known.cell_type
            source = _locked(known, texts) if known.locked else source
            if (known.grade and not known.is_test) or known.task:
                settled[known.grade_id] = _without_running(known, source)
        test = known if known is not None and known.is_test else None
        if kind == "code" and source.strip() and (test or not _skipped(cell)):
            seal = seals.get(known.grade_id, Seal("compatible", "")) if known and test else Seal()
            steps.append(Step(place + 1, source, known.grade_id if known else "", test, seal))
        elif test is not None:
            # An empty test cell says nothing, and that is full marks under nbgrader as well.
            settled[test.grade_id] = test.points
    return Plan(tuple(steps), settled, helpers, frozenset(own))


def _locked(cell: BookCell, texts: Mapping[str, str] | None) -> str:
    return cell.source if texts is None else texts.get(cell.grade_id, cell.source)


def _without_running(cell: BookCell, source: str) -> float | None:
    """A cell for a teacher to mark: nothing written is 0 points, as under nbgrader."""
    return 0.0 if cell.grade and cell.solution and checksum(cell, source) == cell.checksum else None


def _skipped(cell: Mapping[str, Any]) -> bool:
    tags = cell["metadata"].get("tags")
    return isinstance(tags, list) and "skip-execution" in tags
