"""The smart guide: answers from the sources with where they stand, refusals, walks by interest and minutes."""

from __future__ import annotations

import json

import pytest

from commons.languages import LANGUAGES, pick
from knowledge_graph.load import load_graph
from tests.vr_scenes.guide_world import STOPS, small_guide
from vr_scenes import bench_guide
from vr_scenes.guide import Answer, passages_of
from vr_scenes.guide.answer import LONGEST
from vr_scenes.guide.plan import plan
from vr_scenes.guide.questions import read_questions
from vr_scenes.guide.sources import sentences
from vr_scenes.guide.words import content, gives, wants
from vr_scenes.scene import load_scene, scene_folder


def words(answer: Answer) -> str:
    return " ".join(answer.words)


@pytest.mark.parametrize(
    ("question", "language", "stop", "told"),
    [
        ("How high above the paving is the centre of the round opening?", "en", "moon-gate", "1.35"),
        ("月洞门的圆心离地多高？", "zh-CN", "moon-gate", "一米三五"),
        ("桥的五段各有多长？", "zh-CN", "zigzag-bridge", "三米"),
        ("Why are the rails of the bridge so low?", "en", "zigzag-bridge", "sit down"),
    ],
)
def test_issue6_item_05_a_question_is_answered_in_the_words_of_the_stop_that_has_it(
    question: str, language: str, stop: str, told: str
) -> None:
    found = small_guide().ask(question, language)
    assert found.stop == stop and told in words(found), found
    assert found.passage is not None and all(one in pick(found.passage.text, language) for one in found.words)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("What will the weather be in Paris tomorrow?", "en"),
        ("门票多少钱一张？", "zh-CN"),
        ("Who won the football game last night?", "en"),
        ("地铁末班车几点？", "zh-CN"),
        ("", "en"),
        ("？？？", "zh-CN"),
        ("\0 \ud800 <script>alert(1)</script>" + "x" * 10_000, "en"),
    ],
)
def test_issue6_item_05_what_no_source_says_it_does_not_know(question: str, language: str) -> None:
    found = small_guide().ask(question, language)
    assert found.passage is None and found.words == () and found.stop == ""


def test_issue6_item_05_a_long_question_is_cut_and_the_same_question_has_the_same_answer() -> None:
    asked = "How high above the paving is the centre of the round opening?"
    one, other = (small_guide().ask(asked + " " * LONGEST + more, "en") for more in ("", "Paris " * 99))
    assert one == other


def test_issue6_item_05_the_sources_are_all_the_words_of_the_scene_in_both_languages() -> None:
    scene = load_scene(scene_folder("garden"))
    found = passages_of(scene, load_graph().concepts)
    assert {one.stop for one in found} == {stop.id for stop in scene.stops}
    assert {one.kind for one in found} == {"scene", "stop", "hotspot", "object", "part", "tour", "concept"}
    for language in LANGUAGES:
        texts = "\n".join(pick(one.text, language) for one in found)
        for stop in scene.stops:
            for line in pick(stop.description, language).split("\n"):
                assert line.strip() in texts
    whole = pick(scene.stops[0].description, "en")
    assert " ".join(" ".join(sentences(line)) for line in whole.split("\n") if line.strip()).split() == whole.split()


def test_issue6_item_05_a_walk_keeps_the_order_fits_the_minutes_and_holds_what_was_asked_for() -> None:
    guide, stops = small_guide(), [one for one in load_scene(scene_folder("garden")).stops if one.id in STOPS]
    shortest = min(stop.minutes for stop in stops)
    both = plan(guide.sources, stops, "", sum(stop.minutes for stop in stops), "en")
    assert both.stops == STOPS and both.near == ()
    for interest, language, wanted in (("circles and radius", "en", "moon-gate"), ("桥", "zh-CN", "zigzag-bridge")):
        found = plan(guide.sources, stops, interest, max(stop.minutes for stop in stops), language)
        assert found.stops == (wanted,) == found.near
    least = plan(guide.sources, stops, "", shortest / 2, "en")
    assert len(least.stops) == 1, "one stop is better than none"


def test_issue6_show_04_the_questions_measured_on_are_none_of_those_fitted_on() -> None:
    tune, measure = read_questions("tune"), read_questions("measure")
    assert not {one.question for one in tune} & {one.question for one in measure}
    assert len(measure) >= 100 and sum(not one.stops for one in measure) >= 30
    known = {stop.id for stop in load_scene(scene_folder("garden")).stops}
    assert {stop for one in (*tune, *measure) for stop in one.stops} <= known
    assert {one.language for one in measure} == set(LANGUAGES)


def test_issue6_show_04_the_bench_counts_a_refusal_as_wrong_where_there_is_an_answer() -> None:
    asked = [one for one in read_questions("measure") if set(one.stops) <= set(STOPS)]
    part = [one for one in asked if one.stops][:8] + [one for one in asked if not one.stops][:8]
    page = bench_guide.measure(small_guide(), part)
    assert page["questions"] == 16 and page["unanswerable"] == 8
    assert float(str(page["cited_right"])) >= 0.5 and float(str(page["refused_right"])) >= 0.7
    assert json.loads(json.dumps(page)) == page


def test_what_a_question_asks_for_is_told_from_what_it_is_about() -> None:
    assert content("How thick is the wall?") == ["thick", "wall"] and "thickness" in wants("How thick is the wall?")
    assert "thickness" in gives("the wall is 0.36 m thick") and "price" not in gives("the wall is 0.36 m thick")
    assert wants("门票多少钱？") >= {"price"} and "name" in wants("这座桥叫什么名字？")
