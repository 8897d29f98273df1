"""On the course and the garden that ship: every item hangs on the graph, nobody is held up, and a day has
both doing and looking.
"""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from commons.items import Item
from commons.records import LearningRecord
from courses.items import items as course_items
from courses.places import load_courses
from knowledge_graph import check_links
from recommender.planner import GraphPlanner
from recommender.shelf import LEARNING
from tests.recommender.contract import unmet
from tests.recommender.world import World, record
from vr_scenes.items import items as scene_items
from vr_scenes.scene import list_scenes, load_scene


@pytest.fixture(scope="module")
def world() -> World:
    units: list[Item] = course_items(load_courses()["heritage"])
    places: list[Item] = [item for folder in list_scenes() for item in scene_items(load_scene(folder))]
    return World([*units, *places])


def test_item_06_graph_every_unit_exercise_stop_and_object_is_linked(world: World) -> None:
    assert {item.kind for item in world.items} == {"unit", "exercise", "stop", "object"}
    assert check_links(world.graph, world.items) == []


@pytest.mark.parametrize("skill", [0.3, 0.7, 1.0])
def test_whoever_follows_the_first_step_sees_all_of_it_in_a_permitted_order(world: World, skill: float) -> None:
    dice, sides = random.Random(7), []
    records: list[LearningRecord] = []
    for minute in range(0, 1200, 10):
        learner = world.learner(*records)
        steps = GraphPlanner().plan(world.shelf, learner, 3)
        if not steps:
            break
        assert not [step.move.item.id for step in steps if unmet(step.move.item, learner, world)]
        item = steps[0].move.item
        sides.append(item.kind in LEARNING)
        records += _done(world, item, dice, skill, minute)
    learner = world.learner(*records)
    assert all(learner.begun(item, world.shelf) for item in world.items), "nothing is left out"
    assert skill < 0.7 or all(learner.done(item, world.shelf) for item in world.items)
    assert skill < 1 or _changes(sides) >= 4, f"doing and looking alternate: {sides}"


def _done(world: World, item: Item, dice: random.Random, skill: float, minute: int) -> list[LearningRecord]:
    asked = [part for part in world.shelf.parts.get(item.id, [item]) if part.kind == "exercise"]
    if not asked:
        return [record(item, minute=minute)]
    return [record(one, right=float(dice.random() < skill), minute=minute) for one in asked]


def _changes(sides: list[bool]) -> int:
    return sum(one != other for one, other in pairwise(sides))
