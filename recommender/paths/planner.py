"""The next step of a path: what several models together expect to bring the goal furthest, within the prerequisite order.

Where there is an order, it comes first: what a goal lacks is secured from the ground up, and models choose among what is equally
deep. Models are averaged, for one alone is led on by its own errors. A guide, where there is one, has tried whole paths in the
averaged models beforehand and looks as far as the path is long; what it finds likely counts beside what one step brings. Without
one, candidates are judged by one step or two. It decides anew after every answer, and the same numbers give the same path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from recommender.paths.worlds import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.paths.learners import Learners
    from recommender.paths.order import Order

__all__ = ["SECURE", "Guide", "OnPath", "Planner"]

SHUT = -1e9
PULL = 0.03  # of worth that a likelihood e times as high is equal to
SECURE = 3  # right answers after which an item needs no more practice


class Guide(Protocol):
    """What has been learnt of whole paths: see `recommender.paths.ppo`."""

    def odds(self, minds: Any, goals: NDArray, weights: NDArray, left: int) -> NDArray:
        """How much speaks for each item next (B, n), by the minds of the planner's first world."""


@dataclass(frozen=True)
class OnPath:
    """B learners on their way: what each world believes (`minds`), which items were answered right last (`met`) and how
    often an item was right so far (`right`), both (B, n).
    """

    minds: tuple[Any, ...]
    goals: NDArray
    weights: NDArray
    met: NDArray
    right: NDArray


@dataclass(frozen=True)
class Planner:
    """`worlds` are averaged; `offered` (n,) says which of the n items (each on the concept of its number) may be chosen at
    all; `order` where there are prerequisites; `second`: how many of the best are followed for a second step (0: none); a
    `guide` judges together with the next step: its likelihood is part of an item's worth.
    """

    worlds: Sequence[World]
    offered: NDArray
    order: Order | None = None
    second: int = 0
    guide: Guide | None = None

    def begin(self, learners: Learners) -> OnPath:
        """The learners before their first step."""
        import numpy as np

        met = np.zeros((len(learners), len(self.offered)), bool)
        right = np.zeros(met.shape)
        for row, own in enumerate(learners.histories):
            for one in own:
                if len(one.asked.concepts) == 1:
                    met[row, one.asked.concepts[0]] = one.correct
                    right[row, one.asked.concepts[0]] += one.correct
        minds = tuple(one.begin(learners.histories) for one in self.worlds)
        return OnPath(minds, learners.goals, learners.weights, met, right)

    def after(self, path: OnPath, items: NDArray, correct: NDArray) -> OnPath:
        """The learners after one more answer each: `items`, `correct` (B,)."""
        import numpy as np

        rows, met, right = np.arange(len(items)), path.met.copy(), path.right.copy()
        met[rows, items] = correct
        right[rows, items] += correct
        minds = tuple(one.step(own, items, correct) for one, own in zip(self.worlds, path.minds, strict=True))
        return replace(path, minds=minds, met=met, right=right)

    def choose(self, path: OnPath, left: int) -> NDArray:
        """The next item of each learner with `left` steps to go: (B,). None is ever outside the order."""
        import numpy as np

        shut = ~self.candidates(path)
        everything = np.broadcast_to(np.arange(len(self.offered)), shut.shape)
        if self.guide:
            told = np.where(shut, SHUT, self.guide.odds(path.minds[0], path.goals, path.weights, left))
            worth = self._worth(path, path.minds, everything) + PULL * _log_share(told)
            return np.where(shut, SHUT, worth).argmax(1)
        value = self._worth(path, path.minds, everything)
        value[shut] = SHUT
        if left < 2 or not self.second:
            return value.argmax(1)
        best = np.argsort(-value, axis=1, kind="stable")[:, : self.second]
        further = self._second(path, best, shut)
        further[np.take_along_axis(shut, best, 1)] = SHUT
        return best[np.arange(len(best)), further.argmax(1)]

    def ahead(self, learners: Learners, steps: int) -> NDArray:
        """A whole path for each learner (B, steps), as it would go if every answer came out as is likelier: what can be
        shown beforehand. It is walked one step at a time, for answers change it.
        """
        import numpy as np

        path, found = self.begin(learners), []
        for left in range(steps, 0, -1):
            found.append(self.choose(path, left))
            asked = found[-1][:, None]
            chance = np.mean([one.ask(own, asked) for one, own in zip(self.worlds, path.minds, strict=True)], axis=0)
            path = self.after(path, found[-1], (chance[:, 0] >= 0.5).astype(np.int64))
        return np.array(found).T

    def candidates(self, path: OnPath) -> NDArray:
        """What may come next (B, n). Without an order, whatever is offered. With one: what is open of the goals and all
        they need; of that, what lies below a goal that is not met and is not yet secure; of that, the least deep.
        """
        import numpy as np

        if self.order is None:
            return np.broadcast_to(self.offered, path.met.shape)
        found = self.order.allowed(path.met, path.goals, path.weights)
        lacking = path.weights * ~np.take_along_axis(path.met, path.goals, 1)
        found = _within(found, self.order.allowed(path.met, path.goals, lacking))
        found = _within(found, path.right < SECURE)
        depth = np.broadcast_to(self.order.closure.sum(1), found.shape)
        least = np.where(found, depth, depth.max(initial=0) + 1).min(1)
        return found & (depth == least[:, None])

    def _worth(self, path: OnPath, minds: tuple[Any, ...], items: NDArray) -> NDArray:
        """The goals, as the worlds expect them after each of `items` (B, n): (B, n). B may be a multiple of the path's
        learners.
        """
        import numpy as np

        times = len(items) // len(path.goals)
        goals, weights = (np.repeat(one, times, axis=0) for one in (path.goals, path.weights))
        total = np.zeros(items.shape)
        for world, own in zip(self.worlds, minds, strict=True):
            chance, after = world.ahead(own, items, goals)
            wrong, right = (after @ weights[:, None, :, None])[..., 0].transpose(2, 0, 1)
            total += wrong + chance * (right - wrong)
        return total / max(len(self.worlds), 1)

    def _second(self, path: OnPath, best: NDArray, shut: NDArray) -> NDArray:
        """The goals after each of `best` (B, k) and the best step that follows on each outcome: (B, k)."""
        import numpy as np

        count, few = best.shape
        flat, total = best.reshape(-1), np.zeros(best.shape)
        follow = np.repeat(best, few, axis=0)
        blocked = np.repeat(np.take_along_axis(shut, best, 1), few, axis=0)
        chance = np.mean([one.ask(own, best) for one, own in zip(self.worlds, path.minds, strict=True)], axis=0)
        for outcome, weight in ((0, 1 - chance), (1, chance)):
            answers = np.full(len(flat), outcome)
            minds = tuple(
                one.step(one.repeat(own, few), flat, answers) for one, own in zip(self.worlds, path.minds, strict=True)
            )
            value = self._worth(path, minds, follow)
            value[blocked] = SHUT
            total += weight * value.max(1).reshape(count, few)
        return total


def _log_share(odds: NDArray) -> NDArray:
    """The logarithm of a softmax over the rows (B, n)."""
    import numpy as np

    least = odds - odds.max(1, keepdims=True)
    return np.asarray(least - np.log(np.exp(least).sum(1, keepdims=True)))


def _within(found: NDArray, wanted: NDArray) -> NDArray:
    """`found` (B, n) narrowed to `wanted`, for learners to whom that leaves something."""
    import numpy as np

    narrow = found & wanted
    return np.where(narrow.any(1, keepdims=True), narrow, found)
