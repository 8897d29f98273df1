"""What each possible next answer would do for a goal, by the tracer's own word: both outcomes, each weighed by its
chance. Pure: the learner's state stays as it was.

All candidates, outcomes and goals are asked in one pass of the network. It knows no graph and no rule: what may be
chosen at all is said elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.tracing.counts import FEATURES, SLOW, Counting
from recommender.tracing.ours import Asked, Ours, State

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Ahead", "look_ahead"]

WHOLE = [FEATURES.index(one) for one in ("right", "wrong", "overall", "recent", "since_answer", "surplus")]
LAG, NEVER, SAME = (FEATURES.index(one) for one in ("lag", "never", "same_concepts"))


@dataclass(frozen=True)
class Ahead:
    """`now` (m,): how likely each goal question is right now; `chance` (n,): how likely each candidate is; `after`
    (n, 2, m): the goals after the candidate was answered wrong (0) and right (1).
    """

    now: NDArray
    chance: NDArray
    after: NDArray

    @property
    def expected(self) -> NDArray:
        """The goals after each candidate, both outcomes weighed by their chance: (n, m)."""
        return self.after[:, 0] + self.chance[:, None] * (self.after[:, 1] - self.after[:, 0])

    def rise(self, weights: Sequence[float] | None = None) -> NDArray:
        """By how much the goals (their mean, or by `weights` (m,)) are expected to rise after each candidate: (n,)."""
        import numpy as np

        return np.average(self.expected - self.now, axis=1, weights=weights)


def look_ahead(tracer: Ours, state: State, goals: Sequence[Asked], candidates: Sequence[Asked]) -> Ahead:
    """The goals (m) after each of the candidates (n). All are asked at the time of the first candidate, and without
    candidates or goals the arrays are empty.
    """
    import numpy as np

    n, m, counts = len(candidates), len(goals), state.counts
    time = np.array([candidates[0].time if candidates else np.nan])
    asked = tracer.prepare([*candidates, *goals])
    if not n or not m:
        now = tracer.ask_all(state, asked, time)[0]
        return Ahead(now[n:], now[:n], np.zeros((n, 2, m)))
    now, after = tracer.ahead(
        state, asked, m, time, lambda told: counts_after(counts, told, goals, candidates, float(time[0]))
    )
    return Ahead(now[n:], now[:n], after)


def counts_after(
    counts: Counting, told: NDArray, goals: Sequence[Asked], candidates: Sequence[Asked], time: float
) -> NDArray:
    """FEATURES of the goals after each candidate and outcome: (n, 2, m, len(FEATURES)); `told` (m, len(FEATURES)) are
    theirs now. What concerns the learner as a whole changes alike for all goals; only goals that share something with
    the candidate are counted anew.
    """
    import numpy as np

    found = np.broadcast_to(told, (len(candidates), 2, *told.shape)).copy()
    found[..., LAG] = np.where(told[:, NEVER] > 0, 0.0, np.log1p(np.expm1(told[:, LAG]) + 1))
    found[..., WHOLE] = _whole_after(counts, candidates)[:, :, None]
    for at, one in enumerate(candidates):
        near = [g for g, goal in enumerate(goals) if _near(goal, one)]
        for outcome in (0, 1) if near else ():
            after = counts.after(one.question, one.concepts, outcome, time)
            for g in near:
                found[at, outcome, g] = after.row(goals[g].question, goals[g].concepts, time)
        found[at, :, :, SAME] = [goal.concepts == one.concepts for goal in goals]
    return found


def _whole_after(counts: Counting, candidates: Sequence[Asked]) -> NDArray:
    """The features WHOLE after each candidate and outcome, whatever is asked then: (n, 2, len(WHOLE)). No time has passed
    since that answer.
    """
    import numpy as np

    whole, outcome = counts.whole, np.array([0, 1])
    ease = np.array([counts.ease(one.question, one.concepts)[0] for one in candidates])[:, None]
    right, wrong = whole.right + outcome, whole.wrong + 1 - outcome
    recent = SLOW * whole.recent + (1 - SLOW) * (2 * outcome - 1)
    surplus = (whole.surplus + outcome - ease) / (right + wrong + 3)
    alike = np.stack([np.log1p(right), np.log1p(wrong), np.log((right + 2) / (wrong + 2)), recent, 0.0 * recent], -1)
    return np.concatenate([np.broadcast_to(alike, (len(candidates), *alike.shape)), surplus[..., None]], -1)


def _near(goal: Asked, candidate: Asked) -> bool:
    return goal.question == candidate.question or not set(goal.concepts).isdisjoint(candidate.concepts)
