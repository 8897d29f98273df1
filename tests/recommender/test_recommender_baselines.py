"""The yardsticks and the planner of the house keep the contract that every later model inherits."""

from __future__ import annotations

from knowledge_graph.model import Graph
from recommender.baselines import ConstantModel, FrontierPlanner, counts_model
from recommender.mastery import MasteryModel
from recommender.planner import GraphPlanner, Planner
from tests.recommender.contract import MasteryContract, PlannerContract


class TestConstant(MasteryContract):
    learns = False

    def make(self, graph: Graph) -> MasteryModel:
        return ConstantModel(graph)


class TestCounts(MasteryContract):
    def make(self, graph: Graph) -> MasteryModel:
        return counts_model(graph)


class TestFrontierPlanner(PlannerContract):
    def make(self) -> Planner:
        return FrontierPlanner()


class TestGraphPlanner(PlannerContract):
    def make(self) -> Planner:
        return GraphPlanner()
