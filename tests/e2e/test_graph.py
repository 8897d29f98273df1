"""The graph in a real Chromium (must-show 5): twenty suggestions reviewed, a path found on the map, both by keyboard; axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from knowledge_graph.load import graph_folders, load_graph
from knowledge_graph.queries import path
from knowledge_graph.review import read_decisions
from knowledge_graph.review.decisions import decisions_path
from tests.e2e.platform import PHONE, WIDE, Visitor, picture, visitor
from tests.portal.conftest import Served, served_house
from tests.portal.suggested import COURSE, add_suggestions

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

GOAL = "statistics.median"
BASE = f"/teach/graph/{COURSE}"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A house with a course of which a machine has suggested thirty things."""
    with served_house(tmp_path_factory.mktemp("graph") / "home") as one:
        add_suggestions(one.world.settings.home, 8, 22)
        yield one


def _sign_in(window: Visitor, served: Served, account: str) -> None:
    window.context.add_cookies([{"name": "shuyuan-session", "value": served.cookie(account), "url": served.base}])


def _home(served: Served) -> Path:
    return Path(served.world.settings.home)


def _here(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.suggestion.is-here')?.dataset.key ?? ''"))


def test_issue4_show_05_twenty_suggestions_are_reviewed_by_keyboard(served: Served, browser: Browser) -> None:
    with visitor(browser, served.base) as teacher:
        _sign_in(teacher, served, "teacher")
        page = teacher.go(BASE)
        expect(page.locator(".suggestion.is-here")).to_have_count(1)
        page.keyboard.press("?")
        expect(page.get_by_text("edit label and definition", exact=True)).to_be_visible()
        assert teacher.axe() == []
        page.keyboard.press("?")
        seen = [_here(page)]
        for _ in range(20):
            page.keyboard.press("r" if " -> " in _here(page) and len(seen) % 5 == 0 else "a")
            seen.append(_here(page))
        expect(page.locator(".suggestion.is-decided")).to_have_count(20, timeout=90_000)
        assert len(set(seen[:20])) == 20
        expect(page.locator("#next-page")).to_be_focused()
        assert teacher.axe() == []
        made = read_decisions(decisions_path(_home(served)))
        assert [one.of for one in made] == seen[:20] and {one.kind for one in made} == {"accept", "reject"}
        page.keyboard.press("u")
        expect(page.locator(".suggestion.is-decided")).to_have_count(19)
        assert read_decisions(decisions_path(_home(served)))[-1].kind == "undo"
        graph = load_graph(graph_folders(_home(served)))
        accepted = [one.of for one in made[:19] if one.kind == "accept" and " -> " in one.of]
        edges = {f"{one.before} -> {one.after}" for one in graph.prerequisites}
        assert accepted and set(accepted) <= edges
        page.keyboard.press("n")
        page.wait_for_url(f"**{BASE}")
        expect(page.locator(".suggestion")).to_have_count(11)
        assert teacher.strays == []


def test_issue4_item_04_words_are_edited_and_concepts_merged_by_keyboard(served: Served, browser: Browser) -> None:
    add_suggestions(_home(served), 10, 0)
    with visitor(browser, served.base) as teacher:
        _sign_in(teacher, served, "teacher")
        page = teacher.go(BASE)
        while _here(page) != "tea.c9":
            page.keyboard.press("j")
        page.keyboard.press("e")
        field = page.locator(".is-here").get_by_label("Label (English)")
        field.fill("spring tea")
        field.press("Enter")
        expect(page.locator(".is-decided h2", has_text="spring tea")).to_be_visible()
        page.keyboard.press("k")
        while _here(page) != "tea.c8":
            page.keyboard.press("k")
        page.keyboard.press("m")
        page.keyboard.type("Mean")
        page.keyboard.press("Escape")
        page.keyboard.press("m")
        page.keyboard.press("Enter")
        expect(page.locator(".is-decided", has_text="into “mean”")).to_be_visible()


def test_a_refused_form_stays_open_with_its_text_and_the_keys_go_into_it(served: Served, browser: Browser) -> None:
    add_suggestions(_home(served), 14, 0)
    before = read_decisions(decisions_path(_home(served)))
    with visitor(browser, served.base) as teacher:
        _sign_in(teacher, served, "teacher")
        page = teacher.go(BASE)
        while _here(page) != "tea.c12":
            page.keyboard.press("j")
        page.keyboard.press("m")
        page.keyboard.type("no such te")
        page.keyboard.press("Enter")
        page.keyboard.type("a")
        field = page.locator(".is-here").get_by_label("It is the same as")
        expect(
            page.locator(".is-here .field", has=page.get_by_label("It is the same as")).get_by_role("alert")
        ).to_contain_text("no concept called")
        expect(field).to_be_focused()
        page.keyboard.type("r")
        expect(field).to_have_value("no such tear")
        assert teacher.axe() == []
        page.keyboard.press("Escape")
        page.keyboard.press("e")
        words = page.locator(".is-here").get_by_label("Label (English)")
        words.fill("tea\u202e")
        words.press("Enter")
        expect(
            page.locator(".is-here .field", has=page.get_by_label("Label (English)")).get_by_role("alert")
        ).to_contain_text("U+202E")
        expect(words).to_be_focused()
        assert read_decisions(decisions_path(_home(served))) == before
        words.fill("winter tea")
        words.press("Enter")
        expect(page.locator(".is-decided h2", has_text="winter tea")).to_be_visible()
        expect(page.locator("[data-count=open]")).to_have_text(
            "To decide: " + str(page.locator(".suggestion:not(.is-decided)").count())
        )


def test_issue4_item_04_a_conflict_is_shown_on_the_card_and_overwrites_nothing(
    served: Served, browser: Browser
) -> None:
    add_suggestions(_home(served), 12, 0)
    with visitor(browser, served.base, language="zh-CN") as one, visitor(browser, served.base) as two:
        for window in (one, two):
            _sign_in(window, served, "teacher")
            page = window.go(BASE)
            while _here(page) != "tea.c10":
                page.keyboard.press("j")
        one.page.keyboard.press("r")
        expect(one.page.locator(".is-decided")).to_have_count(1)
        two.page.keyboard.press("a")
        expect(two.page.get_by_role("alert")).to_contain_text("has rejected it meanwhile")
        newest = [made for made in read_decisions(decisions_path(_home(served))) if made.of == "tea.c10"]
        assert [made.kind for made in newest] == ["reject"]


def test_issue4_show_05_a_path_is_found_on_the_map_by_keyboard(served: Served, browser: Browser) -> None:
    graph = load_graph(graph_folders(_home(served)))
    with visitor(browser, served.base) as learner:
        page = learner.go("/concepts/map")
        page.get_by_label("Find a concept on the map").focus()
        page.keyboard.type("median")
        expect(page.locator("a.node.is-hit")).not_to_have_count(0)
        for _ in range(20):
            page.keyboard.press("Enter")
            if page.locator(f"[id='n-{GOAL}'].is-at").count():
                break
        expect(page.locator(f"[id='n-{GOAL}']")).to_be_in_viewport()
        # From the field on to the map, and from there to the concept last gone to.
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == f"n-{GOAL}":
                break
        expect(page.locator(f"[id='n-{GOAL}']")).to_be_focused()
        page.keyboard.press("g")
        expect(page.locator("#path li")).to_have_count(len(path(graph, set(), GOAL)))
        expect(page.locator(f"[id='n-{GOAL}'].is-goal")).to_be_focused()
        named = [one.split("\n")[0] for one in page.locator("#path li > a:first-child").all_inner_texts()]
        assert named == [graph.concepts[name].label["en"] for name in path(graph, set(), GOAL)]
        assert page.locator("a.node:is(.is-step, .is-goal)").count() == len(named)
        assert learner.axe() == [] and learner.strays == []
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("document.activeElement.id") not in ("", f"n-{GOAL}")
        page.keyboard.press("Enter")
        expect(page.locator("#chosen-head")).to_be_visible()
        page.go_back()
        expect(page.locator("#chosen-head")).to_have_count(0)


def test_issue4_item_04_the_map_is_moved_and_zoomed_by_keys_wheel_and_hand(served: Served, browser: Browser) -> None:
    with visitor(browser, served.base) as learner:
        page = learner.go("/concepts/map")
        frame, width = page.locator("#window"), "document.getElementById('map').clientWidth"
        frame.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowDown")
        assert page.evaluate(
            "(({scrollLeft, scrollTop}) => scrollLeft > 0 && scrollTop > 0)(document.getElementById('window'))"
        )
        before = page.evaluate(width)
        page.keyboard.press("+")
        assert page.evaluate(width) > before
        page.keyboard.press("0")
        assert page.evaluate(width) < before
        page.get_by_role("button", name="Zoom in").click()
        smaller = page.evaluate(width)
        box = frame.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 200, box["y"] + 200)
        page.mouse.wheel(0, -400)
        page.wait_for_function(f"{width} > {smaller}")
        for _ in range(4):
            page.keyboard.press("+")
        start = page.evaluate("document.getElementById('window').scrollLeft")
        page.mouse.move(box["x"] + 400, box["y"] + 200)
        page.mouse.down()
        page.mouse.move(box["x"] + 200, box["y"] + 150, steps=4)
        page.mouse.up()
        assert page.evaluate("document.getElementById('window').scrollLeft") > start
        assert not learner.is_too_wide()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("name", "size"), [("wide", WIDE), ("phone", PHONE)])
def test_issue4_show_05_axe_finds_nothing_in_both_languages_at_both_widths(
    served: Served, browser: Browser, language: str, name: str, size: dict[str, int]
) -> None:
    with visitor(browser, served.base, language=language, size=size, reduced_motion="reduce") as window:
        _sign_in(window, served, "teacher")
        for mark, where in (
            ("map", f"/concepts/map?view=map&goal={GOAL}"), ("list", f"/concepts/map?view=list&concept={GOAL}"), ("review", BASE),
            ("waiting", f"{BASE}?show=waiting"), ("record", f"{BASE}/record"), ("choose", "/teach/graph"),
        ):  # fmt: skip
            page = window.go(where)
            page.wait_for_load_state("load")
            assert window.axe() == [], mark
            assert not window.is_too_wide(), mark
            picture(page, f"graph-{mark}-{name}-{language}")
        assert window.strays == []


def test_the_list_works_without_a_script_and_is_what_a_phone_shows(served: Served, browser: Browser) -> None:
    with visitor(browser, served.base, size=PHONE, java_script_enabled=False) as window:
        page = window.go("/concepts/map")
        expect(page.locator("#list")).to_be_visible()
        expect(page.locator("#map")).to_be_hidden()
        page.get_by_label("Find a concept on the map").fill("median")
        page.get_by_role("button", name="Find").click()
        expect(page.locator(".graph-rows li:visible")).to_have_count(1)
        page.locator(".graph-row-do a:visible").click()
        expect(page.locator("#path li").last).to_contain_text("median")


def test_issue4_item_04_two_fingers_zoom_the_map_and_a_finger_chooses(served: Served, browser: Browser) -> None:
    with visitor(browser, served.base, size=PHONE, has_touch=True, is_mobile=True) as window:
        page = window.go("/concepts/map?view=map")
        page.locator("#window").scroll_into_view_if_needed()
        box, width = page.locator("#window").bounding_box(), "document.getElementById('map').clientWidth"
        assert box is not None
        x, y, before = box["x"] + 150, box["y"] + 100, page.evaluate(width)
        hand = window.context.new_cdp_session(page)
        for kind, apart in (("touchStart", 20), ("touchMove", 30), ("touchMove", 45)):
            points = [{"x": x - apart, "y": y, "id": 1}, {"x": x + apart, "y": y, "id": 2}]
            hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert page.evaluate(width) > before * 1.5 and page.evaluate("visualViewport.scale") == 1
        page.locator("[id='n-architecture.column']").tap()
        expect(page.locator("#chosen-head")).to_contain_text("Column")
