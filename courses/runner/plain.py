"""nbgrader as it comes, by its own commands: the yardstick that our grading is compared with.

In: /in/job.json {"assignment"}, /in/course/source/<assignment>/…, /in/course/submitted/<student>/<assignment>/…
Answer: {"submissions": {student: {"score", "max", "cells": {"<notebook>/<grade_id>": {"points", "score"}}}}}
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import answer

ROOT = Path("/tmp/plain")


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Generate and autograde with nbgrader's commands, then read its grade book."""
    answer.copy_tree(Path("/in/course"), ROOT)
    for step in ("generate_assignment", "autograde"):
        subprocess.run([sys.executable, "-m", "nbgrader", step, job["assignment"]], cwd=ROOT, check=True, stdout=2)
    return {"submissions": scores(job["assignment"])}


def scores(assignment: str) -> dict[str, Any]:
    """Every submission's score and cells, as the grade book has them."""
    from nbgrader.api import Gradebook

    found = {}
    with Gradebook(f"sqlite:///{ROOT}/gradebook.db") as book:
        for one in book.assignment_submissions(assignment):
            cells = {
                f"{notebook.name}/{grade.cell.name}": {"points": grade.auto_score, "score": grade.score}
                for notebook in one.notebooks
                for grade in notebook.grades
            }
            found[one.student.id] = {"score": one.score, "max": one.max_score, "cells": cells}
    return found


if __name__ == "__main__":
    answer.run(work)
