"""Where courses lie: those that ship with the platform and those imported into SHUYUAN_HOME.

Rule: a course's folder name is its id; an imported course never hides one of ours.
"""

from __future__ import annotations

from pathlib import Path

from commons.errors import NotFound
from commons.places import ROOT
from courses.manifest import Course, load_course

__all__ = ["CONTENT", "course_folder", "course_folders", "load_courses"]

CONTENT = ROOT / "courses" / "content"


def course_folders(home: Path | None = None, content: Path = CONTENT) -> dict[str, Path]:
    """Course id → folder, of every folder with a course.yaml."""
    found: dict[str, Path] = {}
    for root in (content, *([home / "courses"] if home else [])):
        for path in sorted(root.glob("*/course.yaml")):
            found.setdefault(path.parent.name, path.parent)
    return found


def course_folder(course_id: str, home: Path | None = None, content: Path = CONTENT) -> Path:
    """The folder of one course. Raises NotFound."""
    folders = course_folders(home, content)
    if course_id not in folders:
        known = ", ".join(folders) or "none"
        raise NotFound(f"there is no course '{course_id}'", next=f"Courses here: {known}.")
    return folders[course_id]


def load_courses(home: Path | None = None, content: Path = CONTENT) -> dict[str, Course]:
    """Every course here by id. Raises Faults for the first one that is broken."""
    return {name: load_course(folder) for name, folder in course_folders(home, content).items()}
