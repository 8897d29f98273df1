"""What a person sees, in a real Chromium: no accessibility violation, nothing wider than the page, nothing asked of another host.

Both languages, 1440 and 390 wide, and the night and high-contrast colours.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from commons.places import ROOT
from portal.web.session import SESSION_COOKIE
from tests.browser import violations
from tests.portal.conftest import Served

ABOVE = "document.documentElement.scrollWidth > window.innerWidth + 1 ? document.documentElement.scrollWidth : 0"
PAGES = {
    "": ("/", "/courses/", "/courses/heritage", "/courses/heritage/u1", "/search?q=median", "/search", "/concepts/",
         "/concepts/statistics.median", "/privacy/", "/help/", "/api/docs", "/nothing-here"),
    "lin": ("/my/", "/courses/heritage", "/privacy/", "/my/attempts/{attempt}", "/teach/"),
    "teacher": ("/teach/heritage", "/my/"),
}  # fmt: skip

pytestmark = pytest.mark.slow


def _open(browser: Browser, house: Served, account: str, language: str, width: int, **cookies: str) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=False, reduced_motion="reduce")
    jar = {"shuyuan-language": language} | cookies | ({SESSION_COOKIE: house.cookie(account)} if account else {})
    context.add_cookies([{"name": name, "value": value, "url": house.base} for name, value in jar.items()])
    # The tours are another process; their pictures are tested there.
    context.route(
        "**/tours/**/*.jpg",
        lambda route: route.fulfill(path=ROOT / "portal/static/moon-gate.svg", content_type="image/svg+xml"),
    )
    return context.new_page()


def _visit(page: Page, house: Served, path: str) -> list[str]:
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url) if _is_foreign(request.url, house.base) else None)
    page.goto(house.base + path.format(attempt=house.world.attempts[0]))
    page.evaluate("document.fonts.ready")
    wide = page.evaluate(ABOVE)
    return [f"asks {url}" for url in foreign] + ([f"is {wide} px wide"] if wide else []) + violations(page)


def _is_foreign(url: str, base: str) -> bool:
    return urlsplit(url).scheme not in ("data", "blob") and urlsplit(url).netloc != urlsplit(base).netloc


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_item_09_every_page_passes_axe_fits_and_asks_nobody_else(
    browser: Browser, house: Served, language: str, width: int
) -> None:
    faults = {}
    for account, paths in PAGES.items():
        page = _open(browser, house, account, language, width)
        for path in paths:
            if found := _visit(page, house, path):
                faults[f"{path} as {account or 'a visitor'}"] = found
        page.context.close()
    assert faults == {}


@pytest.mark.parametrize("cookies", [{"shuyuan-theme": "night"}, {"shuyuan-theme": "contrast"}, {"shuyuan-large": "1"}])
def test_night_contrast_and_large_type_pass_axe_too(browser: Browser, house: Served, cookies: dict[str, str]) -> None:
    faults = {}
    page = _open(browser, house, "lin", "en", 390 if "shuyuan-large" in cookies else 1440, **cookies)
    for path in ("/", "/my/", "/my/attempts/{attempt}", "/courses/heritage", "/search?q=median"):
        if found := _visit(page, house, path):
            faults[path] = found
    page.context.close()
    assert faults == {}


def test_the_first_tab_leads_past_the_head_of_the_page(browser: Browser, house: Served) -> None:
    page = _open(browser, house, "", "en", 1440)
    page.goto(house.base + "/courses/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.context.close()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_fonts_are_ours_and_their_coming_moves_nothing(browser: Browser, house: Served, language: str) -> None:
    page = _open(browser, house, "", language, 1440)
    page.add_init_script(
        "window.shift = 0; new PerformanceObserver(list => { for (const one of list.getEntries()) window.shift += one.value; })"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.goto(house.base + "/courses/heritage/u2")
    page.evaluate("document.fonts.ready")
    loaded = page.evaluate("[...document.fonts].filter(one => one.status === 'loaded').map(one => one.family)")
    wanted = "Noto Serif SC" if language == "zh-CN" else "Source Serif 4"
    assert any(wanted in family for family in loaded)
    assert page.evaluate("window.shift") < 0.05
    page.context.close()


def test_feedback_appears_by_itself_once_the_marks_are_there(browser: Browser, fresh: Served) -> None:
    from sqlalchemy import update

    from courses.tables import attempt as attempts
    from tests.portal.world import add_attempt

    world = fresh.world
    with world.store.begin() as conn:
        attempt = add_attempt(conn, world.course, world.people["lin"], "u3", number=1, shares=[1.0], state="received")
    page = _open(browser, fresh, "lin", "en", 390)
    page.goto(f"{fresh.base}/my/attempts/{attempt}")
    assert "being marked" in page.inner_text("main")
    with world.store.begin() as conn:
        conn.execute(update(attempts).where(attempts.c.id == attempt).values(state="graded", score=5.0, max_score=9.0))
    page.wait_for_selector(".total-number", timeout=15_000)
    assert page.inner_text(".total-number") == "5"
    page.context.close()
