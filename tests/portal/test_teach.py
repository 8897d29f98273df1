"""The teacher's pages: roster, marks and CSV, for the teachers of the course and nobody else."""

from __future__ import annotations

import csv
import io
import re

import httpx
import pytest
from sqlalchemy import update

from commons.people import person_of_account
from courses import registry, tables
from portal.web.tries import MOST, WINDOW_S, Tries
from tests.portal.conftest import Served
from tests.portal.world import HOSTILE, add_attempt


def test_item_09_a_teacher_sees_roster_submissions_and_marks_per_exercise(house: Served) -> None:
    page = house.browser("teacher").get("/teach/heritage").text
    for words in ("陈默", "林晓", "12 / 16", "16 / 16", "1.5/3", "Latest hand-ins", "3 learners"):
        assert words in page
    code = house.world.code
    assert code[:4] in page and code[4:] in page


def test_nobody_but_its_teachers_sees_or_changes_a_course(house: Served) -> None:
    for path in ("/teach/heritage", "/teach/heritage/marks.csv", "/teach/heritage/roster.csv"):
        answer = house.browser("lin").get(path)
        assert answer.status_code == 403 and "do not teach" in answer.text
        assert house.browser().get(path).status_code == 303
    for path in ("roster", "code", "teachers", "remove"):
        form = {"csrf": house.csrf("lin"), "account": "lin", "role": "learner"}
        files = {"roster": ("r.csv", b"somebody-new\n")}
        assert house.browser("lin").post(f"/teach/heritage/{path}", data=form, files=files).status_code == 403


def test_item_09_the_csv_of_marks_holds_every_learner_and_no_formula(house: Served) -> None:
    answer = house.browser("teacher").get("/teach/heritage/marks.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    by_account = {row["account"]: row for row in rows}
    assert set(by_account) == {"ada", "chen", "lin"}
    assert by_account["ada"]["name"] == "'" + HOSTILE
    assert (by_account["lin"]["u1 score"], by_account["lin"]["u1 of"], by_account["lin"]["u1 attempts"]) == (
        "16.0",
        "16.0",
        "2",
    )
    assert by_account["ada"]["u1 score"] == ""
    assert len(rows[0]) == 2 + sum(3 + len(unit.exercises) for unit in house.world.course.units)


@pytest.mark.parametrize(
    "data",
    [
        "account,name\nnewcomer,新来的\nlin,另一个名字\n".encode(),
        "\ufeff账号,姓名\nnewcomer,新来的\nlin,另一个名字\n".encode(),
        "账号,姓名\nnewcomer,新来的\nlin,另一个名字\n".encode("gb18030"),
        "newcomer,新来的\n\nLIN,另一个名字\n".encode(),
    ],
)
def test_a_roster_from_any_spreadsheet_brings_people_in_and_renames_nobody(fresh: Served, data: bytes) -> None:
    browser = fresh.browser("teacher")
    form = {"csrf": fresh.csrf("teacher")}
    answer = browser.post("/teach/heritage/roster", data=form, files={"roster": ("roster.csv", data, "text/csv")})
    assert answer.status_code == 200 and "1 added, 1 already in, 0 refused" in answer.text
    with fresh.world.store.read() as conn:
        names = {one.account: one.name for one in registry.members(conn, "heritage") if one.role == "learner"}
    assert names["newcomer"] == "新来的" and names["lin"] == "林晓"


def test_good_lines_of_a_roster_are_taken_and_the_others_are_told_by_number(fresh: Served) -> None:
    data = b'good-one\rlin\r../../x\rabc1,"open\rgood-two,x'
    answer = _upload(fresh, data, "en")
    assert answer.status_code == 200 and "2 added, 1 already in, 2 refused" in answer.text
    assert "line 3: “../../x” is not an account name" in answer.text and "line 4: its quotation marks" in answer.text
    with fresh.world.store.read() as conn:
        assert {"good-one", "good-two"} <= {one.account for one in registry.members(conn, "heritage")}
        assert person_of_account(conn, "abc1") is None


@pytest.mark.parametrize("data", [b"../../etc\r=1+1", b"\xff\xfe\x00", b'"', b"account,name\r"])
def test_a_roster_that_names_nobody_is_answered_in_the_language_of_the_page(fresh: Served, data: bytes) -> None:
    answer = _upload(fresh, data, "zh-CN")
    assert answer.status_code == 400 and "新加入 0 人" in answer.text
    assert not re.search(r"is not an account|One account a line|quotation|encoding", answer.text)
    assert fresh.browser("teacher").get("/teach/heritage/roster").headers["location"] == "/teach/heritage"


def test_an_attempt_that_got_no_mark_is_called_not_graded_with_the_reason(fresh: Served) -> None:
    with fresh.world.store.begin() as conn:
        attempt = add_attempt(
            conn, fresh.world.course, fresh.world.people["ada"], "u1", number=1, shares=[1.0], state="received"
        )
        change = update(tables.attempt).where(tables.attempt.c.id == attempt)
        conn.execute(change.values(state="graded", reason="timeout 20"))
    page = fresh.browser("teacher").get("/teach/heritage").text
    assert page.count("not graded") >= 2 and "ran for more than 20 seconds" in page
    assert ">marked<" not in page
    assert "未评分" in fresh.browser("ada", "zh-CN").get("/my/").text


def test_teachers_are_added_by_account_and_the_last_one_stays(fresh: Served) -> None:
    browser, token = fresh.browser("teacher"), fresh.csrf("teacher")
    nobody = browser.post("/teach/heritage/teachers", data={"csrf": token, "account": "nobody-yet"})
    assert nobody.status_code == 404 and "sign up first" in nobody.text
    assert 'id="account-fault"' in nobody.text and 'value="nobody-yet"' in nobody.text
    last = browser.post("/teach/heritage/remove", data={"csrf": token, "account": "teacher", "role": "teacher"})
    assert last.status_code == 409
    assert browser.post("/teach/heritage/teachers", data={"csrf": token, "account": "chen"}).status_code == 303
    assert fresh.browser("chen").get("/teach/heritage").status_code == 200
    gone = browser.post("/teach/heritage/remove", data={"csrf": token, "account": "teacher", "role": "teacher"})
    assert gone.headers["location"] == "/teach/?said=removed"
    assert browser.get("/teach/heritage").status_code == 403


def test_a_learner_joins_by_code_and_an_old_code_stops_working(fresh: Served) -> None:
    with fresh.world.store.begin() as conn:
        registry.remove_member(conn, "heritage", fresh.world.people["chen"], "learner")
    browser, code = fresh.browser("chen"), fresh.world.code
    form = {"csrf": fresh.csrf("chen")}
    for at, heading in (("", "Courses and tours"), ("heritage", fresh.world.course.title["en"])):
        wrong = browser.post("/courses/join", data=form | {"code": "WRONG234", "at": at})
        assert wrong.status_code == 404 and 'id="code-fault"' in wrong.text and 'value="WRONG234"' in wrong.text
        assert heading in wrong.text
    assert browser.get("/courses/join").headers["location"] == "/courses/"
    assert browser.post("/courses/join", data=form | {"code": " "}).status_code == 400
    joined = browser.post("/courses/join", data=form | {"code": f"{code[:4].lower()}-{code[4:]}"})
    assert joined.headers["location"] == "/courses/heritage?said=joined"
    assert "You are in." in browser.get(joined.headers["location"]).text
    fresh.browser("teacher").post("/teach/heritage/code", data={"csrf": fresh.csrf("teacher")})
    assert browser.post("/courses/join", data=form | {"code": code}).status_code == 404


def test_after_twenty_wrong_codes_an_account_waits_and_nobody_else_does(fresh: Served) -> None:
    form = {"csrf": fresh.csrf("chen"), "code": "WRONG234"}
    browser = fresh.browser("chen")
    assert {browser.post("/courses/join", data=form).status_code for _ in range(20)} == {404}
    late = browser.post("/courses/join", data=form | {"code": fresh.world.code})
    assert late.status_code == 429 and "Wait ten minutes" in late.text
    other = fresh.browser("lin").post("/courses/join", data={"csrf": fresh.csrf("lin"), "code": fresh.world.code})
    assert other.status_code == 303


def test_wrong_tries_are_forgotten_after_the_window() -> None:
    now = [0.0]
    tries = Tries(clock=lambda: now[0])
    for _ in range(MOST):
        assert not tries.are_spent("lin")
        tries.wrong("lin")
    now[0] = WINDOW_S - 1
    assert tries.are_spent("lin") and not tries.are_spent("chen")
    now[0] = WINDOW_S
    assert not tries.are_spent("lin")


def test_only_who_teaches_sees_the_way_to_teaching_in_the_header(house: Served) -> None:
    link = '<a href="/teach/">Teaching</a>'
    assert link in house.browser("teacher").get("/").text
    assert '<a href="/teach/">授课</a>' in house.browser("teacher", "zh-CN").get("/").text
    assert link not in house.browser("lin").get("/").text and link not in house.browser().get("/").text


def test_a_large_class_is_shown_in_pages_and_the_csv_is_whole(fresh: Served) -> None:
    lines = "".join(f"pupil-{number:03}\n" for number in range(120))
    _upload(fresh, lines.encode(), "en")
    browser = fresh.browser("teacher")
    first, third, odd = (browser.get("/teach/heritage", params={"page": page}).text for page in ("1", "3", "x"))
    assert "Page 1 of 3" in first and "pupil-000" in first and "pupil-060" not in first and "123 learners" in first
    assert "Page 3 of 3" in third and "pupil-119" in third and "pupil-000" not in third
    assert "Page 1 of 3" in odd and "Page 3 of 3" in browser.get("/teach/heritage?page=99").text
    assert browser.get("/teach/heritage/marks.csv").text.count("\npupil-") == 120


def _upload(served: Served, data: bytes, language: str) -> httpx.Response:
    form, files = {"csrf": served.csrf("teacher")}, {"roster": ("r.csv", data, "text/csv")}
    return served.browser("teacher", language).post("/teach/heritage/roster", data=form, files=files)
