"""A learner's counts, concept by concept, from their records: each answer is counted once.

Counted is an answer with a result. An exercise that was right and is right again in the next attempt tells
nothing new (a notebook is handed in whole): it renews the time of the concept, and is not counted again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from commons.records import LearningRecord, Verb
from recommender.mastery import Counts

__all__ = ["fold", "result"]


def result(one: LearningRecord) -> float | None:
    """How right an answer was, in 0..1, or None when the record is no answer with a result."""
    if one.verb is not Verb.answered or not one.concepts:
        return None
    return one.score if one.score is not None else None if one.success is None else float(one.success)


def fold(
    counts: Mapping[str, Counts], records: Iterable[LearningRecord], solved: Collection[str] = ()
) -> dict[str, Counts]:
    """`counts` with `records` (oldest first) added; `solved` are the exercises that were answered right
    before these.
    """
    found, right_before = dict(counts), set(solved)
    for one in records:
        share = result(one)
        if share is None:
            continue
        news = 0 if share == 1 and one.item in right_before else 1
        if share == 1:
            right_before.add(one.item)
        else:
            right_before.discard(one.item)
        for concept in dict.fromkeys(one.concepts):
            old = found.get(concept)
            right, wrong, last = (old.right, old.wrong, old.last) if old else (0.0, 0.0, one.time)
            found[concept] = Counts(right + news * share, wrong + news * (1 - share), max(last, one.time))
    return found
