"""The fairness report tells the truth about made-up learners, says nothing of few, and every probability was given before its
answer.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from commons.people import ensure_person
from commons.records import LearningRecord, add_records
from commons.store import Store
from recommender.fairness import SMALLEST, Figures, Group, Judged, Report, by_counts, collect, report
from recommender.preferences import set_preference
from tests.recommender.world import NOON, World

CALM = 20


def made(
    learner: int, language: str, p: float, chance: float, dice: random.Random, course: str = "tea"
) -> list[Judged]:
    return [
        Judged(f"{language}{learner}", course, language, 40, before, p, float(dice.random() < chance))
        for before in range(CALM)
    ]


def one_group(found: Report, by: str, name: str) -> str:
    (group,) = [one for one in found.groups if (one.by, one.name) == (by, name)]
    return "hidden" if group.hidden else group.figures.word if group.figures else "small"


def test_issue5_item_05_fairness_names_the_group_that_is_judged_too_high() -> None:
    dice = random.Random(1)
    judged = [one for n in range(30) for one in made(n, "zh-CN", 0.7, 0.7, dice)]
    judged += [one for n in range(30) for one in made(n, "en", 0.7, 0.45, dice)]
    found = report(judged)
    assert [(one.by, one.name) for one in found.unfair() if one.by == "language"] == [("language", "en")]
    assert one_group(found, "language", "zh-CN") == "fits" and one_group(found, "language", "en") == "high"
    (english,) = [one.figures for one in found.groups if one.name == "en"]
    assert english and english.gap_between[0] < english.gap < english.gap_between[1]
    assert english.gap == pytest.approx(0.25, abs=0.06) == english.calibration
    assert english.error > 0.25 and (english.learners, english.answers) == (30, 30 * CALM)
    assert report(judged) == found


def test_issue5_item_05_nothing_is_said_of_few_learners_nor_what_gives_them_away() -> None:
    dice = random.Random(2)
    few = [one for n in range(SMALLEST - 1) for one in made(n, "en", 0.7, 0.2, dice)]
    assert report(few).whole is None and not report(few).unfair()
    many = [one for n in range(12) for one in made(n, "zh-CN", 0.7, 0.7, dice)]
    more = [one for n in range(14) for one in made(n, "fr", 0.7, 0.7, dice)]
    found = report(few + many + more)
    told = {name: one_group(found, "language", name) for name in ("en", "zh-CN", "fr")}
    assert told == {"en": "small", "zh-CN": "hidden", "fr": "fits"}
    assert found.whole and all(one.figures is None or one.figures.learners >= SMALLEST for one in found.groups)
    assert report([]).whole is None and report([]).groups == ()


def test_activity_and_size_fall_into_steps_that_leave_nobody_out() -> None:
    dice = random.Random(3)
    judged = [one for n in range(20) for one in made(n, "en", 0.6, 0.6, dice)]
    judged += [replace(one, people=3, before=200, learner=f"x{n}") for n in range(12) for one in judged[:2]]
    judged += [replace(one, people=0, learner=f"gone{n}") for n in range(12) for one in judged[:2]]
    found = report(judged)
    names = {by: [one.name for one in found.groups if one.by == by] for by in ("activity", "size")}
    assert names == {"activity": ["0–4", "5–19", "50+"], "size": ["", "1–9", "30–99"]}
    for by in names:
        assert sum(one.figures.answers for one in found.groups if one.by == by and one.figures) == len(judged)


def answers(world: World, actor: str, rights: Sequence[float], attempt: str = "") -> list[LearningRecord]:
    names = ("rows", "kinds", "mean", "median", "ratio", "scale")
    return [
        replace(world.answer(names[n % 6], right, n), actor=actor, attempt=attempt and f"{attempt}{n // 6}")
        for n, right in enumerate(rights)
    ]


def test_issue5_item_05_each_probability_is_given_before_the_answer() -> None:
    world, dice = World(), random.Random(4)
    forecast = by_counts(world.model)
    rights = [float(dice.random() < 0.6) for _ in range(18)]
    batches = [answers(world, "a", rights, "t")[n : n + 6] for n in (0, 6, 12)]
    given = forecast(batches)
    for cut in range(3):
        flipped = [[replace(one, score=1 - (one.score or 0)) for one in batch] for batch in batches[cut:]]
        assert forecast([*batches[:cut], *flipped])[: cut + 1] == given[: cut + 1], "also those handed in together"
    assert forecast([[replace(one, score=0.0) for one in batches[0]], *batches[1:]])[1] != given[1]


def people(conn: Connection, world: World, count: int) -> list[str]:
    found = []
    for n in range(count):
        who = ensure_person(conn, f"p{n}", language="en" if n % 2 else "zh-CN")
        add_records(conn, answers(world, who.actor, [1.0, 0.0, 1.0, 0.5, 0.0, 1.0, 1.0, 1.0], "t"))
        found.append(who.actor)
    return found


def test_issue5_item_05_only_learners_in_mode_personal_are_looked_at(either_store: Store) -> None:
    world = World()
    forecast = by_counts(world.model)
    with either_store.begin() as conn:
        actors = people(conn, world, 12)
        set_preference(conn, actors[0], mode="off", now=NOON)
        set_preference(conn, actors[1], mode="topic", now=NOON + timedelta(hours=1))
        judged = collect(conn, forecast, actors, {"heritage": 12})
    assert {one.learner for one in judged} == set(actors[2:])
    assert {(one.course, one.people) for one in judged} == {("heritage", 12)}
    one = [each for each in judged if each.learner == actors[2]]
    assert [each.before for each in one] == [0] * 6 + [6], "“rows” stood right and is not judged again"
    assert {each.language for each in judged} == {"en", "zh-CN"}
    assert report(judged).whole is not None
    with either_store.read() as conn:
        assert collect(conn, forecast, actors, {}, course="tea") == []


def test_issue5_item_05_a_wide_interval_says_that_it_cannot_be_told() -> None:
    found = Figures(13, 78, 0.43, 0.54, 0.2, 0.1, (-0.26, 0.02), (0.1, 0.3))
    assert found.word == "unsure" and replace(found, gap_between=(-0.14, -0.08)).word == "low"
    assert replace(found, gap_between=(-0.05, 0.02)).word == "fits"
    assert Report(found, (Group("language", "en", found),)).unfair() == []
