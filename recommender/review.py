"""When a concept that was learnt is due again: FSRS (Free Spaced Repetition Scheduler 6), a card for each concept.

Rule: an answer that is right is FSRS's "good", one that is partly right "hard", any other "again". Nothing is random: the same
answers give the same day. A concept is due when FSRS thinks that its recall has fallen below `RETENTION`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fsrs import Card, Scheduler

    from recommender.history import Answer

__all__ = ["RETENTION", "Memory", "reviewed", "scheduler"]

RETENTION = 0.9


@dataclass(frozen=True)
class Memory:
    """What is kept of one concept. `right`: the newest right answer, or None where there was none."""

    card: Card
    right: Answer | None = None

    def recall(self, now: datetime) -> float:
        """How likely it is recalled at `now`, by FSRS."""
        return float(scheduler().get_card_retrievability(self.card, now.astimezone(UTC)))

    @property
    def due(self) -> datetime:
        """From when on it should be looked at again."""
        return self.card.due


def reviewed(before: Mapping[str, Memory], answers: Iterable[Answer]) -> dict[str, Memory]:
    """The memories by concept after more `answers` (oldest first); `before` stays as it was."""
    from fsrs import Card, Rating

    plan, found = scheduler(), dict(before)
    for answer in answers:
        rating = Rating.Good if answer.share == 1 else Rating.Hard if answer.share > 0 else Rating.Again
        time = answer.time.astimezone(UTC)
        for concept in dict.fromkeys(answer.concepts):
            old = found.get(concept)
            # A number given spares the millisecond that a new card else waits to be unlike all others.
            card = old.card if old else Card(card_id=1, due=time)
            right = answer if answer.share == 1 else old.right if old else None
            found[concept] = Memory(plan.review_card(card, rating, time)[0], right)
    return found


def scheduler() -> Scheduler:
    """FSRS with its published weights, without steps of minutes and without dice."""
    from fsrs import Scheduler

    return Scheduler(desired_retention=RETENTION, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
