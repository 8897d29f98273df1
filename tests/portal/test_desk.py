"""A teacher's desk over a running portal: what is listed, marked, released, extended, exported; and what nobody else may."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from dataclasses import asdict

import httpx
import pytest
from sqlalchemy import func, select, update

from commons.jobs import Worker, job
from commons.people import ensure_person
from courses import tables
from courses.attempts import attempt_of, marks_of
from courses.registry import add_member
from courses.regrade import based_on
from portal.checking import JOB_KIND, job_handlers, last_check
from portal.course_jobs import ask
from tests.portal.conftest import Served
from tests.portal.desk import Tea, add_tea
from tests.portal.world import HOSTILE, NOW

PAGES = ("submissions", "marking", "marking/question/why", "results", "rules", "regrade")


@pytest.fixture
def tea(fresh: Served) -> Tea:
    return add_tea(fresh)


def _post(served: Served, path: str, who: str = "teacher", **fields: object) -> httpx.Response:
    return served.browser(who).post(f"/teach/tea/u1/{path}", data={"csrf": served.csrf(who), **fields})


def _score(served: Served, attempt: str) -> float | None:
    with served.world.store.read() as conn:
        return attempt_of(conn, attempt).score


def test_issue3_item_08_a_second_course_and_teacher_work_while_the_platform_runs(fresh: Served) -> None:
    teacher, chen = fresh.browser("teacher"), fresh.browser("chen")
    assert teacher.get("/teach/tea").status_code == 404
    tea = add_tea(fresh)
    for course in ("tea", "heritage"):
        assert teacher.get(f"/teach/{course}").status_code == 200
        assert teacher.get(f"/teach/{course}/u1/submissions").status_code == 200
    assert chen.get("/teach/tea/u1/submissions").status_code == 403
    with fresh.world.store.begin() as conn:
        add_member(conn, "tea", fresh.world.people["chen"], "teacher")
    assert "为什么用平均数" in fresh.browser("chen", "zh-CN").get("/teach/tea/u1/marking").text
    assert chen.get("/teach/heritage/u1/submissions").status_code == 403
    assert _post(fresh, "marking/save/why", "chen", attempt=tea.attempts["lin"], points="3").status_code == 303


def test_nobody_but_its_teachers_comes_to_a_desk(fresh: Served, tea: Tea) -> None:
    paths = [f"u1/{page}" for page in PAGES] + [f"attempt/{tea.attempts['lin']}", "audit", "grades.csv", "grades.json"]
    for path in paths:
        assert fresh.browser("lin").get(f"/teach/tea/{path}").status_code == 403, path
        assert fresh.browser().get(f"/teach/tea/{path}").status_code == 303, path
    forms: dict[str, dict[str, str]] = {
        "marking/save/why": {"attempt": tea.attempts["lin"], "points": "4"}, "marking/rubric/why": {},
        "rules/late": {"method": "zero"}, "rules/feedback": {"mode": "held"}, "rules/due": {},
        "rules/extension": {"account": "lin", "attempts": "1"}, "regrade": {},
    }  # fmt: skip
    for path, fields in forms.items():
        assert _post(fresh, path, "lin", **fields).status_code == 403, path
        assert fresh.browser("teacher").post(f"/teach/tea/u1/{path}", data=fields).status_code == 403, path
    other = fresh.world.attempts[0]
    assert fresh.browser("teacher").get(f"/teach/tea/attempt/{other}").status_code == 404
    assert _post(fresh, "marking/save/why", attempt=other, points="1").status_code == 404


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_desk_is_there_in_both_languages(fresh: Served, tea: Tea, page: str, language: str) -> None:
    answer = fresh.browser("teacher", language).get(f"/teach/tea/u1/{page}")
    assert answer.status_code == 200 and "portal." not in re.sub(r'(href|src)="[^"]*"', "", answer.text)
    assert "<script>alert" not in answer.text and "src=x" not in answer.text.replace("&lt;img src=x", "")


def test_issue3_item_08_hand_ins_are_listed_filtered_and_searched(fresh: Served, tea: Tea) -> None:
    browser = fresh.browser("teacher")
    page = browser.get("/teach/tea/u1/submissions").text
    assert "3 of 3 graded" in page and "3 answers wait for you" in page and page.count("waits for you</td>") == 3
    found = browser.get("/teach/tea/u1/submissions", params={"q": "CHEN"}).text
    assert "陈默" in found and "林晓" not in found and "1 hand-ins" in found
    assert "No hand-in is like that." in browser.get("/teach/tea/u1/submissions", params={"state": "late"}).text
    assert browser.get("/teach/tea/u1/submissions", params={"state": "nonsense", "page": "x"}).status_code == 200
    assert browser.get("/teach/tea/u1/submissions/progress").json() == {
        "waiting": 0, "running": 0, "graded": 3, "failed": 0, "by_hand": 3, "total": 3, "done": 3,
    }  # fmt: skip


def test_issue3_item_08_a_hand_in_is_shown_whole_and_nothing_in_it_can_run(fresh: Served, tea: Tea) -> None:
    answer = fresh.browser("teacher").get(f"/teach/tea/attempt/{tea.attempts['lin']}")
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy and "allow-scripts" not in policy and "script-src" not in policy
    assert "<strong>平均数</strong>" in answer.text and "&lt;script&gt;alert('answer')" in answer.text.replace(
        "&#x27;", "'"
    ).replace("&#39;", "'")
    assert "<script" not in answer.text.replace("&lt;script", "")
    for words in ("sealed", "Waits for your teacher.", tea.attempts["lin"], "tea:u1:1", "mean-weight"):
        assert words in answer.text


def test_issue3_item_08_one_question_is_marked_across_the_class_with_a_rubric(fresh: Served, tea: Tea) -> None:
    browser, path = fresh.browser("teacher"), "/teach/tea/u1/marking/question/why"
    fields = {
        "version": "0",
        "words-0": "names every basket",
        "points-0": "1",
        "words-1": "tells of the heavy one",
        "points-1": "3",
        "words-2": "",
    }
    assert _post(fresh, "marking/rubric/why", **fields).headers["location"] == f"{path}?said=rubric"
    page = browser.get(path).text
    items = re.findall(r'name="item" value="([0-9a-f]{8})" data-points="([\d.]+)"', page)
    assert [points for _, points in items] == ["1.0", "3.0"] and "1 of 3" in page
    saved = _post(
        fresh,
        "marking/save/why",
        attempt=tea.attempts["lin"],
        item=[one for one, _ in items],
        comment="Well said.",
        version="0",
    )
    assert saved.status_code == 303 and tea.attempts["lin"] not in saved.headers["location"]
    assert _score(fresh, tea.attempts["lin"]) == 7.0
    theirs = fresh.browser("lin").get(f"/my/attempts/{tea.attempts['lin']}").text
    assert "Well said." in theirs and "tells of the heavy one" in theirs and "7</span>" in theirs
    assert "1 of 3 marked" in browser.get(path).text
    typed = _post(
        fresh, "marking/save/why", attempt=tea.attempts["chen"], item=[items[0][0]], points="2.5", version="0"
    )
    assert typed.status_code == 303 and _score(fresh, tea.attempts["chen"]) == 3.5
    assert _post(fresh, "marking/save/why", attempt=tea.attempts["ada"], points="5").status_code == 400
    assert _post(fresh, "marking/save/why", attempt=tea.attempts["ada"], points="much").status_code == 400


def test_issue3_item_08_two_teachers_marking_at_once_are_told_by_page_and_by_script(fresh: Served, tea: Tea) -> None:
    with fresh.world.store.begin() as conn:
        add_member(conn, "tea", fresh.world.people["chen"], "teacher")
    attempt = tea.attempts["lin"]
    _post(fresh, "marking/save/why", attempt=attempt, points="3", comment="good", version="0")
    page = _post(fresh, "marking/save/why", "chen", attempt=attempt, points="1", version="0")
    assert (
        page.status_code == 409
        and "周老师 has marked this in the meantime" in page.text
        and 'name="version" value="1"' in page.text
    )
    form = {"csrf": fresh.csrf("chen"), "attempt": attempt, "points": "1", "version": "0", "draft": "1"}
    script, path = {"Accept": "application/json"}, "/teach/tea/u1/marking/save/why"
    told = fresh.browser("chen").post(path, data=form, headers=script)
    assert told.status_code == 409
    assert told.json() == {"version": 1, "points": 3.0, "comment": "good", "items": [], "by": "周老师", "taken": True}
    kept = fresh.browser("chen").post(path, data=form | {"version": "1"}, headers=script)
    assert (kept.json()["version"], kept.json()["score"]) == (2, 4.0)


def test_issue3_item_08_held_marks_are_seen_by_teachers_only_until_they_are_released(fresh: Served, tea: Tea) -> None:
    attempt = tea.attempts["lin"]
    _post(fresh, "rules/feedback", mode="held")
    lin = fresh.browser("lin")
    page, printed = lin.get(f"/my/attempts/{attempt}").text, lin.get(f"/my/attempts/{attempt}/print").text
    assert "Your teacher will release the marks" in page and "/ 7" not in page and "total-number" not in page
    assert "The mean" not in printed and "No score yet" in printed
    api = lin.get(f"/api/v1/attempts/{attempt}").json()
    assert (api["state"], api["score"], api["feedback"]) == ("held", None, None)
    listed = lin.get("/api/v1/courses/tea/assignments/u1/attempts").json()
    assert [one["score"] for one in listed] == [None]
    assert "handed in, marks to come" in lin.get("/courses/tea").text
    assert "total-number" in fresh.browser("teacher").get(f"/teach/tea/attempt/{attempt}").text
    assert "marks are held back" in fresh.browser("teacher").get("/teach/tea").text
    _post(fresh, "rules/feedback", mode="instant")
    assert "total-number" in lin.get(f"/my/attempts/{attempt}").text


def test_issue3_item_08_learners_see_their_deadline_and_what_lateness_costs(fresh: Served) -> None:
    tea = add_tea(fresh, due="2026-11-19T20:00:00+08:00")
    _post(fresh, "rules/late", method="percent", percent="10")
    lin, chen = fresh.browser("lin"), fresh.browser("chen")
    with fresh.world.store.begin() as conn:
        conn.execute(update(tables.attempt).where(tables.attempt.c.course == "tea").values(late_s=90_000.0))
    for path in ("/courses/tea", "/courses/tea/u1", "/my/"):
        page = lin.get(path).text
        assert "19 Nov 2026" in page and "UTC" in page and ("takes 10 % off" in page or path == "/my/"), path
    assert "Late: 0.6 points taken off, 2.4 count." in lin.get(f"/my/attempts/{tea.attempts['lin']}").text
    assert _post(fresh, "rules/extension", account="lin", due="2031-05-04T20:00", attempts="1").status_code == 303
    page = lin.get("/courses/tea").text
    assert "4 May 2031" in page and "your own deadline" in page and "3 / 7" in page and "3 attempts left" in page
    assert "4 May 2031" not in chen.get("/courses/tea").text
    assert "11月19日" in fresh.browser("chen", "zh-CN").get("/courses/tea").text
    rules = fresh.browser("teacher").get("/teach/tea/u1/rules").text
    assert "4 May 2031" in rules and "周老师" in rules
    actor = fresh.world.people["lin"].actor
    _post(fresh, "rules/revoke", actor=actor)
    assert "4 May 2031" not in lin.get("/courses/tea").text
    for fields in ({"account": "lin", "due": "tomorrow"}, {"account": "lin"}, {"account": "lin", "attempts": "many"}):
        assert _post(fresh, "rules/extension", **fields).status_code == 400
    assert _post(fresh, "rules/extension", account="nobody", attempts="1").status_code == 404


def test_issue3_item_08_grades_leave_as_csv_and_json_and_no_cell_is_a_formula(fresh: Served, tea: Tea) -> None:
    browser = fresh.browser("teacher")
    answer = browser.get("/teach/tea/grades.csv")
    rows = {row["account"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    assert rows["ada"]["name"] == "'" + HOSTILE and (rows["lin"]["score"], rows["lin"]["state"]) == ("3.0", "open")
    with fresh.world.store.begin() as conn:
        for number, name in enumerate(("=1+1", "+1", "-1", "@x", "\t=1", "\r=1")):
            add_member(conn, "tea", ensure_person(conn, f"odd-{number}", name=name), "learner")
    cells = [
        row["name"]
        for row in csv.DictReader(io.StringIO(browser.get("/teach/tea/grades.csv").content.decode("utf-8-sig")))
    ]
    assert [cell for cell in cells if cell[:1] in "=+-@\t\r"] == []
    told = json.loads(browser.get("/teach/tea/grades.json?unit=u1").content)
    assert told["course"] == "tea" and len(told["grades"]) == 9
    (lin,) = [one for one in told["grades"] if one["account"] == "lin"]
    assert lin["points"] == {"mean-weight": 2.0, "heaviest": 1.0, "why": None} and lin["attempt"] == 1
    assert browser.get("/teach/tea/grades.csv?unit=nope").status_code == 404


def test_issue3_item_08_every_decision_is_in_the_record(fresh: Served, tea: Tea) -> None:
    _post(fresh, "rules/late", method="zero")
    _post(fresh, "rules/feedback", mode="held")
    _post(fresh, "rules/due", due="2031-05-04T20:00")
    _post(fresh, "marking/save/why", attempt=tea.attempts["lin"], points="3", version="0")
    browser = fresh.browser("teacher")
    for name in ("grades.csv", "marks.csv", "roster.csv"):
        browser.get(f"/teach/tea/{name}")
    page = browser.get("/teach/tea/audit").text
    for words in (
        "Late work counts nothing.",
        "Held the marks back.",
        "Deadline for everybody",
        "– → 3 points",
        "(grades.csv)",
        "(marks.csv)",
        "(roster.csv)",
        "周老师",
    ):
        assert words in page, words
    only = browser.get("/teach/tea/audit?what=late-rule").text
    assert "Late work counts nothing." in only and "Exported" not in only


def test_a_made_up_version_counts_as_none_and_overwrites_nothing(fresh: Served, tea: Tea) -> None:
    for version in ("-1", "x", "99999999999"):
        answer = _post(fresh, "marking/save/why", attempt=tea.attempts["lin"], points="1", version=version)
        assert answer.status_code in (303, 409)
    assert _score(fresh, tea.attempts["lin"]) == 4.0


def _regrade(served: Served, **values: object) -> str:
    """A preview as the job leaves it."""
    name = str(uuid.uuid4())
    row = {
        "id": name, "course": "tea", "assignment": "u1", "release": "tea:u1:1", "manifest": {}, "source_blob": "", "state": "ready",
        "error": "", "total": 1, "done": 1, "runs": 1, "author": served.world.people["teacher"].actor, "created": NOW,
    }  # fmt: skip
    with served.world.store.begin() as conn:
        conn.execute(tables.regrade.insert().values(**row | values))
    return name


def test_issue3_item_07_the_preview_page_says_how_far_it_is_and_what_failed(fresh: Served, tea: Tea) -> None:
    waiting, failed = (
        _regrade(fresh, state="running", done=1, total=4),
        _regrade(fresh, state="failed", error="<b>no such cell</b>"),
    )
    page = fresh.browser("teacher").get(f"/teach/tea/u1/regrade/{waiting}").text
    assert "1 of 4 looked at" in page and "http-equiv" in page
    told = fresh.browser("teacher").get(f"/teach/tea/u1/regrade/{waiting}/progress").json()
    assert told == {"state": "running", "done": 1, "total": 4}
    page = fresh.browser("teacher", "zh-CN").get(f"/teach/tea/u1/regrade/{failed}").text
    assert "成绩没有改动" in page and "&lt;b&gt;no such cell" in page
    assert _post(fresh, f"regrade/{waiting}/apply").status_code == 409
    for who, course in (("lin", "tea"), ("teacher", "heritage")):
        answer = fresh.browser(who).get(f"/teach/{course}/u1/regrade/{waiting}")
        assert answer.status_code in (403, 404)
    assert "running" not in fresh.browser("teacher").get("/teach/tea/u1/regrade").text


def test_issue3_item_07_a_ready_preview_is_applied_by_its_button_and_noted(fresh: Served, tea: Tea) -> None:
    attempt = tea.attempts["lin"]
    with fresh.world.store.read() as conn:
        one, marks = attempt_of(conn, attempt), marks_of(conn, attempt)
    name = _regrade(fresh)
    change = {
        "regrade": name, "attempt": attempt, "before": 3.0, "after": 1.0, "max_before": 7.0, "max_after": 7.0, "receipt": None,
        "marks": [asdict(mark) | ({"points": 0.0, "passed": False} if mark.grade_id == "mean-weight" else {}) for mark in marks],
        "cells": [{"grade_id": "mean-weight", "before": 2.0, "after": 0.0, "most": 2.0, "why": "", "state": "graded"}],
        "feedback": one.feedback, "based_on": based_on(one),
    }  # fmt: skip
    with fresh.world.store.begin() as conn:
        conn.execute(tables.regrade_change.insert().values(**change))
    browser = fresh.browser("teacher")
    page = browser.get(f"/teach/tea/u1/regrade/{name}").text
    assert "1 hand-ins would change: 0 rise, 1 fall." in page and "3 / 7" in page and "1 / 7" in page and "−2" in page
    assert _post(fresh, f"regrade/{name}/apply").headers["location"].endswith(f"{name}?said=regraded")
    assert _post(fresh, f"regrade/{name}/apply").status_code == 303
    assert _score(fresh, attempt) == 1.0 and "Applied on" in browser.get(f"/teach/tea/u1/regrade/{name}").text
    assert "Marked again: 1 hand-ins changed" in browser.get("/teach/tea/audit").text


REPORT = {
    "ok": False, "faults": [{"words": {"zh-CN": "没有图片说明", "en": "a picture has no words"}}],
    "units": 1, "exercises": 3, "points": 7.0, "proved": 2,
    "warnings": [{"kind": "survivor", "values": {}, "words": {"zh-CN": "有漏网的", "en": "one slips through"}}],
    "proofs": [{"unit": "u1", "cells": [{"name": "mean-weight", "points": 2.0, "mode": "sealed", "why": ""},
                                        {"name": "why", "points": 4.0, "mode": "manual", "why": ""}],
                "need": {"seconds": 0.5, "memory_mb": 90.0}, "mutants": 4, "survivors": [{}]}],
}  # fmt: skip


def test_issue3_item_06_a_teacher_asks_for_the_proof_and_reads_its_report(fresh: Served, tea: Tea) -> None:
    browser, form = fresh.browser("teacher"), {"csrf": fresh.csrf("teacher")}
    assert "Prove it" in browser.get("/teach/tea/check").text
    for _ in range(2):
        assert browser.post("/teach/tea/check", data=form).status_code == 303
    assert "being made" in browser.get("/teach/tea/check").text
    assert browser.get("/teach/tea/check/progress").json()["state"] == "running"
    with fresh.world.store.begin() as conn:
        assert conn.execute(select(func.count()).where(job.c.kind == JOB_KIND)).scalar() == 1
        conn.execute(update(job).where(job.c.kind == JOB_KIND).values(state="done", result=REPORT))
    page, chinese = browser.get("/teach/tea/check").text, fresh.browser("teacher", "zh-CN").get("/teach/tea/check").text
    for words in (
        "1 fault; mend it",
        "a picture has no words",
        "one slips through",
        "4 wrong versions tried, 1 slipped",
        "sealed",
        "written",
    ):
        assert words in page, words
    assert "没有图片说明" in chinese and "有漏网的" in chinese
    assert fresh.browser("lin").get("/teach/tea/check").status_code == 403
    with fresh.world.store.begin() as conn:
        conn.execute(update(job).where(job.c.kind == JOB_KIND).values(state="failed", error="<i>broken</i>"))
    assert "&lt;i&gt;broken" in browser.get("/teach/tea/check").text


@pytest.mark.slow
def test_issue3_item_06_the_worker_makes_the_proof_of_a_real_course(fresh: Served, tea: Tea) -> None:
    with fresh.world.store.begin() as conn:
        ask(conn, JOB_KIND, "tea")
    assert Worker(fresh.world.store, job_handlers(fresh.world.settings)).run_pending() == 1
    with fresh.world.store.read() as conn:
        found = last_check(conn, "tea")
    assert found is not None and found.report is not None and found.report["proved"] == 2
    assert {cell["mode"] for cell in found.report["proofs"][0]["cells"]} == {"sealed", "manual"}
    assert fresh.browser("teacher").get("/teach/tea/check").status_code == 200
