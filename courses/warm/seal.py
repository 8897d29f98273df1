"""Which tests can be sealed: decided cell by cell at release, from the teacher's tests and solution alone.

Rule: a test is sealed when it says the same of the solution and of the blank in both ways of running it, apart from the
student's process and inside it. What the solution had under each name and needed of each object is written down, and is
all that a hand-in may use. A test that cannot be sealed runs compatibly, with the reason.
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from courses.notebook import Notebook, nbgrader_of, parse_notebook
from courses.syntax import parse
from courses.warm.book import BookCell, ids_once
from courses.warm.canary import MUTANTS, mutant_of, visible_of
from courses.warm.grade import ENV, Task
from courses.warm.judge import Judged, Told, judge
from courses.warm.pair import Defences, Walls, warm_of
from courses.warm.plan import Plan, Seal, plan_of

__all__ = ["Sealed", "helpers_of", "own_names", "seal"]

ROUNDS = 4
_COMPATIBLE = Defences(sealed=False, canaries=False)


@dataclass(frozen=True)
class Sealed:
    """By notebook: how each test is run, what the teacher's cells define, and names that only tests bind."""

    seals: Mapping[str, Mapping[str, Seal]]
    helpers: Mapping[str, Mapping[str, str]]
    own: Mapping[str, list[str]]


def seal(task: Task, solution: Mapping[str, bytes], kernels_env: Path) -> Sealed:
    """How the tests of a release are run; `solution` is the teacher's version."""
    every = {name: _Sealing(task, name, solution, kernels_env) for name in task.notebooks}
    seals = {name: one.decide() for name, one in every.items()}
    return Sealed(seals, {n: one.helpers for n, one in every.items()}, {n: one.own for n, one in every.items()})


class _Sealing:
    """The decision for one notebook."""

    def __init__(self, task: Task, name: str, solution: Mapping[str, bytes], kernels_env: Path) -> None:
        self.task, self.kernels_env = task, kernels_env
        self.book = task.book.get(name, {})
        self.files = dict(solution)
        self.solved = parse_notebook(solution[f"{name}.ipynb"], name)
        self.blank = parse_notebook(task.released[f"{name}.ipynb"], name)
        self.helpers = helpers_of(self.solved, self.book)
        self.own = own_names(self.solved, self.book)
        self.answers = answer_names(self.solved, self.book)
        self.texts = {str(nbgrader_of(c).get("grade_id")): c["source"] for c in self.blank["cells"] if nbgrader_of(c)}
        self.tests = [grade_id for grade_id, cell in self.book.items() if cell.is_test]

    def decide(self) -> dict[str, Seal]:
        """Try all sealed; what differs from the student's process becomes compatible, until nothing differs."""
        if not self.tests:
            return {}
        wanted = {
            kind: self._run(nb, {}, _COMPATIBLE) for kind, nb in (("solution", self.solved), ("blank", self.blank))
        }
        seals = {grade_id: Seal("sealed") for grade_id in self.tests}
        for _ in range(ROUNDS):
            told = self._run(self.solved, seals)
            seals = {g: self._with_facts(g, seals[g], told.cells.get(g)) for g in self.tests}
            found = {"solution": self._run(self.solved, seals), "blank": self._run(self.blank, seals)}
            changed = False
            for grade_id in self.tests:
                why = _difference(grade_id, wanted, found) if seals[grade_id].mode == "sealed" else ""
                if why:
                    seals[grade_id], changed = self._compatible(grade_id, why), True
            if not changed:
                return seals
            seals = {g: Seal("sealed") if s.mode == "sealed" else s for g, s in seals.items()}
        return {g: self._compatible(g, "order") for g in self.tests}

    def _with_facts(self, grade_id: str, seal: Seal, told: Told | None) -> Seal:
        if seal.mode != "sealed":
            return seal
        if told is None or told.reason:
            return self._compatible(grade_id, (told.message or told.reason) if told else "not-reached")
        return dataclasses.replace(seal, facts=dict(told.names), ops=told.ops)

    def _compatible(self, grade_id: str, why: str) -> Seal:
        """Guarded by mutants of the test only where the solution itself is refused by them."""
        visible = visible_of(self.texts.get(grade_id, ""))
        return Seal("compatible", why[:300], canary=self._mutant_bites(grade_id, visible), visible=visible)

    def _mutant_bites(self, grade_id: str, visible: tuple[str, ...]) -> bool:
        for _ in range(MUTANTS):
            mutant = mutant_of(self.book[grade_id].source, frozenset(visible))
            if mutant is None:
                return False
            changed = {**self.book, grade_id: dataclasses.replace(self.book[grade_id], source=mutant)}
            told = self._run(self.solved, {}, _COMPATIBLE, changed).cells.get(grade_id)
            if told is None or not told.failed:
                return False
        return True

    def _run(
        self,
        nb: Notebook,
        seals: Mapping[str, Seal],
        defences: Defences = Defences(canaries=False),
        book: Mapping[str, BookCell] | None = None,
    ) -> Judged:
        plan: Plan = plan_of(nb, book or self.book, seals, self.helpers, own=self.own)
        plan = dataclasses.replace(plan, answers=self.answers)
        with warm_of(self.kernels_env, ENV).pair(Walls(), defences, tester=defences.sealed) as pair:
            return judge(pair, plan, self.files, self.task.data_files, clock=self.task.clock, defences=defences, seed=1)


def _difference(grade_id: str, wanted: Mapping[str, Judged], found: Mapping[str, Judged]) -> str:
    """Why a test may not be sealed; "" where both ways say the same of solution and blank."""
    for kind in ("solution", "blank"):
        inside, apart = (one[kind].cells.get(grade_id) for one in (wanted, found))
        if apart is None or inside is None:
            return "not-reached"
        if apart.reason and kind == "solution":
            return apart.message or apart.reason
        if (apart.points or 0.0) != (inside.points or 0.0):
            return f"{kind}: {apart.message or apart.points} / {inside.message or inside.points}"
    return ""


def helpers_of(nb: Notebook, book: Mapping[str, BookCell]) -> dict[str, str]:
    """What the teacher's own cells define and no answer does: functions, classes, imports, plain constants; name → source."""
    ids = ids_once(nb)
    found: dict[str, str] = {}
    answered: set[str] = set()
    for place, cell in enumerate(nb["cells"]):
        known = book.get(ids.get(place, ""))
        if cell.get("cell_type") != "code" or (known is not None and known.is_test):
            continue
        try:
            tree = parse(cell["source"])
        except SyntaxError:
            continue
        if known is not None and known.solution:
            answered |= {name for part in tree.body for name, _ in (*_stored(part), *_defined(part))}
        else:
            for statement in tree.body:
                for name, source in _defined(statement) or _stored(statement):
                    found[name] = source
                    answered |= set() if source else {name}
    return {name: source for name, source in found.items() if name not in answered}


def answer_names(nb: Notebook, book: Mapping[str, BookCell]) -> frozenset[str]:
    """Names that the teacher's answers bind, other than by import: what the student is to make."""
    ids = ids_once(nb)
    found: set[str] = set()
    for place, cell in enumerate(nb["cells"]):
        known = book.get(ids.get(place, ""))
        if known is None or not known.solution or cell.get("cell_type") != "code":
            continue
        try:
            body = parse(cell["source"]).body
        except SyntaxError:
            continue
        parts = [part for part in body if not isinstance(part, ast.Import | ast.ImportFrom)]
        found |= {name for part in parts for name, _ in (*_stored(part), *_defined(part))}
    return frozenset(found)


def own_names(nb: Notebook, book: Mapping[str, BookCell]) -> list[str]:
    """Names that tests bind and no other cell of the teacher's does."""
    ids = ids_once(nb)
    bound: dict[bool, set[str]] = {True: set(), False: set()}
    for place, cell in enumerate(nb["cells"]):
        known = book.get(ids.get(place, ""))
        try:
            tree = parse(known.source if known is not None and known.is_test else cell["source"])
        except SyntaxError:
            continue
        if cell.get("cell_type") == "code":
            names = {name for part in tree.body for name, _ in (*_stored(part), *_defined(part))}
            bound[known is not None and known.is_test] |= names
    return sorted(bound[True] - bound[False])


def _stored(statement: ast.stmt) -> list[tuple[str, str]]:
    """Names that a statement of another kind binds or deletes somewhere inside."""
    names = (n for n in ast.walk(statement) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load))
    return [(name.id, "") for name in names]


def _defined(statement: ast.stmt) -> list[tuple[str, str]]:
    """(name, source) of what a statement defines; the source is "" where running it may do more than define."""
    return list(_definitions(statement))


def _definitions(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name, ast.unparse(statement)
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            name = alias.asname or alias.name.partition(".")[0]
            if name != "*":
                yield name, _import(statement, alias)
    elif (
        isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name)
    ):
        yield statement.targets[0].id, _constant(statement)


def _import(statement: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    if isinstance(statement, ast.Import):
        return ast.unparse(ast.Import([alias]))
    return ast.unparse(ast.ImportFrom(statement.module, [alias], statement.level))


def _constant(statement: ast.Assign) -> str:
    """The assignment of a number or text, which no code can change in place; "" for anything else."""
    value = statement.value
    return ast.unparse(statement) if isinstance(value, ast.Constant) else ""
