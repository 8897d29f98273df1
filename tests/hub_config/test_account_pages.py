"""The pages of accounts at a real hub behind the real proxy, as forms: sign up, sign in, change, reset, sign out."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from commons.people import person_of_account
from commons.store import open_store
from hub_config.accounts import first_password_file, reset_password
from tests.hub_config.house import PASSWORD, House


def new_name() -> str:
    return f"p-{uuid.uuid4().hex[:10]}"


def person(house: House, account: str):  # type: ignore[no-untyped-def]
    store = open_store(house.settings.database_url)
    with store.read() as conn:
        found = person_of_account(conn, account)
    store.close()
    return found


def is_signed_in(answer: httpx.Response) -> bool:
    return answer.status_code == 302 and "jupyterhub-hub-login" in answer.headers.get("set-cookie", "")


def test_item_04_an_adult_signs_up_and_is_signed_in_at_once(house: House) -> None:
    browser, name = house.browser("zh-CN"), new_name()
    answer = browser.sign_up(username=name, name="林小雨")
    assert is_signed_in(answer) and answer.headers["location"] == "/my/"
    found = person(house, name)
    assert (found.name, found.language, found.age_band, found.guardian) == ("林小雨", "zh-CN", "adult", False)
    assert browser.get("/hub/home").status_code == 200


def test_item_04_a_child_needs_a_guardians_consent(house: House) -> None:
    browser, name = house.browser(), new_name()
    refused = browser.sign_up(username=name, age_band="under14")
    assert refused.status_code == 400 and "ask your guardian" in refused.text
    assert person(house, name) is None
    assert is_signed_in(browser.sign_up(username=name, age_band="under14", guardian="yes"))
    assert person(house, name).guardian is True


def test_sign_up_keeps_what_was_typed_but_never_the_password(house: House) -> None:
    answer = house.browser("zh-CN").sign_up(username="X", name="林小雨", password="short", confirmation="short")
    assert answer.status_code == 400
    assert 'value="林小雨"' in answer.text and "short" not in answer.text
    assert "账号须为" in answer.text and "至少要 8 个字符" in answer.text


def test_the_same_account_name_is_not_given_twice(house: House) -> None:
    name = new_name()
    assert is_signed_in(house.browser().sign_up(username=name))
    again = house.browser().sign_up(username=name.upper(), password=PASSWORD + "2", confirmation=PASSWORD + "2")
    assert again.status_code == 400 and "already" in again.text
    assert is_signed_in(house.browser().sign_in(name))


def test_the_teachers_name_cannot_be_signed_up(house: House) -> None:
    assert house.browser().sign_up(username=house.settings.teacher).status_code == 400


def test_after_signing_in_one_is_led_where_one_wanted_but_never_to_another_site(house: House) -> None:
    name = house.learner().account
    for wish, place in (
        ("/courses/heritage?x=1", "/courses/heritage?x=1"),
        ("//evil.example/", "/my/"),
        ("https://evil.example/", "/my/"),
    ):
        browser = house.browser()
        path = str(httpx.URL("/hub/login", params={"next": wish}))
        answer = browser.post(path, data={"_xsrf": browser.xsrf(path), "username": name, "password": PASSWORD})
        assert answer.headers["location"] == place


def test_a_form_without_its_token_is_refused(house: House) -> None:
    answer = house.browser().post("/hub/signup", data={"username": new_name(), "password": PASSWORD})
    assert answer.status_code == 403


def test_wrong_passwords_put_an_account_to_rest_and_no_other(house: House) -> None:
    name, other = house.learner().account, house.learner().account
    browser = house.browser()
    answers = [browser.sign_in(name, "not it, not it").status_code for _ in range(8)]
    assert answers == [403] * 7 + [429]
    resting = browser.sign_in(name)
    assert resting.status_code == 429 and "Wait 5 min" in resting.text
    assert is_signed_in(house.browser().sign_in(other))
    elsewhere = house.browser()
    elsewhere.headers["X-Forwarded-For"] = "203.0.113.9"  # as a proxy on this machine would say
    assert is_signed_in(elsewhere.sign_in(name)), "nobody is locked out of an account by somebody elsewhere"


def test_many_guesses_sent_at_once_count_as_many(house: House) -> None:
    name, guesser = house.learner().account, house.browser()
    form = {"_xsrf": guesser.xsrf("/hub/login"), "username": name, "password": "not it, not it"}
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: guesser.post("/hub/login", data=form).status_code, range(24)))
    assert answers.count(429) >= 16


def test_an_unknown_account_reads_like_a_wrong_password(house: House) -> None:
    known = house.learner().account
    words = [re.sub(known, "…", house.browser().sign_in(name, "not it, not it").text) for name in (known, new_name())]
    assert all("do not go together" in text for text in words)


def test_a_password_longer_than_bcrypt_reads_is_wrong_and_no_crash(house: House) -> None:
    assert house.browser().sign_in(house.learner().account, "x" * 5000).status_code == 403


def test_item_04_a_learner_changes_the_password(house: House) -> None:
    browser = house.learner()
    wrong = browser.form(
        "/hub/change-password", old_password="no", password="rain on bamboo", confirmation="rain on bambu"
    )
    assert wrong.status_code == 400 and "not your password now" in wrong.text and "differ" in wrong.text
    done = browser.form(
        "/hub/change-password", old_password=PASSWORD, password="rain on bamboo", confirmation="rain on bamboo"
    )
    assert done.status_code == 200 and "is changed" in done.text
    assert house.browser().sign_in(browser.account).status_code == 403
    assert is_signed_in(house.browser().sign_in(browser.account, "rain on bamboo"))


def test_a_new_password_signs_out_every_other_browser(house: House) -> None:
    here, there = house.learner(), house.browser()
    there.sign_in(here.account)
    here.form("/hub/change-password", old_password=PASSWORD, password="rain on bamboo", confirmation="rain on bamboo")
    assert there.get("/hub/home").status_code == 302, "signed out"
    assert here.get("/hub/home").status_code == 200
    reset_password(house.settings, here.account)
    assert here.get("/hub/home").status_code == 302


def test_item_04_the_operator_recovers_an_account_by_command_while_the_hub_runs(house: House) -> None:
    name = house.learner().account
    password = reset_password(house.settings, name)
    assert house.browser().sign_in(name).status_code == 403
    assert is_signed_in(house.browser().sign_in(name, password))


def test_item_04_the_operator_recovers_an_account_on_a_page_and_learners_cannot(house: House) -> None:
    learner = house.learner()
    path = f"/hub/change-password/{learner.account}"
    assert house.learner().get(path).status_code == 403
    teacher = house.browser()
    assert is_signed_in(teacher.sign_in(house.settings.teacher, house.teacher_password))
    shown = re.search(r'id="new-password">([^<]+)<', teacher.form(path).text)
    assert shown and is_signed_in(house.browser().sign_in(learner.account, shown[1]))
    assert teacher.get("/hub/change-password/nobody-here").status_code == 404


def test_the_first_password_lies_private_until_it_is_changed(house: House) -> None:
    file = first_password_file(house.settings.home)
    assert file.read_text().strip() == house.teacher_password
    teacher = house.browser()
    teacher.sign_in(house.settings.teacher, house.teacher_password)
    new = "a heron in the reeds"
    teacher.form("/hub/change-password", old_password=house.teacher_password, password=new, confirmation=new)
    assert not file.exists()
    house.teacher_password = new


def test_signing_out_says_so_and_ends_the_session(house: House) -> None:
    browser = house.learner()
    assert "You are signed out" in browser.get("/hub/logout").text
    assert browser.get("/hub/home").status_code == 302


@pytest.mark.parametrize("path", ["/hub/login", "/hub/signup", "/hub/no-such-page"])
def test_pages_speak_the_readers_language_and_a_link_changes_it(house: House, path: str) -> None:
    browser = house.browser("zh-CN")
    assert '<html lang="zh-CN"' in browser.get(path).text
    assert '<html lang="en"' in browser.get(f"{path}?language=en").text
    assert browser.cookies.get("shuyuan-language", path="/") == "en"
    assert '<html lang="en"' in browser.get(path).text


def test_large_type_is_kept_on_hub_pages(house: House) -> None:
    browser = house.browser()
    browser.get("/hub/login?large=1")
    assert " data-large>" in browser.get("/hub/signup").text


def test_the_portal_signs_people_in_through_the_hub(house: House) -> None:
    learner = house.learner()
    query = {"client_id": "service-portal", "redirect_uri": "/oauth/callback", "response_type": "code", "state": "s1"}
    back = learner.get("/hub/api/oauth2/authorize", params=query)
    assert back.status_code == 302 and back.headers["location"].startswith("/oauth/callback?")
    code = httpx.URL(back.headers["location"]).params["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "/oauth/callback",
        "client_id": "service-portal",
    }
    hub = f"http://127.0.0.1:{house.settings.hub_port}/hub/api"
    token = httpx.post(
        f"{hub}/oauth2/token", data={**form, "client_secret": house.secrets.portal_token}, trust_env=False
    ).json()
    user = httpx.get(f"{hub}/user", headers={"Authorization": f"token {token['access_token']}"}, trust_env=False).json()
    assert user["name"] == learner.account
    forged = httpx.post(f"{hub}/oauth2/token", data={**form, "client_secret": "guess"}, trust_env=False)
    assert forged.status_code in (400, 401)


def test_the_portals_token_erases_an_account_and_reads_no_server(house: House) -> None:
    learner = house.learner()
    hub = f"http://127.0.0.1:{house.settings.hub_port}/hub/api"
    head = {"Authorization": f"token {house.secrets.portal_token}"}
    assert httpx.get(f"{hub}/users", headers=head, trust_env=False).status_code == 403
    assert httpx.post(f"{hub}/users/{learner.account}/server", headers=head, trust_env=False).status_code in (403, 404)
    assert httpx.post(f"{hub}/proxy", headers=head, trust_env=False).status_code == 200
    assert httpx.delete(f"{hub}/users/{learner.account}", headers=head, trust_env=False).status_code == 204
    assert house.browser().sign_in(learner.account).status_code == 403
