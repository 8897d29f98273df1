"""Yardsticks that stay: a constant, the model on counts, and a planner that knows the frontier alone. A new
model is held against them.

Each keeps the same contract as what replaces it (`tests/recommender/contract.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from knowledge_graph.model import Graph
from recommender.learner import Learner, is_ready, known_concepts
from recommender.mastery import Coefficients, Counts, CountsModel, Mastery, load_coefficients
from recommender.moves import Move
from recommender.planner import Step
from recommender.shelf import LEARNING, Shelf

__all__ = ["ConstantModel", "FrontierPlanner", "counts_model"]


class ConstantModel:
    """The same probability for everybody and everything."""

    def __init__(self, graph: Graph, p: float = 0.6) -> None:
        self._graph, self._p = graph, p

    def mastery(self, counts: Mapping[str, Counts], concepts: Collection[str] | None = None) -> dict[str, Mastery]:
        """See MasteryModel."""
        wanted = self._graph.concepts if concepts is None else [one for one in concepts if one in self._graph.concepts]
        return {one: self._one(counts.get(one)) for one in wanted}

    def _one(self, own: Counts | None) -> Mastery:
        return Mastery(self._p, own.right, own.wrong, own.last) if own else Mastery(self._p, 0.0, 0.0, None)


def counts_model(graph: Graph, coefficients: Coefficients | None = None) -> CountsModel:
    """The model on counts with the coefficients that ship."""
    return CountsModel(graph, coefficients or load_coefficients())


class FrontierPlanner:
    """The first units and exercises, in authored order, that are not done and whose needs are known. Nothing
    else.
    """

    def plan(self, shelf: Shelf, learner: Learner, k: int) -> list[Step]:
        """See recommender.planner.Planner."""
        known = known_concepts(learner, shelf)
        steps = []
        for item in shelf.items:
            if item.kind not in LEARNING or not item.concepts or learner.done(item, shelf) or learner.refused(item):
                continue
            if is_ready(item, learner, shelf, known):
                kind = "ready" if shelf.needs(item) else "start"
                steps.append(Step((Move(item, kind, item.concepts[0], 1.0),)))
        return steps[: max(k, 0)]
