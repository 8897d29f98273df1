"""One path for each learner in a simulator, and what it was worth: E_p = (E_e - E_s) / (E_sup - E_s), the share of what was
missing at the start that is there at the end (CSEAL and others).

Every policy meets the same learners with the same luck. Whether the prerequisites of a step were met is counted here, from the
answers alone, and not by whoever chose the step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.paths.learners import Learners
    from recommender.paths.order import Order
    from recommender.paths.simulators import Simulator

__all__ = ["Given", "Played", "Policy", "play", "shuffled", "violations"]

NEARLY_ALL = 0.9  # learners who begin above it have nothing to gain that could be measured


class Policy(Protocol):
    """Chooses steps for B learners at once. `Any` is its own form of where they stand."""

    def begin(self, learners: Learners, steps: int) -> Any:
        """Before the first step."""

    def choose(self, state: Any, left: int) -> NDArray:
        """The next item of each (B,), with `left` steps to go."""

    def after(self, state: Any, items: NDArray, correct: NDArray) -> Any:
        """After an answer each: `items`, `correct` (B,)."""


@dataclass(frozen=True)
class Played:
    """`items` and `correct` (B, steps); `start`, `end` (B,) the tests before and after."""

    items: NDArray
    correct: NDArray
    start: NDArray
    end: NDArray

    @property
    def promotion(self) -> float:
        """The mean E_p of the learners who had something to gain."""
        import numpy as np

        room = self.start <= NEARLY_ALL
        return float(np.mean(((self.end - self.start) / (1 - self.start))[room])) if room.any() else 0.0

    @property
    def different(self) -> float:
        """How many different items a path has, on average."""
        return sum(len(set(own)) for own in self.items.tolist()) / max(len(self.items), 1)


def play(simulator: Simulator, learners: Learners, policy: Policy, steps: int, seed: int) -> Played:
    """Every learner goes `steps` steps as `policy` says; `seed` is that of their luck."""
    import numpy as np

    luck = np.random.default_rng(seed).random((steps, len(learners)))
    state = simulator.begin(learners, steps)
    start, own, items, correct = simulator.score(state, learners), policy.begin(learners, steps), [], []
    for at in range(steps):
        items.append(policy.choose(own, steps - at))
        state, right = simulator.answer(state, items[-1], luck[at])
        correct.append(right)
        own = policy.after(own, items[-1], right)
    return Played(np.array(items).T, np.array(correct).T, start, simulator.score(state, learners))


@dataclass(frozen=True)
class Given:
    """The policy that walks given paths: `items` (B, steps)."""

    items: NDArray

    def begin(self, learners: Learners, steps: int) -> int:
        """See Policy."""
        return 0

    def choose(self, state: int, left: int) -> NDArray:
        """See Policy."""
        return self.items[:, state]

    def after(self, state: int, items: NDArray, correct: NDArray) -> int:
        """See Policy."""
        return state + 1


def shuffled(played: Played, seed: int) -> Given:
    """The same paths, each in an order of its own."""
    import numpy as np

    return Given(np.random.default_rng(seed).permuted(played.items, axis=1))


def violations(played: Played, learners: Learners, order: Order) -> int:
    """Steps on an item of which something it needs directly was never answered right, or wrong when asked last."""
    import numpy as np

    found = 0
    for row, history in enumerate(learners.histories):
        met = np.zeros(len(order.needs), bool)
        for one in history:
            if len(one.asked.concepts) == 1:
                met[one.asked.concepts[0]] = one.correct
        for item, right in zip(played.items[row], played.correct[row], strict=True):
            found += bool((order.needs[item] & ~met).any())
            met[item] = right
    return found
