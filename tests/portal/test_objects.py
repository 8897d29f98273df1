"""Museum objects in the portal: both languages, rights in plain words, no picture that is not free, and the standards' addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from knowledge_graph.culture.carnegie import read_carnegie
from knowledge_graph.culture.cleveland import read_cleveland
from knowledge_graph.culture.store import put
from portal.web.jsonld import block
from tests.browser import violations
from tests.knowledge_graph.culture_rows import CARNEGIE, CLEVELAND, RECORD
from tests.portal.conftest import Served, served_house
from tests.portal.test_pages import _is_clean

BOWL, SCROLL = read_carnegie(CARNEGIE, ""), read_cleveland(CLEVELAND, "")
PAGES = ("/objects/", "/objects/?q=bowl", "/objects/?source=carnegie&page=2", "/objects/?q=zzzz", "/objects/?concept=collections.porcelain",
         f"/objects/{BOWL.id}", f"/objects/{SCROLL.id}", f"/objects/{RECORD.id}", "/concepts/collections.porcelain")  # fmt: skip
ABOVE = "document.documentElement.scrollWidth > window.innerWidth + 1 ? document.documentElement.scrollWidth : 0"


@pytest.fixture(scope="module")
def museum(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The house with sixty bowls, a scroll whose picture is free, and an object with a hostile title."""
    with served_house(tmp_path_factory.mktemp("museum") / "home") as served:
        bowls = [
            replace(BOWL, name=f"{n:04}", source_id=f"cmoa:things/{n:04}", accession=f"26.{n}") for n in range(1, 61)
        ]
        with served.world.store.begin() as conn:
            put(conn, [*bowls, SCROLL, RECORD])
        yield served
        served.close_browsers()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_issue4_item_02_every_page_of_the_collections_answers_in_both_languages(
    museum: Served, path: str, language: str
) -> None:
    answer = museum.browser(language=language).get(path)
    assert answer.status_code == 200 and f'<html lang="{language}"' in answer.text and answer.text.count("<h1") == 1
    _is_clean(answer.text)
    assert "<script>alert" not in answer.text


def test_issue4_show_03_an_image_that_is_not_free_is_named_nowhere_and_words_say_why(museum: Served) -> None:
    browser = museum.browser()
    answers = [browser.get(f"/objects/{BOWL.id}{tail}").text for tail in ("", ".json", "/manifest.json")]
    assert not any("CollectionImage" in text for text in answers)
    assert "not free to use, so none is shown or linked here" in answers[0] and "no-image.svg" in answers[0]
    assert "不能自由使用" in museum.browser(language="zh-CN").get(f"/objects/{BOWL.id}").text
    assert "images are NOT CC0" in answers[0] and 'rel="license external"' in answers[0]


def test_issue4_item_02_a_free_image_is_linked_at_the_museum_and_not_loaded(museum: Served) -> None:
    page = museum.browser().get(f"/objects/{SCROLL.id}").text
    assert f'href="{SCROLL.images[0].url}"' in page and f'src="{SCROLL.images[0].url}"' not in page
    assert "000001-ABC123-4" in page and "秋山圖" in page


def test_issue4_item_02_linked_art_and_iiif_are_served_to_anybody(museum: Served) -> None:
    browser = museum.browser()
    art, manifest = browser.get(f"/objects/{BOWL.id}.json"), browser.get(f"/objects/{BOWL.id}/manifest.json")
    assert art.json()["type"] == "HumanMadeObject" and art.headers["content-type"].startswith("application/ld+json")
    assert manifest.json()["type"] == "Manifest" and "presentation/3" in manifest.headers["content-type"]
    assert {answer.headers["access-control-allow-origin"] for answer in (art, manifest)} == {"*"}
    assert art.json()["id"] == manifest.json()["id"].removesuffix("/manifest.json")
    drawing = browser.get("/static/no-image.svg")
    assert drawing.status_code == 200 and drawing.headers["content-type"].startswith("image/svg+xml")


def test_what_is_not_there_is_told_in_the_shape_of_its_address(museum: Served) -> None:
    browser = museum.browser()
    missing = browser.get("/objects/carnegie/nothing.json")
    assert missing.status_code == 404 and missing.json()["error"]["code"] == "not-found"
    assert browser.get("/objects/carnegie/nothing").status_code == 404
    assert browser.get("/objects/carnegie/" + "a" * 500).status_code == 404
    assert browser.get("/objects/", params={"page": "-3", "q": "%_\\" * 90, "source": "x" * 500}).status_code == 200


def test_issue4_item_02_search_concept_maker_and_paging_find_objects(museum: Served) -> None:
    browser = museum.browser()
    assert (
        "62 objects" in browser.get("/objects/").text
        and "60 objects" in browser.get("/objects/?q=PORCELAIN+carnegie").text
    )
    second = browser.get("/objects/?source=carnegie&page=2").text
    assert 'rel="prev"' in second and "/objects/?source=carnegie&amp;page=3" in second
    assert second.count("/objects/carnegie/00") == 24
    assert "1 object<" in browser.get("/objects/?tied=person:ma-yuan").text
    assert "60 objects" in browser.get("/objects/?concept=collections.qianlong").text
    assert "/objects/?concept=collections.qianlong" in browser.get("/concepts/collections.qianlong").text


def test_an_empty_house_says_that_nothing_was_imported(house: Served) -> None:
    assert "No collection has been imported here yet" in house.browser().get("/objects/").text


def _data(page: str) -> dict[str, object]:
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    return dict(json.loads(found))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_issue4_item_02_pages_say_what_they_are_in_schema_org(museum: Served, language: str) -> None:
    browser = museum.browser(language=language)
    course, unit = _data(browser.get("/courses/heritage").text), _data(browser.get("/courses/heritage/u1").text)
    assert course["@type"] == ["Course", "LearningResource"] and len(course["hasPart"]) == len(
        museum.world.course.units
    )  # type: ignore[arg-type]
    assert unit["@type"] == "LearningResource" and unit["isPartOf"]["@type"] == "Course" and unit["teaches"]  # type: ignore[index]
    concept = _data(browser.get("/concepts/statistics.median").text)
    assert concept["about"]["@type"] == "DefinedTerm" and concept["competencyRequired"]  # type: ignore[index]
    art = _data(browser.get(f"/objects/{BOWL.id}").text)
    assert art["@type"] == "VisualArtwork" and "image" not in art and art["holdingArchive"]["@type"] == "Museum"  # type: ignore[index]
    assert _data(browser.get("/objects/?source=carnegie").text)["@type"] == "Museum"


def test_issue4_show_06_a_hostile_title_ends_no_data_block(museum: Served) -> None:
    page = museum.browser().get(f"/objects/{RECORD.id}").text
    assert {"@value": RECORD.title["en"], "@language": "en"} in _data(page)["name"]  # type: ignore[operator]
    assert "</script><b>" not in str(block({"name": "</script><b>&\u2028"}))


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_issue4_item_02_the_collections_pass_axe_fit_and_ask_nobody_else(
    browser: Browser, museum: Served, language: str, width: int
) -> None:
    faults: dict[str, list[str]] = {}
    context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
    context.add_cookies([{"name": "shuyuan-language", "value": language, "url": museum.base}])
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in PAGES:
        page.goto(museum.base + path)
        page.evaluate("document.fonts.ready")
        wide = page.evaluate(ABOVE)
        if found := violations(page) + ([f"is {wide} px wide"] if wide else []):
            faults[path] = found
    context.close()
    assert faults == {} and set(asked) == {urlsplit(museum.base).netloc} and said == []
