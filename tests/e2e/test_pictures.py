"""Every public page in both languages, wide and on a phone: no axe violation, nothing wider than the screen, nobody else asked.

The screenshots are kept under build/pictures (must-show 3); `make pictures` takes some of them into the docs.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from commons.languages import LANGUAGES
from tests.e2e.platform import PHONE, WIDE, Platform, picture, visitor

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(600)]

PAGES = {
    "front": "/",
    "courses": "/courses/",
    "course": "/courses/heritage",
    "unit": "/courses/heritage/u2",
    "concepts": "/concepts/",
    "concept": "/concepts/statistics.median",
    "search": "/search?q=%E4%B8%AD%E4%BD%8D%E6%95%B0",
    "tours": "/tours/",
    "tour": "/tours/garden/?stop=moon-gate",
    "tour-text": "/tours/garden/text",
    "privacy": "/privacy/",
    "help": "/help/",
    "api": "/api/docs",
    "sign-in": "/hub/login",
    "sign-up": "/hub/signup",
    "missing": "/no-such-page",
}


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_item_09_public_pages_are_accessible_fit_the_screen_and_ask_nobody_else(
    platform: Platform, browser: Browser, language: str, size: dict[str, int]
) -> None:
    faults: list[str] = []
    with visitor(browser, platform.url, language=language, size=size) as one:
        for name, path in PAGES.items():
            page = one.go(path)
            page.wait_for_load_state("networkidle")
            faults += [f"{name}: {fault}" for fault in one.axe()]
            if one.is_too_wide():
                faults.append(f"{name}: scrolls sideways")
            if page.locator("html").get_attribute("lang") != language:
                faults.append(f"{name}: not in {language}")
            picture(page, f"{name}-{language}-{size['width']}")
        faults += [f"asked {url}" for url in one.strays]
    assert not faults, "\n".join(faults)
