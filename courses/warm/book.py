"""What a release says of its graded cells, read from the grade book that nbgrader made at release.

Rule: roles, points and locked texts come from here and never from a hand-in. Hidden tests are part of the locked texts.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass

from courses.notebook import Notebook

__all__ = ["BookCell", "checksum", "read_book"]

_QUERY = """
select n.name, s.name, s.cell_type, coalesce(s.source, ''), s.locked, coalesce(s.checksum, ''),
  exists(select 1 from base_cell b join grade_cells g on g.id = b.id where b.notebook_id = n.id and b.name = s.name),
  exists(select 1 from base_cell b join solution_cells g on g.id = b.id where b.notebook_id = n.id and b.name = s.name),
  exists(select 1 from base_cell b join task_cells g on g.id = b.id where b.notebook_id = n.id and b.name = s.name),
  coalesce((select g.max_score from base_cell b join grade_cells g on g.id = b.id
    where b.notebook_id = n.id and b.name = s.name), 0)
from source_cell s join notebook n on n.id = s.notebook_id
"""


@dataclass(frozen=True)
class BookCell:
    """One cell of a release that nbgrader knows. `points` is 0 for what is not graded."""

    notebook: str
    grade_id: str
    cell_type: str
    source: str
    locked: bool
    checksum: str
    grade: bool
    solution: bool
    task: bool
    points: float

    @property
    def is_test(self) -> bool:
        """Graded by running it."""
        return self.grade and not self.solution and self.cell_type == "code"


def read_book(gradebook: bytes) -> Mapping[str, Mapping[str, BookCell]]:
    """Notebook → grade_id → cell, of a release's gradebook.db."""
    found: dict[str, dict[str, BookCell]] = {}
    with closing(sqlite3.connect(":memory:")) as book:
        book.deserialize(gradebook)
        for row in book.execute(_QUERY):
            notebook, name, kind, source, locked, check, grade, solution, task, points = row
            cell = BookCell(
                notebook,
                name,
                kind,
                source,
                bool(locked),
                check,
                bool(grade),
                bool(solution),
                bool(task),
                float(points),
            )
            found.setdefault(cell.notebook, {})[cell.grade_id] = cell
    return found


def checksum(cell: BookCell, source: str) -> str:
    """nbgrader's checksum of a cell with this text (nbgrader.utils.compute_checksum)."""
    parts = [source, cell.cell_type, str(cell.grade), str(cell.solution), str(cell.locked), cell.grade_id]
    if cell.grade:
        parts.append(str(float(cell.points)))
    return hashlib.md5("".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def ids_once(nb: Notebook) -> dict[int, str]:
    """Place of a cell → its grade_id; of several with the same id the last keeps it, as under nbgrader."""
    last: dict[str, int] = {}
    for place, cell in enumerate(nb["cells"]):
        meta = cell["metadata"].get("nbgrader")
        if isinstance(meta, Mapping) and isinstance(meta.get("grade_id"), str):
            last[meta["grade_id"]] = place
    return {place: grade_id for grade_id, place in last.items()}
