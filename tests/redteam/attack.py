"""What an attack is, what came of it, and how it is judged.

Rule: an attack is withstood when *nothing* of what it could do happened (undeserved marks, a leak, a neighbour harmed, the batch
stopped, a hand-in without a reason, something left behind, too much kept); it is effective where its own goal was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.redteam.world import LAZY, World

__all__ = ["Attack", "Outcome", "effective_on", "faults", "prelude"]

Files = Mapping[str, bytes]
# What one hand-in may make the platform keep.
KEPT_BYTES = 2_000_000


@dataclass(frozen=True)
class Outcome:
    """What came of one attack. `marks` and `reasons` by exercise; `read` is all that its author can read afterwards;
    `neighbour` is the honest neighbour's score as a share, None where there is none; `left` names what was left behind."""

    marks: Mapping[str, float | None] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    read: str = ""
    neighbour: float | None = 1.0
    ended: bool = True
    left: tuple[str, ...] = ()
    kept: int = 0
    refused: str = ""
    seconds: float = 0.0
    note: str = ""
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attack:
    """One attack.

    `goal` is one of the words of `faults`; `defence` names what it aims at (tests/redteam/switches.py switches it off);
    `deserved` is what its honest part is worth. `own`, where given, runs it against us in its own way (`off` says whether with
    the defence switched off) instead of handing in `build`'s files. `stock` is False where nbgrader has no such door. `partner`
    makes the neighbour's hand-in where the neighbour is in league; nbgrader then grades the neighbour first.
    `only_stock`: its defence has no switch.
    """

    name: str
    kind: str
    about: str
    defence: str
    goal: str
    build: Callable[[World], Files] = lambda world: world.hand_in()
    deserved: float = 0.0
    own: Callable[[World, bool], Outcome] | None = None
    stock: bool | Callable[[World, bytes], Outcome] = True
    links: Mapping[str, str] = field(default_factory=dict)
    quick: bool = True
    limits: Mapping[str, int] = field(default_factory=dict)
    partner: Callable[[World], Files] | None = None
    only_stock: bool = False


def prelude(code: str, exercise: str = "shout", **answers: str) -> Callable[[World], Files]:
    """A hand-in whose `exercise` begins with `code`; the other answers are lazy ones, but for those given."""

    def build(world: World) -> Files:
        filled = LAZY | answers
        return world.hand_in(**(filled | {exercise: world.words(f"{code}\n{filled[exercise]}")}))

    return build


def faults(attack: Attack, world: World, outcome: Outcome, *, sealed: bool = True) -> tuple[str, ...]:
    """What went wrong, in words of a fixed list. Without `sealed` the hidden tests' own text is not counted as a leak:
    nbgrader prints it in every feedback page."""
    found = list(outcome.extra)
    known = [points for points in outcome.marks.values() if points is not None]
    if sum(known) > attack.deserved + 1e-9:
        found.append("marks")
    if sum(known) < attack.deserved - 1e-9 and not outcome.refused:
        found.append("lost")
    secrets = [world.secret[::-1], world.token, world.token[::-1], world.breach]
    if any(one.lower() in outcome.read.lower() for one in [*secrets, *([world.secret] if sealed else [])]):
        found.append("leak")
    if outcome.neighbour is not None and outcome.neighbour < 1.0:
        found.append("neighbour")
    if not outcome.ended:
        found.append("batch")
    silent = [name for name, points in outcome.marks.items() if points is None and not outcome.reasons.get(name)]
    if silent or (not outcome.marks and not outcome.refused):
        found.append("reason")
    if outcome.left:
        found.append("left")
    if outcome.kept > KEPT_BYTES:
        found.append("kept")
    return tuple(dict.fromkeys(found))


def effective_on(attack: Attack, found: tuple[str, ...]) -> bool:
    """Whether the attack reached its own goal."""
    return attack.goal in found
