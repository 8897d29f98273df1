"""Whether a release holds anything of its solutions or hidden checks.

Rule: a telling line of a solution or hidden block (12 characters or more, no import, no comment) appears in no file of the
release; spaces do not matter. Lines that the teacher's own open text holds as well are told apart by author and course.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from courses.check_words import fault
from courses.notebook import blocks, nbgrader_of, parse_notebook
from courses.release import Made

__all__ = ["leaks", "telling_lines"]

TELLING = 12
_MARKS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
_PLAIN = re.compile(r"^(import |from |#|return$|pass$|else:|try:|print\(\)|plt\.show\(\))")


def leaks(made: Made) -> Iterator[str]:
    """Every telling line that the learner's version holds, with its place."""
    for language, released in made.released.items():
        where = fault("unit-language", unit=made.unit.id, lang=language)
        public = {name: _squeeze(_text(name, data)) for name, data in released.files.items()}
        for name, text in public.items():
            for mark in _MARKS:
                if _squeeze(mark) in text:
                    yield fault("holds", where=where, file=name, mark=mark)
        for kind, cell_id, line in _secrets(made, language):
            for name, text in public.items():
                if _squeeze(line) in text:
                    yield fault(f"leaks-{kind}", where=where, file=name, cell=cell_id, line=repr(line[:60]))


def _secrets(made: Made, language: str) -> Iterator[tuple[str, str, str]]:
    for name in made.unit.notebooks:
        for cell in parse_notebook(made.teacher[language][f"{name}.ipynb"], name)["cells"]:
            cell_id = str(nbgrader_of(cell).get("grade_id", ""))
            for kind, word in (("solution", "SOLUTION"), ("check", "HIDDEN TESTS")):
                for block in blocks(cell["source"], word):
                    yield from ((kind, cell_id, line) for line in telling_lines(block))
            if _whole_cell(cell):
                yield from (("solution", cell_id, line) for line in telling_lines(cell["source"]))


def _whole_cell(cell: Mapping[str, Any]) -> bool:
    """A solution cell without marks is a solution from its first line to its last."""
    return bool(nbgrader_of(cell).get("solution")) and "BEGIN SOLUTION" not in cell["source"]


def telling_lines(block: str) -> list[str]:
    """The lines of a block that would give it away.

    >>> telling_lines("import math\\nx = 1\\nmean = sum(values) / len(values)")
    ['mean = sum(values) / len(values)']
    """
    lines = [line.strip() for line in block.split("\n")]
    return [line for line in lines if len(_squeeze(line)) >= TELLING and not _PLAIN.match(line)]


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _text(name: str, data: bytes) -> str:
    if not name.endswith(".ipynb"):
        return data.decode("utf-8", "replace")
    nb = parse_notebook(data, name)
    outputs = [str(cell.get("outputs", "")) for cell in nb["cells"]]
    return "\n".join([cell["source"] for cell in nb["cells"]] + outputs)
