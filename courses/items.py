"""A course as the rest of the house sees it: items with concepts and minutes.

Rule: ids are `unit:<course>/<unit>` and `exercise:<course>/<unit>/<grade_id>`; an exercise's parent is its unit.
"""

from __future__ import annotations

from commons.items import Item
from courses.manifest import Course, Exercise, Unit

__all__ = ["exercise_item_id", "items", "unit_item_id"]


def unit_item_id(course: str, unit: str) -> str:
    """The item id of a unit."""
    return f"unit:{course}/{unit}"


def exercise_item_id(course: str, unit: str, grade_id: str) -> str:
    """The item id of an exercise."""
    return f"exercise:{course}/{unit}/{grade_id}"


def items(course: Course) -> list[Item]:
    """The units and exercises of a course, in order."""
    found: list[Item] = []
    for unit in course.units:
        found.append(_unit(course, unit))
        found += [_exercise(course, unit, exercise) for exercise in unit.exercises]
    return found


def _unit(course: Course, unit: Unit) -> Item:
    return Item(
        id=unit_item_id(course.id, unit.id),
        kind="unit",
        concepts=unit.teaches,
        minutes=unit.minutes,
        title=unit.title,
        url=f"/courses/{course.id}/{unit.id}",
    )


def _exercise(course: Course, unit: Unit, exercise: Exercise) -> Item:
    return Item(
        id=exercise_item_id(course.id, unit.id, exercise.grade_id),
        kind="exercise",
        concepts=exercise.concepts,
        minutes=exercise.minutes,
        title=exercise.title,
        url=f"/courses/{course.id}/{unit.id}",
        parent=unit_item_id(course.id, unit.id),
    )
