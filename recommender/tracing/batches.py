"""Answers as tensors: windows of learners' sequences, of like length together, filled up and masked. What a model did
not meet in training is number 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from recommender.tracing.answers import Answers
from recommender.tracing.seen import MOST_CONCEPTS, Seen, known

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Batch", "Window", "batches", "windows"]


@dataclass(frozen=True)
class Window:
    """The answers begin..end of one learner, of which first..end are asked for; the earlier ones are context."""

    begin: int
    first: int
    end: int


def windows(answers: Answers, size: int, overlap: int = 0) -> list[Window]:
    """Every answer is asked for in exactly one window of at most `size`; after a learner's first window, `overlap`
    answers before are context.

    >>> from recommender.tracing.answers import Row, tables
    >>> windows(tables([Row("a", "q", (), 1)] * 5)[0], 4, 2)
    [Window(begin=0, first=0, end=4), Window(begin=2, first=4, end=5)]
    """
    found = []
    for start, stop in zip(answers.starts[:-1].tolist(), answers.starts[1:].tolist(), strict=True):
        first = start
        while first < stop:
            begin = max(start, first - overlap)
            end = min(begin + size, stop)
            found.append(Window(begin, first, end))
            first = end
    return found


@dataclass(frozen=True)
class Batch:
    """B windows of at most T answers. `question`, `correct`, `rows` (B, T) integers; `concepts` (B, T, K), 0 fills up;
    `time` (B, T) seconds, nan where unknown; `features` (B, T, F); `there` whether there is an answer, `asked` whether
    it is asked for (B, T).
    """

    question: Tensor
    concepts: Tensor
    correct: Tensor
    time: Tensor
    features: Tensor
    there: Tensor
    asked: Tensor
    rows: Tensor

    def of(self, table: Tensor, width: int) -> Tensor:
        """The mean of `table` (numbers, width), or (numbers,) for width 0, over each answer's concepts; 0 counts for
        nothing.
        """
        known = (self.concepts > 0).to(table.dtype)
        share = known / known.sum(-1, keepdim=True).clamp(min=1)
        found = table[self.concepts]
        return (found * share).sum(-1) if not width else (found * share[..., None]).sum(-2)


def batches(
    answers: Answers, seen: Seen, found: Sequence[Window], features: NDArray, size: int, dice: torch.Generator | None
) -> Iterator[Batch]:
    """Batches of about `size` answers, in the order of `dice` or, without, of length."""
    import numpy as np

    length = np.array([one.end - one.begin for one in found])
    if dice is not None:  # a little noise, so that a window does not always meet the same others
        noise = torch.rand(len(found), generator=dice).numpy()
        order = np.argsort(length * (1 + 0.2 * noise) + noise, kind="stable")
    else:
        order = np.argsort(length, kind="stable")
    groups: list[list[Window]] = [[]]
    for at in order.tolist():
        if groups[-1] and (len(groups[-1]) + 1) * length[at] > size:
            groups.append([])
        groups[-1].append(found[at])
    turns = torch.randperm(len(groups), generator=dice).tolist() if dice is not None else range(len(groups))
    for turn in turns:
        if groups[turn]:
            yield _batch(answers, seen, groups[turn], features)


def _batch(answers: Answers, seen: Seen, group: Sequence[Window], features: NDArray) -> Batch:
    import numpy as np

    width = max(one.end - one.begin for one in group)
    at = np.arange(width)
    begin, first, end = (np.array([[getattr(one, name)] for one in group]) for name in ("begin", "first", "end"))
    rows = begin + at
    there = rows < end
    rows = np.where(there, rows, begin)
    sizes = np.diff(answers.edges)[rows]
    most = min(max(int(sizes.max(initial=0)), 1), MOST_CONCEPTS)
    within = np.arange(most)
    place = np.minimum(answers.edges[rows][..., None] + within, max(len(answers.concept) - 1, 0))
    has = (within < sizes[..., None]) & there[..., None]
    concept = answers.concept[place] if len(answers.concept) else np.full(place.shape, len(seen.concept))
    return Batch(
        torch.from_numpy(known(seen.question, answers.question[rows]) * there),
        torch.from_numpy(known(seen.concept, concept) * has),
        torch.from_numpy(answers.correct[rows] * there),
        torch.from_numpy(answers.time[rows].astype(np.float64)),
        torch.from_numpy(features[rows]),
        torch.from_numpy(there),
        torch.from_numpy(there & (rows >= first)),
        torch.from_numpy(rows),
    )
