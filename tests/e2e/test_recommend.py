"""What may come next, in a real Chromium (must-show 5 of the recommender): two learners with different answers get different next
steps with true reasons; off works at once; the teacher's overrule wins. By keyboard where it counts; axe finds nothing.

The tests of this file are one story and run in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from commons.people import ensure_person
from commons.records import LearningRecord, Verb, add_records, records_of
from courses import registry
from courses.items import items
from tests.e2e.platform import PHONE, WIDE, Visitor, picture, visitor
from tests.portal.conftest import Served, served_house

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(300)]

WRONG, RIGHT = "mei", "bo"  # both hand in unit 1: Mei gets it wrong, Bo right


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served_house(tmp_path_factory.mktemp("recommend") / "home") as one:
        _answer(one, WRONG, 0.0)
        _answer(one, RIGHT, 1.0)
        yield one


@pytest.fixture(scope="module")
def windows(served: Served, browser: Browser) -> Iterator[dict[str, Visitor]]:
    """One window each of the two learners and their teacher."""
    with ExitStack() as stack:
        found = {}
        for account in (WRONG, RIGHT, "teacher"):
            found[account] = stack.enter_context(visitor(browser, served.base))
            cookie = {"name": "shuyuan-session", "value": served.cookie(account), "url": served.base}
            found[account].context.add_cookies([cookie])  # type: ignore[list-item]
        yield found


def _answer(served: Served, account: str, score: float) -> None:
    """Hand in every exercise of unit 1, an hour ago."""
    with served.world.store.begin() as conn:
        who = ensure_person(conn, account, name=account.title())
        registry.add_member(conn, "heritage", who, "learner")
        asked = [one for one in items(served.world.course) if one.kind == "exercise" and "/u1/" in one.id]
        time = datetime.now(UTC) - timedelta(hours=1)
        add_records(
            conn,
            [
                LearningRecord(
                    who.actor, Verb.answered, one.id, one.kind, one.concepts, time, score=score, attempt=account
                )
                for one in asked
            ],
        )


def _first(page: Page) -> Locator:
    return page.locator("li.step").first


def _why(page: Page) -> str:
    """Open the first suggestion's reasons by keyboard; what they say."""
    summary = _first(page).locator("details.why > summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(_first(page).locator("details.why")).to_have_attribute("open", "")
    return _first(page).locator("details.why").inner_text()


def _named(words: str, of: str) -> re.Pattern[str]:
    """The name of a link or button that says to whoever cannot see what it is for."""
    return re.compile(f"^{words} ?: {of}$")


def _titles(page: Page) -> list[str]:
    return page.locator("li.step h3").all_inner_texts()


def test_issue5_show_05_two_learners_get_different_next_steps_with_true_reasons(
    served: Served, windows: dict[str, Visitor]
) -> None:
    wrong, right = windows[WRONG].go("/my/"), windows[RIGHT].go("/my/")
    assert _titles(wrong)[0] != _titles(right)[0]
    asked = {one.title["en"] for one in items(served.world.course) if one.kind == "exercise" and "/u1/" in one.id}
    told = _first(wrong).locator(".reasons").inner_text()
    named = re.search(r"Your last answer to “(.+?)” was wrong", told)
    assert named and named[1] in asked
    told = _why(wrong)
    facts = re.findall(r"“(.+?)”, (right|wrong)", told)
    assert facts and {title for title, _ in facts} <= asked and {how for _, how in facts} == {"wrong"}
    assert "wrong" not in right.locator("ol.steps").inner_text()
    for title, how in re.findall(r"“(.+?)”, (right|wrong)", _why(right)):
        assert title in asked and how == "right"
    for account in (WRONG, RIGHT):
        assert windows[account].axe() == [] and windows[account].strays == []


def test_issue5_item_05_a_learner_says_what_they_want_and_takes_it_back_by_keyboard(
    windows: dict[str, Visitor],
) -> None:
    page = windows[WRONG].go("/my/")
    first = _titles(page)[0]
    _first(page).get_by_role("button", name="Not interested").press("Enter")
    page.wait_for_url("**/my/?said=not-interested")
    assert first not in _titles(page)
    page.get_by_role("link", name="What you said, and what counts as known").press("Enter")
    page.wait_for_url("**/my/suggestions")
    page.get_by_label("A subject, a place or a kind").select_option(label="objects")
    page.get_by_role("button", name="More", exact=True).press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Kept")
    page.goto(page.url.partition("/my/")[0] + "/my/")
    assert "You asked for more of this: objects" in page.locator("ol.steps").inner_text()
    page = windows[WRONG].go("/my/suggestions")
    assert windows[WRONG].axe() == []
    page.get_by_role("button", name=_named("Remove", "objects")).press("Enter")
    page.get_by_role("button", name=re.compile("^Take back")).first.press("Enter")
    expect(page.get_by_text("There is no tag yet")).to_be_visible()
    assert _titles(windows[WRONG].go("/my/"))[0] == first


def test_issue5_show_05_the_teachers_overrule_wins(windows: dict[str, Visitor]) -> None:
    teacher = windows["teacher"].go("/teach/heritage/suggestions")
    assert windows["teacher"].axe() == []
    teacher.get_by_role("link", name=_named("See suggestions", "Mei")).press("Enter")
    expect(teacher.get_by_role("heading", name="Suggestions to Mei")).to_be_visible()
    before = _titles(windows[WRONG].go("/my/"))[0]
    expect(teacher.locator("li.step").first).to_contain_text(before)
    teacher.locator("li.step").first.get_by_role("button", name="Not this").press("Enter")
    expect(teacher.get_by_role("status")).to_contain_text("Decided")
    teacher.get_by_label("A unit or an exercise").select_option(label="Measuring a garden")
    teacher.get_by_role("button", name="This next", exact=True).press("Enter")
    expect(teacher.locator("li.step").first).to_contain_text("Measuring a garden")
    assert windows["teacher"].axe() == []
    picture(teacher, "recommend-teacher", full=True)

    page = windows[WRONG].go("/my/")
    assert _titles(page)[0] == "Measuring a garden" and before not in _titles(page)
    expect(_first(page).locator(".from-teacher")).to_have_text("Your teacher asks you to do “Measuring a garden” next.")
    assert "周老师" in _why(page)
    assert _first(page).get_by_role("button").count() == 0, "nothing is offered that would not hold"
    assert "Measuring a garden" not in _titles(windows[RIGHT].go("/my/"))[:1]
    teacher.get_by_role("button", name=_named("Take back", "Measuring a garden")).press("Enter")
    expect(teacher.get_by_role("status")).to_contain_text("Taken back")
    assert _titles(windows[WRONG].go("/my/"))[0] not in ("Measuring a garden", before)


def test_issue5_show_05_off_works_at_once(served: Served, windows: dict[str, Visitor]) -> None:
    teacher, page = windows["teacher"].page, windows[WRONG].page
    teacher.get_by_label("A unit or an exercise").select_option(label="Measuring a garden")
    teacher.get_by_role("button", name="This next", exact=True).press("Enter")
    expect(teacher.get_by_role("status")).to_contain_text("Decided")
    windows[WRONG].go("/my/")
    page.get_by_label("Off").check()
    page.get_by_role("button", name="Keep").press("Enter")
    page.wait_for_url("**/my/?said=mode-off")
    expect(page.locator("li.step")).to_have_count(0)
    expect(page.locator("svg.map")).to_have_count(0)
    expect(page.get_by_role("heading", name="From your teachers")).to_be_visible()
    assert windows[WRONG].axe() == []
    with served.world.store.read() as conn:
        who = ensure_person(conn, WRONG)
        recommender = served.app.state.house.catalogue.recommender
        assert recommender.next_items(conn, who.actor) == [] and recommender.mastery_of(conn, who.actor) == {}
        assert records_of(conn, who.actor), "what was learnt is still there"
    teacher.reload()
    expect(teacher.get_by_text("has switched suggestions off")).to_be_visible()
    expect(teacher.locator("li.step")).to_have_count(0)


def test_issue5_item_05_the_pages_hold_in_both_languages_on_a_desk_and_on_a_phone(
    served: Served, browser: Browser
) -> None:
    lin = served.world.people["lin"].actor
    pages = {
        "lin": ("/my/", "/my/suggestions"),
        "teacher": ("/teach/heritage/suggestions", f"/teach/heritage/suggestions/{lin}", "/teach/heritage/fairness"),
    }
    for language, size in (("en", PHONE), ("zh-CN", PHONE), ("zh-CN", WIDE)):
        for account, paths in pages.items():
            with visitor(browser, served.base, language=language, size=size) as one:
                cookie = {"name": "shuyuan-session", "value": served.cookie(account), "url": served.base}
                one.context.add_cookies([cookie])  # type: ignore[list-item]
                for path in paths:
                    one.go(path)
                    for summary in one.page.locator("details > summary").all():
                        summary.press("Enter")
                    assert one.axe() == [], (path, language, size)
                    assert not one.is_too_wide(), (path, language, size)
                    assert not re.search(r"recommender\.|portal\.", one.page.inner_text("main")), path
                assert one.strays == []
