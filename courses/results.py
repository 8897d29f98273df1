"""A class's answers: the hand-ins of an assignment to look through, and each exercise's answers by the kind of mistake.

Rule: read-only. Mistakes are one kind when the first failing check says the same but for numbers, and the points are the same;
what is not known is a kind of its own and never a zero.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from commons.people import person
from courses import tables
from courses.attempts import Attempt, course_attempts
from courses.late import NO_RULE, Counted, LateRule, best_counted, counted
from courses.registry import release_of

__all__ = ["EXAMPLES", "STATES", "ExerciseResult", "Kind", "Listed", "Progress", "by_learner", "exercise_results", "listed",
           "pattern", "progress"]  # fmt: skip

EXAMPLES = 3
STATES = ("received", "grading", "graded", "manual", "not-graded", "failed", "late", "repaired")
_NUMBERS = re.compile(r"(?<![A-Za-z_])[-+]?\d+(?:[.,]\d+)*(?:[eE][-+]?\d+)?")
_PLACES = re.compile(r"0x[0-9a-fA-F]+|<[^<>]{1,200} at [^<>]{1,40}>")


@dataclass(frozen=True)
class Listed:
    """One hand-in of a list; `waits` counts its questions that wait for a hand, `modes` its marks by mode."""

    attempt: Attempt
    name: str
    account: str
    counted: Counted
    waits: int
    modes: Mapping[str, int]
    is_newest: bool

    @property
    def state(self) -> str:
        """received, grading, failed, manual (waits for a hand), not-graded (graded to nothing) or graded."""
        if self.attempt.state != "graded":
            return self.attempt.state
        if self.waits:
            return "manual"
        return "not-graded" if self.attempt.score is None else "graded"

    def fits(self, wanted: str) -> bool:
        """Whether it belongs to that filter; "" fits all."""
        if wanted == "late":
            return self.counted.days > 0
        if wanted == "repaired":
            return bool(self.attempt.repairs)
        return not wanted or self.state == wanted


@dataclass(frozen=True)
class Progress:
    """How far the grading of an assignment is: hand-ins that wait, run, are graded, failed; questions that wait for a hand."""

    waiting: int
    running: int
    graded: int
    failed: int
    by_hand: int

    @property
    def total(self) -> int:
        return self.waiting + self.running + self.graded + self.failed

    @property
    def done(self) -> int:
        return self.graded + self.failed


@dataclass(frozen=True)
class Kind:
    """Answers that went wrong alike. `label` is "passed", "hidden", "manual", "by-hand", "unwritten", "no-message", "not-graded" or "said"
    (then `words` is what the check said); `examples` are attempts."""

    label: str
    words: str
    why: Mapping[str, str]
    points: float | None
    count: int
    share: float
    examples: tuple[Attempt, ...]


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise over a class: how many answered, the mean share of points of those with a mark, and the kinds, largest first."""

    grade_id: str
    title: Mapping[str, str]
    most: float
    answers: int
    mean: float | None
    kinds: tuple[Kind, ...]


def progress(conn: Connection, course: str, assignment: str) -> Progress:
    """How far the grading of an assignment is, in two queries."""
    t, m = tables.attempt.c, tables.mark.c
    here = (t.course == course, t.assignment == assignment)
    states = {row[0]: row[1] for row in conn.execute(select(t.state, func.count()).where(*here).group_by(t.state))}
    open_marks = select(func.count()).select_from(tables.mark.join(tables.attempt, t.id == m.attempt))
    by_hand = conn.execute(open_marks.where(*here, m.state == "manual")).scalar() or 0
    waiting, running, graded, failed = (states.get(name, 0) for name in ("received", "grading", "graded", "failed"))
    return Progress(waiting, running, graded, failed, by_hand)


def listed(
    conn: Connection, course: str, assignment: str, rule: LateRule = NO_RULE, *, state: str = "", words: str = ""
) -> list[Listed]:
    """The hand-ins of an assignment, newest first; of one state or of people whose name or account holds `words` where given."""
    attempts = course_attempts(conn, course, assignment)
    people = {row.actor: row for row in conn.execute(select(person.c.actor, person.c.name, person.c.account))}
    waits, modes = _marks(conn, course, assignment)
    newest = {one.actor: one.id for one in sorted(attempts, key=lambda a: a.number)}
    found = []
    for one in attempts:
        who = people.get(one.actor)
        line = Listed(
            one, who.name if who else "", who.account if who else "", counted(one, rule), waits.get(one.id, 0),
            modes.get(one.id, {}), newest[one.actor] == one.id,
        )  # fmt: skip
        if line.fits(state) and _names(line, words):
            found.append(line)
    return found


def _names(line: Listed, words: str) -> bool:
    wanted = words.strip().casefold()
    return not wanted or wanted in line.name.casefold() or wanted in line.account.casefold()


def _marks(conn: Connection, course: str, assignment: str) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """By attempt: how many questions wait for a hand, and how many marks of each mode there are."""
    t, m = tables.attempt.c, tables.mark.c
    joined = tables.mark.join(tables.attempt, t.id == m.attempt)
    query = select(m.attempt, m.state, m.mode, func.count().label("n")).select_from(joined)
    query = query.where(t.course == course, t.assignment == assignment).group_by(m.attempt, m.state, m.mode)
    waits: dict[str, int] = {}
    modes: dict[str, dict[str, int]] = {}
    for row in conn.execute(query):
        if row.state == "manual":
            waits[row.attempt] = waits.get(row.attempt, 0) + row.n
        if row.mode:
            mine = modes.setdefault(row.attempt, {})
            mine[row.mode] = mine.get(row.mode, 0) + row.n
    return waits, modes


def by_learner(attempts: Iterable[Attempt], rule: LateRule = NO_RULE) -> dict[str, Counted]:
    """The attempt that counts of everybody who has a mark, by actor."""
    mine: dict[str, list[Attempt]] = {}
    for one in attempts:
        mine.setdefault(one.actor, []).append(one)
    return {actor: best for actor, some in mine.items() if (best := best_counted(some, rule))}


def exercise_results(
    conn: Connection,
    course: str,
    assignment: str,
    which: Callable[[Sequence[Attempt]], Sequence[Attempt]] | None = None,
) -> list[ExerciseResult]:
    """Every exercise's answers by kind, over each learner's newest graded attempt (or what `which` chooses)."""
    attempts = [one for one in course_attempts(conn, course, assignment) if one.state == "graded"]
    chosen = (which or _newest)(attempts)
    hidden = _hidden_words(conn, chosen)
    order: dict[str, list[tuple[Attempt, Mapping[str, Any]]]] = {}
    for one in chosen:
        for told in (one.feedback or {}).get("exercises", []):
            said = hidden.get((one.id, told["grade_id"]), "")
            order.setdefault(told["grade_id"], []).append((one, {**told, "said": said}))
    return [_exercise(name, told) for name, told in order.items()]


def _hidden_words(conn: Connection, attempts: Sequence[Attempt]) -> dict[tuple[str, str], str]:
    """What the first failing test of each exercise said, by attempt and exercise."""
    tests: dict[str, list[tuple[str, str]]] = {}
    for release in {one.release for one in attempts}:
        exercises = release_of(conn, release).manifest["exercises"]
        tests[release] = [(name, one["grade_id"]) for one in exercises for name in one["tests"]]
    m = tables.mark.c
    query = select(m.attempt, m.grade_id, m.said).where(m.said != "", m.attempt.in_([one.id for one in attempts]))
    said = {(row.attempt, row.grade_id): row.said for row in conn.execute(query)}
    found: dict[tuple[str, str], str] = {}
    for one in attempts:
        for test, exercise in tests[one.release]:
            if words := said.get((one.id, test)):
                found.setdefault((one.id, exercise), words)
    return found


def _newest(attempts: Sequence[Attempt]) -> list[Attempt]:
    return list({one.actor: one for one in sorted(attempts, key=lambda a: a.number)}.values())


def _exercise(name: str, told: Sequence[tuple[Attempt, Mapping[str, Any]]]) -> ExerciseResult:
    groups: dict[tuple[str, str, float | None], list[tuple[Attempt, Mapping[str, Any]]]] = {}
    for attempt, one in told:
        label, words = _kind(one)
        groups.setdefault((label, pattern(words), one["points"]), []).append((attempt, one))
    kinds = [_group(key[0], some, len(told)) for key, some in groups.items()]
    first = told[0][1]
    shares = [one["points"] / one["max"] for _, one in told if one["points"] is not None and one["max"]]
    mean = sum(shares) / len(shares) if shares else None
    kinds.sort(key=lambda kind: (kind.label == "passed", -kind.count))
    return ExerciseResult(name, first["title"], first["max"], len(told), mean, tuple(kinds))


def _group(label: str, some: Sequence[tuple[Attempt, Mapping[str, Any]]], of: int) -> Kind:
    first = some[0][1]
    examples = tuple(attempt for attempt, _ in some[:EXAMPLES])
    return Kind(label, _kind(first)[1], first["why"], first["points"], len(some), len(some) / of, examples)


def _kind(one: Mapping[str, Any]) -> tuple[str, str]:
    """The label of one answer, and what its first failing check said."""
    if one["passed"]:
        return "passed", ""
    if one["state"] == "manual":
        return "manual", ""
    if one.get("by_hand"):
        return "by-hand", ""
    if one["why"]:
        return "not-graded" if one["points"] is None else "unwritten", next(iter(one["why"].values()))
    if one["message"]:
        return "said", one["message"].strip().split("\n")[0]
    return ("hidden" if one["hidden"] else "no-message"), one["said"].split("\n")[0]


def pattern(words: str) -> str:
    """A message with its numbers and memory places blanked, so that answers that are wrong alike look alike.

    >>> pattern("AssertionError: 3.25 != 4"), pattern("<f at 0x7f1c>")
    ('AssertionError: # != #', '…')
    """
    return _NUMBERS.sub("#", _PLACES.sub("…", words))
