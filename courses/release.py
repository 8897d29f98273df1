"""Releasing a course: nbgrader's generate_assignment per unit and language, stored as one new version.

Rule: a release is whole or not there; it holds everything grading needs (teacher's version, learner's version, grade
book, manifest), so that a later change of the course never changes an earlier release or a learner's work. Releasing
unchanged content makes no new version.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from commons import blobs
from commons.errors import Faults, NotFound
from commons.store import Store
from courses import engine, tables
from courses.archive import pack, read_folder, unpack
from courses.extensions import refresh_lateness
from courses.manifest import Course, Unit, unit_folder
from courses.notebook import dump_notebook, graded_cells, localise, parse_notebook
from courses.registry import Release, latest_release, sync_course
from courses.warm.grade import task_of
from courses.warm.seal import seal
from courses.words import messages

__all__ = [
    "ROOT_FILES",
    "Made",
    "cell_name",
    "make",
    "release_course",
    "release_files",
    "release_manifest",
    "source_files",
]

# Files of an imported course that nbgrader reads from the course's root (header, autotests.yml) lie here.
ROOT_FILES = "nbgrader"
# A change of what a release holds makes releases of the same content new ones.
FORMAT = 2


@dataclass(frozen=True)
class Made:
    """One unit, made for release but not stored: its manifest and, by language, the teacher's files and what nbgrader made."""

    unit: Unit
    manifest: Mapping[str, Any]
    teacher: Mapping[str, Mapping[str, bytes]]
    released: Mapping[str, engine.Released]

    def stored(self, language: str) -> dict[str, bytes]:
        """What `archive` holds of one language, by its name there."""
        made = self.released[language]
        files = {f"source/{name}": data for name, data in self.teacher[language].items()}
        files |= {f"release/{name}": data for name, data in made.files.items()}
        return files | {"gradebook.db": made.gradebook}

    def archive(self) -> bytes:
        """The zip that is stored: <language>/source/…, <language>/release/…, <language>/gradebook.db."""
        files: dict[str, bytes] = {}
        for language in self.released:
            files |= {f"{language}/{name}": data for name, data in self.stored(language).items()}
        return pack(files)


def source_files(course: Course, folder: Path, unit: Unit, language: str) -> dict[str, bytes]:
    """The teacher's version of a unit in one language: its notebooks localised, its data files as they are."""
    files = read_folder(unit_folder(folder, unit))
    for name in unit.notebooks:
        nb = localise(parse_notebook(files[f"{name}.ipynb"], f"{unit.id}/{name}.ipynb"), language)
        nb["metadata"]["shuyuan"] = {"course": course.id, "assignment": unit.id, "language": language}
        nb["metadata"].setdefault("kernelspec", {"name": "python3", "display_name": "Python 3", "language": "python"})
        files[f"{name}.ipynb"] = dump_notebook(nb)
    return files


def cell_name(notebook: str, grade_id: str, notebooks: tuple[str, ...]) -> str:
    """How a graded cell is called in marks: its grade_id, and `notebook/grade_id` where a unit has several notebooks."""
    return f"{notebook}/{grade_id}" if len(notebooks) > 1 else grade_id


def release_manifest(course: Course, unit: Unit, files: Mapping[str, bytes]) -> dict[str, Any]:
    """What grading and feedback need to know of a unit, as plain data. `order` lists its graded cells."""
    cells: dict[str, dict[str, Any]] = {}
    for notebook in unit.notebooks:
        for cell in graded_cells(parse_notebook(files[f"{notebook}.ipynb"], notebook)):
            name = cell_name(notebook, cell.grade_id, unit.notebooks)
            cells[name] = {
                "notebook": notebook,
                "cell": cell.grade_id,
                "points": cell.points,
                "manual": cell.manual,
            }
    return {
        "course": course.id,
        "assignment": unit.id,
        "title": dict(unit.title),
        "languages": list(course.languages),
        "notebooks": list(unit.notebooks),
        "attempts": unit.attempts,
        "due": unit.due,
        "options": dict(course.nbgrader or {}),
        "cells": cells,
        "order": list(cells),
        "exercises": [
            {
                "grade_id": e.grade_id,
                "title": dict(e.title),
                "concepts": list(e.concepts),
                "minutes": e.minutes,
                "hint": dict(e.hint),
                "tests": list(e.tests),
            }
            for e in unit.exercises
        ],
    }


def make(
    course: Course,
    folder: Path,
    units: tuple[Unit, ...] | None = None,
    kernels_env: Path = engine.KERNELS_ENV,
    on_fault: Callable[[str], None] | None = None,
) -> dict[str, Made]:
    """Make units (default: all with an assignment) for release without storing them.

    A unit that nbgrader refuses is told to `on_fault` and left out; without it, Faults is raised with all of them.
    """
    units = tuple(u for u in course.units if u.assignment) if units is None else units
    teacher = {(lang, u.id): source_files(course, folder, u, lang) for u in units for lang in course.languages}
    if not teacher:
        return {}
    options = {key: _options(course, key[0]) for key in teacher}
    made, failed = engine.generate(course.id, teacher, options, root_files(folder), kernels_env)
    faults = [f"unit '{unit}' in {lang}: nbgrader refused: {why}" for (lang, unit), why in failed.items()]
    if on_fault is None:
        if faults:
            raise Faults(faults, where=f"course '{course.id}'")
    else:
        for fault in faults:
            on_fault(fault)
    result = {}
    for unit in units:
        if any((lang, unit.id) in failed for lang in course.languages):
            continue
        sources = {lang: teacher[lang, unit.id] for lang in course.languages}
        manifest = release_manifest(course, unit, sources[course.languages[0]])
        manifest["source"] = _digest(manifest, sources)
        result[unit.id] = Made(unit, manifest, sources, {lang: made[lang, unit.id] for lang in course.languages})
        _seal(result[unit.id], manifest, kernels_env)
    return result


def _seal(made: Made, manifest: dict[str, Any], kernels_env: Path) -> None:
    """Write into the manifest which tests are sealed, and what they may use; the code is the same in every language."""
    language = next(iter(made.released))
    task = task_of(manifest, made.stored(language))
    sealed = seal(task, made.teacher[language], kernels_env)
    manifest["helpers"], manifest["own"] = dict(sealed.helpers), dict(sealed.own)
    for cell in manifest["cells"].values():
        found = sealed.seals[cell["notebook"]].get(cell["cell"])
        if found is not None:
            cell["seal"] = found.data()
            cell["mode"], cell["why"] = found.mode, found.why


def release_course(
    store: Store,
    course: Course,
    folder: Path,
    units: tuple[Unit, ...] | None = None,
    kernels_env: Path = engine.KERNELS_ENV,
    on_fault: Callable[[str], None] | None = None,
    look: Callable[[Made], Iterable[str]] | None = None,
) -> list[Release]:
    """Release what changed of the units (default: all with an assignment); gives the new releases, [] where nothing changed.

    Without `on_fault`, one bad unit raises Faults and nothing is released; with it, the bad one is told and left out.
    `look` gives the faults of what was made; where there is one, Faults is raised and nothing is released.
    """
    units = tuple(u for u in course.units if u.assignment) if units is None else units
    with store.read() as conn:
        changed = tuple(u for u in units if _changed(conn, course, folder, u))
    made = make(course, folder, changed, kernels_env, on_fault)
    seen = [fault for one in made.values() for fault in look(one)] if look else []
    if seen:
        raise Faults(seen, where=f"course '{course.id}'")
    with store.begin() as conn:
        sync_course(conn, course)
        return [_store(conn, one) for one in made.values()]


def root_files(folder: Path) -> dict[str, bytes]:
    """What nbgrader finds at the course's root, {} in a course of ours."""
    return read_folder(folder / ROOT_FILES) if (folder / ROOT_FILES).is_dir() else {}


def release_files(conn: Connection, release: Release, language: str) -> dict[str, bytes]:
    """What a learner fetches, in `language` or the first language the release has."""
    return unpack(blobs.get(conn, release.source_blob), f"{release.language(language)}/release")


def _store(conn: Connection, made: Made) -> Release:
    course, assignment = made.manifest["course"], made.manifest["assignment"]
    try:
        version = latest_release(conn, course, assignment).version + 1
    except NotFound:
        version = 1
    row = {
        "id": f"{course}:{assignment}:{version}",
        "course": course,
        "assignment": assignment,
        "version": version,
        "manifest": dict(made.manifest),
        "source_blob": blobs.put(conn, made.archive()),
        "created": datetime.now(UTC),
    }
    conn.execute(tables.release.insert().values(**row))
    refresh_lateness(conn, course, assignment)
    return latest_release(conn, course, assignment)


def _changed(conn: Connection, course: Course, folder: Path, unit: Unit) -> bool:
    sources = {lang: source_files(course, folder, unit, lang) for lang in course.languages}
    digest = _digest(release_manifest(course, unit, sources[course.languages[0]]), sources)
    try:
        return bool(latest_release(conn, course.id, unit.id).manifest.get("source") != digest)
    except NotFound:
        return True


def _digest(manifest: Mapping[str, Any], sources: Mapping[str, Mapping[str, bytes]]) -> str:
    sha = hashlib.sha256()
    plain = {key: value for key, value in manifest.items() if key != "source"}
    sha.update(json.dumps([FORMAT, plain], sort_keys=True, ensure_ascii=False).encode())
    for language in sorted(sources):
        for name in sorted(sources[language]):
            sha.update(f"{language}/{name}\0".encode())
            sha.update(hashlib.sha256(sources[language][name]).digest())
    return sha.hexdigest()


def _options(course: Course, language: str) -> dict[str, Any]:
    """nbgrader's options: the imported course's own, or blank answers in the release's language."""
    if course.nbgrader is not None:
        return dict(course.nbgrader)
    code = messages().say("courses.stub.code", language)
    text = messages().say("courses.stub.text", language)
    return {
        "ClearSolutions": {
            "code_stub": {"python": f"# {code}\nraise NotImplementedError()"},
            "text_stub": text,
        }
    }
