"""Every reason, in both languages, is borne out by the records it names; nothing else is claimed."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from commons.languages import LANGUAGES, Messages, load_messages, pick
from commons.records import LearningRecord, Verb
from knowledge_graph.queries import ancestors, path
from recommender.facts import facts_of
from recommender.learner import Learner, known_concepts
from recommender.moves import KINDS, Move, moves
from recommender.overrule import Decision, Overrules, is_of
from recommender.reasons import reason
from tests.recommender.world import NOON, World, record


@pytest.fixture(scope="module")
def messages() -> Messages:
    return load_messages()


def random_world(seed: int) -> tuple[World, list[LearningRecord], Learner]:
    world, dice = World(), random.Random(seed)
    records = []
    for minute in range(dice.choice([0, 2, 5, 15, 40])):
        item = dice.choice(world.items)
        right = dice.choice([0.0, 0.5, 1.0, 1.0]) if item.kind == "exercise" else None
        records.append(record(item, right=right, minute=minute))
    goal = dice.choice(["", "", "statistics.median", "geometry.scale", "architecture.stone-base"])
    verdicts = dice.choice([{}, {}, {"unit:heritage/u1": "known"}])
    learner = world.learner(*records, goal=goal, verdicts=verdicts, days=dice.choice([0, 0, 0, 30]))
    tags = dice.choice([{}, {}, {"place:garden": "more"}, {"knows:statistics.mean": "no", "kind:exercise": "less"}])
    return world, records, replace(learner, tags=tags, overrules=dice.choice([Overrules(), Overrules(), decided()]))


def decided() -> Overrules:
    """A teacher asks for the last unit next, and sets a goal."""
    said = [
        Decision("heritage", "", "first", "unit:heritage/u4", "t", NOON),
        Decision("heritage", "", "goal", "geometry.scale", "t", NOON),
    ]
    return Overrules(
        ("unit:heritage/u4",),
        frozenset(),
        {"heritage": "geometry.scale"},
        {(one.word, one.target): one for one in said},
    )


def borne_out(move: Move, world: World, records: list[LearningRecord], learner: Learner) -> bool:
    """Whether what the move's text claims follows from the records themselves."""
    named = [one for one in records if one.id in move.evidence]
    answers = [one for one in records if one.verb is Verb.answered]
    if move.kind in ("retry", "gap"):
        item = move.item.id if move.kind == "retry" else move.about
        since = [one for one in answers if one.item == item]
        last_right = max((n for n, one in enumerate(since) if one.score == 1), default=-1)
        builds = move.kind == "retry" or move.concept in world.shelf.needs(world.shelf.by_id[item])
        partly = any((one.score or 0) > 0 for one in since[last_right + 1 :])
        return named == since[last_right + 1 :] and move.number == len(named) and builds and move.partly == partly
    if move.kind == "review":
        last = [one for one in answers if move.concept in one.concepts][-1]
        return named == [last] and move.number == (learner.now - last.time).days
    if move.kind in ("next", "see"):
        concept = move.about if move.kind == "next" else move.concept
        right = len(named) == 1 and named[0].score == 1 and concept in named[0].concepts
        if move.kind == "next" and concept not in ancestors(world.graph, move.concept):
            return False
        return right and (move.kind == "next" or (learner.now - named[0].time).days < 1)
    if move.kind == "back":
        return [one.item for one in named] == [move.about]
    if move.kind == "continue":
        done = {one.item for one in answers}
        return move.number == sum(part.id not in done for part in world.shelf.parts[move.item.id])
    if move.kind == "look":
        return move.concept in move.item.concepts and not named
    if move.kind == "start":
        return not world.shelf.needs(move.item)
    if move.kind == "teacher":
        return learner.overrules.by("first", move.item.id) is not None and not named
    if move.kind == "aim":
        return move.about in learner.overrules.goals.values() and is_of("heritage", move.item.id) and not named
    if move.kind == "again":
        return learner.tags.get(f"knows:{move.concept}") == "no" and not named
    return move.kind in ("path", "ready") and not named


@pytest.mark.parametrize("seed", range(40))
def test_item_07_recommender_reasons_are_true_in_both_languages(seed: int, messages: Messages) -> None:
    world, records, learner = random_world(seed)
    for move in moves(world.shelf, learner):
        assert borne_out(move, world, records, learner), move
        said = reason(move, world.shelf, messages)
        assert said.evidence == move.evidence and set(said.text) == set(LANGUAGES)
        for language in LANGUAGES:
            text = said.text[language]
            assert pick(world.graph.concepts[move.concept].label, language) in text or move.kind in (
                "continue",
                "teacher",
            )
            assert not re.search(r"[{}]|None|statistics\.|\bexercise:", text)
            assert len(text) <= 160


@pytest.mark.parametrize("seed", range(40))
def test_issue5_item_05_the_facts_behind_a_reason_are_the_records_the_gap_and_the_path(seed: int) -> None:
    world, records, learner = random_world(seed)
    by_id = {one.id: one for one in records}
    known = known_concepts(learner, world.shelf)
    for move in moves(world.shelf, learner):
        facts = facts_of(move, world.shelf, learner)
        told = [one for one in facts if one.record]
        assert tuple(one.record for one in told) == move.evidence
        for one in told:
            record_of = by_id[one.record]
            assert (one.item, one.time) == (record_of.item, record_of.time)
            assert one.share == record_of.score and one.kind == ("visit" if record_of.score is None else "answer")
        steps = [one.concept for one in facts if one.kind == "step"]
        whole = path(world.graph, known, move.about) if move.kind in ("path", "aim") else []
        assert steps == [one for one in whole if world.shelf.teaching(one)]
        assert move.number == len(steps) or move.blocked or move.kind not in ("path", "aim")
        assert not known & set(steps) and (not steps or steps[-1] == move.about or not world.shelf.teaching(move.about))
        for place, concept in enumerate(steps):
            assert not ancestors(world.graph, concept) & set(steps[place:]), "what comes before stands before"
        gaps = [(one.item, one.concept) for one in facts if one.kind == "gap"]
        assert gaps == ([(move.blocked or move.about, move.concept)] if move.kind == "gap" or move.blocked else [])
        assert not known & {concept for _, concept in gaps}
        left = {one.item for one in facts if one.kind == "left"}
        assert len(left) == (move.number if move.kind == "continue" else 0)
        assert not left & {one.item for one in records if one.verb is Verb.answered}
        for one in facts:
            assert one.kind != "need" or (one.why == "met") == (one.concept not in known)


def test_a_slow_learner_is_told_the_same_thing_three_times_and_then_let_on() -> None:
    world = World()
    tries = [world.answer("rows", 0, minute) for minute in range(3)]
    two, three = (moves(world.shelf, world.learner(world.answer("kinds", 1), *tries[:n])) for n in (2, 3))
    assert two[0].item.id == "exercise:heritage/u1/rows"
    assert three[0].item.id != "exercise:heritage/u1/rows"
    assert "exercise:heritage/u1/rows" in [move.item.id for move in three], "it may still be tried"


def test_every_kind_of_reason_can_come_up_and_has_its_words(messages: Messages) -> None:
    seen = {move.kind for seed in range(200) for move in moves(*_shelf_and_learner(seed))}
    assert seen == set(KINDS)


def _shelf_and_learner(seed: int) -> tuple:  # type: ignore[type-arg]
    world, _, learner = random_world(seed)
    return world.shelf, learner


def test_the_words_are_short_warm_and_concrete(messages: Messages) -> None:
    world = World()
    wrong = [
        world.answer("kinds", 1),
        world.answer("mean", 0, 1),
        world.answer("median", 0, 2),
        world.answer("median", 0, 3),
    ]
    found = moves(world.shelf, world.learner(*wrong))
    told = {move.kind: reason(move, world.shelf, messages).text for move in reversed(found)}
    assert (
        told["gap"]["zh-CN"] == "最近 2 次做“均值与中位数”，没有答对。它要用到“均值”，所以先把这一步补上，大约 8 分钟。"
    )
    assert told["gap"]["en"] == (
        "Your last 2 answers to “Mean or median” were wrong. It builds on “mean”, so that comes first: about 8 minutes."
    )
    half = moves(world.shelf, world.learner(world.answer("rows", 0.5)))[0]
    assert "not all right" in reason(half, world.shelf, messages).text["en"]
    assert NOON.tzinfo is not None
