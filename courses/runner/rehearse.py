"""Runs a hand-in against the *released* notebook and tells what its visible checks said.

Rule: hidden tests do not exist in this sandbox, so nothing said here can come from one.
In: /in/job.json {"notebooks", "cell_s", "total_s"}, /in/release/…, /in/submitted/…
Answer: {"notebooks": {name: {"cells": {grade_id: {"failed", "message"}}, "events": [...], "error"}}}
"""

import sys
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import answer

ROOT = Path("/tmp/work")
MESSAGE_CHARS = 2000


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Run every notebook that was handed in."""
    answer.copy_tree(Path("/in/submitted"), ROOT)
    for path in sorted(Path("/in/release").rglob("*")):
        # The course's own data files, not a learner's version of them.
        if path.is_file() and path.suffix != ".ipynb":
            copy = ROOT / path.relative_to("/in/release")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    return {"notebooks": {name: rehearse(job, name) for name in job["notebooks"]}}


def rehearse(job: dict[str, Any], name: str) -> dict[str, Any]:
    """One notebook."""
    events: list[dict[str, Any]] = []
    path = ROOT / f"{name}.ipynb"
    if not path.is_file():
        return {"cells": {}, "events": events, "error": "missing"}
    try:
        notebook = as_released(path, Path("/in/release") / f"{name}.ipynb")
        execute(notebook, job, events)
    except BaseException as problem:
        traceback.print_exc()
        return {"cells": {}, "events": events, "error": type(problem).__name__}
    return {"cells": messages(notebook), "events": events, "error": ""}


def as_released(path: Path, released: Path) -> Any:
    """The hand-in with every locked cell put back as it was released, outputs cleared, ids once."""
    import nbformat
    from nbgrader.utils import is_locked

    master = {}
    for cell in nbformat.read(released, as_version=4).cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id:
            master[grade_id] = cell
    notebook = nbformat.read(path, as_version=4)
    seen: set[str] = set()
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if grade_id in master and grade_id not in seen:
            seen.add(grade_id)
            if is_locked(master[grade_id]):
                cell.cell_type = master[grade_id].cell_type
                cell.source = master[grade_id].source
                cell.metadata["nbgrader"] = master[grade_id].metadata["nbgrader"]
        else:
            cell.metadata.pop("nbgrader", None)
    return notebook


def execute(notebook: Any, job: dict[str, Any], events: list[dict[str, Any]]) -> None:
    """Run the notebook's cells."""
    from bounded import bounded_execute
    from traitlets.config import Config

    config = Config()
    config.KernelManager.merge({"transport": "ipc", "ip": "/tmp/kernel"})
    config.BoundedExecute.merge({"timeout": job["cell_s"], "kernel_name": "python3", "enabled": True})
    step = bounded_execute(events, float(job["total_s"]))(config=config)
    step.preprocess(notebook, {"metadata": {"path": str(ROOT)}})


def messages(notebook: Any) -> dict[str, dict[str, Any]]:
    """What each graded cell said: whether it failed, and the last error's words."""
    from nbgrader.utils import has_failed, is_grade

    found = {}
    for cell in notebook.cells:
        if is_grade(cell) and cell.cell_type == "code":
            text = ""
            for output in cell.outputs:
                if output.output_type == "error":
                    text = f"{output.ename}: {output.evalue}".strip().removesuffix(":")
            found[cell.metadata["nbgrader"]["grade_id"]] = {"failed": has_failed(cell), "message": text[:MESSAGE_CHARS]}
    return found


if __name__ == "__main__":
    answer.run(work)
