"""What every mastery model and every planner must keep. A new one inherits it in three lines:

class TestMine(PlannerContract):
    def make(self) -> Planner:
        return MyPlanner()
"""

from __future__ import annotations

import random

from commons.items import Item
from commons.records import LearningRecord
from knowledge_graph.model import Graph
from recommender.learner import Learner, known_concepts
from recommender.mastery import Counts, MasteryModel
from recommender.planner import Planner
from tests.recommender.world import NOON, World, record

__all__ = ["MasteryContract", "PlannerContract", "unmet"]

MEDIAN, MEAN = "statistics.median", "statistics.mean"


class MasteryContract:
    """Override `make`; set `learns` to False for a model that is not moved by answers."""

    learns = True

    def make(self, graph: Graph) -> MasteryModel:
        raise AssertionError("a contract test says which model it makes")

    def p(self, counts: dict[str, Counts], concept: str = MEDIAN) -> float:
        return self.make(World([]).graph).mastery(counts)[concept].p

    def test_every_concept_has_a_probability_strictly_between_0_and_1(self) -> None:
        graph = World([]).graph
        for counts in ({}, {MEDIAN: Counts(1e6, 0, NOON)}, {MEDIAN: Counts(0, 1e6, NOON)}):
            found = self.make(graph).mastery(counts)
            assert found.keys() == graph.concepts.keys()
            assert all(0 < one.p < 1 for one in found.values())

    def test_a_right_answer_never_lowers_and_a_wrong_one_never_raises(self) -> None:
        before = self.p({MEDIAN: Counts(1, 1, NOON)})
        right, wrong = self.p({MEDIAN: Counts(2, 1, NOON)}), self.p({MEDIAN: Counts(1, 2, NOON)})
        assert wrong <= before <= right
        assert not self.learns or wrong < before < right

    def test_the_first_answer_counts_in_its_direction(self) -> None:
        before = self.p({})
        right, wrong = self.p({MEDIAN: Counts(1, 0, NOON)}), self.p({MEDIAN: Counts(0, 1, NOON)})
        assert wrong <= before <= right
        assert not self.learns or wrong < before < right

    def test_what_lies_below_speaks_for_what_builds_on_it(self) -> None:
        known, missed = self.p({MEAN: Counts(4, 0, NOON)}), self.p({MEAN: Counts(0, 4, NOON)})
        assert missed <= known
        assert not self.learns or missed < known

    def test_the_counts_come_back_as_they_were_and_strangers_are_left_out(self) -> None:
        counts = {MEDIAN: Counts(2, 1, NOON), "nowhere.nothing": Counts(1, 0, NOON)}
        found = self.make(World([]).graph).mastery(counts, [MEDIAN, MEAN, "nowhere.nothing"])
        assert found.keys() == {MEDIAN, MEAN}
        assert (found[MEDIAN].right, found[MEDIAN].wrong, found[MEDIAN].last) == (2, 1, NOON)
        assert (found[MEAN].right, found[MEAN].last, found[MEAN].known) == (0, None, False)

    def test_asking_for_one_concept_gives_what_asking_for_all_gives(self) -> None:
        graph, counts = World([]).graph, {MEDIAN: Counts(2, 1, NOON), MEAN: Counts(0, 3, NOON)}
        model = self.make(graph)
        assert model.mastery(counts, [MEDIAN])[MEDIAN] == model.mastery(dict(reversed(counts.items())))[MEDIAN]


class PlannerContract:
    """Override `make`."""

    def make(self) -> Planner:
        raise AssertionError("a contract test says which planner it makes")

    def learners(self, world: World, seed: int, *, goal: str = "") -> list[Learner]:
        """Learners with none, some and many random records."""
        dice = random.Random(seed)
        return [world.learner(*_random_records(world, dice, count), goal=goal) for count in (0, 1, 4, 12, 40)]

    def test_nothing_is_suggested_before_what_it_needs(self) -> None:
        world = World()
        for seed in range(12):
            for learner in self.learners(world, seed, goal=MEDIAN if seed % 2 else ""):
                for step in self.make().plan(world.shelf, learner, 5):
                    assert not unmet(step.move.item, learner, world)

    def test_at_most_k_different_items_and_none_for_k_0(self) -> None:
        world = World()
        for learner in self.learners(world, 3):
            for k in (0, 1, 3, 50):
                found = [step.move.item.id for step in self.make().plan(world.shelf, learner, k)]
                assert len(found) <= k and len(set(found)) == len(found)

    def test_a_solved_exercise_comes_back_only_to_be_reviewed(self) -> None:
        world = World()
        for seed in range(6):
            for learner in self.learners(world, seed):
                for step in self.make().plan(world.shelf, learner, 9):
                    assert step.move.item.id not in learner.history.solved or step.move.kind == "review"

    def test_what_was_refused_is_not_suggested(self) -> None:
        world = World()
        first = self.make().plan(world.shelf, world.learner(), 1)[0].move.item.id
        for word in ("not-interested", "known"):
            again = self.make().plan(world.shelf, world.learner(verdicts={first: word}), 20)
            assert first not in [step.move.item.id for step in again]

    def test_the_same_learner_gets_the_same_steps(self) -> None:
        world = World()
        for learner in self.learners(world, 5):
            assert self.make().plan(world.shelf, learner, 4) == self.make().plan(World().shelf, learner, 4)

    def test_an_empty_shelf_gives_nothing(self) -> None:
        world = World([])
        assert self.make().plan(world.shelf, world.learner(), 3) == []

    def test_whoever_follows_gets_to_the_end_of_every_unit(self) -> None:
        world, dice = World(), random.Random(1)
        records: list[LearningRecord] = []
        for minute in range(300):
            learner = world.learner(*records)
            steps = self.make().plan(world.shelf, learner, 3)
            if not steps:
                break
            records += _followed(world, steps[0].move.item.id, dice, minute)
        learner = world.learner(*records)
        assert all(learner.done(item, world.shelf) for item in world.items if item.kind == "unit")


def unmet(item: Item, learner: Learner, world: World) -> list[str]:
    """What `item` needs and `learner` neither knows nor has worked through, from the authored order and the
    records alone.
    """
    known, history = known_concepts(learner, world.shelf), learner.history
    missing = []
    for need in world.shelf.needs(item):
        earlier = [one for one in world.items[: world.items.index(item)] if need in one.concepts]
        asked = [one.id for one in earlier if one.kind == "exercise"]
        tries = {one: sum(answer.item == one for answer in history.answers) for one in asked}
        worked = all(one in history.solved or tries[one] >= 3 for one in asked)
        begun = any(
            one.id in history.touched
            or any(part.parent == one.id and part.id in history.touched for part in world.items)
            for one in earlier
        )
        if need not in known and not (worked and begun):
            missing.append(need)
    return missing


def _random_records(world: World, dice: random.Random, count: int) -> list[LearningRecord]:
    made = []
    for minute in range(count):
        item = dice.choice(world.items)
        right = dice.choice([0.0, 0.0, 0.5, 1.0]) if item.kind == "exercise" else None
        made.append(record(item, right=right, minute=minute))
    return made


def _followed(world: World, item_id: str, dice: random.Random, minute: int) -> list[LearningRecord]:
    """What a learner who is right half the time leaves behind: a unit is handed in whole, a place is looked
    at.
    """
    item = world.shelf.by_id[item_id]
    asked = [part for part in world.shelf.parts.get(item.id, [item]) if part.kind == "exercise"]
    if not asked:
        return [record(item, minute=minute)]
    return [record(one, right=float(dice.random() < 0.5), minute=minute) for one in asked]
