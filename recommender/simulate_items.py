"""Synthetic learners who answer the exercises of courses, and practice questions on every concept of the graph, over
days on which they forget. They are invented, and whatever is trained on them says so.

As in `simulate`, a concept is learnt by answering, easily when all it needs is known; beside that, what was learnt has a
half-life that grows with every right answer, and a wrong answer is tried again. How hard an exercise is for people nobody
knows before they answer it: each learner meets a hardness of their own, so that a model learns none.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from commons.items import Item
from knowledge_graph.model import Graph
from knowledge_graph.queries import order, path
from recommender.mastery import difficulties
from recommender.tracing.answers import Row

__all__ = ["practice", "simulate_items"]

SLIP, GUESS = 0.1, 0.2
LEARN_READY, LEARN_UNREADY, AGAIN = 0.4, 0.05, 0.6
FORGET_DAYS = 20.0
TRIES, EACH = 3, 3
DAY = 86400.0


def practice(graph: Graph) -> list[Item]:
    """EACH practice questions on every concept: items that no course has, for synthetic learners alone."""
    return [
        Item(f"exercise:practice/{one.id}/{number}", "exercise", (one.id,), 5, one.label, "")
        for one in sorted(graph.concepts.values(), key=lambda one: one.id)
        for number in range(1, EACH + 1)
    ]


def simulate_items(graph: Graph, items: Sequence[Item], *, learners: int, answers: int, seed: int) -> list[Row]:
    """The answers of `learners` learners, about `answers` each, to `items` (exercises in authored order) and to
    `practice` questions; the same seed gives the same. Times are in seconds from 0.
    """
    dice, world = random.Random(seed), _world(graph, items)
    return [
        row for number in range(learners) for row in _Learner(world, random.Random(dice.random()), answers).rows(number)
    ]


@dataclass(frozen=True)
class _World:
    """`deep`: how deep each concept lies, in learning order; `courses`: lists of exercises in order; `asked`: the
    practice questions of each concept.
    """

    graph: Graph
    goals: Sequence[str]
    deep: dict[str, float]
    courses: Sequence[Sequence[Item]]
    asked: dict[str, list[Item]]


def _world(graph: Graph, items: Sequence[Item]) -> _World:
    deep = difficulties(graph)
    courses: dict[str, list[Item]] = {}
    for item in items:
        if item.kind == "exercise" and item.concepts:
            courses.setdefault(item.id.split("/")[0], []).append(item)
    asked: dict[str, list[Item]] = {}
    for item in practice(graph):
        asked.setdefault(item.concepts[0], []).append(item)
    ordered = {concept: deep[concept] for concept in order(graph, graph.concepts)}
    return _World(graph, sorted(graph.concepts), ordered, list(courses.values()), asked)


@dataclass
class _Learner:
    """`half_life` (days) and `last` (seconds) of each concept that is known; `learnt` were known once; `hard`: of each
    question, for this learner.
    """

    world: _World
    dice: random.Random
    answers: int
    now: float = 0.0
    half_life: dict[str, float] = field(default_factory=dict)
    last: dict[str, float] = field(default_factory=dict)
    learnt: set[str] = field(default_factory=set)
    hard: dict[str, float] = field(default_factory=dict)

    def rows(self, number: int) -> list[Row]:
        """The answers of learner `number`."""
        self.ability = self.dice.gauss(0.5, 1)
        for concept, deep in self.world.deep.items():
            if self._ready(concept) and self.dice.random() < _chance(self.ability + 1 - 3 * deep):
                self._learn(concept)
        wanted = max(4, round(self.answers * self.dice.uniform(0.5, 1.5)))
        found: list[Row] = []
        while len(found) < wanted:
            self._sleep()
            for item in self._stretch():
                for right in self._tried(item):
                    found.append(Row(f"synthetic {number}", item.id, item.concepts, right, self.now))
        return found[:wanted]

    def _stretch(self) -> Iterator[Item]:
        """What is asked in one sitting: some exercises of a course in order, or practice on the way to a goal."""
        world, dice = self.world, self.dice
        if world.courses and dice.random() < 0.5:
            course = dice.choice(world.courses)
            start = dice.randrange(len(course))
            yield from course[start : start + dice.randint(3, 9)]
            return
        goal = dice.choice(world.goals)
        steps = path(world.graph, set(self.half_life), goal) or [goal]
        for concept in steps[:6] if dice.random() < 0.7 else steps[-4:]:
            yield from dice.sample(world.asked[concept], dice.randint(1, EACH))

    def _tried(self, item: Item) -> Iterator[int]:
        """The answers to one item, until one is right or it is let be."""
        for _ in range(self.dice.randint(1, TRIES)):
            self.now += self.dice.uniform(60, 600)
            known = sum(one in self.half_life for one in item.concepts) / len(item.concepts)
            base = GUESS + (1 - SLIP - GUESS) * known
            hard = self.hard.setdefault(item.id, self.dice.gauss(0, 0.6))
            odds = math.log(base / (1 - base)) - hard + 0.4 * self.ability
            right = int(self.dice.random() < _chance(odds))
            yield right
            for concept in item.concepts:
                self._practise(concept, right)
            if right:
                return

    def _practise(self, concept: str, right: int) -> None:
        if concept in self.half_life:
            self.last[concept] = self.now
            self.half_life[concept] *= 1 + right
            return
        rate = (LEARN_READY if self._ready(concept) else LEARN_UNREADY) * 2
        rate *= _chance(self.ability - self.world.deep.get(concept, 0.5))
        if self.dice.random() < (AGAIN if concept in self.learnt else rate):
            self._learn(concept)

    def _learn(self, concept: str) -> None:
        self.half_life[concept] = FORGET_DAYS * (2 if concept in self.learnt else 1)
        self.last[concept] = self.now
        self.learnt.add(concept)

    def _ready(self, concept: str) -> bool:
        return all(need in self.half_life for need in self.world.graph.needs.get(concept, ()))

    def _sleep(self) -> None:
        """Some days go by, and what was not used for long is forgotten."""
        self.now += DAY * self.dice.expovariate(1 / 3)
        for concept, half_life in sorted(self.half_life.items()):
            if self.dice.random() > 0.5 ** ((self.now - self.last[concept]) / DAY / half_life):
                del self.half_life[concept], self.last[concept]


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
