"""Where paths are tried: simulated learners who answer, learn, and are tested at the end. A planner hears the answers only.

`Crowd` is a network trained on real answers, as published (CSEAL's KES and its followers): a learner answers right with the
probability that the network gives, and the test is that probability on the goals. `Structured` is KSS. `Synthetic` are
the learners of `recommender.simulate` over a graph.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from knowledge_graph.model import Graph
from knowledge_graph.queries import order
from recommender.mastery import difficulties
from recommender.paths import kss
from recommender.paths.learners import Answered, Learners, item
from recommender.simulate import GUESS, LEARN_READY, LEARN_UNREADY, SLIP
from recommender.tracing.neural import NeuralTracer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.tracing.batches import Batch

__all__ = ["Crowd", "Simulator", "Structured", "Synthetic", "structured", "synthetic"]


class Simulator(Protocol):
    """`Any` is the simulator's own form of B learners."""

    def begin(self, learners: Learners, steps: int) -> Any:
        """The learners as they stand, with room for `steps` more answers."""

    def answer(self, state: Any, items: NDArray, luck: NDArray) -> tuple[Any, NDArray]:
        """The learners after practice of `items` (B,), and whether each answer was right (B,) integers; `luck` (B,) in
        0..1 is what chance adds.
        """

    def score(self, state: Any, learners: Learners) -> NDArray:
        """The test of the goals, from 0 to 1: (B,)."""


@dataclass(frozen=True)
class _Told:
    """Answers of B learners with room behind: question, concepts, correct as a network knows them, and how many."""

    question: NDArray
    concepts: NDArray
    correct: NDArray
    count: NDArray


class Crowd:
    """A fitted network (`published`) as simulated learners."""

    def __init__(self, tracer: NeuralTracer) -> None:
        self.tracer = tracer

    def begin(self, learners: Learners, steps: int) -> _Told:
        """See Simulator."""
        import numpy as np

        from recommender.tracing.batches import MOST_CONCEPTS, known

        seen, count = self.tracer.seen, np.array([len(own) for own in learners.histories])
        shape = len(learners), int(count.max(initial=0)) + steps + 1
        question, correct = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        concepts = np.full((*shape, MOST_CONCEPTS), len(seen.concept))
        for row, own in enumerate(learners.histories):
            for at, one in enumerate(own):
                question[row, at], correct[row, at] = one.asked.question, one.correct
                concepts[row, at, : len(one.asked.concepts)] = one.asked.concepts[:MOST_CONCEPTS]
        return _Told(known(seen.question, question), known(seen.concept, concepts), correct, count)

    def answer(self, state: _Told, items: NDArray, luck: NDArray) -> tuple[_Told, NDArray]:
        """See Simulator."""
        import numpy as np

        asked = self._asked(state, items)
        right = (luck < self._chance(asked)).astype(np.int64)
        asked.correct[np.arange(len(items)), state.count] = right
        return _Told(asked.question, asked.concepts, asked.correct, state.count + 1), right

    def score(self, state: _Told, learners: Learners) -> NDArray:
        """See Simulator."""
        columns = zip(learners.goals.T, learners.weights.T, strict=True)
        return sum(weight * self._chance(self._asked(state, goal)) for goal, weight in columns)  # type: ignore[return-value]

    def _asked(self, state: _Told, items: NDArray) -> _Told:
        """The learners with one question more, on the concepts `items` (B,), not answered yet."""
        import numpy as np

        rows, seen = np.arange(len(items)), self.tracer.seen
        question, concepts, correct = state.question.copy(), state.concepts.copy(), state.correct.copy()
        question[rows, state.count] = seen.question[items]
        concepts[rows, state.count] = 0
        concepts[rows, state.count, 0] = seen.concept[items]
        return _Told(question, concepts, correct, state.count)

    def _chance(self, state: _Told) -> NDArray:
        """How likely each learner is right on the last question: (B,)."""
        import torch

        with torch.inference_mode():
            odds = self.tracer.net(_batch(state))[0]
            return odds[torch.arange(len(odds)), torch.from_numpy(state.count)].double().sigmoid().numpy()


def _batch(state: _Told) -> Batch:
    import torch

    from recommender.tracing.batches import Batch

    wide = int(state.count.max(initial=0)) + 1
    most = max(int((state.concepts[:, :wide] > 0).sum(-1).max(initial=0)), 1)
    question = torch.from_numpy(state.question[:, :wide])
    there = torch.ones(question.shape, dtype=torch.bool)
    time, features = torch.full(question.shape, torch.nan), torch.zeros(*question.shape, 0)
    concepts, correct = torch.from_numpy(state.concepts[:, :wide, :most]), torch.from_numpy(state.correct[:, :wide])
    return Batch(question, concepts, correct, time, features, there, there, question)


class Structured:
    """Learners of one world of KSS; each learner begins with the abilities in `abilities`, in the order of `Learners`."""

    def __init__(self, world: kss.World, abilities: Sequence[tuple[float, ...]]) -> None:
        self.world, self.abilities = world, tuple(abilities)

    def begin(self, learners: Learners, steps: int) -> list[tuple[float, ...]]:
        """See Simulator."""
        return list(self.abilities)

    def answer(self, state: list[tuple[float, ...]], items: NDArray, luck: NDArray) -> tuple[Any, NDArray]:
        """See Simulator; nothing is left to luck."""
        import numpy as np

        after = [self.world.learnt(own, one) for own, one in zip(state, items.tolist(), strict=True)]
        return after, np.array(
            [self.world.right(own, one) for own, one in zip(after, items.tolist(), strict=True)], int
        )

    def score(self, state: list[tuple[float, ...]], learners: Learners) -> NDArray:
        """See Simulator."""
        import numpy as np

        own = zip(state, learners.goals.tolist(), (learners.weights > 0).tolist(), strict=True)
        return np.array(
            [self.world.score(one, tuple(g for g, w in zip(goals, used, strict=True) if w)) for one, goals, used in own]
        )


def structured(world: kss.World, count: int, seed: int) -> tuple[Structured, Learners]:
    """KSS with `count` learners, each after a history of twenty steps and with three to ten goals, not all of them
    mastered.
    """
    dice = random.Random(seed)
    abilities: list[tuple[float, ...]] = []
    histories: list[list[Answered]] = []
    goals: list[list[int]] = []
    while len(goals) < count:
        able, done = world.history(world.newcomer(dice), dice)
        wanted = dice.sample(range(kss.CONCEPTS), dice.randint(3, kss.CONCEPTS))
        if world.score(able, tuple(wanted)) < 1:
            abilities.append(able)
            histories.append([Answered(item(one), int(right)) for one, right in done])
            goals.append(wanted)
    return Structured(world, abilities), Learners.of(histories, goals)


@dataclass(frozen=True)
class _Mind:
    """A synthetic learner: ability, and the concepts known."""

    ability: float
    known: frozenset[str]


class Synthetic:
    """Newcomers after `recommender.simulate`: `names` of the items are concepts of `graph`, `hard` how hard each is."""

    def __init__(self, graph: Graph, names: Sequence[str], minds: Sequence[_Mind]) -> None:
        self.graph, self.names, self.minds, self.hard = graph, tuple(names), tuple(minds), difficulties(graph)

    def begin(self, learners: Learners, steps: int) -> list[_Mind]:
        """See Simulator."""
        return list(self.minds)

    def answer(self, state: list[_Mind], items: NDArray, luck: NDArray) -> tuple[Any, NDArray]:
        """See Simulator."""
        import numpy as np

        after, right = [], []
        for mind, one, own in zip(state, items.tolist(), luck.tolist(), strict=True):
            name = self.names[one]
            right.append(int(own < (1 - SLIP if name in mind.known else GUESS)))
            ready = all(need in mind.known for need in self.graph.needs[name])
            rate = (LEARN_READY if ready else LEARN_UNREADY) * 2 / (1 + math.exp(self.hard[name] - mind.ability))
            learns = own * 1e4 % 1 < rate  # what lies behind the fourth place is luck of its own
            after.append(_Mind(mind.ability, mind.known | {name}) if learns else mind)
        return after, np.array(right, np.int64)

    def score(self, state: list[_Mind], learners: Learners) -> NDArray:
        """See Simulator: the share of the goals that are known."""
        import numpy as np

        known = np.array(
            [[self.names[one] in mind.known for one in own] for mind, own in zip(state, learners.goals, strict=True)]
        )
        return (known * learners.weights).sum(1)


def synthetic(graph: Graph, names: Sequence[str], count: int, seed: int) -> tuple[Synthetic, Learners]:
    """`count` newcomers with one goal each that they do not know; what they know at first is drawn as `simulate` does."""
    dice, hard = random.Random(seed), difficulties(graph)
    minds: list[_Mind] = []
    goals: list[list[int]] = []
    while len(goals) < count:
        ability, known = dice.gauss(0, 1), set[str]()
        for name in order(graph, graph.concepts):
            ready = all(need in known for need in graph.needs[name])
            if ready and dice.random() < 1 / (1 + math.exp(3 * hard[name] - ability)):
                known.add(name)
        if lacking := [at for at, name in enumerate(names) if name not in known]:
            minds.append(_Mind(ability, frozenset(known)))
            goals.append([dice.choice(lacking)])
    return Synthetic(graph, names, minds), Learners.of([[]] * count, goals)
