"""KSS, the knowledge structure based simulator of CSEAL (Liu and others, KDD 2019; EduSim), rebuilt from its description:
ten concepts with prerequisites, answers by item response theory, and practice teaches only what the learner is ready for.

As published: the graph, the range of abilities and difficulties, the curve of answers, growth by half of what is left,
slowed by what prerequisites lack and passed on by halves, a history of twenty steps, three to ten goals. Ours: where the
original leaves out what lies off its own navigation, here nothing is learnt while a prerequisite is not mastered.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

__all__ = ["CONCEPTS", "EDGES", "ORDER", "World", "chance", "needs", "world"]

CONCEPTS = 10
EDGES = ((0, 1), (0, 2), (1, 3), (2, 4), (2, 8), (3, 4), (4, 8), (5, 4), (5, 9), (6, 7), (7, 8), (8, 9))
ORDER = (0, 5, 6, 1, 2, 7, 3, 4, 8, 9)  # every concept after what it needs
TOP = 5.0  # no ability is higher
HISTORY = 20


def needs(concept: int) -> tuple[int, ...]:
    """The direct prerequisites of a concept.

    >>> needs(4), needs(0)
    ((2, 3, 5), ())
    """
    return tuple(first for first, then in EDGES if then == concept)


def chance(ability: float, difficulty: float) -> float:
    """The three-parameter curve with guessing .25 and discrimination 5: the chance that an answer is right.

    >>> chance(2, 2), round(chance(-3, 2), 2), round(chance(5, 2), 2)
    (0.625, 0.25, 1.0)
    """
    return 0.25 + 0.75 / (1 + math.exp(-1.7 * 5 * (ability - difficulty)))


@dataclass(frozen=True)
class World:
    """`difficulty` of the ten concepts. A learner is a tuple of ten abilities; learning gives a new one."""

    difficulty: tuple[float, ...]

    def newcomer(self, dice: random.Random) -> tuple[float, ...]:
        """Abilities of somebody who has practised nothing."""
        return tuple(dice.randint(-3, 0) - 0.1 * concept for concept in range(CONCEPTS))

    def right(self, abilities: tuple[float, ...], concept: int) -> bool:
        """Whether an answer is right, and so the concept mastered: as published, where right is likelier than wrong."""
        return chance(abilities[concept], self.difficulty[concept]) >= 0.5

    def ready(self, abilities: tuple[float, ...], concept: int) -> bool:
        """Whether everything the concept needs directly is mastered."""
        return all(self.right(abilities, one) for one in needs(concept))

    def learnt(self, abilities: tuple[float, ...], concept: int) -> tuple[float, ...]:
        """The abilities after practice of one concept."""
        if not self.ready(abilities, concept):
            return abilities
        lacking = sum(TOP - abilities[one] for one in needs(concept))
        found = list(abilities)
        _grow(found, concept, (TOP - abilities[concept]) / 2 * math.exp(-lacking))
        return tuple(found)

    def score(self, abilities: tuple[float, ...], goals: tuple[int, ...]) -> float:
        """The test: the share of the goals that are mastered."""
        return sum(self.right(abilities, one) for one in goals) / len(goals)

    def history(
        self, abilities: tuple[float, ...], dice: random.Random, steps: int = HISTORY
    ) -> tuple[tuple[float, ...], list[tuple[int, bool]]]:
        """What a learner did before: abilities after it, and (concept, right) of each step. A right answer on something
        new is repeated once; after a wrong one most stay; else the first concept in order that is not mastered, or any.
        """
        done: list[tuple[int, bool]] = []
        while len(done) < steps:
            concept = self._habit(abilities, done, dice)
            abilities = self.learnt(abilities, concept)
            done.append((concept, self.right(abilities, concept)))
        return abilities, done

    def _habit(self, abilities: tuple[float, ...], done: list[tuple[int, bool]], dice: random.Random) -> int:
        if done and done[-1][1] and len(done) > 1 and done[-2][0] != done[-1][0]:
            return done[-1][0]
        if done and not done[-1][1] and dice.random() < 0.7:
            return done[-1][0]
        ahead = [one for one in ORDER if not self.right(abilities, one)]
        return ahead[0] if ahead and dice.random() < 0.9 else dice.randrange(CONCEPTS)


def _grow(abilities: list[float], concept: int, by: float) -> None:
    abilities[concept] = min(abilities[concept] + by, TOP)
    for first, then in EDGES:
        if first == concept:
            _grow(abilities, then, by / 2)


def world(seed: int) -> World:
    """A world with difficulties 0 to 5 that rise in learning order, drawn by `seed`."""
    dice = random.Random(seed)
    rising = sorted(dice.randint(0, 5) for _ in range(CONCEPTS))
    found = [0.0] * CONCEPTS
    for concept, difficulty in zip(ORDER, rising, strict=True):
        found[concept] = float(difficulty)
    return World(tuple(found))
