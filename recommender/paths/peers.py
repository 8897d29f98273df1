"""What our paths are held against, and ours, as policies of one form: chance, the goal again and again, one greedy step in
one model, what others did next (SASRec's form) and a policy learnt by trial (PPO).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recommender.paths.planner import OnPath, Planner

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.paths.learners import Learners

__all__ = ["Planned", "Random", "Repeat"]


@dataclass(frozen=True)
class Planned:
    """A planner as a policy. With one world, no second step and no order it is the greedy one-step peer."""

    planner: Planner

    def begin(self, learners: Learners, steps: int) -> OnPath:
        """See Policy."""
        return self.planner.begin(learners)

    def choose(self, state: OnPath, left: int) -> NDArray:
        """See Policy."""
        return self.planner.choose(state, left)

    def after(self, state: OnPath, items: NDArray, correct: NDArray) -> OnPath:
        """See Policy."""
        return self.planner.after(state, items, correct)


@dataclass(frozen=True)
class Random:
    """Any of the items that are `offered` (n,), by `seed`."""

    offered: NDArray
    seed: int

    def begin(self, learners: Learners, steps: int) -> Sequence[NDArray]:
        """See Policy."""
        import numpy as np

        return list(np.random.default_rng(self.seed).choice(np.flatnonzero(self.offered), (steps, len(learners))))

    def choose(self, state: Sequence[NDArray], left: int) -> NDArray:
        """See Policy."""
        return state[0]

    def after(self, state: Sequence[NDArray], items: NDArray, correct: NDArray) -> Sequence[NDArray]:
        """See Policy."""
        return state[1:]


class Repeat:
    """The goals in turn, again and again."""

    def begin(self, learners: Learners, steps: int) -> Any:
        """See Policy."""
        import numpy as np

        return learners.goals, (learners.weights > 0).sum(1), np.arange(len(learners)), 0

    def choose(self, state: Any, left: int) -> NDArray:
        """See Policy."""
        goals, count, rows, done = state
        return goals[rows, done % count]

    def after(self, state: Any, items: NDArray, correct: NDArray) -> Any:
        """See Policy."""
        return *state[:3], state[3] + 1
