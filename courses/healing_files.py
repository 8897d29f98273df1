"""A hand-in's files with its notebooks made whole, and the words for what was put right.

Rule: files that need no repair keep their bytes; a notebook that cannot be read is named with its reason and left as it
came; nothing here raises for what a learner sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from commons.languages import LANGUAGES
from courses.healing import Healed, Known, Repair, heal_to, known_of
from courses.notebook import dump_notebook, parse_notebook
from courses.release import cell_name
from courses.words import messages

__all__ = ["HealedFiles", "healed_files", "repair_lines", "repairs_data"]

NAMED = 8


@dataclass(frozen=True)
class HealedFiles:
    """Files to grade; repairs by notebook; names of graded cells (as in marks) whose mark would rest on a guess; reason
    codes by notebook that cannot be read."""

    files: Mapping[str, bytes]
    repairs: Mapping[str, tuple[Repair, ...]] = field(default_factory=dict)
    unsure: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)


def healed_files(
    release_files: Mapping[str, bytes],
    files: Mapping[str, bytes],
    notebooks: Sequence[str],
    teacher_files: Mapping[str, bytes] | None = None,
) -> HealedFiles:
    """Heal the notebooks of a release (names without `.ipynb`) among the files that were handed in.

    `teacher_files` helps where a release's blank answer does not say which names it asks for; only names are read of it.
    """
    result = dict(files)
    repairs: dict[str, tuple[Repair, ...]] = {}
    refused: dict[str, str] = {}
    unsure: list[str] = []
    for name in notebooks:
        data, renamed = _found(f"{name}.ipynb", files, release_files, notebooks)
        released = release_files.get(f"{name}.ipynb")
        if data is None or released is None:
            continue
        healed = heal_to(_known(released, (teacher_files or {}).get(f"{name}.ipynb"), name), data)
        if healed.refused:
            if not renamed:
                refused[name] = healed.refused
            continue
        if renamed and not _fits(healed):
            continue
        found = (*([Repair("renamed", name)] if renamed else []), *healed.repairs)
        if found:
            repairs[name] = found
            result[f"{name}.ipynb"] = dump_notebook(healed.notebook) if healed.repairs else data
        unsure += [cell_name(name, grade_id, tuple(notebooks)) for grade_id in healed.unsure]
    return HealedFiles(result, repairs, tuple(unsure), refused)


# As many as a course has units in a term.
@lru_cache(maxsize=16)
def _known(released: bytes, teacher: bytes | None, name: str) -> Known:
    return known_of(parse_notebook(released, name), parse_notebook(teacher, name) if teacher is not None else None)


def _found(
    file: str, files: Mapping[str, bytes], release_files: Mapping[str, bytes], notebooks: Sequence[str]
) -> tuple[bytes | None, bool]:
    """(the notebook's bytes, whether it came under another name): the only strange notebook stands for the only one missing."""
    if file in files:
        return files[file], False
    missing = [name for name in notebooks if f"{name}.ipynb" not in files]
    strange = [name for name in files if name.endswith(".ipynb") and name not in release_files]
    if len(missing) == len(strange) == 1:
        return files[strange[0]], True
    return None, False


def _fits(healed: Healed) -> bool:
    """Whether a notebook under another name is the release's: most graded cells were found in it."""
    gone = sum(r.kind in ("deleted", "answer-gone") for r in healed.repairs)
    graded = sum("nbgrader" in cell["metadata"] for cell in healed.notebook["cells"])
    return 2 * gone < graded


def repairs_data(repairs: Mapping[str, Sequence[Repair]]) -> list[dict[str, Any]]:
    """Repairs as plain JSON, for an attempt's row: {"notebook", "kind", "grade_id", "cell", "sure"}."""
    return [{"notebook": name, **vars(repair)} for name, some in repairs.items() for repair in some]


def repair_lines(data: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """What was put right, for people: a line for each kind of repair, in every language; `data` as of `repairs_data`."""
    by_kind: dict[str, list[Mapping[str, Any]]] = {}
    for one in data:
        by_kind.setdefault(str(one.get("kind")), []).append(one)
    lines = []
    for kind, some in by_kind.items():
        if f"courses.repair.{kind}" in messages().entries:
            lines.append({x: messages().say(f"courses.repair.{kind}", x, what=_what(some, x)) for x in LANGUAGES})
    return lines


def _what(some: Sequence[Mapping[str, Any]], language: str) -> str:
    names = list(dict.fromkeys(filter(None, (_place(one, language) for one in some))))
    comma = messages().say("courses.repair.comma", language)
    return comma.join(names[:NAMED]) + ("…" if len(names) > NAMED else "")


def _place(one: Mapping[str, Any], language: str) -> str:
    if one.get("grade_id"):
        return str(one["grade_id"])[:80]
    number = one.get("cell")
    return messages().say("courses.repair.cell", language, number=number) if number else ""
