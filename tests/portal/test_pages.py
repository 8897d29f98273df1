"""Every page answers in both languages, escapes what people wrote, asks no other host for anything and runs nothing inline."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.portal.conftest import Served
from tests.portal.world import HOSTILE

OPEN = (
    "/", "/courses/", "/courses/heritage", "/courses/heritage/u1", "/courses/heritage/u4", "/search", "/search?q=median", "/concepts/",
    "/concepts/statistics.median", "/concepts/jiangnan.silk", "/privacy/", "/help/", "/api/docs",
)  # fmt: skip
MINE = ("/my/", "/courses/heritage", "/privacy/", "/teach/")
INLINE = re.compile(r"<script(?![^>]*\bsrc=|\stype=\"application/ld\+json\">)|<style|\sstyle=|\son[a-z]+=\"", re.IGNORECASE)
ELSEWHERE = re.compile(r"(?:src|href|action|srcset)=\"(?:https?:)?//", re.IGNORECASE)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", OPEN)
def test_item_09_every_open_page_answers_in_both_languages_without_an_account(
    house: Served, path: str, language: str
) -> None:
    answer = house.browser(language=language).get(path)
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert answer.text.count("<h1") == 1
    _is_clean(answer.text)


@pytest.mark.parametrize("path", MINE)
def test_item_09_pages_of_a_learner_need_a_session_and_come_back_after_it(house: Served, path: str) -> None:
    assert house.browser("lin").get(path).status_code == 200
    if path in ("/my/", "/teach/"):
        answer = house.browser().get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=" + path.replace("/", "%2F"))


def test_no_page_runs_or_loads_anything_that_is_not_ours(house: Served) -> None:
    answer = house.browser().get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    sheets = [house.browser().get(f"/static/{name}").text for name in ("fonts.css", "shuyuan.css", "portal.css")]
    assert not any(re.search(r"url\(\s*['\"]?(?:https?:)?//|@import", sheet) for sheet in sheets)


def test_a_choice_in_the_address_becomes_a_cookie_and_the_address_is_clean_again(house: Served) -> None:
    browser = house.browser()
    answer = browser.get("/search?q=arch&language=zh")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search?q=arch")
    assert "shuyuan-language=zh-CN" in answer.headers["set-cookie"]
    large = browser.get("/?large=1")
    assert "shuyuan-large=1" in large.headers["set-cookie"]
    browser.cookies.set("shuyuan-large", "1")
    browser.cookies.set("shuyuan-theme", "night")
    page = browser.get("/").text
    assert "data-large" in page and 'data-theme="night"' in page


def test_a_choice_never_leads_off_the_site(house: Served) -> None:
    answer = house.browser().get(house.base + "//evil.example/?language=en")
    assert answer.headers.get("location", "/").startswith("/evil.example")


def test_nonsense_in_a_choice_is_ignored(house: Served) -> None:
    assert house.browser().get("/?theme=%3Cscript%3E&large=7").status_code == 200


def test_the_browser_s_language_holds_until_somebody_chooses(house: Served) -> None:
    browser = house.browser()
    browser.cookies.clear()
    assert '<html lang="en"' in browser.get("/", headers={"Accept-Language": "fr, en-GB;q=0.8"}).text
    assert '<html lang="zh-CN"' in browser.get("/").text


def test_what_people_wrote_is_shown_and_never_run(house: Served) -> None:
    page = house.browser("teacher").get("/teach/heritage").text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page and "<img src=x" not in page
    found = house.browser().get("/search", params={"q": HOSTILE}).text
    assert "<img src=x" not in found and "&lt;img" in found
    assert "<img src=x" not in house.browser("ada").get("/my/").text


def test_a_course_page_shows_a_learner_the_own_attempts_and_nobody_else(house: Served) -> None:
    mine = house.browser("lin").get("/courses/heritage").text
    assert "16 / 16" in mine and "Get this version back" in mine
    assert "attempts left" in mine and "/hub/user-redirect/shuyuan/open?course=heritage" in mine
    assert "/hub/user-redirect/shuyuan/restore?course=heritage&amp;assignment=u1&amp;attempt=" in mine
    for language in ("zh-CN", "en"):
        links = house.browser("lin").get(f"/courses/heritage?language={language}", follow_redirects=True).text
        reset = f"/hub/user-redirect/shuyuan/reset?course=heritage&amp;assignment=u1&amp;language={language}"
        assert reset in links and {"zh-CN": "重新开始", "en": "Start afresh"}[language] in links
        assert re.search(rf"shuyuan/restore\?[^\"]*&amp;language={language}\"", links)
    assert "16 / 16" not in house.browser().get("/courses/heritage").text
    assert "16 / 16" not in house.browser("chen").get("/courses/heritage").text


def test_feedback_shows_each_exercise_and_is_hidden_from_other_learners(house: Served) -> None:
    attempt = house.world.attempts[0]
    mine = house.browser("lin").get(f"/my/attempts/{attempt}")
    assert mine.status_code == 200 and "8" in mine.text
    for exercise in house.world.course.unit("u1").exercises:
        assert exercise.title["en"].replace("'", "&#39;") in mine.text
    assert house.browser("chen").get(f"/my/attempts/{attempt}").status_code == 404
    assert house.browser("teacher").get(f"/my/attempts/{attempt}").status_code == 200
    printed = house.browser("lin").get(f"/my/attempts/{attempt}/print")
    assert printed.headers["content-security-policy"].startswith("sandbox")


def test_what_a_student_s_code_printed_is_quoted_and_never_run(house: Served) -> None:
    attempt = house.world.attempts[0]
    for path in (
        f"/my/attempts/{attempt}",
        f"/my/attempts/{attempt}/print",
        f"/api/v1/attempts/{attempt}/feedback.html",
    ):
        page = house.browser("lin").get(path).text
        assert "&lt;script&gt;alert(" in page and "<script>alert" not in page


def test_an_unknown_page_says_what_is_safe_and_where_to_go(house: Served) -> None:
    for path in ("/nothing", "/courses/nothing", "/courses/heritage/u99", "/concepts/nothing", "/my/attempts/nothing"):
        answer = house.browser("lin").get(path)
        assert answer.status_code == 404
        assert "There is no such page" in answer.text and "Everything else is in its place" in answer.text
    assert "这里没有这一页" in house.browser(language="zh-CN").get("/nothing").text


def test_a_unit_tells_its_title_once_and_keeps_its_headings_in_order(house: Served) -> None:
    for unit in house.world.course.units:
        page = house.browser().get(f"/courses/heritage/{unit.id}").text
        headings = [(int(level), words) for level, words in re.findall(r"<h([1-6])[^>]*>(.*?)</h", page, re.DOTALL)]
        assert [words for _, words in headings].count(unit.title["en"]) == 1
        levels = [level for level, _ in headings]
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_search_finds_courses_stops_and_concepts_in_both_languages(house: Served) -> None:
    for query, url in (
        ("中位数", "/concepts/statistics.median"),
        ("moon gate", "/tours/garden/?stop=moon-gate"),
        ("数据素养", "/courses/heritage"),
    ):
        assert f'href="{url}"' in house.browser().get("/search", params={"q": query}).text
    assert "Nothing found" in house.browser().get("/search", params={"q": "zzzzqqqq"}).text


def test_static_files_are_kept_by_browsers_and_stay_inside_their_folder(house: Served) -> None:
    browser = house.browser()
    address = re.search(r"/static/shuyuan\.css\?v=[0-9a-f]+", browser.get("/").text)
    assert address and "immutable" in browser.get(address[0]).headers["cache-control"]
    assert browser.get("/static/..%2fweb%2fapp.py").status_code == 404
    assert browser.get("/static/fonts/noto-serif-sc/..%2f..%2fpackage.json").status_code == 404
    font = re.search(r"/static/fonts/[^)]+\.woff2", browser.get("/static/fonts.css").text)
    assert font and browser.get(font[0]).headers["content-type"] == "font/woff2"


def _is_clean(page: str) -> None:
    found = re.search(INLINE, page) or re.search(ELSEWHERE, re.sub(r'<a [^>]*href="https?://[^"]*"', "<a", page))
    assert not found, page[max(0, found.start() - 80) : found.end() + 80]
