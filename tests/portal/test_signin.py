"""Signing in goes through the hub and lasts without it; what is forged, old or from elsewhere does not count."""

from __future__ import annotations

import httpx
import pytest
from itsdangerous import URLSafeTimedSerializer

from commons.people import forget_person, person_of_account
from portal.web.session import Signer, local_path
from tests.portal.conftest import Served


def _sign_in(house: Served, browser: httpx.Client, target: str = "/my/") -> httpx.Response:
    asked = browser.get("/login", params={"next": target})
    assert asked.status_code == 303 and asked.headers["location"].startswith("/hub/api/oauth2/authorize?")
    hub = f"http://127.0.0.1:{house.world.settings.hub_port}"
    back = httpx.get(hub + asked.headers["location"], follow_redirects=False)
    return browser.get(back.headers["location"])


def test_somebody_signs_in_through_the_hub_and_lands_where_they_wanted(fresh: Served) -> None:
    with fresh.browser() as browser:
        done = _sign_in(fresh, browser, "/courses/heritage")
        assert (done.status_code, done.headers["location"]) == (303, "/courses/heritage")
        assert "HttpOnly" in done.headers["set-cookie"] and "SameSite=lax" in done.headers["set-cookie"]
        assert "16 / 16" in browser.get("/courses/heritage").text


def test_a_callback_with_a_state_this_browser_was_not_given_signs_nobody_in(fresh: Served) -> None:
    stolen = fresh.app.state.house.signer.state("/my/")
    with fresh.browser() as browser:
        answer = browser.get("/oauth/callback", params={"code": "good", "state": stolen})
        assert answer.status_code == 400 and "shuyuan-session" not in answer.headers.get("set-cookie", "")
        assert "not completed" in answer.text
        assert browser.get("/my/").status_code == 303


def test_a_bad_code_from_the_hub_is_told_plainly(fresh: Served) -> None:
    with fresh.browser() as browser:
        browser.get("/login")
        state = browser.cookies["shuyuan-signing-in"]
        assert browser.get("/oauth/callback", params={"code": "bad", "state": state}).status_code == 400


def test_with_the_hub_down_those_signed_in_go_on_and_others_are_told(fresh: Served) -> None:
    fresh.stop_hub()
    assert fresh.browser("lin").get("/my/").status_code == 200
    answer = fresh.browser().get("/login")
    assert answer.status_code == 503 and "Signing in is not possible just now" in answer.text
    assert fresh.browser("lin").get("/logout").headers["location"] == "/"


def test_signing_out_ends_both_sessions(house: Served) -> None:
    answer = house.browser("lin").get("/logout")
    assert answer.headers["location"] == "/hub/logout"
    assert 'shuyuan-session=""' in answer.headers["set-cookie"]


def test_forged_and_foreign_cookies_count_as_none(house: Served) -> None:
    forged = URLSafeTimedSerializer("another key", salt="shuyuan-session").dumps("lin")
    for value in (forged, house.csrf("lin"), "x", ""):
        answer = httpx.get(house.base + "/my/", cookies={"shuyuan-session": value}, follow_redirects=False)
        assert answer.status_code == 303


def test_whoever_is_gone_is_signed_out_everywhere(fresh: Served) -> None:
    with fresh.world.store.begin() as conn:
        lin = person_of_account(conn, "lin")
        assert lin
        forget_person(conn, lin.actor)
    assert fresh.browser("lin").get("/my/").status_code == 303


@pytest.mark.parametrize(
    "wish", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\n/evil", ""]
)
def test_a_sign_in_never_leads_off_the_site(wish: str) -> None:
    assert local_path(wish) == "/my/"


def test_a_form_token_holds_for_its_account_alone() -> None:
    signer = Signer("k")
    assert signer.is_form_of("lin", signer.form("lin"))
    assert not signer.is_form_of("chen", signer.form("lin"))
    assert not signer.is_form_of("", signer.form(""))
    assert not signer.is_form_of("lin", signer.session("lin"))
