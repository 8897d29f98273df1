"""docs/redteam.md: the table of one run, and what it means, in words.

Rule: every verdict on the page comes from that run; the text around it says what is counted and what is not withstood by anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.redteam.line import Line

__all__ = ["page", "said"]

SAID = {
    "marks": "undeserved marks", "leak": "leak", "neighbour": "neighbour harmed", "batch": "batch stopped",
    "reason": "no reason", "left": "left behind", "kept": "kept without bound", "lost": "honest marks lost",
    "script": "script in the page", "swollen": "grader's memory", "unreadable": "page unreadable",
}  # fmt: skip

HEAD = """# Red team

The grader is attacked with {attacks} attacks, each against a fresh assignment whose hidden tests carry a secret made for the run.
`make redteam` runs them all, against us and against stock nbgrader {version}, prints the table and writes this page; the last
line it prints is JSON with the counts. The attacks are in `tests/redteam/attacks/`; the quick ones are part of `make test`.

| | |
| --- | --- |
| attacks | {attacks} |
| effective: the attack reaches its goal where the one defence it aims at is off, or in stock nbgrader | {effective} |
| withstood by us: nothing at all went wrong | {withstood} |
| withstood by stock nbgrader, doors that it does not have counted as withstood | {nbgrader_withstood} |

**Withstood** means all of this at once: no undeserved mark; nothing of a hidden test, a token or a wall that gave way in anything that
the learner can read; an honest neighbour, graded at the same moment, has full marks; the batch came to its end; every exercise without a
mark has a reason; no process and no file is left; the grader kept and used no more than for anybody.
**Goal** is the one of these that the attack is after. A dash under *with that defence off* means that this defence cannot be switched off
by itself; the attack is then shown to be real by what stock nbgrader does.

Stock nbgrader runs by its own commands (`nbgrader autograde`), in a sandbox that protects the machine and hides nothing from it: it sees
the course folder with sources, grade book and the others' hand-ins, one home, one loopback, as on a teacher's machine. Its feedback
pages print the hidden tests whatever a learner does; that is not counted here, only what an attack itself brings out.
"""

TAIL = """
## What no defence here can do

- **A function sees what it is called with.** A learner's code learns the inputs of hidden tests; it cannot say them to anybody, but each
  mark is an answer of one bit (passed or not). Attempts are limited for that reason.
- **A cell that cannot be sealed runs in the learner's interpreter.** Canaries catch what is known; the mark says that the cell was
  graded in compatible mode. A teacher who wants certainty rewrites the test so that it can be sealed; the release says why it could not.
- **Two jobs on one processor feel each other.** Load and caches can be measured by both; what cannot pass are files, sockets, locks,
  keyrings and memory.
- **A weak test stays weak.** A hand-in that is right wherever the test looks is right for it; mutants in `shuyuan course check` show such
  tests.
"""


def said(found: tuple[str, ...] | None) -> str:
    """Faults in words; "withstood" for none, a dash where that side was not run."""
    return "–" if found is None else ", ".join(SAID.get(one, one) for one in found) or "withstood"


def page(lines: Sequence[Line], counts: Mapping[str, int], version: str) -> str:
    """The page's text."""
    parts = [HEAD.format(**counts, version=version)]
    for kind in dict.fromkeys(line.attack.kind for line in lines):
        parts.append(f"\n## {kind[0].upper()}{kind[1:]}\n")
        parts.append("| attack | what it does | goal | us | aims at | with that defence off | nbgrader |")
        parts.append("| --- | --- | --- | --- | --- | --- | --- |")
        for line in (one for one in lines if one.attack.kind == kind):
            attack = line.attack
            cells = (
                f"`{attack.name}`", attack.about, SAID.get(attack.goal, attack.goal), said(line.us), attack.defence,
                said(line.off), said(line.stock) if line.stock is not None else "no such door",
            )  # fmt: skip
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(parts) + "\n" + TAIL
