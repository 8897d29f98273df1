"""Rubrics: for one question of one assignment, the things a teacher looks for, with points and words. Used for every answer to it.

Rule: items with plus points add up from nothing; a rubric of minus points only takes away from the full mark. A rubric is
changed as a whole, upon the version one saw; marks given by it before stay as they were given.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, select

from commons.errors import BadInput, Conflict
from commons.people import Person
from courses import tables
from courses.audit import note

__all__ = ["ITEMS", "Rubric", "RubricItem", "points_of", "rubric", "rubrics", "set_rubric"]

# Keys 1 to 9 toggle them.
ITEMS = 9
WORDS_CHARS = 300


@dataclass(frozen=True)
class RubricItem:
    """One thing looked for: its `words`, as the learner reads them too, and its `points`, plus or minus."""

    id: str
    words: str
    points: float


@dataclass(frozen=True)
class Rubric:
    """The items of one question; `version` is 0 where there is none yet."""

    items: tuple[RubricItem, ...] = ()
    version: int = 0


def points_of(rubric: Rubric, chosen: Collection[str], most: float) -> float | None:
    """The points that the chosen items make, within 0 and `most`; None where nothing is chosen.

    >>> plus = Rubric((RubricItem("a", "names it", 1), RubricItem("b", "says why", 2)))
    >>> points_of(plus, ["b"], 3), points_of(plus, ["a", "b"], 2.5), points_of(plus, [], 3)
    (2, 2.5, None)
    >>> points_of(Rubric((RubricItem("a", "unit missing", -1),)), ["a"], 3)
    2.0
    """
    mine = [one.points for one in rubric.items if one.id in chosen]
    if not mine:
        return None
    begin = 0.0 if any(one.points > 0 for one in rubric.items) else most
    return min(most, max(0.0, begin + math.fsum(mine)))


def rubric(conn: Connection, course: str, assignment: str, grade_id: str) -> Rubric:
    """The rubric of a question."""
    return rubrics(conn, course, assignment).get(grade_id, Rubric())


def rubrics(conn: Connection, course: str, assignment: str) -> dict[str, Rubric]:
    """All rubrics of an assignment, by question."""
    t = tables.rubric
    rows = conn.execute(select(t).where(t.c.course == course, t.c.assignment == assignment))
    return {row.grade_id: Rubric(tuple(RubricItem(**one) for one in row.items), row.version) for row in rows}


def set_rubric(
    conn: Connection,
    who: Person,
    course: str,
    assignment: str,
    grade_id: str,
    items: Sequence[tuple[str, str, float]],
    version: int,
) -> Rubric:
    """Make these (id or "", words, points) the rubric. Raises BadInput, Conflict when another version is there."""
    made = tuple(_item(*one) for one in items if one[1].strip())
    if len(made) > ITEMS:
        raise BadInput(f"{len(made)} items; {ITEMS} are allowed", next="Join what belongs together.")
    before = rubric(conn, course, assignment, grade_id)
    if before.items == made:
        return before
    if before.version != version:
        raise Conflict("somebody else changed this rubric in the meantime", next="Load the page again, then change it.")
    t = tables.rubric
    conn.execute(delete(t).where(t.c.course == course, t.c.assignment == assignment, t.c.grade_id == grade_id))
    row = {"course": course, "assignment": assignment, "grade_id": grade_id, "items": [vars(one) for one in made]}
    conn.execute(t.insert().values(**row, author=who.actor, version=version + 1, time=datetime.now(UTC)))
    note(conn, who, course, assignment, "rubric", grade_id=grade_id, items=[vars(one) for one in made])
    return Rubric(made, version + 1)


def _item(name: str, words: str, points: float) -> RubricItem:
    if not math.isfinite(points) or abs(points) > 1000:
        raise BadInput(f"{points} points cannot be given")
    return RubricItem(name or uuid.uuid4().hex[:8], " ".join(words.split())[:WORDS_CHARS], points)
