"""Plans a visit: which stops, in the tour's order, fit an interest and the minutes that somebody has.

The rule kept here: never longer than the minutes told, unless one stop alone is; the order of the place is kept, for it is a
walk. Without an interest the plan sees as much as fits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vr_scenes.guide.features import SIGNS, Sources

if TYPE_CHECKING:
    from vr_scenes.scene import Stop

__all__ = ["Planned", "plan"]

STEPS = 2  # of a minute: how finely time is counted
PLAIN = 0.15  # what a stop is worth that has nothing to do with the interest, beside 1 for the nearest


@dataclass(frozen=True)
class Planned:
    """`stops` in the order to go, `minutes` of them all; `near` are those that the interest asked for."""

    stops: tuple[str, ...]
    minutes: float
    near: tuple[str, ...] = ()


def plan(sources: Sources, stops: Sequence[Stop], interest: str, minutes: float, language: str) -> Planned:
    """The stops worth most in at most `minutes`. Where nothing fits, the one that is worth most."""
    worth = _worth(sources, stops, interest, language)
    need = [max(1, math.ceil(stop.minutes * STEPS)) for stop in stops]
    room = int(minutes * STEPS)
    # best[t]: the worth and the stops of the best choice that takes at most t.
    best: list[tuple[float, tuple[int, ...]]] = [(0.0, ())] * (room + 1)
    for at, (value, length) in enumerate(zip(worth, need, strict=True)):
        for left in range(room, length - 1, -1):
            before = best[left - length]
            if before[0] + value > best[left][0]:
                best[left] = (before[0] + value, (*before[1], at))
    chosen = best[room][1] if room >= 0 else ()
    if not chosen:
        chosen = (max(range(len(stops)), key=lambda one: worth[one]),)
    near = tuple(stops[at].id for at in chosen if interest.strip() and worth[at] > 0.5)
    return Planned(tuple(stops[at].id for at in chosen), sum(stops[at].minutes for at in chosen), near)


def _worth(sources: Sources, stops: Sequence[Stop], interest: str, language: str) -> list[float]:
    """What each stop is worth, PLAIN..1: how near its nearest sentence is to the interest, set against the other stops."""
    if not interest.strip():
        return [1.0] * len(stops)
    fits = sources.fits(interest, language).signs
    near: dict[str, float] = {}
    columns = [SIGNS.index(name) for name in ("words", "meant_around", "sentence", "title")]
    for (at, _), value in zip(sources.lines(language), fits[:, columns].sum(1), strict=True):
        stop = sources.passages[at].stop
        near[stop] = max(near.get(stop, 0.0), float(value))
    found = [near.get(stop.id, 0.0) for stop in stops]
    low, high = min(found), max(found)
    return [PLAIN + (1 - PLAIN) * ((one - low) / (high - low)) ** 2 if high > low else 1.0 for one in found]
