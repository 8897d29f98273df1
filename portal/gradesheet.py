"""A class at a glance: for every learner the attempt that counts in each unit, and the points of each exercise in it.

Read-only over the courses' store. What is not graded stays empty and says why; it is never a zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from commons.languages import pick
from courses import registry, tables
from courses.attempts import Attempt, Mark, course_attempts
from courses.late import Counted, best_counted, late_rule
from courses.manifest import Course, Exercise, Unit

__all__ = ["Cell", "Line", "csv_table", "lines_of", "spread"]

BINS = 5
AT_ONCE = 500  # attempts in one query; SQLite takes at most 999 values in old builds


@dataclass(frozen=True)
class Cell:
    """One exercise of one attempt: points, or None with the reason why."""

    points: float | None
    most: float
    why: str = ""


@dataclass(frozen=True)
class Line:
    """One learner in one unit; `counted` is what the attempt that counts is worth, None when nothing is graded."""

    member: registry.Member
    attempts: Sequence[Attempt]
    counted: Counted | None
    cells: Mapping[str, Cell]

    @property
    def counts(self) -> Attempt | None:
        """The attempt that counts."""
        return self.counted.attempt if self.counted else None


def lines_of(conn: Connection, course: Course, unit: Unit, language: str) -> list[Line]:
    """A line for every learner of the course, by account."""
    learners = [one for one in registry.members(conn, course.id) if one.role == "learner"]
    by_actor: dict[str, list[Attempt]] = {}
    for attempt in course_attempts(conn, course.id, unit.id):
        by_actor.setdefault(attempt.actor, []).append(attempt)
    rule = late_rule(conn, course.id, unit.id)
    counting = {actor: best for actor, attempts in by_actor.items() if (best := best_counted(attempts, rule))}
    marks = _marks(conn, [one.attempt.id for one in counting.values()])
    lines = []
    for member in learners:
        best = counting.get(member.actor)
        cells = _cells(unit, marks.get(best.attempt.id, []), language) if best else {}
        lines.append(Line(member, by_actor.get(member.actor, []), best, cells))
    return lines


def spread(lines: Sequence[Line]) -> list[int]:
    """How many learners stand in each fifth of the points, from the lowest; those without a mark are in none."""
    counts = [0] * BINS
    for line in lines:
        if line.counted is not None and line.counted.attempt.max_score:
            counts[min(BINS - 1, int(line.counted.share * BINS))] += 1
    return counts


def csv_table(conn: Connection, course: Course, language: str) -> tuple[list[str], list[list[object]]]:
    """Head and rows: account, name, then for every unit its score, the most, the attempts and each exercise's points."""
    head: list[str] = ["account", "name"]
    rows: dict[str, list[object]] = {}
    for unit in course.units:
        if not unit.assignment:
            continue
        head += [f"{unit.id} score", f"{unit.id} of", f"{unit.id} attempts"]
        head += [f"{unit.id} {pick(exercise.title, language)}" for exercise in unit.exercises]
        for line in lines_of(conn, course, unit, language):
            row = rows.setdefault(line.member.account, [line.member.account, line.member.name])
            score, most = (line.counted.score, line.counted.attempt.max_score) if line.counted else (None, None)
            row += [None if score is None else round(score, 6), most, len(line.attempts)]
            row += [_said(line.cells.get(exercise.grade_id)) for exercise in unit.exercises]
    return head, list(rows.values())


def _marks(conn: Connection, attempts: Sequence[str]) -> dict[str, list[Mark]]:
    """The marks of many attempts, by attempt, in a few queries however large the class is."""
    found: dict[str, list[Mark]] = {}
    for first in range(0, len(attempts), AT_ONCE):
        chosen = tables.mark.c.attempt.in_(attempts[first : first + AT_ONCE])
        for row in conn.execute(select(tables.mark).where(chosen)):
            found.setdefault(row.attempt, []).append(Mark(**row._mapping))
    return found


def _cells(unit: Unit, marks: Sequence[Mark], language: str) -> dict[str, Cell]:
    by_cell = {mark.grade_id: mark for mark in marks}
    return {exercise.grade_id: _cell(exercise, by_cell, language) for exercise in unit.exercises if marks}


def _cell(exercise: Exercise, marks: Mapping[str, Mark], language: str) -> Cell:
    mine = [marks[name] for name in exercise.tests if name in marks]
    most = sum(mark.max_points for mark in mine)
    open_ones = [mark for mark in mine if mark.points is None]
    if open_ones or not mine:
        return Cell(None, most, open_ones[0].why(language) if open_ones else "")
    return Cell(sum(mark.points or 0 for mark in mine), most)


def _said(cell: Cell | None) -> object:
    if cell is None:
        return None
    return cell.why if cell.points is None else cell.points
