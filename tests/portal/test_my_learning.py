"""My learning: next steps with reasons, mastery as map and table, and a switch that holds at once."""

from __future__ import annotations

import re

from sqlalchemy import select

from portal.mastery_map import concept_map, state_of
from recommender import Mastery
from recommender.tables import preference, verdict
from tests.portal.conftest import Served


def test_item_09_my_learning_shows_steps_with_reasons_marks_and_mastery(house: Served) -> None:
    page = house.browser("lin").get("/my/").text
    assert "Welcome back, 林晓" in page
    assert len(re.findall(r'<li class="step card">', page)) == 3
    assert page.count('<ul class="reasons">') == 3
    assert '<svg class="map"' in page and "The same as a table" in page
    assert "16 / 16" in page and "Places you have seen" in page


def test_item_09_the_off_switch_holds_at_once_and_nothing_is_worked_out(fresh: Served) -> None:
    browser = fresh.browser("lin")
    browser.get("/my/")
    answer = browser.post("/my/preference", data={"csrf": fresh.csrf("lin"), "mode": "off", "goal": ""})
    assert (answer.status_code, answer.headers["location"]) == (303, "/my/?said=mode-off")
    page = browser.get("/my/?said=mode-off").text
    assert "nothing is worked out about you" in page and "what was worked out about you is deleted" in page
    assert '<li class="step' not in page and '<svg class="map"' not in page
    assert browser.get("/api/v1/me/next").json() == {"mode": "off", "next": []}
    assert browser.get("/api/v1/me").json()["mastery"] == {}
    with fresh.world.store.read() as conn:
        actor = fresh.world.people["lin"].actor
        assert conn.execute(select(preference.c.mode).where(preference.c.actor == actor)).scalar() == "off"


def test_a_goal_is_kept_and_by_topic_uses_no_record(fresh: Served) -> None:
    browser = fresh.browser("lin")
    form = {"csrf": fresh.csrf("lin"), "mode": "topic", "goal": "statistics.median"}
    assert browser.post("/my/preference", data=form).status_code == 303
    page = browser.get("/my/").text
    assert '<option value="statistics.median" selected>' in page
    assert '<li class="step' in page and '<svg class="map"' not in page


def test_not_interested_and_known_are_remembered_and_the_item_goes(fresh: Served) -> None:
    browser = fresh.browser("lin")
    first = re.findall(r'name="item" value="([^"]+)"', browser.get("/my/").text)
    for item, what in ((first[0], "not-interested"), (first[2], "known")):
        answer = browser.post("/my/verdict", data={"csrf": fresh.csrf("lin"), "item": item, "what": what})
        assert answer.headers["location"] == f"/my/?said={what}"
    left = re.findall(r'name="item" value="([^"]+)"', browser.get("/my/").text)
    assert first[0] not in left and first[2] not in left
    with fresh.world.store.read() as conn:
        assert conn.execute(select(verdict.c.what)).scalars().all() == ["not-interested", "known"]


def test_a_form_from_elsewhere_changes_nothing(fresh: Served) -> None:
    browser = fresh.browser("lin")
    for token in ("", "x", fresh.csrf("chen")):
        answer = browser.post("/my/preference", data={"csrf": token, "mode": "off"})
        assert answer.status_code == 403 and "Nothing was changed" in answer.text
    with fresh.world.store.read() as conn:
        assert conn.execute(select(preference)).first() is None


def test_nonsense_in_a_form_is_refused_in_words(fresh: Served) -> None:
    browser, token = fresh.browser("lin"), fresh.csrf("lin")
    assert browser.post("/my/preference", data={"csrf": token, "mode": "all"}).status_code == 400
    assert (
        browser.post("/my/preference", data={"csrf": token, "mode": "topic", "goal": "nothing.here"}).status_code == 400
    )
    assert browser.post("/my/verdict", data={"csrf": token, "item": "unit:x", "what": "known"}).status_code == 400


def test_somebody_new_sees_no_map_but_a_way_to_begin(house: Served) -> None:
    page = house.browser("teacher").get("/my/").text
    assert '<svg class="map"' not in page


def test_the_map_knows_three_states_and_keeps_its_box(house: Served) -> None:
    graph = house.app.state.house.catalogue.graph
    known = {"statistics.mean": Mastery(0.9, 3, 0, None), "statistics.median": Mastery(0.4, 1, 2, None)}
    drawn = concept_map(graph, ["statistics.mean", "statistics.median", "statistics.range"], known, "zh-CN")
    assert {node.concept: node.state for node in drawn.nodes} == {
        "statistics.mean": "known",
        "statistics.median": "learning",
        "statistics.range": "unmet",
    }
    assert all(0 < node.x < drawn.width and 0 < node.y < drawn.height for node in drawn.nodes)
    assert state_of(None) == "unmet"
    assert concept_map(graph, [], {}, "en").nodes == ()
    assert concept_map(graph, ["statistics.mean"], {}, "en").nodes[0].x > 0


def test_issue5_item_04_what_is_suggested_fits_the_time_that_somebody_has(house: Served) -> None:
    browser = house.browser("lin")
    page = browser.get("/my/?minutes=10").text
    assert '<a href="/my/?minutes=10" aria-current="true">10 minutes</a>' in page
    for minutes in (10, 45):
        steps = browser.get(f"/api/v1/me/next?k=9&minutes={minutes}").json()["next"]
        assert steps and sum(step["item"]["minutes"] for step in steps) <= minutes
    assert browser.get("/my/?minutes=nonsense").status_code == 200
    assert browser.get("/api/v1/me/next?minutes=0").status_code == 400
