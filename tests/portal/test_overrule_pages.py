"""Teachers see what is suggested within their course and decide about it; nobody else may, and everything is on record."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from commons.errors import NotFound
from commons.jobs import Worker
from commons.people import ensure_person
from commons.records import LearningRecord, Verb, add_records
from courses import registry
from courses.audit import entries
from portal.cli_fairness import table as fairness_table
from portal.cli_recommender import recommender_app
from portal.fairness import job_handlers, last_report, plain
from recommender.fairness import Figures, Group, Report
from recommender.tables import overrule
from tests.portal.conftest import Served
from tests.portal.world import NOW

BASE = "/teach/heritage/suggestions"


def post(served: Served, path: str, who: str = "teacher", **fields: str) -> httpx.Response:
    return served.browser(who).post(path, data={"csrf": served.csrf(who), **fields})


def actor(served: Served, who: str = "lin") -> str:
    return served.world.people[who].actor


def suggested(served: Served, who: str = "lin") -> list[tuple[str, str]]:
    """Items and the kinds of their first reasons, in order."""
    page = served.browser(who).get("/api/v1/me/next?k=20").json()
    return [(one["item"]["id"], one["reasons"][0]["kind"]) for one in page["next"]]


def test_issue5_item_05_a_teacher_overrules_takes_back_and_it_is_all_on_record(fresh: Served) -> None:
    before, lin = suggested(fresh), actor(fresh)
    assert post(fresh, f"{BASE}/decide", actor=lin, word="first", target="unit:heritage/u4").headers["location"] == (
        f"{BASE}/{lin}?said=decided"
    )
    assert suggested(fresh)[0] == ("unit:heritage/u4", "teacher") != before[0]
    assert suggested(fresh, "chen")[0][1] != "teacher"
    post(fresh, f"{BASE}/decide", actor="", word="never", target="unit:heritage/u2")
    post(fresh, f"{BASE}/decide", actor="", word="goal", target="geometry.scale")
    assert not [one for one, _ in suggested(fresh, "chen") if "heritage/u2" in one]
    mine = fresh.browser("lin").get("/my/suggestions").text
    assert "do “Measuring a garden” next" in mine and "the goal is “scale”" in mine and "周老师" in mine
    page = fresh.browser("teacher").get(f"{BASE}/{lin}").text
    assert "Your teacher asks you to do “Measuring a garden” next." in page and "everybody · Said by 周老师" in page
    post(fresh, f"{BASE}/back", actor=lin, word="first", target="unit:heritage/u4")
    post(fresh, f"{BASE}/back", actor="", word="never", target="unit:heritage/u2")
    post(fresh, f"{BASE}/back", actor="", word="goal", target="geometry.scale")
    assert suggested(fresh) == before
    with fresh.world.store.read() as conn:
        noted = entries(conn, "heritage", what="suggestion")
        assert conn.execute(select(overrule)).first() is None
    assert [bool(one.detail.get("revoked")) for one in noted] == [True, True, True, False, False, False]
    told = fresh.browser("teacher").get("/teach/heritage/audit?what=suggestion").text
    assert "Asked 林晓 to do “Measuring a garden” next." in told and "Goal for everybody: “scale”." in told


def test_issue5_item_05_only_teachers_decide_and_only_about_their_course_and_learners(fresh: Served) -> None:
    lin = actor(fresh)
    for path in (BASE, f"{BASE}/{lin}", "/teach/heritage/fairness", "/teach/heritage/fairness/progress"):
        assert fresh.browser("chen").get(path).status_code == 403
        assert fresh.browser().get(path).status_code in (303, 401)
    good = {"actor": lin, "word": "first", "target": "unit:heritage/u4"}
    assert post(fresh, f"{BASE}/decide", "chen", **good).status_code == 403
    assert post(fresh, f"{BASE}/back", "chen", **good).status_code == 403
    assert post(fresh, "/teach/heritage/fairness", "chen").status_code == 403
    assert fresh.browser("teacher").post(f"{BASE}/decide", data={"csrf": "x", **good}).status_code == 403
    for more, status in (
        ({"target": "stop:garden/moon-gate"}, 400), ({"target": "unit:tea/u1"}, 400), ({"word": "last"}, 400),
        ({"word": "goal"}, 400), ({"actor": actor(fresh, "teacher")}, 404), ({"actor": "nobody"}, 404),
    ):  # fmt: skip
        assert post(fresh, f"{BASE}/decide", **(good | more)).status_code == status, more
    assert fresh.browser("teacher").get(f"{BASE}/nobody").status_code == 404
    assert fresh.browser("teacher").get(f"{BASE}/decide").headers["location"] == BASE
    with fresh.world.store.read() as conn:
        assert conn.execute(select(overrule)).first() is None and entries(conn, "heritage", what="suggestion") == []


def test_issue5_item_05_a_teacher_reads_no_tag_and_no_place_of_the_learner(fresh: Served) -> None:
    post(fresh, "/my/suggestions/tag", "lin", tag="kind:unit", word="more")
    post(fresh, "/my/preference", "lin", mode="personal", goal="jiangnan.rockery")
    assert "You asked for more of this" in fresh.browser("lin").get("/my/").text
    page = fresh.browser("teacher").get(f"{BASE}/{actor(fresh)}").text
    assert '<li class="step card">' in page
    for hidden in ("You asked for more", "rockery", "The rockery", "stop:garden"):
        assert hidden not in page.partition('<section aria-labelledby="held"')[0]


@pytest.mark.parametrize(("mode", "words"), [("off", "has switched suggestions off"), ("topic", "by topic only")])
def test_a_teacher_is_told_what_their_word_can_do(fresh: Served, mode: str, words: str) -> None:
    post(fresh, "/my/preference", "lin", mode=mode, goal="")
    page = fresh.browser("teacher").get(f"{BASE}/{actor(fresh)}").text
    assert words in page and ('<li class="step card">' in page) == (mode == "topic")
    assert "20 November" not in page.partition("Decided")[0]


def test_issue5_item_05_the_fairness_report_of_a_small_course_says_that_it_is_too_small(fresh: Served) -> None:
    path = "/teach/heritage/fairness"
    assert "Work it out" in fresh.browser("teacher").get(path).text
    assert post(fresh, path).status_code == 303
    assert fresh.browser("teacher").get(f"{path}/progress").json()["state"] == "running"
    assert "It is being worked out" in fresh.browser("teacher").get(path).text
    with fresh.world.store.begin() as conn:
        add_records(conn, [_answer(fresh, who, n) for who in ("lin", "chen") for n in range(3)])
    Worker(fresh.world.store, job_handlers(fresh.world.settings), slots=1).run_pending()
    with fresh.world.store.read() as conn:
        found = last_report(conn, "heritage")
    assert found and found.state == "done" and found.told["whole"] is None and found.told["groups"]
    assert all(one["figures"] is None for one in found.told["groups"])
    page = fresh.browser("teacher").get(path).text
    assert "Fewer than ten learners" in page and "<table" not in page


def test_issue5_item_05_operators_get_the_report_by_command(house: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHUYUAN_HOME", str(house.world.settings.home))
    done = CliRunner().invoke(recommender_app, ["fairness", "heritage", "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["whole"] is None
    assert {one["by"] for one in json.loads(done.stdout)["groups"]} == {"size", "activity", "language", "course"}
    done = CliRunner().invoke(recommender_app, ["fairness"])
    assert "everybody" in done.stdout and "too few learners" in done.stdout and "by answers before" in done.stdout
    assert isinstance(CliRunner().invoke(recommender_app, ["fairness", "nowhere"]).exception, NotFound)


def _answer(served: Served, who: str, number: int) -> LearningRecord:
    item = "exercise:heritage/u1/count-by"
    return LearningRecord(
        actor(served, who), Verb.answered, item, "exercise", ("statistics.data-table",), NOW, score=float(number % 2)
    )


def test_a_report_in_words_names_who_is_judged_wrongly() -> None:
    high = Figures(30, 600, 0.7, 0.45, 0.3, 0.25, (0.2, 0.3), (0.28, 0.32))
    fits = Figures(40, 900, 0.7, 0.69, 0.2, 0.02, (-0.02, 0.04), (0.18, 0.22))
    groups = (
        Group("language", "en", high),
        Group("language", "zh-CN", None),
        Group("activity", "0–4", None, hidden=True),
    )
    told = fairness_table(plain(Report(fits, groups)))
    assert "language en: of 100 answers 70 are expected right and 45 are: more is expected" in told
    assert "too few learners to say anything" in told and "left out" in told
    assert "No group shown" in fairness_table(plain(Report(fits, ())))


def test_issue5_item_07_a_teacher_sees_where_the_class_stands_once_enough_learners_are_in_it(fresh: Served) -> None:
    page = fresh.browser("teacher").get("/teach/heritage/standing").text
    assert "Shown once at least 5 learners" in page
    exercises = [item for item in fresh.app.state.house.catalogue.items if item.id.startswith("exercise:heritage/u1/")]
    with fresh.world.store.begin() as conn:
        for number in range(6):
            who = ensure_person(conn, f"class-{number}", language="en")
            registry.add_member(conn, "heritage", who, "learner")
            add_records(
                conn,
                [
                    LearningRecord(who.actor, Verb.answered, one.id, one.kind, one.concepts, NOW, score=float(place > 0))
                    for place, one in enumerate(exercises)
                ],
            )
    page = fresh.browser("teacher").get("/teach/heritage/standing").text
    rows = re.findall(r'href="/concepts/([^"]+)">.*?expected">(\d+)%</td>.*?>(\d+)</td>.*?>(\d+)</td>', page)
    chances = [int(expected) for _, expected, _, _ in rows]
    assert len(rows) > 2 and chances == sorted(chances) and 0 < chances[0] < chances[-1] < 100
    answered = {concept: (int(count), int(known)) for concept, _, count, known in rows}
    assert answered[exercises[1].concepts[0]][0] >= 6 and fresh.browser("lin").get("/teach/heritage/standing").status_code == 403
