"""Sign-up, sign-in, sign-out and erasure against the real proxy and the real hub, as a browser meets them at the front door."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from portal.web.app import create_app
from tests.hub_config.house import Browser, House
from tests.portal.servers import serve

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The hub's test house with the portal itself in the place of its stand-in."""
    with House(tmp_path_factory.mktemp("door")) as house:
        house.stand_in.shutdown()
        house.stand_in.server_close()
        app = create_app(house.settings)
        with serve(app, house.settings.portal_port):
            yield house
            house.close_browsers()
        app.state.house.store.close()


def _csrf(browser: Browser, path: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', browser.get(path).text)
    assert found, path
    return found[1]


def test_item_04_somebody_signs_up_at_the_hub_and_is_known_to_the_portal(door: House) -> None:
    browser = door.learner()
    page = browser.get("/my/", follow_redirects=True)
    assert page.status_code == 200 and page.url.path == "/my/"
    assert f"Welcome back, {browser.account}" in page.text


def test_signing_out_at_the_portal_signs_out_of_the_hub(door: House) -> None:
    browser = door.learner()
    assert browser.get("/my/", follow_redirects=True).url.path == "/my/"
    browser.get("/logout", follow_redirects=True)
    assert browser.get("/my/", follow_redirects=True).url.path == "/hub/login"


def test_item_09_erase_me_deletes_the_account_at_the_hub_too(door: House) -> None:
    browser = door.learner()
    browser.get("/my/", follow_redirects=True)
    form = {"csrf": _csrf(browser, "/privacy/"), "confirm": browser.account}
    done = browser.post("/privacy/erase", data=form)
    assert done.status_code == 200 and "Everything is erased" in done.text and "did not answer" not in done.text
    again = door.browser()
    again.sign_in(browser.account)
    assert again.get("/my/", follow_redirects=True).url.path == "/hub/login"


def test_the_hub_killed_leaves_those_signed_in_at_their_work(door: House) -> None:
    browser = door.learner()
    browser.get("/my/", follow_redirects=True)
    door.kill("hub")
    assert browser.get("/my/").status_code == 200
    assert door.browser().get("/login").status_code == 503
    assert door.browser().get("/courses/heritage").status_code == 200
    door.start("hub")
    assert door.browser().get("/login").status_code == 303
