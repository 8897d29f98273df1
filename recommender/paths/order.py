"""Prerequisite order as a rule without exceptions: an item is open when everything it needs directly was answered right
last, before the path or on it. What a model hopes for opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Order", "order_of"]


@dataclass(frozen=True)
class Order:
    """`needs` (n, n): item i needs item j directly; `closure` (n, n): directly or through others, or is it."""

    needs: NDArray
    closure: NDArray

    def open(self, met: NDArray) -> NDArray:
        """Which items may be practised by learners who have met `met` (B, n): (B, n)."""
        return (~met).astype(int) @ self.needs.T.astype(int) == 0

    def allowed(self, met: NDArray, goals: NDArray, weights: NDArray) -> NDArray:
        """The candidates (B, n) of learners with `goals` (B, m): what is open of the goals and of all they need. There is
        always one, for among the things a goal needs some need nothing.
        """
        import numpy as np

        towards = np.zeros(met.shape, bool)
        for column in range(goals.shape[1]):
            towards |= self.closure[goals[:, column]] & (weights[:, column] > 0)[:, None]
        return towards & self.open(met)


def order_of(items: Sequence[str], needs: Mapping[str, Iterable[str]]) -> Order:
    """The order of `items` by their direct `needs` (no circles; what is no item is passed through to what it needs)."""
    import numpy as np

    place = {one: at for at, one in enumerate(items)}
    direct = np.zeros((len(items), len(items)), bool)
    for one, at in place.items():
        waiting, seen = list(needs.get(one, ())), set()
        while waiting:
            found = waiting.pop()
            if found in place:
                direct[at, place[found]] = True
            elif found not in seen:
                seen.add(found)
                waiting += needs.get(found, ())
    closure = np.eye(len(items), dtype=bool)
    for _ in items:
        wider = closure | (closure.astype(int) @ direct.astype(int) > 0)
        if (wider == closure).all():
            break
        closure = wider
    return Order(direct, closure)
