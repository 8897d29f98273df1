"""Which questions and concepts a model met in training, and their numbers in it; what it did not meet is number 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.tracing.answers import Answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOST_CONCEPTS", "Seen", "known", "seen_in"]

MOST_CONCEPTS = 8  # of one answer; more are cut off


@dataclass(frozen=True)
class Seen:
    """The numbers that training answers gave: `question[q]` and `concept[c]` are from 1, 0 for what was not seen."""

    question: NDArray
    concept: NDArray

    @property
    def questions(self) -> int:
        """How many numbers there are, 0 among them."""
        return int(self.question.max(initial=0)) + 1

    @property
    def concepts(self) -> int:
        """How many numbers there are, 0 among them."""
        return int(self.concept.max(initial=0)) + 1


def seen_in(train: Answers) -> Seen:
    """What `train` has."""
    import numpy as np

    found = []
    for used, names in ((train.question, train.names.questions), (train.concept, train.names.concepts)):
        numbers = np.zeros(len(names), np.int64)
        present = np.unique(used)
        numbers[present] = np.arange(1, len(present) + 1)
        found.append(numbers)
    return Seen(*found)


def known(numbers: NDArray, found: NDArray) -> NDArray:
    """What `numbers` has for each of `found`, 0 beyond its end."""
    import numpy as np

    padded = np.r_[numbers, 0]
    return padded[np.minimum(found, len(numbers))]
