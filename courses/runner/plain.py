"""nbgrader as it comes, by its own commands: the yardstick that our grading is compared with.

In: /in/job.json {"assignment", "floor"}, /in/course/source/<assignment>/…, /in/course/submitted/<student>/<assignment>/…
Answer: {"submissions": {student: {"score", "max", "cells": {"<notebook>/<grade_id>": {"points", "score"}}}}, "autograde_s",
"cells_s"}: the seconds of the autograde command, and of the hand-ins' cells alone, run in one warm process.
"""

import contextlib
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import answer

ROOT = Path("/tmp/plain")


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Generate and autograde with nbgrader's commands, then read its grade book."""
    answer.copy_tree(Path("/in/course"), ROOT)
    seconds = 0.0
    for step in ("generate_assignment", "autograde"):
        begun = time.monotonic()
        subprocess.run([sys.executable, "-m", "nbgrader", step, job["assignment"]], cwd=ROOT, check=True, stdout=2)
        seconds = time.monotonic() - begun
    # Nothing stops a cell there that never ends.
    floor = cells_alone(job["assignment"]) if job["floor"] else 0.0
    return {"submissions": scores(job["assignment"]), "autograde_s": seconds, "cells_s": floor}


def cells_alone(assignment: str) -> float:
    """Seconds that the code cells of all graded notebooks take in an interpreter that has its libraries: the floor."""
    import matplotlib.pyplot as plt
    import numpy
    import pandas

    assert numpy and pandas
    total = 0.0
    for path in sorted((ROOT / "autograded").glob(f"*/{assignment}/*.ipynb")):
        os.chdir(path.parent)
        cells = json.loads(path.read_text("utf-8"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        begun = time.monotonic()
        names: dict[str, Any] = {"__name__": "__main__"}
        for source in sources:
            with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                exec(source, names)  # noqa: S102 - the notebook's own cells, in the sandbox
        total += time.monotonic() - begun
        plt.close("all")
    return total


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
