"""The manifest of a course: `course.yaml`, read into frozen values, all faults at once.

Rule: what this module accepts is complete (every text in every language of the course) and refers to files that exist.
It knows the folder's layout, and nothing of notebooks' insides, concepts' existence, the store or people.
The format is described for authors in docs/course-format.md:

    id, title{}, summary{}, license, languages, packages,
    units: [{id, title{}, summary{}, minutes, teaches, stop, assignment, attempts, due, notebooks,
             exercises: [{grade_id, title{}, concepts, minutes, hint{}, tests, free_points}]}]
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from commons.errors import Faults, NotFound
from commons.languages import LANGUAGES, text_faults

__all__ = ["Course", "Exercise", "Unit", "course_from", "load_course", "parse_due", "unit_folder"]

_ID = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")
_UNIT_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
_GRADE_ID = re.compile(r"^[A-Za-z0-9_-]{1,128}$")
_COURSE_KEYS = {"id", "title", "summary", "license", "languages", "packages", "units", "nbgrader"}
_UNIT_KEYS = {
    "id", "title", "summary", "minutes", "teaches", "stop", "assignment", "attempts", "due", "notebooks", "exercises",
}  # fmt: skip
_EXERCISE_KEYS = {"grade_id", "title", "concepts", "minutes", "hint", "tests", "free_points"}


@dataclass(frozen=True)
class Exercise:
    """One exercise: its graded cells (`tests`), its concepts and the hint for those who did not solve it."""

    grade_id: str
    title: Mapping[str, str]
    concepts: tuple[str, ...]
    minutes: float
    hint: Mapping[str, str]
    tests: tuple[str, ...]
    free_points: float = 0.0


@dataclass(frozen=True)
class Unit:
    """One unit: a notebook to learn from and, where `assignment` is true, an nbgrader assignment."""

    id: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    minutes: float
    teaches: tuple[str, ...]
    stop: str
    assignment: bool
    attempts: int
    exercises: tuple[Exercise, ...]
    due: str = ""
    notebooks: tuple[str, ...] = ()

    def exercise_of(self, test: str) -> Exercise | None:
        """The exercise that a graded cell belongs to, or None."""
        return next((e for e in self.exercises if test in e.tests), None)


@dataclass(frozen=True)
class Course:
    """A course: a sequence of units.

    `nbgrader` holds nbgrader's own options ({"ClearSolutions": {...}}) of an imported course, whose blank answers then
    read as nbgrader's do; None in a course of ours. `folder` is where it was loaded from.
    """

    id: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    units: tuple[Unit, ...]
    license: str
    languages: tuple[str, ...]
    packages: tuple[str, ...]
    nbgrader: Mapping[str, Any] | None = None
    folder: Path = field(default=Path(), compare=False, repr=False)

    def unit(self, unit_id: str) -> Unit:
        """The unit of that id. Raises NotFound."""
        for unit in self.units:
            if unit.id == unit_id:
                return unit
        raise NotFound(
            f"course '{self.id}' has no unit '{unit_id}'",
            next=f"Its units: {', '.join(u.id for u in self.units)}.",
        )


def unit_folder(folder: Path, unit: Unit) -> Path:
    """The folder with a unit's notebooks and data files."""
    return folder / unit.id


def parse_due(text: str) -> datetime | None:
    """A unit's due time, aware; None where it has none. Raises ValueError for a time without a zone."""
    if not text:
        return None
    due = datetime.fromisoformat(text)
    if due.tzinfo is None:
        raise ValueError("a due time needs its zone, for example 2026-12-01T20:00:00+08:00")
    return due


def load_course(folder: Path) -> Course:
    """Read `folder/course.yaml`. Raises NotFound without one, Faults (all at once) for a bad one."""
    import yaml

    path = folder / "course.yaml"
    if not path.is_file():
        raise NotFound(f"there is no course.yaml in {folder.name}", where=str(path), next="See docs/course-format.md.")
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Faults([f"course.yaml cannot be read: {error}"], where=str(path)) from error
    return course_from(raw, folder)


def course_from(raw: object, folder: Path) -> Course:
    """The course that plain data (a parsed course.yaml) describes. Raises Faults with every fault found."""
    reader = _Reader()
    course = reader.course(raw, folder)
    if reader.faults:
        raise Faults(reader.faults, where=f"course '{folder.name}'")
    return course


class _Reader:
    """Turns plain data into values and writes down every fault on the way."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.languages: tuple[str, ...] = LANGUAGES

    def course(self, raw: object, folder: Path) -> Course:
        data = self._map(raw, "course", _COURSE_KEYS)
        self.languages = self._languages(data.get("languages", list(LANGUAGES)))
        course_id = self._id(data.get("id"), "course: id", _ID)
        if course_id and course_id != folder.name:
            self.faults.append(f"course: id '{course_id}' differs from its folder '{folder.name}'")
        units = tuple(self.unit(u, folder) for u in self._list(data.get("units"), "course: units", dict))
        if not units:
            self.faults.append("course: units: at least one is needed")
        self._unique([u.id for u in units], "course: units: id")
        return Course(
            id=course_id,
            title=self._text(data.get("title"), "course: title"),
            summary=self._text(data.get("summary"), "course: summary"),
            units=units,
            license=self._string(data.get("license"), "course: license"),
            languages=self.languages,
            packages=tuple(self._list(data.get("packages", []), "course: packages", str)),
            nbgrader=self._options(data.get("nbgrader")),
            folder=folder,
        )

    def unit(self, raw: Mapping[str, Any], folder: Path) -> Unit:
        unit_id = self._id(raw.get("id"), "unit: id", _UNIT_ID)
        where = f"unit '{unit_id}'"
        data = self._map(raw, where, _UNIT_KEYS)
        notebooks = tuple(self._list(data.get("notebooks", [unit_id]), f"{where}: notebooks", str))
        exercises = tuple(
            self.exercise(e, where, len(notebooks) > 1)
            for e in self._list(data.get("exercises", []), f"{where}: exercises", dict)
        )
        unit = Unit(
            id=unit_id,
            title=self._text(data.get("title"), f"{where}: title"),
            summary=self._text(data.get("summary"), f"{where}: summary"),
            minutes=self._number(data.get("minutes"), f"{where}: minutes", above=0),
            teaches=tuple(self._list(data.get("teaches", []), f"{where}: teaches", str)),
            stop=str(data.get("stop") or ""),
            assignment=bool(data.get("assignment", True)),
            attempts=int(self._number(data.get("attempts", 10), f"{where}: attempts")),
            exercises=exercises,
            due=self._due(data.get("due"), where),
            notebooks=notebooks,
        )
        self._unit_whole(unit, where, folder)
        return unit

    def _unit_whole(self, unit: Unit, where: str, folder: Path) -> None:
        if unit.stop and not re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+", unit.stop):
            self.faults.append(f"{where}: stop '{unit.stop}' is not written <scene>/<stop>")
        if not unit.assignment and unit.exercises:
            self.faults.append(f"{where}: exercises: a unit without assignment has none")
        self._unique([e.grade_id for e in unit.exercises], f"{where}: exercises: grade_id")
        self._unique([t for e in unit.exercises for t in e.tests], f"{where}: exercises: tests")
        for name in unit.notebooks:
            if "/" in name or name.startswith(".") or not (folder / unit.id / f"{name}.ipynb").is_file():
                self.faults.append(f"{where}: there is no notebook {unit.id}/{name}.ipynb")

    def exercise(self, raw: Mapping[str, Any], where: str, several: bool) -> Exercise:
        grade_id = str(raw.get("grade_id") or "")
        where = f"{where}: exercise '{grade_id}'"
        data = self._map(raw, where, _EXERCISE_KEYS)
        tests = tuple(self._list(data.get("tests", [grade_id]), f"{where}: tests", str))
        if not tests:
            self.faults.append(f"{where}: tests: at least one graded cell is needed")
        for name in {grade_id, *tests}:
            notebook, _, cell = name.rpartition("/")
            if not _GRADE_ID.match(cell) or (notebook and not several):
                self.faults.append(f"{where}: '{name}' is not a cell's id (letters, digits, - and _)")
        return Exercise(
            grade_id=grade_id,
            title=self._text(data.get("title"), f"{where}: title"),
            concepts=tuple(self._list(data.get("concepts", []), f"{where}: concepts", str)),
            minutes=self._number(data.get("minutes"), f"{where}: minutes", above=0),
            hint=self._text(data.get("hint"), f"{where}: hint"),
            tests=tests,
            free_points=self._number(data.get("free_points", 0), f"{where}: free_points"),
        )

    # ---- the small readers -----------------------------------------------------------------------------------------

    def _map(self, raw: object, where: str, known: set[str]) -> Mapping[str, Any]:
        if not isinstance(raw, Mapping):
            self.faults.append(f"{where}: a mapping is needed, found {type(raw).__name__}")
            return {}
        for key in sorted(map(str, set(raw) - known)):
            self.faults.append(f"{where}: '{key}' is not a known key")
        return raw

    def _list(self, raw: object, where: str, kind: type) -> list[Any]:
        if not isinstance(raw, Sequence) or isinstance(raw, str) or not all(isinstance(x, kind) for x in raw):
            self.faults.append(f"{where}: a list of {_kind_name(kind)} is needed")
            return []
        return list(raw)

    def _languages(self, raw: object) -> tuple[str, ...]:
        languages = tuple(self._list(raw, "course: languages", str))
        for language in languages:
            if language not in LANGUAGES:
                self.faults.append(f"course: languages: '{language}' is none of {', '.join(LANGUAGES)}")
        if not languages:
            self.faults.append("course: languages: at least one is needed")
        return languages or LANGUAGES

    def _text(self, raw: object, where: str) -> Mapping[str, str]:
        self.faults += text_faults(raw, where, self.languages)
        return {str(k): str(v).strip() for k, v in raw.items()} if isinstance(raw, Mapping) else {}

    def _string(self, raw: object, where: str) -> str:
        if not isinstance(raw, str) or not raw.strip():
            self.faults.append(f"{where}: is missing")
            return ""
        return raw

    def _number(self, raw: object, where: str, above: float | None = None) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 <= raw < 1e6 or raw == above:
            self.faults.append(f"{where}: a number {'above' if above == 0 else 'from'} 0 is needed, found {raw!r}")
            return 0.0
        return float(raw)

    def _id(self, raw: object, where: str, shape: re.Pattern[str]) -> str:
        if not isinstance(raw, str) or not shape.match(raw):
            self.faults.append(f"{where}: {raw!r} does not match {shape.pattern}")
            return str(raw or "")
        return raw

    def _options(self, raw: object) -> Mapping[str, Any] | None:
        if raw is not None and not isinstance(raw, Mapping):
            self.faults.append("course: nbgrader: a mapping of nbgrader's options is needed")
        return raw if isinstance(raw, Mapping) else None

    def _due(self, raw: object, where: str) -> str:
        text = raw.isoformat() if isinstance(raw, datetime) else str(raw or "")
        try:
            parse_due(text)
        except ValueError as error:
            self.faults.append(f"{where}: due: {error}")
        return text

    def _unique(self, values: Sequence[str], where: str) -> None:
        for value in sorted({v for v in values if values.count(v) > 1}):
            self.faults.append(f"{where}: '{value}' appears more than once")


def _kind_name(kind: type) -> str:
    return "mappings" if kind is dict else "texts"
