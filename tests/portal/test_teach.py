"""The teacher's pages: roster, marks and CSV, for the teachers of the course and nobody else."""

from __future__ import annotations

import csv
import io

import pytest

from commons.people import person_of_account
from courses import registry
from tests.portal.conftest import Served
from tests.portal.world import HOSTILE


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
    assert (answer.status_code, answer.headers["location"]) == (303, "/teach/heritage?said=roster")
    with fresh.world.store.read() as conn:
        names = {one.account: one.name for one in registry.members(conn, "heritage") if one.role == "learner"}
    assert names["newcomer"] == "新来的" and names["lin"] == "林晓"


def test_a_bad_roster_is_refused_whole_with_every_fault(fresh: Served) -> None:
    browser, form = fresh.browser("teacher"), {"csrf": fresh.csrf("teacher")}
    answer = browser.post(
        "/teach/heritage/roster", data=form, files={"roster": ("r.csv", b"good-one\n=1+1\n../../x\n")}
    )
    assert answer.status_code == 400 and "line 2" in answer.text and "line 3" in answer.text
    assert browser.post("/teach/heritage/roster", data=form, files={"roster": ("r.csv", b"")}).status_code == 400
    with fresh.world.store.read() as conn:
        assert person_of_account(conn, "good-one") is None


def test_teachers_are_added_by_account_and_the_last_one_stays(fresh: Served) -> None:
    browser, token = fresh.browser("teacher"), fresh.csrf("teacher")
    nobody = browser.post("/teach/heritage/teachers", data={"csrf": token, "account": "nobody-yet"})
    assert nobody.status_code == 404 and "sign up first" in nobody.text
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
    assert browser.post("/courses/join", data=form | {"code": "WRONG234"}).status_code == 404
    assert browser.post("/courses/join", data=form | {"code": " "}).status_code == 400
    joined = browser.post("/courses/join", data=form | {"code": f"{code[:4].lower()}-{code[4:]}"})
    assert joined.headers["location"] == "/courses/heritage?said=joined"
    assert "You are in." in browser.get(joined.headers["location"]).text
    fresh.browser("teacher").post("/teach/heritage/code", data={"csrf": fresh.csrf("teacher")})
    assert browser.post("/courses/join", data=form | {"code": code}).status_code == 404
