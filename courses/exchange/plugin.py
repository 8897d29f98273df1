"""The classes that nbgrader's ExchangeFactory is given: list, fetch, submit, feedback for learners; refusals for the rest.

Rule: they keep nbgrader's own interface to the letter (attributes, dictionaries, paths), so that Assignment List and
`nbgrader list/fetch_assignment/submit/fetch_feedback` work as they are; only the transport differs.
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import abc
from traitlets import Bool, Unicode

from courses.exchange.client import ExchangeTrouble, Portal
from courses.exchange.workdir import add_missing, collect, language_of, unit_dir

__all__ = [
    "Exchange", "ExchangeCollect", "ExchangeFetchAssignment", "ExchangeFetchFeedback", "ExchangeList",
    "ExchangeReleaseAssignment", "ExchangeReleaseFeedback", "ExchangeSubmit",
]  # fmt: skip


class Exchange(abc.Exchange):
    """What all of them share: the portal, and where units lie."""

    path_includes_course = Bool(True, help="Units always lie below their course's folder.").tag(config=True)
    language = Unicode(os.environ.get("SHUYUAN_LANGUAGE", "zh-CN"), help="Language to fetch in.").tag(config=True)

    @property
    def portal(self) -> Portal:
        return Portal.from_environment()

    @property
    def root(self) -> Path:
        return Path(self.assignment_dir).absolute()

    def dir_of(self, course: str, assignment: str) -> Path:
        return unit_dir(self.root, course, assignment)

    def one(self) -> tuple[str, str]:
        """(course, assignment) that this action is about; fails where nbgrader was not told."""
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        if not course:
            self.fail("No course id specified. Re-run with --course flag.")
        if not assignment:
            self.fail("No assignment id specified.")
        return course, Path(assignment.rstrip("/")).name

    def init_src(self) -> None:
        """Nothing to prepare: the portal says what there is."""

    def init_dest(self) -> None:
        """Nothing to prepare."""

    def copy_files(self) -> None:
        try:
            self.transfer()
        except (ExchangeTrouble, ValueError) as error:
            self.fail(str(error))

    def transfer(self) -> None:
        """What the action does."""


class ExchangeFetchAssignment(Exchange, abc.ExchangeFetchAssignment):
    def transfer(self) -> None:
        course, assignment = self.one()
        self.dest_path = self.dir_of(course, assignment)
        files = self.portal.release(course, assignment, self.language)
        added = add_missing(self.dest_path, files)
        self.log.info(
            "Fetched %s/%s: %d files, %d were there and stay", course, assignment, len(added), len(files) - len(added)
        )


class ExchangeSubmit(Exchange, abc.ExchangeSubmit):
    def transfer(self) -> None:
        course, assignment = self.one()
        self.src_path = self.dir_of(course, assignment)
        if not self.src_path.is_dir():
            self.fail(f"There is no folder {self.src_path}. Fetch the assignment first.")
        files = collect(self.src_path)
        done = self.portal.submit(course, assignment, language_of(files, self.language), files)
        self.timestamp = done["timestamp"]
        self.log.info("Submitted as: %s %s, attempt %s, %s", course, assignment, done["number"], done["timestamp"])


class ExchangeFetchFeedback(Exchange, abc.ExchangeFetchFeedback):
    def transfer(self) -> None:
        course, assignment = self.one()
        portal = self.portal
        folder = self.dir_of(course, assignment) / "feedback"
        notebooks = next(
            (a["notebooks"] for a in portal.assignments(course) if a["assignment"] == assignment), [assignment]
        )
        for attempt in portal.attempts(course, assignment):
            if attempt["state"] != "graded" or _fetched(folder, attempt, notebooks) == "current":
                continue
            page = portal.feedback(attempt["attempt"])
            place = folder / attempt["timestamp"]
            place.mkdir(parents=True, exist_ok=True)
            for name in notebooks:
                (place / f"{name}.html").write_bytes(page)
            self.log.info("Fetched feedback: %s", place)


class ExchangeList(Exchange, abc.ExchangeList):
    def copy_files(self) -> None:
        """Listing copies nothing."""

    def list_files(self) -> list[dict[str, Any]]:
        """What nbgrader's default lister returns: released and fetched units, or hand-ins grouped by unit when cached."""
        portal = self.portal
        wanted = self.coursedir.course_id if self.coursedir else ""
        found: list[dict[str, Any]] = []
        for course in [wanted] if wanted else portal.courses():
            for one in portal.assignments(course):
                if self.inbound or self.cached:
                    found += self._submitted(portal, course, one)
                else:
                    found.append(self._released(course, one))
        for info in found:
            self.log.info("%s %s (%s)", info["course_id"], info["assignment_id"], info["status"])
        return found

    def remove_files(self) -> list[dict[str, Any]]:
        self.fail("Releases and submissions cannot be removed from here; a learner's own files are theirs to delete.")
        return []

    def _released(self, course: str, one: dict[str, Any]) -> dict[str, Any]:
        folder = self.dir_of(course, one["assignment"])
        fetched = folder.is_dir()
        notebooks = [
            {"notebook_id": name, "path": str(folder / f"{name}.ipynb")}
            for name in one["notebooks"]
            if not fetched or (folder / f"{name}.ipynb").is_file()
        ]
        return {
            "course_id": course,
            "assignment_id": one["assignment"],
            "status": "fetched" if fetched else "released",
            "path": str(folder),
            "notebooks": notebooks,
        }

    def _submitted(self, portal: Portal, course: str, one: dict[str, Any]) -> list[dict[str, Any]]:
        attempts = portal.attempts(course, one["assignment"])
        if not attempts:
            return []
        student = os.environ.get("JUPYTERHUB_USER", "learner")
        common = {"course_id": course, "assignment_id": one["assignment"], "student_id": student, "status": "submitted"}
        rows = [common | self._submission(course, one, attempt) for attempt in attempts]
        return [common | {"submissions": sorted(rows, key=lambda row: str(row["timestamp"]))}]

    def _submission(self, course: str, one: dict[str, Any], attempt: dict[str, Any]) -> dict[str, Any]:
        folder = self.dir_of(course, one["assignment"]) / "feedback"
        place = folder / attempt["timestamp"]
        state = _fetched(folder, attempt, one["notebooks"])
        flags = {
            "has_local_feedback": bool(state),
            "has_exchange_feedback": attempt["state"] == "graded",
            "feedback_updated": state == "old",
        }
        notebooks = [
            flags
            | {
                "notebook_id": name,
                "path": str(folder.parent / f"{name}.ipynb"),
                "local_feedback_path": str(place / f"{name}.html") if state else None,
            }
            for name in one["notebooks"]
        ]
        return flags | {
            "timestamp": attempt["timestamp"],
            "path": str(folder.parent),
            "notebooks": notebooks,
            "local_feedback_path": str(place) if state else None,
        }


def _fetched(folder: Path, attempt: dict[str, Any], notebooks: list[str]) -> str:
    """How the local feedback pages of an attempt stand: "current", "old" (graded again since), or "" (not fetched)."""
    pages = [folder / attempt["timestamp"] / f"{name}.html" for name in notebooks]
    if not all(page.is_file() for page in pages):
        return ""
    graded = datetime.fromisoformat(attempt["graded"]).timestamp() if attempt.get("graded") else 0.0
    return "current" if min(page.stat().st_mtime for page in pages) >= graded else "old"


class _Teachers(Exchange):
    """An action that belongs to teachers, and is done on the platform."""

    instead = ""

    def transfer(self) -> None:
        self.fail(f"This is done on the platform: {self.instead}")


class ExchangeReleaseAssignment(_Teachers, abc.ExchangeReleaseAssignment):
    instead = "shuyuan course release COURSE"


class ExchangeReleaseFeedback(_Teachers, abc.ExchangeReleaseFeedback):
    instead = "feedback is there as soon as an attempt is graded; shuyuan course grade grades what waits."


class ExchangeCollect(_Teachers, abc.ExchangeCollect):
    instead = (
        "hand-ins arrive by themselves; the teacher's page lists them, and shuyuan course grade grades what waits."
    )
