"""Damaged notebooks, healed: every score must be that of the undamaged one, and none may be wrong without a word.

Rule: hand-ins are made from the teacher's solutions of the shipped course by seed (right, wrong, blank, with cells of a
learner's own), damaged by seed (courses.healing_damage), healed without a look at the undamaged one. Where the healed
notebook runs what the undamaged one runs, the score is the same; all others are graded, both ways. Last line: JSON.
"""

from __future__ import annotations

import argparse
import copy
import json
import re
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from courses.healing import Healed, heal
from courses.healing_damage import DAMAGES, damaged
from courses.healing_text import exact
from courses.notebook import Notebook, dump_notebook, nbgrader_of, parse_notebook
from courses.release import Made

__all__ = ["Case", "cases", "honest", "main", "program"]

COURSE = Path(__file__).parent / "content" / "heritage"
SEEDS = 24
_WRONG = (
    (r" \+ ", " - "), (r" > ", " >= "), (r" < ", " <= "), (r"return (\w+)$", r"return [\1]"), (r" \* ", " + "),
    (r"(\d+)", r"1\1"), (r" == ", " != "), (r"return .*$", "pass"),
)  # fmt: skip
_OWN = (
    ("code", "notes = [1, 2, 3]\nprint(sum(notes))"), ("markdown", "My own notes: ask about the second exercise."),
    ("code", "print('I was here')"), ("code", "def try_out(x):\n    return x + 1\n\n\ntry_out(3)"), ("markdown", "???"),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One damaged hand-in: where it comes from, what it was, what came back."""

    unit: str
    language: str
    damage: str
    seed: int
    whole: Notebook
    healed: Healed

    @property
    def name(self) -> str:
        return f"{self.unit} {self.language} {self.damage} {self.seed}"


def honest(released: Notebook, teacher: Notebook, rng: Random) -> Notebook:
    """A hand-in somebody could have made: answers right, wrong or blank, cells of their own between."""
    solved = {nbgrader_of(c).get("grade_id"): c["source"] for c in teacher["cells"] if nbgrader_of(c).get("solution")}
    nb = copy.deepcopy(released)
    careful = rng.choice([0.4, 0.7, 1.0])
    for cell in nb["cells"]:
        if nbgrader_of(cell).get("solution") and rng.random() > 0.15:
            text = re.sub(
                r"^.*### (BEGIN|END) SOLUTION.*\n?", "", solved[nbgrader_of(cell)["grade_id"]], flags=re.MULTILINE
            )
            cell["source"] = text.rstrip("\n") if rng.random() < careful else _wrong(text.rstrip("\n"), rng)
    for number in range(rng.randint(0, 3)):
        nb["cells"].insert(rng.randint(2, len(nb["cells"])), _own(number, *rng.choice(_OWN)))
    if rng.random() < 0.4:
        _with_helper(nb, rng)
    return nb


def _own(number: int, kind: str, source: str) -> dict[str, Any]:
    own: dict[str, Any] = {"cell_type": kind, "metadata": {}, "source": source, "id": f"mine-{number}"}
    return own | ({"outputs": [], "execution_count": None} if kind == "code" else {})


def _with_helper(nb: Notebook, rng: Random) -> None:
    """One answer does its work through a function in a cell of the learner's own, right before it."""
    fitting = [
        (n, found)
        for n, cell in enumerate(nb["cells"])
        if nbgrader_of(cell).get("solution") and (found := re.match(r"def (\w+)\(([\w, ]*)\):\n", cell["source"]))
    ]
    if not fitting:
        return
    place, found = rng.choice(fitting)
    cell, (name, given) = nb["cells"][place], found.groups()
    helper = cell["source"].replace(f"def {name}(", f"def {name}_helper(", 1)
    cell["source"] = f"def {name}({given}):\n    return {name}_helper({given})"
    nb["cells"].insert(place, _own(9, "code", helper))


def _wrong(text: str, rng: Random) -> str:
    head, _, body = text.partition("\n")
    for pattern, instead in rng.sample(_WRONG, len(_WRONG)):
        changed = re.sub(pattern, instead, body, count=1, flags=re.MULTILINE)
        if changed != body:
            return f"{head}\n{changed}"
    return f"{head}\n    pass"


def program(nb: Notebook, released: Notebook) -> list[tuple[str, str]]:
    """What a grader runs of a notebook: (graded cell's id or "", text) of every cell of code, fixed cells as released."""
    fixed = {
        nbgrader_of(c)["grade_id"]: c["source"]
        for c in released["cells"]
        if nbgrader_of(c) and not nbgrader_of(c).get("solution")
    }
    found = []
    for cell in nb["cells"]:
        meta = nbgrader_of(cell)
        name = str(meta.get("grade_id", "")) if meta.get("grade") else ""
        text = fixed.get(meta.get("grade_id"), cell["source"])
        lines = "\n".join(line for line in exact(text).split("\n") if line)
        if lines and (cell["cell_type"] == "code" or name):
            found.append((name, lines))
    return found


def cases(made: Mapping[str, Made], seeds: int, kinds: tuple[str, ...] = tuple(DAMAGES)) -> Iterator[Case]:
    """Every kind of damage, `seeds` times, over the units and languages in turn."""
    places = [(unit, language) for unit in sorted(made) for language in made[unit].released]
    for kind in kinds:
        for seed in range(seeds):
            unit, language = places[seed % len(places)]
            one = made[unit]
            name = f"{one.unit.notebooks[0]}.ipynb"
            released = parse_notebook(one.released[language].files[name], name)
            teacher = parse_notebook(one.teacher[language][name], name)
            whole = honest(released, teacher, Random(f"{kind} {unit} {language} {seed}"))
            healed = heal(released, damaged(kind, whole, seed), teacher=teacher)
            yield Case(unit, language, kind, seed, whole, healed)


def same_program(case: Case, made: Mapping[str, Made]) -> bool:
    """Whether the healed notebook runs what the undamaged one runs."""
    one = made[case.unit]
    name = f"{one.unit.notebooks[0]}.ipynb"
    released = parse_notebook(one.released[case.language].files[name], name)
    return bool(case.healed.notebook) and program(case.healed.notebook, released) == program(case.whole, released)


def marks(case: Case, nb: Notebook, made: Mapping[str, Made]) -> dict[str, float | None]:
    """The points of a notebook by graded cell, through the grader."""
    from courses.attempts import Attempt
    from courses.grading import grade_files
    from courses.registry import Release

    one = made[case.unit]
    now = datetime.now(UTC)
    release = Release(f"bench:{case.unit}:1", "bench", case.unit, 1, one.manifest, "", now)
    attempt = Attempt(
        f"bench-{case.seed}", "bench", case.unit, release.id, "nobody", 1, case.language, "", "grading", "", None, None,
        None, now, None,
    )  # fmt: skip
    name = f"{one.unit.notebooks[0]}.ipynb"
    files = {**one.released[case.language].files, name: dump_notebook(nb)}
    return {m.grade_id: m.points for m in grade_files(release, one.archive(), attempt, files).marks}


def judge(case: Case, made: Mapping[str, Made]) -> tuple[bool, list[str]]:
    """(whether the score is the undamaged one's, graded cells whose mark is wrong without a word)."""
    if case.healed.refused:
        return False, []
    withheld = set(case.healed.unsure) | {r.grade_id for r in case.healed.repairs if r.kind == "answer-gone"}
    if same_program(case, made):
        return not case.healed.unsure, []
    healed, whole = marks(case, case.healed.notebook, made), marks(case, case.whole, made)
    wrong = [cell for cell in whole if healed.get(cell) != whole[cell]]
    return not wrong and not case.healed.unsure, [cell for cell in wrong if cell not in withheld]


def main() -> int:
    """Damage, heal, compare."""
    from courses.manifest import load_course
    from courses.release import make

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="hand-ins for each kind of damage")
    parser.add_argument("--course", type=Path, default=COURSE, help="a course's folder")
    parser.add_argument("--kinds", nargs="+", default=list(DAMAGES), choices=list(DAMAGES), help="kinds of damage")
    asked = parser.parse_args()
    made = make(load_course(asked.course), asked.course)
    begun = time.monotonic()
    good, all_, graded, silent = Counter[str](), Counter[str](), 0, 0
    for case in cases(made, asked.seeds, tuple(asked.kinds)):
        graded += bool(case.healed.notebook) and not same_program(case, made)
        same, wrong = judge(case, made)
        all_[case.damage] += 1
        good[case.damage] += same
        silent += bool(wrong)
        if not same:
            print(f"{case.name}: withheld {', '.join(case.healed.unsure) or '–'}; wrong {', '.join(wrong) or '–'}")
    for kind in all_:
        print(f"{kind:12} {good[kind]} of {all_[kind]}")
    print(f"{graded} graded both ways, the others run the same program; {time.monotonic() - begun:.0f} s")
    share = sum(good.values()) / sum(all_.values())
    result = {
        "damaged": sum(all_.values()),
        "healed": sum(good.values()),
        "healed_share": round(share, 4),
        "silent_wrong": silent,
    }
    print(json.dumps(result))
    return 0 if share >= 0.99 and not silent else 1


if __name__ == "__main__":
    raise SystemExit(main())
