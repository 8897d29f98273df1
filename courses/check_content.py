"""What can be seen of a course without running anything: texts, pictures, concepts and ids.

Rule: every fault at once, each with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

from commons.errors import ShuyuanError
from courses.check_words import fault
from courses.manifest import Course, Unit, unit_folder
from courses.notebook import (
    Notebook,
    comment_languages,
    graded_cells,
    language_blocks,
    read_notebook,
)
from courses.release import cell_name

__all__ = ["content_faults", "unassessed"]

_IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)\s>]+)[^)]*\)")
_HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r"\balt\s*=\s*(\"[^\"]*[^\s\"][^\"]*\"|'[^']*[^\s'][^']*')", re.IGNORECASE)
_NOT_WORDS = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|!?\[[^\]]*\]\([^)]*\)|<[^>]*>|https?://\S+", re.DOTALL
)
_WORD = re.compile(r"[^\W\d_]{2,}")


def content_faults(course: Course, folder: Path, concepts: Set[str] | None) -> Iterator[str]:
    """What can be seen without running anything."""
    for unit in course.units:
        where = fault("unit", unit=unit.id)
        yield from _concept_faults(course, unit, where, concepts)
        try:
            notebooks = {n: read_notebook(unit_folder(folder, unit) / f"{n}.ipynb") for n in unit.notebooks}
        except ShuyuanError as error:
            yield fault("other", where=where, error=error)
            continue
        yield from _cell_faults(unit, notebooks, where)
        for name, nb in notebooks.items():
            yield from _text_faults(course, nb, f"{unit.id}/{name}.ipynb", unit_folder(folder, unit))


def _concept_faults(course: Course, unit: Unit, where: str, concepts: Set[str] | None) -> Iterator[str]:
    named = [("concept-taught", c, "") for c in unit.teaches]
    for exercise in unit.exercises:
        named += [("concept-asked", c, exercise.grade_id) for c in exercise.concepts]
        if not exercise.concepts and course.nbgrader is None:
            yield fault("no-concept", where=where, exercise=exercise.grade_id)
    for key, concept, asked in named:
        if concepts is not None and concept not in concepts:
            yield fault(key, where=where, exercise=asked, concept=concept, near=_nearest(concept, concepts))


def _nearest(word: str, known: Set[str]) -> str:
    import difflib

    close = difflib.get_close_matches(word, sorted(known), 1)
    return fault("near", word=close[0]) if close else ""


def _cell_faults(unit: Unit, notebooks: Mapping[str, Notebook], where: str) -> Iterator[str]:
    found: dict[str, float] = {}
    for name, nb in notebooks.items():
        for cell in graded_cells(nb):
            found[cell_name(name, cell.grade_id, unit.notebooks)] = cell.points
        ids = [c["metadata"]["nbgrader"].get("grade_id") for c in nb["cells"] if c["metadata"].get("nbgrader")]
        for twice in sorted({str(i) for i in ids if ids.count(i) > 1}):
            yield fault("twice", where=where, notebook=name, grade_id=twice)
    named = [test for exercise in unit.exercises for test in exercise.tests]
    for test in named:
        if test not in found:
            yield fault("no-cell", where=where, test=test, near=_nearest(test, set(found)))
    for cell_id, points in found.items():
        if unit.assignment and cell_id not in named:
            yield fault("no-exercise", where=where, cell=cell_id)
        if not unit.assignment:
            yield fault("no-assignment", where=where, cell=cell_id)
        if not 0 <= points < 1e6:
            yield fault("odd-points", where=where, cell=cell_id, points=points)


def _text_faults(course: Course, nb: Notebook, where: str, folder: Path) -> Iterator[str]:
    for number, cell in enumerate(nb["cells"], 1):
        place = fault("cell", file=where, number=number)
        if cell["cell_type"] == "markdown":
            if len(course.languages) > 1:
                yield from _language_faults(course, cell["source"], place)
            yield from _image_faults(cell["source"], place, folder)
        elif cell["cell_type"] == "code":
            named = comment_languages(cell["source"])
            for language in course.languages if named else ():
                if language not in named:
                    yield fault("comments", where=place, lang=language)
            if cell.get("outputs") and course.nbgrader is None:
                yield fault("outputs", where=place)


def _language_faults(course: Course, source: str, place: str) -> Iterator[str]:
    parts = language_blocks(source)
    texts = {lang: "".join(text for name, text in parts if name == lang).strip() for lang in course.languages}
    shared = "\n".join(text for name, text in parts if name == "all")
    if any(name not in ("all", *course.languages) for name, _ in parts):
        yield fault("block-language", where=place)
    if any(texts.values()):
        for language, text in texts.items():
            if not text:
                yield fault("no-text", where=place, lang=language)
    if _WORD.search(_NOT_WORDS.sub(" ", shared)):
        yield fault("shared-words", where=place, text=repr(shared.strip()[:40]))


def _image_faults(source: str, place: str, folder: Path) -> Iterator[str]:
    for alt, target in _IMAGE.findall(source):
        if not alt.strip():
            yield fault("no-alt", where=place, picture=target)
        if re.match(r"[a-z]+:|//", target, re.IGNORECASE) and not target.startswith("attachment:"):
            yield fault("outside", where=place, picture=target)
        elif not target.startswith("attachment:") and not (folder / target).is_file():
            yield fault("no-picture", where=place, picture=target)
    for tag in _HTML_IMAGE.findall(source):
        if not _ALT.search(tag):
            yield fault("no-alt-tag", where=place, tag=tag[:60])


def unassessed(course: Course) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(unit, concepts) of every unit that teaches concepts which no exercise of the course asks for."""
    asked = {concept for unit in course.units for exercise in unit.exercises for concept in exercise.concepts}
    for unit in course.units:
        untested = tuple(concept for concept in unit.teaches if concept not in asked)
        if untested:
            yield unit.id, untested
