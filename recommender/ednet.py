"""Reads the EdNet slice as PEBG published it: four lines a learner (count, tag sets, questions, answers),
dictionaries beside it.

The data are CC BY-NC 4.0: for measuring only. Nothing of them is kept, shipped or fitted into what ships.
"""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path

from commons.errors import BadInput, Faults
from recommender.simulate import Given

__all__ = ["EdNet", "read_ednet"]


@dataclass(frozen=True)
class EdNet:
    """`people[i]` are the answers of learner i in order, with tags as concepts; `questions[i]` the questions they are
    on; `sha256` is of the answers' file.
    """

    people: list[list[Given]]
    sha256: str
    questions: list[list[str]]


def read_ednet(folder: Path) -> EdNet:
    """The slice in `folder` (`data.txt`, `skill_id_dict.txt`). Raises BadInput or Faults, with the lines,
    when it is not in that form.
    """
    data = folder / "data.txt"
    tags = {number: tuple(name.split(";")) for name, number in _dictionary(folder / "skill_id_dict.txt").items()}
    raw = data.read_bytes()
    lines = raw.decode("ascii").splitlines()
    if len(lines) % 4:
        raise BadInput(f"{len(lines)} lines, wanted four a learner", where=data.name)
    people: list[list[Given]] = []
    asked: list[list[str]] = []
    faults = []
    for at in range(0, len(lines), 4):
        (count,), skills, questions, answers = (ast.literal_eval(line) for line in lines[at : at + 4])
        if not len(skills) == len(questions) == len(answers) == count or not set(answers) <= {0, 1}:
            faults.append(f"line {at + 1}: the four lists do not fit each other")
        elif unknown := set(skills) - tags.keys():
            faults.append(f"line {at + 2}: unknown tag set {min(unknown)}")
        else:
            people.append([Given(tags[skill], bool(right)) for skill, right in zip(skills, answers, strict=True)])
            asked.append([str(question) for question in questions])
    if faults:
        raise Faults(faults, where=data.name)
    return EdNet(people, hashlib.sha256(raw).hexdigest(), asked)


def _dictionary(path: Path) -> dict[str, int]:
    found = ast.literal_eval(path.read_text("ascii"))
    if not isinstance(found, dict):
        raise BadInput("wanted a dictionary", where=path.name)
    return found
