"""The map of concepts as a page without a script: everything is there, in both languages, and a broken wish is told in words."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html import unescape
from itertools import pairwise
from pathlib import Path

import pytest

from knowledge_graph.example import small_graph
from knowledge_graph.load import load_graph
from knowledge_graph.model import Concept, Entity, Graph, Prerequisite, Tie
from knowledge_graph.queries import path
from portal.graph_chart import chart, is_machine
from tests.portal.conftest import Served
from tests.portal.world import add_attempt

GOAL = "statistics.median"
TEA = """area: tea
label: {zh-CN: 茶, en: Tea}
provenance: {author: x, method: suggested by machine, confidence: 0.5}
concepts:
  - id: leaf
    label: {zh-CN: 叶, en: "HOSTILE"}
    definition: {zh-CN: 叶。, en: "HOSTILE"}
    needs: [statistics.mean]
"""


def _path(page: str) -> list[str]:
    found = re.search(r'<ol id="path">(.*?)</ol>', page, re.S)
    assert found
    return [unescape(name) for name in re.findall(r'<li><a class="soft"[^>]*>([^<]*)</a>', found[1])]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_issue4_item_04_the_map_and_the_list_hold_every_concept_and_edge(house: Served, language: str) -> None:
    graph = load_graph()
    page = house.browser(language=language).get("/concepts/map").text
    for name, one in graph.concepts.items():
        assert f'id="n-{name}"' in page
        assert one.label[language] in unescape(page)
    assert page.count('class="line line-') == len(graph.prerequisites)
    assert page.count("graph-row-name") == len(graph.concepts)


def test_issue4_item_05_the_path_to_a_goal_is_listed_in_learning_order(house: Served) -> None:
    graph = load_graph()
    page = house.browser().get(f"/concepts/map?goal={GOAL}").text
    assert _path(page) == [graph.concepts[name].label["en"] for name in path(graph, set(), GOAL)]
    assert page.count("is-step") >= len(_path(page)) - 1 and f'is-goal" id="n-{GOAL}"' in page


def test_the_path_of_a_learner_begins_from_what_the_learner_knows(
    house: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"programming.value", "programming.variable", "statistics.observation"}
    monkeypatch.setattr("portal.web.pages.graph.map._known", lambda call: (frozenset(known), False))
    lin = house.browser("lin")
    graph = load_graph()
    wanted = [graph.concepts[name].label["en"] for name in path(graph, known, GOAL)]
    assert _path(lin.get(f"/concepts/map?goal={GOAL}").text) == wanted
    assert len(_path(lin.get(f"/concepts/map?goal={GOAL}&known=nothing").text)) > len(wanted)


def test_what_a_learner_knows_is_read_from_the_answers_and_not_when_that_is_switched_off(fresh: Served) -> None:
    world = fresh.world
    with world.store.begin() as conn:
        for number in range(3, 9):
            add_attempt(conn, world.course, world.people["chen"], "u1", number=number, shares=[1.0], days=number)
    page = fresh.browser("chen").get(f"/concepts/map?goal={GOAL}").text
    shorter, whole = len(_path(page)), len(path(load_graph(), set(), GOAL))
    assert "your answers show you know" in page and shorter < whole
    fresh.browser("chen").post("/my/preference", data={"csrf": fresh.csrf("chen"), "mode": "off", "goal": ""})
    page = fresh.browser("chen").get(f"/concepts/map?goal={GOAL}").text
    assert "switched off" in page and len(_path(page)) == whole


def test_a_chosen_concept_lights_what_it_needs_and_opens_and_says_so_in_words(house: Served) -> None:
    page = house.browser().get("/concepts/map?concept=architecture.beam").text
    assert 'is-chosen" id="n-architecture.beam"' in page
    assert 'is-need" id="n-architecture.column"' in page and page.count('aria-describedby="lit-need"') == 1
    assert 'is-open" id="n-architecture.timber-frame"' in page


def test_a_search_marks_its_matches_and_leaves_the_others_out_of_the_list(house: Served) -> None:
    page = house.browser().get("/concepts/map", params={"q": "中位数"}).text
    assert f'is-hit" id="n-{GOAL}"' in page and "1 found" in page
    assert page.count("hidden><p class=") == len(load_graph().concepts) - 1
    assert "No concept has this name" in house.browser().get("/concepts/map?q=zzzz").text


def test_one_area_keeps_its_own_concepts_and_the_path_that_leads_through_others(house: Served) -> None:
    page = house.browser().get(f"/concepts/map?area=statistics&goal={GOAL}").text
    assert 'id="n-programming.list"' in page and 'id="n-architecture.beam"' not in page


@pytest.mark.parametrize(
    "wish", ["concept=no.such", "goal=%3Cscript%3Ealert(1)%3C/script%3E", "area=x&view=odd&layer=1"]
)
def test_a_wish_for_what_is_not_there_is_told_and_the_map_is_shown(house: Served, wish: str) -> None:
    answer = house.browser().get(f"/concepts/map?{wish}")
    assert answer.status_code == 200 and "There is no " in answer.text
    assert "<script>alert" not in answer.text and 'id="n-architecture.beam"' in answer.text


def test_the_short_address_and_the_pages_of_concepts_lead_to_the_map(house: Served) -> None:
    browser = house.browser()
    assert browser.get(f"/graph?goal={GOAL}").headers["location"] == f"/concepts/map?goal={GOAL}"
    assert "/concepts/map" in browser.get("/concepts/").text
    assert f"/concepts/map?goal={GOAL}" in browser.get(f"/concepts/{GOAL}").text


def test_the_map_asks_nothing_of_another_host_and_holds_no_inline_script_or_style(house: Served) -> None:
    page = house.browser().get("/concepts/map").text
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page) and " style=" not in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_no_two_concepts_stand_on_one_another_and_every_line_runs_forward() -> None:
    graph = load_graph()
    for language in ("zh-CN", "en"):
        drawn = chart(graph, graph.concepts, language)
        at = {node.id: node for node in drawn.nodes}
        rows: dict[float, list[tuple[float, float]]] = {}
        for node in drawn.nodes:
            rows.setdefault(node.y, []).append((node.x - 11, node.x + node.width))
            assert node.x + node.width <= drawn.width and node.y < drawn.height
        for spans in rows.values():
            spans.sort()
            assert all(left[1] < right[0] for left, right in pairwise(spans))
        assert all(at[line.before].x < at[line.after].x for line in drawn.lines)


def test_what_only_a_machine_said_is_drawn_apart_until_a_teacher_confirms() -> None:
    graph = small_graph()
    first, *others = graph.prerequisites
    said = replace(first, method="suggested by machine")
    kinds = {
        (line.before, line.after): line.kind
        for line in chart(replace(graph, prerequisites=(said, *others)), graph.concepts, "en").lines
    }
    assert kinds[(first.before, first.after)] == "machine" and set(kinds.values()) == {"machine", "person"}
    assert not is_machine(replace(said, confirmed_by="a teacher"))


def _large(count: int) -> Graph:
    text = {"zh-CN": "概念", "en": "concept"}
    concepts = {f"a{n % 7}.c{n}": Concept(f"a{n % 7}.c{n}", text, text, f"a{n % 7}") for n in range(count)}
    names = list(concepts)
    edges = (Prerequisite(names[n // 2], names[n], "x", "authored", 1.0) for n in range(1, count))
    return Graph(concepts, tuple(edges), {f"a{n}": text for n in range(7)})


def test_of_a_graph_too_large_to_draw_the_beginnings_and_what_is_asked_for_are_shown_quickly(
    house: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = replace(house.app.state.house.catalogue, graph=_large(6000))
    monkeypatch.setattr("portal.catalogue.Shelf.current", lambda self: found)
    begun = time.perf_counter()
    page = house.browser().get("/concepts/map?goal=a5.c5997").text
    assert time.perf_counter() - begun < 20
    assert page.count("graph-row-name") == 1500 and "4500 more concepts" in page and 'id="n-a5.c5997"' in page


def _with_people(graph: Graph) -> Graph:
    entities = {f"person:p{n}": Entity(f"person:p{n}", "person", {"en": f"Person {n} <b>"}) for n in range(150)}
    ties = tuple(Tie(name, "about", "a") for name in entities)
    return replace(graph, entities=entities, ties=ties)


def test_people_places_and_periods_are_a_layer_of_their_own_and_many_are_counted() -> None:
    graph = _with_people(small_graph())
    assert not [node for node in chart(graph, graph.concepts, "en").nodes if node.is_entity]
    drawn = chart(graph, graph.concepts, "en", entities=True, others="People")
    assert len([node for node in drawn.nodes if node.is_entity]) == 120 and drawn.left_out == 30
    assert {line.kind for line in drawn.lines} == {"person", "tie"} and drawn.lanes[-1].name == "People"


def test_what_teachers_wrote_is_on_the_map_with_its_hostile_label_as_text(fresh: Served) -> None:
    folder = Path(fresh.world.settings.home) / "graph" / "content"
    folder.mkdir(parents=True, exist_ok=True)
    hostile = "<script>alert('label')</script>"
    text = TEA.replace("HOSTILE", hostile)
    (folder / "tea.yaml").write_text(text, "utf-8")
    page = fresh.browser().get("/concepts/map?concept=tea.leaf").text
    assert "&lt;script&gt;alert" in page and hostile not in page
    assert "line-machine" in page and "no teacher has confirmed it" in page
