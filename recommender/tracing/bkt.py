"""Bayesian knowledge tracing (Corbett and Anderson 1994), fitted by expectation maximisation for each concept apart.

An answer on several concepts belongs to each of them, and is predicted by the mean of what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recommender.tracing.answers import Answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["BKT", "Skill", "fit_skill"]

STEPS = 15
LEAST, GUESS_MOST, SLIP_MOST = 0.001, 0.5, 0.5


@dataclass(frozen=True)
class Skill:
    """Chances: known at the start, learnt by an answer, right by a guess, wrong by a slip."""

    known: float = 0.4
    learn: float = 0.1
    guess: float = 0.25
    slip: float = 0.15

    def right(self, known: float) -> float:
        """The chance of a right answer where the concept is known with chance `known`."""
        return known * (1 - self.slip) + (1 - known) * self.guess

    def after(self, known: float, correct: int) -> float:
        """The chance that it is known after one more answer."""
        hit = known * (1 - self.slip if correct else self.slip)
        miss = (1 - known) * (self.guess if correct else 1 - self.guess)
        seen = hit / max(hit + miss, 1e-12)
        return seen + (1 - seen) * self.learn


def fit_skill(answers: NDArray, start: Skill | None = None) -> Skill:
    """Fitted on sequences `answers` (people, time) of 0 and 1, filled up with -1. Chances of guess and slip stay under a
    half, so that known means known.
    """
    skill = start or Skill()
    for _ in range(STEPS):
        skill = _maximised(answers, skill)
    return skill


def _maximised(answers: NDArray, skill: Skill) -> Skill:
    """One step of expectation maximisation: forward and backward over all people at once."""
    import numpy as np

    there, right = answers >= 0, answers == 1
    seen = np.stack([np.where(right, skill.guess, 1 - skill.guess), np.where(right, 1 - skill.slip, skill.slip)])
    seen[:, ~there] = 1.0  # (state, people, time)
    move = np.array([[1 - skill.learn, skill.learn], [0.0, 1.0]])
    people, length = answers.shape
    forward, backward = np.zeros((2, people, length)), np.ones((2, people, length))
    now = np.array([[1 - skill.known], [skill.known]]) * np.ones((2, people))
    for at in range(length):
        now = (move.T @ now if at else now) * seen[:, :, at]
        now /= now.sum(0)
        forward[:, :, at] = now
    for at in range(length - 2, -1, -1):
        back = move @ (seen[:, :, at + 1] * backward[:, :, at + 1])
        backward[:, :, at] = back / back.sum(0)
    both = forward * backward
    both /= both.sum(0)
    pair = forward[0, :, :-1] * skill.learn * (seen * backward)[1, :, 1:]
    stay = forward[0, :, :-1] * (1 - skill.learn) * (seen * backward)[0, :, 1:]
    keep = forward[1, :, :-1] * (seen * backward)[1, :, 1:]
    learnt = np.where(there[:, 1:], pair / np.maximum(pair + stay + keep, 1e-12), 0).sum()
    unknown, known = both[0] * there, both[1] * there
    could = np.where(there[:, 1:], both[0, :, :-1], 0).sum()
    return Skill(
        _within(both[1, :, 0].mean(), 1 - LEAST),
        _within((learnt + 0.1) / (could + 1), 1 - LEAST),
        _within(((unknown * right).sum() + 0.25) / (unknown.sum() + 1), GUESS_MOST),
        _within(((known * ~right).sum() + 0.15) / (known.sum() + 1), SLIP_MOST),
    )


def _within(value: float, most: float) -> float:
    return float(min(max(value, LEAST), most))


class BKT:
    """One Skill for each concept; a concept that was not in the training answers has the one fitted on all."""

    skills: dict[int, Skill]
    other: Skill

    def fit(self, train: Answers, valid: Answers, seed: int) -> None:
        """See Tracer."""
        found: dict[int, list[list[int]]] = {}
        for start, end in zip(train.starts[:-1], train.starts[1:], strict=True):
            own: dict[int, list[int]] = {}
            for at in range(start, end):
                for concept in train.concepts_of(at):
                    own.setdefault(concept, []).append(int(train.correct[at]))
            for concept, answers in own.items():
                found.setdefault(concept, []).append(answers)
        every = [answers for people in found.values() for answers in people]
        self.other = fit_skill(_filled(every[:2000])) if every else Skill()
        self.skills = {concept: fit_skill(_filled(people), self.other) for concept, people in found.items()}

    def predict(self, answers: Answers) -> NDArray:
        """See Tracer."""
        import numpy as np

        made = np.zeros(len(answers))
        for start, end in zip(answers.starts[:-1], answers.starts[1:], strict=True):
            known: dict[int, float] = {}
            for at in range(start, end):
                concepts = answers.concepts_of(at)
                skills = [self.skills.get(one, self.other) for one in concepts]
                before = [known.get(one, skill.known) for one, skill in zip(concepts, skills, strict=True)]
                chances = [skill.right(p) for skill, p in zip(skills, before, strict=True)]
                made[at] = sum(chances) / len(chances) if chances else self.other.right(self.other.known)
                for concept, skill, p in zip(concepts, skills, before, strict=True):
                    known[concept] = skill.after(p, int(answers.correct[at]))
        return made


def _filled(people: list[list[int]]) -> NDArray:
    import numpy as np

    rows = np.full((len(people), max(map(len, people))), -1)
    for row, own in zip(rows, people, strict=True):
        row[: len(own)] = own
    return rows
