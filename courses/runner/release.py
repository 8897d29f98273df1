"""Makes the released notebooks and a fresh grade book with nbgrader's own generate_assignment.

In: /in/job.json {"course", "items": [{"unit", "language", "options"}]}, /in/source/<language>/<unit>/…
Out: /out/<language>/<unit>/release/… and gradebook.db; the answer names what failed and why.
"""

import os
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import answer


def work(job: dict[str, Any]) -> dict[str, Any]:
    """Release every item; {"failed": [{"unit", "language", "error"}]}."""
    failed = []
    for item in job["items"]:
        with answer.errors_logged() as said:
            try:
                release(job["course"], item)
            except BaseException as error:
                traceback.print_exc()
                reason = " | ".join(said) or str(error) or type(error).__name__
                failed.append({"unit": item["unit"], "language": item["language"], "error": reason[-2000:]})
    return {"failed": failed}


def release(course: str, item: dict[str, Any]) -> None:
    """One assignment in one language."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    unit, language = item["unit"], item["language"]
    root, out = Path("/tmp") / language, Path("/out") / language / unit
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    # nbgrader looks for header, footer and autotests.yml from where it is started.
    os.chdir(root)
    if Path("/in/root").is_dir():
        answer.copy_tree(Path("/in/root"), root)
    answer.copy_tree(Path("/in/source") / language / unit, root / "source" / unit)
    out.mkdir(parents=True)
    shutil.copyfile(empty_book(), out / "gradebook.db")
    bring_up_to_date(root / "source" / unit)
    config = Config(item["options"])
    config.KernelManager.merge({"transport": "ipc", "ip": "/tmp/kernel"})
    config.CourseDirectory.merge(
        {
            "root": str(root),
            "course_id": course,
            "assignment_id": unit,
            "db_url": f"sqlite:///{out / 'gradebook.db'}",
        }
    )
    GenerateAssignment(coursedir=CourseDirectory(config=config), config=config).start()
    answer.copy_tree(root / "release" / unit, out / "release")


def bring_up_to_date(folder: Path) -> None:
    """What `nbgrader update` does: cell metadata of older versions becomes today's."""
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator

    for path in folder.glob("*.ipynb"):
        nb = nbformat.read(path, as_version=4)
        nbformat.write(MetadataValidator().upgrade_notebook_metadata(nb), path)


def empty_book() -> Path:
    """A grade book without an assignment, made once: each new one makes nbgrader start alembic as a program."""
    from nbgrader.api import Gradebook

    path = Path("/tmp/empty.db")
    if not path.exists():
        Gradebook(f"sqlite:///{path}").close()
    return path


if __name__ == "__main__":
    answer.run(work)
