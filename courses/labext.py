"""Pages of ours on a learner's own server: open a unit, start it afresh, bring an earlier hand-in back.

Rule: nothing of a learner's is overwritten or lost: opening adds missing files only, the other two move present files
aside first; what changes files is a POST that the learner confirmed (with Jupyter's xsrf token). It runs in the kernels'
environment, and talks to the portal through courses.exchange.client.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from courses.exchange.client import ExchangeTrouble, NoAnswer, Portal
from courses.exchange.workdir import add_missing, put, unit_dir

__all__ = ["Desk", "_jupyter_server_extension_points", "_load_jupyter_server_extension", "plain_words"]


class Desk:
    """A learner's units on this server: `root` is the server's root folder, units lie in its `courses`."""

    def __init__(self, root: Path, portal: Portal) -> None:
        self.root, self.portal = root, portal

    def folder(self, course: str, unit: str) -> Path:
        """Where a unit lies. Raises ExchangeTrouble for an odd id."""
        try:
            return unit_dir(self.root / "courses", course, unit)
        except ValueError as error:
            raise ExchangeTrouble(str(error)) from error

    def open(self, course: str, unit: str, language: str) -> str:
        """Fetch what is missing of a unit; gives its notebook's path below the root. Works without the portal once fetched."""
        folder = self.folder(course, unit)
        try:
            add_missing(folder, self.portal.release(course, unit, language))
        except ExchangeTrouble:
            if not list(folder.glob("*.ipynb")):
                raise
        return self.notebook(course, unit)

    def reset(self, course: str, unit: str, language: str, now: datetime) -> str:
        """Put the released files back; what was changed is moved aside."""
        put(self.folder(course, unit), self.portal.release(course, unit, language), now)
        return self.notebook(course, unit)

    def restore(self, attempt: str, now: datetime) -> str:
        """Put the files of an attempt back; what differs is moved aside."""
        found = self.portal.attempt(attempt)
        put(self.folder(found["course"], found["assignment"]), self.portal.attempt_files(attempt), now)
        return self.notebook(found["course"], found["assignment"])

    def notebook(self, course: str, unit: str) -> str:
        """The path of a unit's notebook below the root, of its first one where none is called like the unit."""
        folder = self.folder(course, unit)
        path = folder / f"{unit}.ipynb"
        if not path.is_file():
            path = next(iter(sorted(folder.glob("*.ipynb"))), folder)
        return path.relative_to(self.root).as_posix()


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Jupyter Server asks for this to find the extension."""
    return [{"module": "courses.labext"}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Add the pages to a server, and have Assignment List say what is wrong in words."""
    from jupyter_server.utils import url_path_join

    from courses.labpages import HANDLERS

    _speak_plainly()

    base = app.web_app.settings["base_url"]
    desk = _desk_maker(Path(app.root_dir))
    routes = []
    for name, handler in HANDLERS.items():
        routes.append((url_path_join(base, "shuyuan", name), handler, {"desk_maker": desk}))
    app.web_app.add_handlers(".*$", routes)


def _desk_maker(root: Path) -> Callable[[], Desk]:
    return lambda: Desk(root, Portal.from_environment())


def plain_words(text: str, language: str) -> str:
    """What a failed exchange said, out of the traceback that nbgrader shows instead; any other text as it is."""
    from courses.words import messages

    if f"{NoAnswer.__name__}: " in text:
        return messages().say("courses.lab.no-answer", language)
    found = re.search(rf".*\b(?:{ExchangeTrouble.__name__}|ExchangeError): (.+)", text, re.DOTALL)
    return found.group(1).strip() if found else text


def _speak_plainly() -> None:
    """Give nbgrader's Assignment List a manager whose failures are words; it makes its own when it is loaded, after this."""
    from nbgrader.server_extensions.assignment_list import handlers

    class PlainList(handlers.AssignmentList):  # type: ignore[misc]
        def _plain(self, result: dict[str, Any]) -> dict[str, Any]:
            if result["success"]:
                return result
            language = os.environ.get("SHUYUAN_LANGUAGE", "zh-CN")
            return result | {"value": plain_words(str(result["value"]), language)}

        def list_released_assignments(self, course_id: str | None = None) -> dict[str, Any]:
            return self._plain(super().list_released_assignments(course_id=course_id))

        def list_submitted_assignments(self, course_id: str | None = None) -> dict[str, Any]:
            return self._plain(super().list_submitted_assignments(course_id=course_id))

        def submit_assignment(self, course_id: str, assignment_id: str) -> dict[str, Any]:
            return self._plain(super().submit_assignment(course_id, assignment_id))

    handlers.AssignmentList = PlainList
