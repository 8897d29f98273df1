"""Notebooks as plain data: reading, the two languages in one source, graded cells, and what a block of solution says.

Rule: nothing here runs a notebook or imports Jupyter; a notebook is the parsed JSON with every `source` as one string.
It knows nbgrader's cell metadata and the language marks of docs/course-format.md, and nothing of courses or people.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.errors import BadInput
from commons.languages import LANGUAGES

__all__ = [
    "GradedCell",
    "Notebook",
    "blocks",
    "dump_notebook",
    "graded_cells",
    "language_blocks",
    "localise",
    "parse_notebook",
    "read_notebook",
]  # fmt: skip

Notebook = dict[str, Any]

_MARK = re.compile(r"^\s*<!--\s*([A-Za-z]{2}(?:-[A-Za-z]{2})?|all)\s*-->\s*$")
_COMMENT = re.compile(r"^(\s*)#\s*(" + "|".join(LANGUAGES) + r"):\s?(.*)$")
_LANGUAGE_LINE = re.compile(r"^LANGUAGE\s*=\s*([\"']).*?\1\s*$")
MAX_BYTES = 5_000_000
MAX_CELLS = 5_000


@dataclass(frozen=True)
class GradedCell:
    """A cell that carries points: `manual` ones wait for a teacher, the others are graded by running them."""

    grade_id: str
    points: float
    manual: bool


def parse_notebook(data: bytes, name: str) -> Notebook:
    """The notebook in `data` (nbformat 4, at most 5 MB and 5,000 cells). Raises BadInput with the reason."""
    if len(data) > MAX_BYTES:
        raise BadInput(f"the notebook has {len(data)} bytes; {MAX_BYTES} are allowed", where=name)
    try:
        nb = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        # Also a number of more digits than Python reads.
        raise BadInput(f"this is not a notebook ({type(error).__name__})", where=name) from error
    if not isinstance(nb, dict) or nb.get("nbformat") != 4 or not isinstance(nb.get("cells"), list):
        raise BadInput("this is not a notebook of format 4", where=name, next="Open and save it in JupyterLab.")
    if len(nb["cells"]) > MAX_CELLS:
        raise BadInput(f"the notebook has {len(nb['cells'])} cells; {MAX_CELLS} are allowed", where=name)
    for cell in nb["cells"]:
        if not isinstance(cell, dict) or not isinstance(cell.get("metadata", {}), dict):
            raise BadInput("a cell of this notebook is broken", where=name)
        source = cell.get("source", "")
        cell["source"] = "".join(map(str, source)) if isinstance(source, list) else str(source)
        cell.setdefault("metadata", {})
    nb.setdefault("metadata", {})
    return nb


def read_notebook(path: Path) -> Notebook:
    """The notebook in a file. Raises BadInput."""
    return parse_notebook(path.read_bytes(), path.name)


def dump_notebook(nb: Notebook) -> bytes:
    """The notebook as a file's bytes, the same for the same notebook."""
    return (json.dumps(nb, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def nbgrader_of(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """A cell's nbgrader metadata, {} where it has none."""
    found = cell.get("metadata", {}).get("nbgrader", {})
    return found if isinstance(found, Mapping) else {}


def graded_cells(nb: Notebook) -> tuple[GradedCell, ...]:
    """The cells that carry points, in order; task cells and free-text answers are manual."""
    found = []
    for cell in nb["cells"]:
        meta = nbgrader_of(cell)
        if meta.get("grade") or meta.get("task"):
            manual = bool(meta.get("solution") or meta.get("task") or cell["cell_type"] != "code")
            found.append(GradedCell(str(meta.get("grade_id")), float(meta.get("points") or 0), manual))
    return tuple(found)


def language_blocks(source: str) -> list[tuple[str, str]]:
    """A text cell cut at its marks: (language or "all", text), the marks themselves left out.

    >>> language_blocks("# 1\\n<!-- zh-CN -->\\n你好\\n<!-- en -->\\nHello")
    [('all', '# 1'), ('zh-CN', '你好'), ('en', 'Hello')]
    """
    found: list[tuple[str, list[str]]] = [("all", [])]
    for line in source.split("\n"):
        mark = _MARK.match(line)
        if mark:
            found.append((mark.group(1), []))
        else:
            found[-1][1].append(line)
    return [(language, "\n".join(lines).strip("\n")) for language, lines in found if lines]


def localise(nb: Notebook, language: str) -> Notebook:
    """A copy of the notebook in one language: text blocks chosen, `LANGUAGE` set, comments of other languages left out.

    A text cell without any block in `language` keeps the first language it has, so that a course in one language
    still reads whole.
    """
    result = copy.deepcopy(nb)
    for cell in result["cells"]:
        if cell["cell_type"] == "code":
            cell["source"] = _localise_code(cell["source"], language)
        else:
            cell["source"] = _localise_text(cell["source"], language)
    return result


def _localise_text(source: str, language: str) -> str:
    parts = language_blocks(source)
    named = [name for name, _ in parts if name != "all"]
    if named and language not in named:
        language = named[0]
    return "\n\n".join(text for name, text in parts if name in ("all", language) and text.strip())


def _localise_code(source: str, language: str) -> str:
    lines = source.split("\n")
    if _LANGUAGE_LINE.match(lines[0]):
        lines[0] = f'LANGUAGE = "{language}"'
    kept = []
    for line in lines:
        comment = _COMMENT.match(line)
        if comment is None:
            kept.append(line)
        elif comment.group(2) == language:
            kept.append(f"{comment.group(1)}# {comment.group(3)}".rstrip())
    return "\n".join(kept)


def comment_languages(source: str) -> set[str]:
    """The languages that a code cell's marked comments are written in."""
    return {m.group(2) for m in map(_COMMENT.match, source.split("\n")) if m}


def blocks(source: str, kind: str) -> Iterator[str]:
    """The texts between `BEGIN <kind>` and `END <kind>` of a cell; kind is "SOLUTION" or "HIDDEN TESTS"."""
    inside: list[str] | None = None
    for line in source.split("\n"):
        if f"BEGIN {kind}" in line:
            inside = []
        elif f"END {kind}" in line and inside is not None:
            yield "\n".join(inside)
            inside = None
        elif inside is not None:
            inside.append(line)
