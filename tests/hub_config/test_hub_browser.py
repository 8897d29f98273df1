"""The hub's pages in a real Chromium: no axe violation, no request to another host, and JupyterLab in the learner's language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from hub_config.launcher import AUTOSAVE_S
from tests.browser import violations
from tests.hub_config.house import PASSWORD, House

pytestmark = pytest.mark.slow

OUTSIDE = (
    "/hub/login",
    "/hub/signup",
    "/hub/no-such-page",
    "/hub/logout",
    "/hub/login?theme=night",
    "/hub/signup?theme=contrast",
    "/hub/login?theme=day",
)


class Visit:
    """A browser window at the house that notes requests which leave it."""

    def __init__(self, house: House, context: BrowserContext) -> None:
        self.house, self.page = house, context.new_page()
        self.strangers: list[str] = []
        self.page.on("request", self._note)

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.house.url(""), "data:", "blob:")):
            self.strangers.append(request.url)

    def go(self, path: str) -> Page:
        self.page.goto(self.house.url(path))
        return self.page

    def sign_up(self, account: str) -> None:
        page = self.go("/hub/signup")
        page.fill("#username", account)
        page.check("input[value=adult]")
        page.fill("#password", PASSWORD)
        page.fill("#confirmation", PASSWORD)
        page.click("#signup_submit")
        page.wait_for_url("**/my/")

    def violations(self) -> list[str]:
        """What axe finds on the page now."""
        return [f"{self.page.url}: {fault}" for fault in violations(self.page)]


def visit(house: House, browser: Browser, language: str, width: int = 1440) -> Visit:
    return Visit(house, browser.new_context(locale=language, viewport={"width": width, "height": 900}))


@pytest.mark.parametrize(("language", "width"), [("zh-CN", 390), ("en", 1440)])
def test_account_pages_are_accessible_and_ask_no_other_host(
    house: House, browser: Browser, language: str, width: int
) -> None:
    one = visit(house, browser, language, width)
    found: list[str] = []
    for path in OUTSIDE:
        one.go(path)
        found += one.violations()
        assert one.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{path} is wider than the window"
        )
    one.go("/hub/signup")
    one.page.check("input[value=under14]")
    one.page.click("#signup_submit")
    one.page.wait_for_selector("#guardian-fault")
    found += one.violations()
    one.sign_up(f"axe-{language.lower()}")
    for path in ("/hub/home", "/hub/change-password", "/hub/token"):
        one.go(path)
        found += one.violations()
    assert found == []
    assert one.strangers == []


def test_the_operators_pages_are_accessible_and_list_accounts(house: House, browser: Browser) -> None:
    name = house.learner().account
    one = visit(house, browser, "en")
    page = one.go("/hub/login")
    page.fill("#username", house.settings.teacher)
    page.fill("#password", house.teacher_password)
    page.click("#login_submit")
    page.wait_for_url("**/my/")
    page = one.go("/hub/admin")
    page.wait_for_selector(f"text={name}")
    found = one.violations()
    page.click(f"tr:has-text('{name}') a")
    found += one.violations()
    page.click("main button")
    page.wait_for_selector("#new-password")
    assert found + one.violations() == []


def test_the_page_while_a_part_is_away_is_accessible(house: House, browser: Browser) -> None:
    one = visit(house, browser, "en", 390)
    house.kill("hub")
    try:
        assert "not available now" in one.go("/hub/login").inner_text("main")
        found = one.violations()
    finally:
        house.start("hub")
    one.page.wait_for_selector("#login_submit")
    assert found == [], "and it finds its way back by itself"


def test_a_child_sees_the_guardians_part_and_passwords_can_be_shown(house: House, browser: Browser) -> None:
    page = visit(house, browser, "zh-CN", 390).go("/hub/signup")
    assert page.is_hidden("#guardian-part")
    page.check("input[value=under14]")
    assert page.is_visible("#guardian")
    page.fill("#password", "abc")
    page.check("[data-shows-passwords]")
    assert page.get_attribute("#password", "type") == "text"


def test_sign_up_works_without_scripts(house: House, browser: Browser) -> None:
    context = browser.new_context(locale="en", java_script_enabled=False)
    page = context.new_page()
    page.goto(house.url("/hub/signup"))
    assert page.is_visible("#guardian")
    page.fill("#username", "no-script")
    page.check("input[value=under14]")
    page.check("#guardian")
    page.fill("#password", PASSWORD)
    page.fill("#confirmation", PASSWORD)
    page.click("#signup_submit")
    assert page.url.endswith("/my/")


def test_item_04_a_learner_waits_on_an_accessible_page_and_jupyterlab_speaks_chinese(
    walled: House, browser: Browser
) -> None:
    one = visit(walled, browser, "zh-CN")
    one.sign_up("lab-zhongwen")
    page = one.go("/hub/home")
    page.click("#start")
    page.wait_for_url("**/spawn-pending/**")
    found = one.violations()
    assert "正在打开书房" in page.inner_text("h1")
    page.wait_for_url("**/user/lab-zhongwen/lab**", timeout=90_000)
    page.wait_for_selector(".jp-Launcher-sectionTitle:has-text('笔记本')", timeout=60_000)
    assert page.locator(".lm-MenuBar-itemLabel:has-text('文件')").is_visible()
    assert page.locator("text=Create Assignment").count() == 0, "teachers' tools are not in a learner's way"
    saving = page.request.get(walled.url("/user/lab-zhongwen/lab/api/settings/@jupyterlab/docmanager-extension:plugin"))
    assert saving.json()["schema"]["properties"]["autosaveInterval"]["default"] == AUTOSAVE_S
    one.go("/hub/home")
    assert "先关闭书房再打开" in page.inner_text("#study-language")
    found += one.violations()
    assert found == []
    assert one.strangers == []


def test_a_link_into_a_closed_study_opens_it_and_leads_to_its_place(walled: House, browser: Browser) -> None:
    one = visit(walled, browser, "en")
    one.sign_up("by-a-link")
    one.go("/hub/user-redirect/api/contents?from=link")
    one.page.wait_for_url("**/user/by-a-link/api/contents?from=link", timeout=90_000)
    assert one.strangers == []


def test_the_page_of_a_failed_start_is_accessible_and_in_one_language(tmp_path: Path, browser: Browser) -> None:
    with House(tmp_path, SHUYUAN_SERVER_FREE_DISK_MB="999999999") as house:
        one = visit(house, browser, "zh-CN")
        one.sign_up("no-room")
        page = one.go("/hub/spawn")
        page.wait_for_selector("#why", timeout=60_000)
        assert "发现：" in page.inner_text("#why") and "Found:" not in page.inner_text("#why")
        assert one.violations() == []
