"""Proof before release: what is wrong with a course, all at once.

Rule: a course that passes has solutions that get full marks and blanks that get none (or their declared free points), in
every language; nothing of a solution or a hidden check in what learners get; texts, alt texts, concepts and ids complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.errors import Faults, ShuyuanError
from courses import engine
from courses.leaks import leaks
from courses.manifest import Course, Unit, load_course, unit_folder
from courses.notebook import (
    Notebook,
    comment_languages,
    graded_cells,
    language_blocks,
    read_notebook,
)
from courses.release import Made, cell_name, make
from courses.warm.grade import grade, task_of
from courses.warm.judge import Judged

__all__ = ["Report", "check_course", "content_faults", "marks_faults"]

_IMAGE = re.compile(r"!\[([^\]]*)\]\(\s*<?([^)\s>]+)[^)]*\)")
_HTML_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r"\balt\s*=\s*(\"[^\"]*[^\s\"][^\"]*\"|'[^']*[^\s'][^']*')", re.IGNORECASE)
_NOT_WORDS = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|!?\[[^\]]*\]\([^)]*\)|<[^>]*>|https?://\S+", re.DOTALL
)
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True)
class Report:
    """What a check found. `proved` counts (unit, language) pairs whose solution and blank were graded."""

    course: str
    faults: tuple[str, ...]
    units: int
    exercises: int
    points: float
    proved: int

    @property
    def ok(self) -> bool:
        return not self.faults


def check_course(
    folder: Path,
    concepts: Set[str] | None = None,
    *,
    run: bool = True,
    kernels_env: Path = engine.KERNELS_ENV,
    say: Callable[[str], object] = str,
) -> Report:
    """Check the course in `folder`; `concepts` are the ids that exist (None: not checked), `run=False` grades nothing.

    `say` hears each unit's id before its solution and blank are graded, which takes seconds.
    """
    try:
        course = load_course(folder)
    except Faults as error:
        return Report(folder.name, error.faults, 0, 0, 0.0, 0)
    faults = list(content_faults(course, folder, concepts))
    proved, points = 0, 0.0
    graded = tuple(u for u in course.units if u.assignment)
    if run and graded:
        try:
            made = make(course, folder, graded, kernels_env, faults.append)
        except ShuyuanError as error:
            faults.append(str(error))
            made = {}
        for one in made.values():
            say(one.unit.id)
            faults += leaks(one)
            faults += marks_faults(course, one, kernels_env)
            proved += len(one.released)
            points += sum(float(c["points"]) for c in one.manifest["cells"].values())
    exercises = sum(len(u.exercises) for u in course.units)
    return Report(course.id, tuple(dict.fromkeys(faults)), len(course.units), exercises, points, proved)


def content_faults(course: Course, folder: Path, concepts: Set[str] | None) -> Iterator[str]:
    """What can be seen without running anything."""
    for unit in course.units:
        where = f"unit '{unit.id}'"
        yield from _concept_faults(course, unit, where, concepts)
        try:
            notebooks = {n: read_notebook(unit_folder(folder, unit) / f"{n}.ipynb") for n in unit.notebooks}
        except ShuyuanError as error:
            yield f"{where}: {error}"
            continue
        yield from _cell_faults(unit, notebooks, where)
        for name, nb in notebooks.items():
            yield from _text_faults(course, nb, f"{unit.id}/{name}.ipynb", unit_folder(folder, unit))


def _concept_faults(course: Course, unit: Unit, where: str, concepts: Set[str] | None) -> Iterator[str]:
    named = [(c, f"{where}: teaches") for c in unit.teaches]
    for exercise in unit.exercises:
        named += [(c, f"{where}: exercise '{exercise.grade_id}'") for c in exercise.concepts]
        if not exercise.concepts and course.nbgrader is None:
            yield f"{where}: exercise '{exercise.grade_id}': names no concept"
    for concept, place in named:
        if concepts is not None and concept not in concepts:
            yield f"{place}: concept '{concept}' is not in the graph{_nearest(concept, concepts)}"


def _nearest(word: str, known: Set[str]) -> str:
    import difflib

    close = difflib.get_close_matches(word, sorted(known), 1)
    return f". Did you mean '{close[0]}'?" if close else ""


def _cell_faults(unit: Unit, notebooks: Mapping[str, Notebook], where: str) -> Iterator[str]:
    found: dict[str, float] = {}
    for name, nb in notebooks.items():
        for cell in graded_cells(nb):
            found[cell_name(name, cell.grade_id, unit.notebooks)] = cell.points
        ids = [c["metadata"]["nbgrader"].get("grade_id") for c in nb["cells"] if c["metadata"].get("nbgrader")]
        for twice in sorted({str(i) for i in ids if ids.count(i) > 1}):
            yield f"{where}: notebook '{name}': grade_id '{twice}' appears more than once"
    named = [test for exercise in unit.exercises for test in exercise.tests]
    for test in named:
        if test not in found:
            yield f"{where}: '{test}' is no graded cell of the notebook{_nearest(test, set(found))}"
    for cell_id, points in found.items():
        if unit.assignment and cell_id not in named:
            yield f"{where}: the graded cell '{cell_id}' belongs to no exercise"
        if not unit.assignment:
            yield f"{where}: has the graded cell '{cell_id}' but is no assignment"
        if not 0 <= points < 1e6:
            yield f"{where}: the graded cell '{cell_id}' is worth {points} points"


def _text_faults(course: Course, nb: Notebook, where: str, folder: Path) -> Iterator[str]:
    for number, cell in enumerate(nb["cells"], 1):
        place = f"{where}: cell {number}"
        if cell["cell_type"] == "markdown":
            if len(course.languages) > 1:
                yield from _language_faults(course, cell["source"], place)
            yield from _image_faults(cell["source"], place, folder)
        elif cell["cell_type"] == "code":
            named = comment_languages(cell["source"])
            for language in course.languages if named else ():
                if language not in named:
                    yield f"{place}: its marked comments lack {language}"
            if cell.get("outputs") and course.nbgrader is None:
                yield f"{place}: holds outputs; clear them before committing"


def _language_faults(course: Course, source: str, place: str) -> Iterator[str]:
    parts = language_blocks(source)
    texts = {lang: "".join(text for name, text in parts if name == lang).strip() for lang in course.languages}
    shared = "\n".join(text for name, text in parts if name == "all")
    if any(name not in ("all", *course.languages) for name, _ in parts):
        yield f"{place}: a block is in a language the course does not have"
    if any(texts.values()):
        for language, text in texts.items():
            if not text:
                yield f"{place}: has no text in {language}"
    if _WORD.search(_NOT_WORDS.sub(" ", shared)):
        yield f"{place}: has words outside the language blocks: {shared.strip()[:40]!r}"


def _image_faults(source: str, place: str, folder: Path) -> Iterator[str]:
    for alt, target in _IMAGE.findall(source):
        if not alt.strip():
            yield f"{place}: the picture '{target}' has no alt text"
        if re.match(r"[a-z]+:|//", target, re.IGNORECASE) and not target.startswith("attachment:"):
            yield f"{place}: the picture '{target}' lies outside the course"
        elif not target.startswith("attachment:") and not (folder / target).is_file():
            yield f"{place}: there is no picture '{target}'"
    for tag in _HTML_IMAGE.findall(source):
        if not _ALT.search(tag):
            yield f"{place}: a picture has no alt text: {tag[:60]}"


def marks_faults(course: Course, made: Made, kernels_env: Path = engine.KERNELS_ENV) -> Iterator[str]:
    """Grade the solution and the blank in every language: full marks, and none but the declared free points."""
    free = {t: e.free_points for e in made.unit.exercises for t in e.tests[:1]}
    for language, released in made.released.items():
        where = f"unit '{made.unit.id}' in {language}"
        submissions = {"solution": made.teacher[language], "blank": released.files}
        task = task_of(made.manifest, made.stored(language))
        graded = {kind: grade(task, files, kernels_env) for kind, files in submissions.items()}
        for kind, result in graded.items():
            for notebook, judged in result.items():
                for event in judged.events:
                    yield f"{where}: the {kind} of '{notebook}': {event['kind']} in cell {event['cell']}"
        for name, cell in made.manifest["cells"].items():
            if cell["manual"]:
                continue
            solved, blank = (_points(graded[kind], cell) for kind in ("solution", "blank"))
            if solved != float(cell["points"]):
                yield f"{where}: the solution gets {solved} of {cell['points']:g} points for '{name}'"
            if blank != free.get(name, 0.0):
                yield f"{where}: the blank gets {blank} points for '{name}', {free.get(name, 0.0):g} are declared"


def _points(judged: Mapping[str, Judged], cell: Mapping[str, Any]) -> float | None:
    """What a cell got; None where it was not graded."""
    notebook = judged.get(cell["notebook"])
    told = notebook.cells.get(cell["cell"]) if notebook else None
    return told.points if told else None
