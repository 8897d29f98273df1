"""The planner in single cases: what it offers first, that doing and looking alternate, and where the hard
rule bites.
"""

from __future__ import annotations

import subprocess
import sys

from commons.items import Item
from commons.places import ROOT
from commons.records import LearningRecord, Verb
from recommender.learner import Learner
from recommender.moves import moves
from recommender.planner import GraphPlanner, Step
from recommender.shelf import LEARNING
from tests.recommender.world import World, record


def plan(world: World, learner: Learner, k: int = 3) -> list[Step]:
    return GraphPlanner().plan(world.shelf, learner, k)


def names(steps: list[Step]) -> list[str]:
    return [step.move.item.id.rpartition("/")[2] for step in steps]


def solved(world: World, *units: str) -> list[LearningRecord]:
    found = [item for item in world.items if item.kind == "exercise" and item.parent.rpartition("/")[2] in units]
    return [record(item, right=1, minute=minute) for minute, item in enumerate(found)]


def test_somebody_without_records_starts_where_nothing_is_needed_and_may_look_around() -> None:
    world = World()
    steps = plan(world, world.learner())
    assert names(steps)[0] == "u1" and steps[0].move.kind == "start"
    assert {step.move.item.kind in LEARNING for step in steps} == {True, False}
    assert "u2" not in names(plan(world, world.learner(), 20)), "u2 needs what u1 teaches"


def test_a_wrong_answer_comes_first_and_says_which() -> None:
    world = World()
    learner = world.learner(world.answer("rows", 0), world.answer("kinds", 1, 1))
    first = plan(world, learner)[0].move
    assert (first.kind, first.item.id, first.number) == ("retry", "exercise:heritage/u1/rows", 1)
    assert first.evidence == (learner.history.answers[0].record,)


def test_what_a_wrong_answer_builds_on_comes_before_it() -> None:
    world = World()
    learner = world.learner(*solved(world, "u1"), world.answer("mean", 0, 5), world.answer("median", 0, 6))
    first = plan(world, learner)[0].move
    assert (first.kind, first.item.id, first.concept) == ("gap", "exercise:heritage/u2/mean", "statistics.mean")
    assert first.about == "exercise:heritage/u2/median"
    assert "median" not in names(plan(world, learner, 20))


def test_once_the_gap_is_closed_the_exercise_itself_is_offered_again() -> None:
    world = World()
    answers = [world.answer("mean", 0, 5), world.answer("median", 0, 6), world.answer("mean", 1, 7)]
    first = plan(world, world.learner(*solved(world, "u1"), *answers))[0].move
    assert (first.kind, first.item.id) == ("retry", "exercise:heritage/u2/median")


def test_after_a_unit_a_stop_that_shows_its_concept_and_after_the_stop_back_to_a_unit() -> None:
    world = World()
    learnt = solved(world, "u4")
    there = plan(world, world.learner(*learnt))[0].move
    assert (there.kind, there.item.id, there.concept) == ("see", "stop:garden/bracket-set", "geometry.scale")
    back = plan(world, world.learner(world.visit("bracket-set", 5)))[0].move
    assert (back.kind, back.item.id, back.concept) == ("back", "unit:heritage/u4", "geometry.scale")
    assert back.about == "stop:garden/bracket-set"


def test_a_stop_whose_concept_builds_on_what_was_learnt_says_so() -> None:
    world = World([*World().items[6:9], Item("stop:g/x", "stop", ("architecture.modular-unit",), 3, {"en": "X"}, "/x")])
    there = plan(world, world.learner(*solved(world, "u4")))[0].move
    assert (there.kind, there.concept, there.about) == ("see", "geometry.scale", "architecture.modular-unit")
    assert there.number == 1


def test_a_day_on_the_platform_alternates_between_doing_and_looking() -> None:
    world = World()
    records: list[LearningRecord] = []
    sides = []
    for minute in range(0, 40, 10):
        steps = plan(world, world.learner(*records))
        left = {item.kind in LEARNING for item in world.items if not world.learner(*records).done(item, world.shelf)}
        assert {step.move.item.kind in LEARNING for step in steps} == left
        item = steps[0].move.item
        sides.append(item.kind in LEARNING)
        parts = [part for part in world.shelf.parts.get(item.id, [item]) if part.kind == "exercise"]
        records += [record(one, right=1, minute=minute) for one in parts] or [record(item, minute=minute)]
    assert True in sides and False in sides


def test_the_goal_leads_along_its_path_and_a_goal_that_is_only_shown_leads_there() -> None:
    world = World()
    first = plan(world, world.learner(goal="statistics.median"))[0].move
    assert (first.kind, first.item.id, first.about) == ("path", "unit:heritage/u1", "statistics.median")
    learner = world.learner(*solved(world, "u1"), goal="statistics.median")
    assert plan(world, learner)[0].move.item.id == "unit:heritage/u2"
    shown = plan(world, world.learner(goal="architecture.stone-base"))[0].move
    assert (shown.kind, shown.item.id) == ("look", "object:garden/stone-base")
    assert plan(world, world.learner(goal="nowhere.nothing")) != []


def test_a_unit_begun_and_left_is_offered_with_what_is_left() -> None:
    world = World()
    move = next(one for one in moves(world.shelf, world.learner(world.answer("rows", 1))) if one.kind == "continue")
    assert (move.item.id, move.number) == ("unit:heritage/u1", 1)


def test_what_was_known_long_ago_comes_back_for_review_and_not_before() -> None:
    world = World()
    everything = [*solved(world, "u1", "u2", "u4"), *[world.visit(item.id, 30) for item in world.items[9:]]]
    assert plan(world, world.learner(*everything, days=1)) == []
    later = plan(world, world.learner(*everything, days=40))
    assert later and {step.move.kind for step in later} == {"review"}
    assert {step.move.number for step in later} <= {39, 40}


def test_old_answers_are_not_called_just_now() -> None:
    world = World()
    found = moves(world.shelf, world.learner(*solved(world, "u4"), days=3))
    assert "see" not in {move.kind for move in found}


def test_what_one_says_one_knows_opens_what_builds_on_it() -> None:
    world = World()
    learner = world.learner(verdicts={"unit:heritage/u1": "known"}, goal="statistics.median")
    assert plan(world, learner)[0].move.item.id == "unit:heritage/u2"
    assert "rows" not in names(plan(world, learner, 20)), "a refused unit takes its exercises along"


def test_a_concept_that_nothing_earlier_provides_is_not_asked_for() -> None:
    world = World()
    needs = world.shelf.needs(world.item("heritage/u2"))
    assert needs == {"statistics.numeric"}, "sorting and arithmetic are taught nowhere here"
    assert world.shelf.needs(world.item("bracket-set")) == frozenset()


def test_records_on_things_that_are_gone_do_no_harm() -> None:
    world = World()
    gone = Item("exercise:old/u9/x", "exercise", ("old.concept",), 5, {"en": "x"}, "/x", "unit:old/u9")
    odd = Item("stop:old/x", "stop", ("old.place",), 5, {"en": "x"}, "/x")
    learner = world.learner(record(gone, right=0), record(odd), record(odd, verb=Verb.skipped))
    assert len(plan(world, learner)) == 3


def test_a_weak_concept_is_reviewed_sooner_than_a_strong_one() -> None:
    world = World()
    weak = [
        world.answer("rows", 0),
        world.answer("rows", 0, 1),
        world.answer("rows", 1, 2),
        world.answer("kinds", 1, 3),
    ]
    reviewed = [move for move in moves(world.shelf, world.learner(*weak, days=4)) if move.kind == "review"]
    assert {move.concept for move in reviewed} == {"statistics.data-table"}


def test_importing_the_recommender_and_the_graph_brings_nothing_heavy() -> None:
    code = "import sys, recommender, knowledge_graph.skos, knowledge_graph.search, knowledge_graph.layout; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"numpy", "scipy", "networkx", "rdflib", "torch"} & set(done.stdout.split())
