"""The courses that come with the platform are released before it opens; unchanged content makes no new release."""

from __future__ import annotations

from collections.abc import Callable

from commons.errors import ShuyuanError
from commons.people import ensure_person
from commons.settings import Settings
from commons.store import Store

__all__ = ["ensure_courses"]


def ensure_courses(settings: Settings, store: Store, *, say: Callable[[str], None]) -> None:
    """Release what changed of the shipped courses; the first teacher teaches them until somebody else does.

    A course that is broken is named and left as it was: pages and other courses work all the same.
    """
    from courses.manifest import load_course
    from courses.places import course_folders
    from courses.release import release_course

    for name, folder in course_folders().items():
        try:
            course = load_course(folder)
            made = release_course(store, course, folder, kernels_env=settings.kernels_env)
            if made:
                say(f"course '{name}': released {', '.join(one.assignment for one in made)}")
            _ensure_teacher(settings, store, course.id)
        except ShuyuanError as error:
            say(f"course '{name}' is not released: {error}")


def _ensure_teacher(settings: Settings, store: Store, course: str) -> None:
    from courses.registry import add_member, members

    with store.begin() as conn:
        if not any(member.role == "teacher" for member in members(conn, course)):
            add_member(conn, course, ensure_person(conn, settings.teacher), "teacher")
