"""What the bench of paths fits and where it plays: for a data set two halves of the learners, one for simulators and one for
everything that plans; for KSS one world a seed; for our own graph the synthetic learners.

Nothing that plans is fitted on an answer that a simulator was fitted on.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_graph import load_graph
from recommender.paths import kss
from recommender.paths.learners import Learners, by_concept, drawn, item
from recommender.paths.order import Order, order_of
from recommender.paths.peers import Planned, Random, Repeat
from recommender.paths.planner import Planner
from recommender.paths.simulators import Crowd, Simulator, structured, synthetic
from recommender.paths.worlds import Recurrent, Together
from recommender.simulate import simulate
from recommender.tracing.answers import Answers, Row, parts_of, tables
from recommender.tracing.neural import Settings, published
from recommender.tracing.sets import read_split

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.paths.arena import Policy

__all__ = [
    "GOALS_OF_KSS",
    "OURS",
    "PEERS",
    "Halves",
    "Size",
    "Stage",
    "crowds",
    "graph_stage",
    "halves_of",
    "kss_logs",
    "kss_stage",
    "peers_of",
    "planned",
    "worlds_of",
]

OURS = "ours"
PEERS = ("random", "repeat", "sasrec", "ppo", "greedy")
KINDS = ("dkt", "simplekt")
FEWEST = 100  # answers on a concept in our half, below which it is not offered
GOALS, GOALS_OF_KSS = 3, 6  # that somebody has in whose shoes a policy is trained
LOGS = (800, 50)  # learners and answers of KSS that the models see


@dataclass(frozen=True)
class Size:
    """`learners` who walk paths; `slice` of the data and of made learners to learn from (0: all); how many `worlds` the
    planner averages; `rounds` of PPO; `epochs` of the next-item peer; `settings` of the networks.
    """

    learners: int = 60
    slice: int = 0
    worlds: int = 6
    rounds: int = 120
    epochs: int = 3
    settings: Settings = field(default_factory=lambda: Settings(width=64, epochs=16, patience=2, seconds=120))


@dataclass(frozen=True)
class Halves:
    """Tables of `by_concept`, each with training and validation learners: those of the simulators, and ours; `test` has the
    learners who walk.
    """

    form: str
    simulators: tuple[Answers, Answers]
    ours: tuple[Answers, Answers]
    test: Answers


@dataclass(frozen=True)
class Stage:
    """A simulator and its learners; `offered` (n,) says what may be chosen, `order` what needs what."""

    name: str
    simulator: Simulator
    learners: Learners
    offered: NDArray
    order: Order | None = None


def halves_of(place: Path, size: Size, seed: int) -> Halves:
    """The data set in `place`, split by `seed`; see `read_split` for its forms and errors."""
    split = read_split(place, seed).first(size.slice)
    train, valid, test = by_concept([split.train, split.valid, split.test])
    (first, second), (third, fourth) = (parts_of(one, (0.5, 0.5), seed) for one in (train, valid))
    return Halves(split.form, (first, third), (second, fourth), test)


def offered_in(train: Answers) -> NDArray:
    """Which concepts have answers enough in `train`; all that have any, where none has enough: (n,)."""
    import numpy as np

    count = np.bincount(train.concept, minlength=len(train.names.concepts))
    return count >= FEWEST if (count >= FEWEST).sum() > 1 else count > 0


def crowds(halves: Halves, size: Size, kind: str, seed: int) -> Stage:
    """A simulator of `kind` with its `seed`, and the learners who walk in it (the same for every simulator)."""
    import numpy as np

    tracer = published(kind, size.settings)
    tracer.fit(*halves.simulators, seed)
    offered = offered_in(halves.ours[0])
    learners = drawn(halves.test, np.flatnonzero(offered), size.learners, 0)
    return Stage(f"{kind} {seed}", Crowd(tracer), learners, offered)


def kss_logs(world: kss.World, size: Size, seed: int) -> tuple[Answers, Answers]:
    """Answers of other learners of a world, for training and validation: what the models may learn from."""
    dice = random.Random(seed)
    lists: list[list[Row]] = [[], []]
    # One learner answers everything once, so that the numbers of the table are those of the concepts.
    lists[0] += [Row("first", f"c{one}", (f"c{one}",), 0) for one in range(kss.CONCEPTS)]
    for learner in range(min(LOGS[0], size.slice or LOGS[0])):
        done = world.history(world.newcomer(dice), dice, LOGS[1])[1]
        rows = [Row(str(learner), f"c{one}", (f"c{one}",), int(right)) for one, right in done]
        lists[learner % 8 == 0] += rows
    train, valid = tables(*lists)
    return train, valid


def kss_stage(world: kss.World, size: Size, seed: int) -> Stage:
    """The learners of a world of KSS who walk."""
    import numpy as np

    names = [f"c{one}" for one in range(kss.CONCEPTS)]
    order = order_of(names, {f"c{one}": [f"c{first}" for first in kss.needs(one)] for one in range(kss.CONCEPTS)})
    simulator, learners = structured(world, size.learners, seed + 1)
    return Stage(f"kss {seed}", simulator, learners, np.ones(kss.CONCEPTS, bool), order)


def graph_stage(size: Size, seed: int) -> tuple[Stage, tuple[Answers, Answers]]:
    """Newcomers on our own graph, and the answers of other synthetic learners for the models."""
    import numpy as np

    graph = load_graph()
    names = sorted(graph.concepts)
    lists: list[list[Row]] = [[Row("first", one, (one,), 0) for one in names], []]
    for learner, given in enumerate(
        simulate(graph, learners=min(LOGS[0] // 2, size.slice or LOGS[0]), answers=LOGS[1], seed=seed)
    ):
        rows = [Row(str(learner), one.concepts[0], one.concepts, int(one.right)) for one in given]
        lists[learner % 8 == 0] += rows
    train, valid = tables(*lists)
    simulator, learners = synthetic(graph, names, size.learners, seed)
    found = Stage("our graph", simulator, learners, np.ones(len(names), bool), order_of(names, graph.needs))
    return found, (train, valid)


def worlds_of(ours: tuple[Answers, Answers], size: Size, seed: int) -> list[Recurrent]:
    """The planner's worlds, each fitted on our half with a seed of its own."""
    items = [item(one) for one in range(len(ours[0].names.concepts))]
    found = []
    for number in range(size.worlds):
        tracer = published("dkt", size.settings)
        tracer.fit(*ours, 1000 * (seed + 1) + number)
        found.append(Recurrent(tracer, items))
    return found


def peers_of(
    ours: tuple[Answers, Answers], world: Recurrent, offered: NDArray, size: Size, seed: int, goals: int = GOALS
) -> dict[str, Policy]:
    """The peers by name. Greedy and PPO have one `world` of ours, and PPO may try as much as our guide, each time with so many
    `goals`.
    """
    from recommender.paths.ppo import Budget, fit_ppo
    from recommender.paths.sasrec import fit_next_item

    tried = _tried(ours, offered, seed, goals)
    return {
        "random": Random(offered, seed),
        "repeat": Repeat(),
        "sasrec": fit_next_item(ours[0], offered, seed, epochs=size.epochs),
        "ppo": fit_ppo(world, tried, offered, seed, replace(Budget(), rounds=size.rounds)),
        "greedy": Planned(Planner([world], offered)),
    }


def planned(
    ours: tuple[Answers, Answers], worlds: Sequence[Recurrent], offered: NDArray, size: Size, seed: int, order: Order | None
) -> Policy:
    """Our planner in the average of all `worlds`; without an order a guide trained in it chooses. Prerequisites bind ours
    alone.
    """
    from recommender.paths.ppo import Budget, fit_ppo

    together, guide = Together(worlds), None
    if order is None:
        tried = _tried(ours, offered, seed, GOALS)
        guide = fit_ppo(together, tried, offered, seed, replace(Budget(), rounds=size.rounds))
    return Planned(Planner([together], offered, order, guide=guide))


def _tried(ours: tuple[Answers, Answers], offered: NDArray, seed: int, goals: int) -> Learners:
    """The learners of our half in whose shoes a policy is trained."""
    import numpy as np

    return drawn(ours[0], np.flatnonzero(offered), 800, seed + 1, goals=goals)
