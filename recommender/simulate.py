"""Synthetic learners over the graph, seeded. They are invented, and whatever is fitted on them says so.

Each has an ability and a hidden set of known concepts; an answer is right when the concept is known and
nothing slips, or by a guess. A concept is learnt by answering, easily when all it needs is known and hardly
otherwise (a knowledge-tracing process after Corbett and Anderson 1994, with prerequisites). The model on
counts is not of this form, so fitting it here begs no question.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge_graph.model import Graph
from knowledge_graph.queries import order, path
from recommender.mastery import difficulties

__all__ = ["Given", "simulate"]

SLIP, GUESS = 0.1, 0.22
LEARN_READY, LEARN_UNREADY = 0.2, 0.03


@dataclass(frozen=True)
class Given:
    """One answer of one learner, in the order given."""

    concepts: tuple[str, ...]
    right: bool


def simulate(graph: Graph, *, learners: int, answers: int, seed: int) -> Iterator[list[Given]]:
    """`learners` lists of `answers` answers each; the same seed gives the same answers."""
    dice = random.Random(seed)
    deep = difficulties(graph)
    hard = {concept: deep[concept] + dice.gauss(0, 0.15) for concept in order(graph, graph.concepts)}
    for _ in range(learners):
        yield _one_learner(graph, hard, answers, random.Random(dice.random()))


def _one_learner(graph: Graph, hard: dict[str, float], answers: int, dice: random.Random) -> list[Given]:
    ability = dice.gauss(0, 1)
    known: set[str] = set()
    for concept in hard:  # in learning order
        if all(need in known for need in graph.needs[concept]) and dice.random() < _chance(ability - 3 * hard[concept]):
            known.add(concept)
    given: list[Given] = []
    for concept in _walk(graph, answers, dice):
        right = dice.random() < (1 - SLIP if concept in known else GUESS)
        given.append(Given((concept,), right))
        ready = all(need in known for need in graph.needs[concept])
        rate = (LEARN_READY if ready else LEARN_UNREADY) * 2 * _chance(ability - hard[concept])
        if dice.random() < rate:
            known.add(concept)
    return given


def _walk(graph: Graph, answers: int, dice: random.Random) -> list[str]:
    """The concepts asked, as courses ask them: towards one goal after another, one to four questions each,
    with some repetition.
    """
    goals = sorted(graph.concepts)
    asked: list[str] = []
    while len(asked) < answers:
        for concept in path(graph, set(asked), dice.choice(goals)) or [dice.choice(goals)]:
            asked += [concept] * dice.randint(1, 4)
            if dice.random() < 0.3:
                asked.append(dice.choice(asked))
    return asked[:answers]


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-odds))
