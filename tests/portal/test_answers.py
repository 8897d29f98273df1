"""What every answer keeps: redirects name no host, errors are told in the language of the page, an upload that is too large gets a page."""

from __future__ import annotations

import httpx
import pytest

from portal.web.app import MAX_BODY
from tests.portal.conftest import Served


@pytest.mark.parametrize(
    "path", ["/courses", "/concepts", "/concepts/statistics.median/", "/teach", "/courses/heritage/?a=1"]
)
def test_a_redirect_for_a_slash_names_no_host(house: Served, path: str) -> None:
    answer = house.browser("teacher").get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 307
    bare, _, query = path.partition("?")
    turned = bare.removesuffix("/") if bare.endswith("/") else bare + "/"
    assert answer.headers["location"] == turned + (f"?{query}" if query else "")


def test_a_redirect_to_an_odd_path_stays_here(house: Served) -> None:
    answer = house.browser().get(house.base + "//evil.example/concepts/", headers={"Host": "evil.example"})
    assert not answer.headers.get("location", "/").startswith(("//", "http"))


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/courses/nothing", 404, "地址也许写错了"),
        ("/courses/数学", 404, "地址也许写错了"),
        ("/concepts/nothing", 404, "地址也许写错了"),
        ("/my/attempts/nothing", 404, "地址也许写错了"),
        ("/teach/heritage", 403, "这门课不由您任教"),
    ],
)
def test_errors_on_a_chinese_page_are_told_in_chinese(house: Served, path: str, status: int, said: str) -> None:
    answer = house.browser("lin", "zh-CN").get(path)
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    assert answer.status_code == status and said in main
    assert "there is" not in main and "lists the" not in main


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_an_upload_beyond_the_limit_gets_a_page_in_a_browser(house: Served, language: str) -> None:
    browser = house.browser("teacher", language)
    answer = _send(browser, {"Accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 413 and answer.headers["content-type"].startswith("text/html")
    assert ("文件太大了" if language == "zh-CN" else "That is too large") in answer.text
    assert answer.headers["content-security-policy"]


def test_an_upload_beyond_the_limit_gets_json_elsewhere(house: Served) -> None:
    answer = _send(house.browser("teacher"), {"Accept": "*/*"})
    assert answer.status_code == 413 and answer.json()["error"]["code"] == "too-large"


def _send(browser: httpx.Client, headers: dict[str, str]) -> httpx.Response:
    files = {"roster": ("r.csv", b"x" * (MAX_BODY + 1))}
    return browser.post("/teach/heritage/roster", files=files, headers=headers)
