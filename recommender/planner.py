"""Chooses a few moves out of all: the best first, then what differs from it, so that a day alternates between
doing and looking.

It adds no fact and breaks no rule of `moves`; it only leaves out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from recommender.learner import Learner
from recommender.moves import Move, moves
from recommender.shelf import LEARNING, Shelf

__all__ = ["GraphPlanner", "Planner", "Step", "choose"]

SAME_SIDE, SAME_KIND, SAME_CONCEPT = 0.25, 0.15, 0.2


@dataclass(frozen=True)
class Step:
    """One item to suggest, and the moves that speak for it, the strongest first."""

    moves: tuple[Move, ...]

    @property
    def move(self) -> Move:
        """The strongest move."""
        return self.moves[0]


class Planner(Protocol):
    """What turns a learner into a few next steps. `tests/recommender/contract.py` says what every one must
    keep.
    """

    def plan(self, shelf: Shelf, learner: Learner, k: int) -> list[Step]:
        """At most `k` steps, best first; never an item before what it needs, nor one that is done or
        refused.
        """


class GraphPlanner:
    """The planner of the house: gaps behind wrong answers, the goal, the frontier, places, and review."""

    def plan(self, shelf: Shelf, learner: Learner, k: int) -> list[Step]:
        """See Planner."""
        return choose(moves(shelf, learner), k, learner.minutes)


def choose(found: Sequence[Move], k: int, minutes: float = math.inf) -> list[Step]:
    """At most `k` steps from `found` (best first), each of another unit or place, later ones marked down for
    likeness, all together within `minutes`. What a teacher asks for is among them however long it takes.
    """
    best: dict[str, list[Move]] = {}
    for move in found:
        best.setdefault(_group(move), []).append(move)
    steps: list[Step] = []
    while best and len(steps) < k:
        best = {name: kept for name, group in best.items() if (kept := [m for m in group if _fits(m, minutes)])}
        if not best:
            break
        taken = [step.move for step in steps]
        group = max(best, key=lambda name: best[name][0].worth - _likeness(best[name][0], taken))
        first, *others = best.pop(group)
        kinds = {first.kind}
        second = [m for m in others if m.item.id == first.item.id and m.kind not in kinds][:1]
        steps.append(Step((first, *second)))
        minutes -= first.item.minutes if first.item.minutes <= minutes else 0
    return steps


def _fits(move: Move, minutes: float) -> bool:
    return move.item.minutes <= minutes or move.kind == "teacher"


def _group(move: Move) -> str:
    """Items that lie together count as one: the exercises of a unit and the unit itself."""
    return move.item.parent if move.item.kind == "exercise" and move.item.parent else move.item.id


def _likeness(move: Move, taken: Sequence[Move]) -> float:
    side = sum((one.item.kind in LEARNING) == (move.item.kind in LEARNING) for one in taken)
    kind = sum(one.kind == move.kind for one in taken)
    concept = sum(one.concept == move.concept for one in taken)
    return SAME_SIDE * side + SAME_KIND * kind + SAME_CONCEPT * concept
