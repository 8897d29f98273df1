"""Grades hand-ins with nbgrader's own autograder; what goes out is points per cell and never a text.

In: /in/job.json {"course", "assignment", "submissions", "cell_s", "total_s", "options"}, /in/source/…, /in/gradebook.db,
/in/submitted/<submission>/…
Answer: {"submissions": {name: {"cells": {"<notebook>/<grade_id>": {"points", "max"}}, "events": [...], "error"}}}
"""

import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import answer

ROOT = Path("/tmp/course")


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Grade every submission in turn, each with its own grade book."""
    answer.copy_tree(Path("/in/source"), ROOT / "source" / job["assignment"])
    return {"submissions": {name: grade(job, name) for name in job["submissions"]}}


def grade(job: dict[str, Any], name: str) -> dict[str, Any]:
    """One submission."""
    shutil.copyfile("/in/gradebook.db", ROOT / f"{name}.db")
    answer.copy_tree(Path("/in/submitted") / name, ROOT / "submitted" / name / job["assignment"])
    events: dict[str, list[dict[str, Any]]] = {}
    error = ""
    with answer.errors_logged() as said:
        try:
            autograde(job, name, events)
        except BaseException as problem:
            traceback.print_exc()
            error = " | ".join([*said, type(problem).__name__])[-2000:]
    return {"cells": points(job, name), "events": events, "error": error}


def autograde(job: dict[str, Any], name: str, events: dict[str, list[dict[str, Any]]]) -> None:
    """nbgrader autograde, with our clock around the running of cells."""
    from bounded import bounded_execute
    from nbgrader.converters import Autograde
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.preprocessors import Execute

    class Grader(Autograde):
        def convert_single_notebook(self, notebook_filename: str) -> None:
            mine = events.setdefault(Path(notebook_filename).stem, [])
            execute = bounded_execute(mine, float(job["total_s"]))
            steps = Autograde.autograde_preprocessors.default()
            self.autograde_preprocessors = [execute if step is Execute else step for step in steps]
            super().convert_single_notebook(notebook_filename)

    config = configuration(job, name)
    grader = Grader(coursedir=CourseDirectory(config=config), config=config)
    answer.begin_running()
    grader.start()


def configuration(job: dict[str, Any], name: str) -> Any:
    """The course's own options, and ours above them."""
    from traitlets.config import Config

    config = Config(job["options"])
    places = {
        "root": str(ROOT),
        "course_id": job["course"],
        "assignment_id": job["assignment"],
        "student_id": name,
        "db_url": f"sqlite:///{ROOT / name}.db",
    }
    config.CourseDirectory.merge(places)
    # Never over TCP. An absolute place: the default is relative, and the kernel runs in another folder.
    config.KernelManager.merge({"transport": "ipc", "ip": "/tmp/kernel"})
    config.BoundedExecute.merge({"timeout": job["cell_s"], "kernel_name": "python3"})
    return config


def points(job: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """The marks of the grade book; points is None where nbgrader gave none."""
    from nbgrader.api import Gradebook, MissingEntry

    found: dict[str, dict[str, Any]] = {}
    with Gradebook(f"sqlite:///{ROOT / name}.db", job["course"]) as book:
        try:
            submission = book.find_submission(job["assignment"], name)
        except MissingEntry:
            return {}
        for notebook in submission.notebooks:
            for one in notebook.grades:
                found[f"{notebook.name}/{one.cell.name}"] = {
                    "points": one.auto_score,
                    "max": one.max_score,
                }
    return found


if __name__ == "__main__":
    answer.run(work)
