"""Two real browsers look at the garden together: one leads, the other follows, looks around alone, and comes back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import violations
from tests.portal_apps.conftest import Site

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SCENE = "document.querySelector('vr-scene')"
NO_WEBGL = """
const getContext = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.includes("webgl") ? null : getContext.call(this, kind, ...more);
};
"""


@pytest.fixture
def visitors(browser: Any, site: Site) -> Iterator[tuple[Any, Any]]:
    """Two pages in browsers of their own, without pictures: what is shared does not need them."""
    contexts = [browser.new_context(locale="en", reduced_motion="reduce") for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    broken: list[str] = []
    for page in pages:
        page.set_default_timeout(30_000)
        page.add_init_script(NO_WEBGL)
        page.on("pageerror", lambda error: broken.append(str(error)))
    yield pages[0], pages[1]
    for context in contexts:
        context.close()
    assert broken == []


def test_issue6_item_04_two_visit_together_and_either_may_lead(visitors: tuple[Any, Any], site: Site) -> None:
    one, two = visitors
    one.goto(f"{site.address}/tours/garden/")
    one.locator("vr-scene .tools summary").click()
    one.get_by_role("button", name="Visit with somebody").click()
    one.wait_for_function(f"() => {SCENE}.company?.company.code")
    code = one.evaluate(f"() => {SCENE}.company.company.code")
    assert code in one.locator("vr-scene .toolrow [role=status]").inner_text()
    two.goto(f"{site.address}/tours/garden/?together={code}")
    two.wait_for_function(f"() => {SCENE}.company?.company.count === 2")
    one.locator("vr-scene .stops ol button").nth(3).click()
    two.wait_for_function(f"() => {SCENE}.getAttribute('stop') === 'pond'")
    two.locator("vr-scene .stops ol button").nth(1).click()
    one.wait_for_function(f"() => {SCENE}.getAttribute('stop') === 'moon-gate'")
    one.get_by_role("button", name="Start the tour").click()
    two.wait_for_function(f"() => {SCENE}.tour.state === 'playing' && {SCENE}.tour.index === 0")
    assert violations(one) == [] and violations(two) == []
    two.get_by_role("button", name="Leave").click()
    one.wait_for_function(f"() => {SCENE}.company.company.count === 1")


def test_issue6_item_04_a_pupil_looks_around_and_comes_back(visitors: tuple[Any, Any], site: Site) -> None:
    page, _ = visitors
    page.goto(f"{site.address}/tours/garden/")
    page.locator("vr-scene .tools summary").click()
    page.locator("vr-scene .toolrow[role=group]").wait_for()
    pose = page.evaluate(f"() => ({{...{SCENE}.pose}})")
    page.evaluate(
        f"() => {{ const c = {SCENE}.company.company; c.hear({{hello: {{code: 'ABCDEF', role: 'follow', count: 9}}}}); window.c = c }}"
    )
    assert "You follow along, 9 in all" in page.locator("vr-scene .toolrow [role=status]").inner_text()
    page.evaluate("(pose) => window.c.hear({view: {stop: 'pond', pose: {...pose, yaw: 1}, explode: 0}})", pose)
    assert page.evaluate(f"() => [{SCENE}.getAttribute('stop'), {SCENE}.pose.yaw]") == ["pond", 1]
    page.locator("vr-scene .stops ol button").first.click()
    assert "You look around by yourself" in page.locator("vr-scene .toolrow [role=status]").inner_text()
    page.evaluate("(pose) => window.c.hear({view: {stop: 'rockery', pose: {...pose, yaw: 2}, explode: 0}})", pose)
    assert page.evaluate(f"() => {SCENE}.getAttribute('stop')") == "entrance"
    page.get_by_role("button", name="Follow along").click()
    assert page.evaluate(f"() => [{SCENE}.getAttribute('stop'), {SCENE}.pose.yaw]") == ["rockery", 2]
