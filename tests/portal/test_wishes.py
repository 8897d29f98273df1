"""What a learner said and what counts as known: shown whole on one page, changed there, and gone when it is taken back."""

from __future__ import annotations

import re

import httpx
from sqlalchemy import select

from recommender.tables import overrule, preference, tag, verdict
from tests.portal.conftest import Served

PATH = "/my/suggestions"
GROUNDS = (
    r"^[\d.]+ right, [\d.]+ wrong, last on 2[01] November$", r"^every exercise on it here was answered right$",
    r"^you began “.+”, which teaches it", r"^“.+”, which counts as known, builds on it$",
)  # fmt: skip


def post(served: Served, path: str, who: str = "lin", **fields: str) -> httpx.Response:
    return served.browser(who).post(path, data={"csrf": served.csrf(who), **fields})


def suggested(served: Served, who: str = "lin") -> list[str]:
    """The items suggested, in order."""
    page = served.browser(who).get("/api/v1/me/next?k=20").json()
    return [one["item"]["id"] for one in page["next"]]


def test_issue5_item_05_each_suggestion_says_why_with_answers_and_days(house: Served) -> None:
    for language, why, said in (
        ("en", "Why", r"2[01] November[^<]*right"),
        ("zh-CN", "为什么", r"11月2[01]日[^<]*答对了"),
    ):
        page = house.browser("lin", language).get("/my/").text
        assert page.count('<details class="why">') == page.count('<li class="step card">') > 1
        assert f"<summary>{why}<span" in page and re.search(said, page)
        assert not re.search(r"recommender\.|exercise:|None", re.sub(r'value="[^"]*"', "", page))


def test_issue5_item_05_the_api_tells_the_facts_behind_each_reason(house: Served) -> None:
    steps = house.browser("lin").get("/api/v1/me/next?k=9&language=en").json()["next"]
    facts = [fact for step in steps for one in step["reasons"] for fact in one["facts"]]
    answers = [fact for fact in facts if fact["kind"] == "answer"]
    assert answers and all(set(one) == {"kind", "item", "time", "share", "record"} for one in answers)
    evidence = {record for step in steps for one in step["reasons"] for record in one["evidence"]}
    assert evidence == {fact["record"] for fact in facts if "record" in fact}


def test_issue5_item_05_the_page_shows_all_that_is_used_with_its_ground(house: Served) -> None:
    page = house.browser("lin").get(PATH).text
    assert "From my own work" in page and "No goal is set" in page and "There is no tag yet" in page
    known = page.partition('id="known"')[2].partition('<form class="sieve"')[0]
    grounds = re.findall(r'</a> <span class="meta">([^<]+)</span>', known)
    assert len(grounds) == known.count('name="word" value="no"') > 5
    assert not [one for one in grounds if not any(re.search(ground, one) for ground in GROUNDS)]
    assert "counts as known, builds on it" in known
    assert '<optgroup label="Subjects">' in page and '<option value="place:garden">A small Jiangnan garden' in page
    for path in ("tag", "verdict", "goal", "forget"):
        assert house.browser("lin").get(f"{PATH}/{path}").headers["location"] == PATH
    assert house.browser().get(PATH).status_code == 303


def test_issue5_item_05_tags_are_set_turned_and_taken_back_and_move_suggestions(fresh: Served) -> None:
    before = suggested(fresh)
    assert post(fresh, f"{PATH}/tag", tag="kind:object", word="more").headers["location"] == f"{PATH}?said=tag"
    raised = suggested(fresh)
    first = next(one for one in raised if one.startswith("object:"))
    assert first not in before or raised.index(first) < before.index(first)
    assert "You asked for more of this: objects" in fresh.browser("lin").get("/my/").text
    post(fresh, f"{PATH}/tag", tag="kind:object", word="less")
    assert "Make it “more”" in fresh.browser("lin").get(PATH).text
    assert post(fresh, f"{PATH}/tag", tag="kind:object", word="").headers["location"] == f"{PATH}?said=tag-gone"
    assert suggested(fresh) == before
    for bad in (
        {"tag": "kind:castle", "word": "more"},
        {"tag": "kind:object", "word": "yes"},
        {"tag": "x" * 500, "word": "no"},
    ):
        assert post(fresh, f"{PATH}/tag", **bad).status_code == 400
    assert fresh.browser("lin").post(f"{PATH}/tag", data={"tag": "kind:unit", "word": "more"}).status_code == 403
    with fresh.world.store.read() as conn:
        assert conn.execute(select(tag)).first() is None


def test_issue5_item_05_a_concept_is_denied_said_and_forgotten_again(fresh: Served) -> None:
    page = fresh.browser("lin").get(PATH).text
    known = re.findall(r'name="tag" value="knows:([^"]+)"><input type="hidden" name="word" value="no"', page)
    assert len(known) > 3
    post(fresh, f"{PATH}/tag", tag=f"knows:{known[0]}", word="no")
    post(fresh, f"{PATH}/tag", tag="knows:statistics.median", word="yes")
    post(fresh, "/my/verdict", item="stop:garden/moon-gate", what="not-interested")
    post(fresh, "/my/preference", mode="personal", goal="geometry.scale")
    page = fresh.browser("lin").get(PATH).text
    assert "Concepts you said you do not know yet" in page and "you said you know it" in page
    assert "not interested" in page and "Drop the goal" in page
    post(fresh, f"{PATH}/verdict", item="stop:garden/moon-gate")
    post(fresh, f"{PATH}/goal")
    with fresh.world.store.read() as conn:
        assert conn.execute(select(verdict)).first() is None
        assert conn.execute(select(preference.c.goal)).scalars().all() == [""]
    assert post(fresh, f"{PATH}/forget").headers["location"] == f"{PATH}?said=forgotten"
    with fresh.world.store.read() as conn:
        assert conn.execute(select(tag)).first() is None


def test_issue5_item_05_off_works_nothing_out_and_shows_only_what_was_said(fresh: Served) -> None:
    post(fresh, f"{PATH}/tag", tag="place:garden", word="more")
    post(fresh, f"{PATH}/tag", tag="knows:statistics.mean", word="yes")
    post(
        fresh, "/teach/heritage/suggestions/decide", "teacher", actor=fresh.world.people["lin"].actor, word="first",
        target="unit:heritage/u4",
    )  # fmt: skip
    post(fresh, "/my/preference", mode="off", goal="")
    page = fresh.browser("lin").get(PATH).text
    assert "nothing is worked out" in page and "A small Jiangnan garden" in page
    assert "last on" not in page and "every exercise on it here" not in page and "builds on it" not in page
    mine = fresh.browser("lin").get("/my/").text
    assert "From your teachers" in mine and "周老师" in mine and '<li class="step' not in mine
    assert suggested(fresh) == []


def test_issue5_item_05_what_was_said_and_decided_is_exported_and_goes_with_the_person(fresh: Served) -> None:
    lin, token = fresh.world.people["lin"], fresh.csrf("lin")
    post(fresh, f"{PATH}/tag", tag="place:garden", word="more")
    post(
        fresh, "/teach/heritage/suggestions/decide", "teacher", actor=lin.actor, word="never", target="unit:heritage/u4"
    )
    found = fresh.browser("lin").post("/privacy/export", data={"csrf": token}).content
    assert found[:2] == b"PK"
    assert "tags" in fresh.browser("lin").get("/privacy/").text
    assert fresh.browser("lin").post("/privacy/erase", data={"csrf": token, "confirm": "lin"}).status_code == 200
    with fresh.world.store.read() as conn:
        for table in (tag, overrule):
            assert conn.execute(select(table).where(table.c.actor == lin.actor)).first() is None
