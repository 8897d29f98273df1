"""Making a course of ours from an nbgrader course folder by somebody else.

Rule: their configuration is read as text and never executed; their notebooks stay as they are; what cannot be taken over is
said as a remark. The new course has one language and says so. Nothing of an existing course is overwritten, unless it was
imported and an update is asked for: then its earlier folder is kept aside.
"""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commons.errors import BadInput, Conflict, NotFound, ShuyuanError
from courses.archive import read_folder, write_folder
from courses.manifest import Course, load_course
from courses.notebook import Notebook, graded_cells, nbgrader_of, read_notebook
from courses.places import course_folders
from courses.release import ROOT_FILES, cell_name
from courses.syntax import parse
from courses.words import messages

__all__ = ["Imported", "import_course", "read_options"]

CONFIG = "nbgrader_config.py"
# Other steps of nbgrader's pipeline, never sources.
_STEPS = {"release", "submitted", "autograded", "feedback", "downloaded", "solution", "source_with_tests"}
_SECTIONS = {
    "Autograde", "ClearHiddenTests", "ClearMarkScheme", "ClearSolutions", "Execute", "ExecutePreprocessor",
    "GenerateAssignment", "IgnorePattern", "IncludeHeaderFooter", "InstantiateTests", "LimitOutput", "LockCells",
    "OverwriteCells",
}  # fmt: skip
DEPTH = 4
# Beside the folder of the imported courses, so that nothing in it is taken for a course.
REPLACED = "courses-replaced"


@dataclass(frozen=True)
class Imported:
    """What was made, where, and what the author should know."""

    course: Course
    folder: Path
    remarks: tuple[str, ...]


@dataclass
class _Draft:
    """A course on its way; `remarks` collects what is said at the end."""

    language: str
    units: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def import_course(
    path: Path, into: Path, *, course_id: str = "", language: str = "en", replace: bool = False
) -> Imported:
    """Make `into/<id>` from the nbgrader course at `path`; with `replace`, in the place of the one imported before.

    Raises NotFound without assignments, Conflict for a taken id.
    """
    root, source = find_source(path.expanduser().resolve())
    options, section, remarks = read_options(root / CONFIG)
    draft = _Draft(language, remarks=remarks)
    name = _slug(course_id or str(section.get("course_id", "")) or root.name)
    taken = course_folders(into.parent).get(name)
    if taken is not None and not (replace and taken == into / name):
        more = ", or replace the imported one with --update" if taken == into / name else ""
        raise Conflict(f"there is a course '{name}' already", next=f"Give another id with --course{more}.")
    for folder in _assignments(source):
        _take(folder, draft)
    if not draft.units:
        raise NotFound(
            f"no assignment was found in {source}", next="A course has source/<assignment>/<notebook>.ipynb."
        )
    _root_files(root, options, draft)
    manifest = {
        "id": name,
        "title": {language: root.name.replace("_", " ")},
        "summary": {language: messages().say("courses.import.summary", language, count=len(draft.units))},
        "license": "NOASSERTION",
        "languages": [language],
        "packages": [],
        "nbgrader": options,
        "units": draft.units,
    }
    if taken is None:
        return Imported(_write(into / name, manifest, draft), into / name, tuple(draft.remarks))
    return Imported(_replace(into / name, manifest, draft), into / name, tuple(draft.remarks))


def _replace(folder: Path, manifest: Mapping[str, Any], draft: _Draft) -> Course:
    """Write beside the course and then change places, so that a bad import leaves it as it was."""
    aside = folder.parent.parent / REPLACED / folder.name
    fresh = aside.with_name(f"{folder.name}.new") / folder.name
    shutil.rmtree(fresh.parent, ignore_errors=True)
    _write(fresh, manifest, draft)
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    fresh.rename(folder)
    fresh.parent.rmdir()
    draft.remarks.append(f"the course as it was before lies in {aside}")
    return load_course(folder)


def _write(folder: Path, manifest: Mapping[str, Any], draft: _Draft) -> Course:
    import yaml

    try:
        write_folder(folder, draft.files)
        text = yaml.safe_dump(dict(manifest), allow_unicode=True, sort_keys=False)
        (folder / "course.yaml").write_text(text, encoding="utf-8")
        return load_course(folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def find_source(path: Path) -> tuple[Path, Path]:
    """(course root, folder of the assignments) for a course, its source folder, or a folder around a course.

    Raises NotFound.
    """
    if not path.is_dir():
        raise NotFound(f"there is no folder {path}")
    if path.name == "source":
        return path.parent, path
    named = read_options(path / CONFIG)[1].get("source_directory", "source")
    for candidate in (path / str(named), path / "source"):
        if candidate.is_dir():
            return path, candidate
    for depth in range(1, DEPTH):
        for candidate in sorted(path.glob("*/" * depth + "source")):
            if candidate.is_dir() and any(candidate.glob("*/*.ipynb")):
                return candidate.parent, candidate
    return path, path


def _assignments(source: Path) -> list[Path]:
    """The folders with notebooks below `source`; `source` itself where the notebooks lie in it and no folder has any."""
    folders = [f for f in sorted(source.iterdir()) if f.is_dir() and f.name not in _STEPS and any(f.glob("*.ipynb"))]
    return folders or ([source] if any(source.glob("*.ipynb")) else [])


def _take(folder: Path, draft: _Draft) -> None:
    unit_id = _unit_id(folder.name)
    notebooks: dict[str, Notebook] = {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            notebooks[path.stem] = read_notebook(path)
        except BadInput as error:
            draft.remarks.append(f"{folder.name}: left out: {error}")
    if not notebooks:
        return
    try:
        files = read_folder(folder)
    except ShuyuanError as error:
        draft.remarks.append(f"{folder.name}: left out: {error}")
        return
    left_out = {f"{p.stem}.ipynb" for p in folder.glob("*.ipynb")} - {f"{name}.ipynb" for name in notebooks}
    draft.files |= {f"{unit_id}/{name}": data for name, data in files.items() if name not in left_out}
    exercises = [e for name, nb in notebooks.items() for e in _exercises(name, nb, tuple(notebooks), draft)]
    say = messages().say
    draft.units.append(
        {
            "id": unit_id,
            "title": {draft.language: _title(folder.name, notebooks)},
            "summary": {draft.language: say("courses.import.unit", draft.language, count=len(notebooks))},
            "minutes": max(10, 10 * len(exercises)),
            "teaches": [],
            "notebooks": list(notebooks),
            "exercises": exercises,
        }
    )


def _exercises(name: str, nb: Notebook, names: tuple[str, ...], draft: _Draft) -> list[dict[str, Any]]:
    """One exercise for each graded cell."""
    found = []
    for number, cell in enumerate(graded_cells(nb), 1):
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,128}", cell.grade_id):
            draft.remarks.append(f"{name}: cell id {cell.grade_id!r} has characters that nbgrader does not allow")
            continue
        test = cell_name(name, cell.grade_id, names)
        found.append(
            {
                "grade_id": test,
                "title": {draft.language: _exercise_title(cell.grade_id, number)},
                "concepts": [],
                "minutes": 10,
                "hint": {draft.language: messages().say("courses.import.hint", draft.language)},
            }
        )
    if any(nbgrader_of(c).get("schema_version", 0) not in (0, 3) for c in nb["cells"] if nbgrader_of(c)):
        draft.remarks.append(f"{name}: written for an older nbgrader; its metadata is brought up to date at release")
    return found


def _exercise_title(grade_id: str, number: int) -> str:
    words = grade_id.replace("_", " ").replace("-", " ").strip()
    return f"{number}: {words}" if not re.match(r"cell [0-9a-f]{6,}$", words) else f"{number}"


def _title(folder: str, notebooks: Mapping[str, Notebook]) -> str:
    for nb in notebooks.values():
        for cell in nb["cells"]:
            heading = (
                re.search(r"^#\s+(.+)$", cell["source"], re.MULTILINE) if cell["cell_type"] == "markdown" else None
            )
            if heading and len(notebooks) == 1:
                return re.sub(r"[*_`#]", "", heading.group(1)).strip()[:200] or folder
    return folder


def _root_files(root: Path, options: dict[str, Any], draft: _Draft) -> None:
    """What nbgrader reads from the course's root: header, footer, autotests.yml."""
    wanted = [str(options.get("IncludeHeaderFooter", {}).get(key, "")) for key in ("header", "footer")]
    wanted.append(str(options.get("InstantiateTests", {}).get("autotest_filename", "autotests.yml")))
    for name in filter(None, wanted):
        path = (root / name).resolve()
        if path.is_relative_to(root.resolve()) and path.is_file():
            draft.files[f"{ROOT_FILES}/{path.relative_to(root.resolve()).as_posix()}"] = path.read_bytes()
        elif name != "autotests.yml":
            draft.remarks.append(f"{CONFIG} names '{name}', which is not in the course")


def read_options(path: Path) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Options of an nbgrader_config.py: (those that releasing and grading use, CourseDirectory's, remarks).

    Only plain `c.Section.name = <literal>` lines count; the file is parsed, never run.
    """
    options: dict[str, Any] = {}
    section: dict[str, Any] = {}
    remarks: list[str] = []
    if not path.is_file():
        return options, section, remarks
    try:
        tree = parse(path.read_text(encoding="utf-8", errors="replace"))
    except (SyntaxError, ValueError, RecursionError) as error:
        return options, section, [f"{CONFIG} cannot be read: {error}"]
    for node in tree.body:
        names = _option(node)
        if names is None:
            continue
        try:
            value = ast.literal_eval(node.value)  # type: ignore[attr-defined]
        except (ValueError, TypeError, RecursionError):
            remarks.append(f"{CONFIG}: c.{'.'.join(names)} is not a plain value and was left out")
            continue
        if names[0] == "CourseDirectory":
            section[names[1]] = value
            if names[1] == "ignore" and _is_plain(value):
                options["CourseDirectory"] = {"ignore": value}
        elif names[0] in _SECTIONS and _is_plain(value):
            options.setdefault(names[0], {})[names[1]] = value
    return options, section, remarks


def _option(node: ast.stmt) -> Sequence[str] | None:
    """("Section", "name") of `c.Section.name = …`, else None."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    target = node.targets[0]
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Attribute):
        inner = target.value
        if isinstance(inner.value, ast.Name) and inner.value.id == "c":
            return inner.attr, target.attr
    return None


def _is_plain(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_plain(v) for k, v in value.items())
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, str | int | float | bool)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:64] or "course"


def _unit_id(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")[:64] or "unit"
