"""The JSON API: one error shape everywhere, hand-ins stored before they are acknowledged, nobody sees another's work."""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from commons.jobs import job
from commons.records import records_of
from courses.archive import TOTAL_BYTES
from courses.registry import latest_release
from courses.release import release_files
from tests.portal.conftest import Served

TOKEN = {"Authorization": "token token-of-lin"}
UNIT = "/api/v1/courses/heritage/assignments/u2"


def _is_fault(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "where", "next"} and error["code"] == code
    assert all(isinstance(part, str) for part in error.values()) and error["message"] and error["next"] is not None


def _notebook(house: Served, unit: str = "u2") -> dict[str, str]:
    with house.world.store.read() as conn:
        files = release_files(conn, latest_release(conn, "heritage", unit), "en")
    return {name: base64.b64encode(data).decode() for name, data in files.items() if name.endswith(".ipynb")}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("GET", "/api/v1/concepts/nothing.here", 404, "not-found"),
        ("DELETE", "/api/v1/me", 404, "not-found"),
        ("GET", "/api/v1/me", 401, "not-signed-in"),
        ("GET", "/api/v1/attempts/1", 401, "not-signed-in"),
        ("POST", "/api/v1/records", 401, "not-signed-in"),
        ("PUT", "/api/v1/me/preference", 401, "not-signed-in"),
    ],
)
def test_item_09_every_error_has_one_shape(house: Served, method: str, path: str, status: int, code: str) -> None:
    _is_fault(house.browser().request(method, path), status, code)


def test_item_09_input_that_does_not_fit_is_told_in_the_same_shape(house: Served) -> None:
    browser = house.browser()
    _is_fault(browser.get("/api/v1/me/next?k=many", headers=TOKEN), 400, "bad-input")
    for body in (b"{", b"[]", b'{"files": {}}', b'{"files": {"a": 1}}', b'{"files": {"a.ipynb": "!!"}}'):
        _is_fault(
            browser.post(f"{UNIT}/attempts", content=body, headers=TOKEN | {"Content-Type": "application/json"}),
            400,
            "bad-input",
        )


def test_a_body_beyond_any_hand_in_is_refused_unread(house: Served) -> None:
    answer = house.browser().post(f"{UNIT}/attempts", content=b" " * (TOTAL_BYTES * 2), headers=TOKEN)
    _is_fault(answer, 413, "too-large")


def test_a_token_the_hub_does_not_know_is_refused_and_a_known_one_is_asked_once(fresh: Served) -> None:
    browser = fresh.browser()
    _is_fault(browser.get("/api/v1/me", headers={"Authorization": "token forged"}), 401, "not-signed-in")
    before = fresh.hub.state.asked
    for _ in range(3):
        assert browser.get("/api/v1/me", headers=TOKEN).json()["account"] == "lin"
    assert fresh.hub.state.asked == before + 1
    assert browser.get("/api/v1/me", headers={"Authorization": "token token-of-new"}).json()["account"] == "newcomer"
    fresh.stop_hub()
    assert browser.get("/api/v1/me", headers=TOKEN).status_code == 200
    _is_fault(browser.get("/api/v1/me", headers={"Authorization": "token other"}), 503, "unavailable")


def test_item_05_the_exchange_lists_fetches_hands_in_and_gives_back(fresh: Served) -> None:
    browser = fresh.browser()
    listed = browser.get("/api/v1/courses/heritage/assignments", headers=TOKEN).json()
    assert [one["assignment"] for one in listed] == ["u1", "u2", "u3", "u4"]
    fetched = browser.get(f"{UNIT}/release", params={"language": "en"}, headers=TOKEN).json()
    assert fetched["language"] == "en" and json.loads(base64.b64decode(fetched["files"]["u2.ipynb"]))["cells"]
    made = browser.post(f"{UNIT}/attempts", json={"language": "en", "files": _notebook(fresh)}, headers=TOKEN)
    assert made.status_code == 201 and made.json()["number"] == 1
    assert made.json()["left"] == fresh.world.course.unit("u2").attempts - 1
    attempt = made.json()["attempt"]
    with fresh.world.store.read() as conn:
        assert conn.execute(select(job.c.state).where(job.c.key == attempt)).scalar() == "queued"
    assert [one["attempt"] for one in browser.get(f"{UNIT}/attempts", headers=TOKEN).json()] == [attempt]
    assert browser.get(f"/api/v1/attempts/{attempt}/files", headers=TOKEN).json()["files"] == _notebook(fresh)
    waiting = fresh.browser("lin").get(f"/my/attempts/{attempt}").text
    assert "being marked" in waiting and '<noscript><meta http-equiv="refresh"' in waiting and "attempt.js" in waiting


def test_feedback_as_a_page_runs_nothing(house: Served) -> None:
    answer = house.browser("lin").get(f"/api/v1/attempts/{house.world.attempts[0]}/feedback.html")
    assert answer.status_code == 200 and answer.headers["content-security-policy"].startswith(
        "sandbox; default-src 'none'"
    )
    told = house.browser("lin").get(f"/api/v1/attempts/{house.world.attempts[0]}").json()
    assert told["score"] == 8 and len(told["feedback"]["exercises"]) == len(house.world.course.unit("u1").exercises)


def test_nobody_sees_another_s_attempt_but_the_course_s_teacher(house: Served) -> None:
    attempt = house.world.attempts[0]
    for path in ("", "/files", "/feedback.html"):
        _is_fault(house.browser("chen").get(f"/api/v1/attempts/{attempt}{path}"), 404, "not-found")
        assert house.browser("teacher").get(f"/api/v1/attempts/{attempt}{path}").status_code == 200


def test_outside_a_course_its_assignments_are_closed(house: Served) -> None:
    headers = {"Authorization": "token token-of-new"}
    for path in ("", "/u1/release"):
        _is_fault(
            house.browser().get(f"/api/v1/courses/heritage/assignments{path}", headers=headers), 403, "not-allowed"
        )
    made = house.browser().post(f"{UNIT}/attempts", json={"files": _notebook(house)}, headers=headers)
    _is_fault(made, 403, "not-allowed")


def _visit(**values: Any) -> dict[str, Any]:
    return {"records": [{"verb": "experienced", "item": "stop:garden/pond", "seconds": 12} | values]}


def test_visits_become_records_once_and_only_with_what_the_catalogue_says(fresh: Served) -> None:
    browser, ours = fresh.browser("lin"), {"Origin": fresh.base}
    with fresh.world.store.read() as conn:
        before = len(records_of(conn, fresh.world.people["lin"].actor))
    again = _visit(id=str(uuid.uuid4()))
    for new in (1, 0):
        answer = browser.post("/api/v1/records", json=again, headers=ours)
        assert (answer.status_code, answer.json()) == (201, {"added": new})
    with fresh.world.store.read() as conn:
        records = records_of(conn, fresh.world.people["lin"].actor)
    assert len(records) == before + 1 and records[-1].concepts and records[-1].score is None
    _is_fault(browser.post("/api/v1/records", json=_visit(item="stop:garden/nothing"), headers=ours), 400, "faults")
    for wrong in ({"verb": "answered"}, {"seconds": -1}, {"id": "x"}, {"score": "1", "verb": "passed"}):
        _is_fault(browser.post("/api/v1/records", json=_visit(**wrong), headers=ours), 400, "bad-input")


def test_a_page_of_another_site_writes_nothing_in_somebody_s_name(fresh: Served) -> None:
    browser = fresh.browser("lin")
    for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {}):
        _is_fault(browser.post("/api/v1/records", json=_visit(), headers=headers), 403, "not-allowed")
        _is_fault(browser.put("/api/v1/me/preference", json={"mode": "off"}, headers=headers), 403, "not-allowed")


def test_the_preference_is_set_and_told(fresh: Served) -> None:
    browser, ours = fresh.browser("lin"), {"Origin": fresh.base}
    assert len(browser.get("/api/v1/me/next?k=2&language=en").json()["next"]) == 2
    answer = browser.put("/api/v1/me/preference", json={"mode": "off"}, headers=ours)
    assert answer.json() == {"mode": "off", "goal": ""}
    assert browser.get("/api/v1/me/next").json()["next"] == []
    _is_fault(browser.put("/api/v1/me/preference", json={"mode": "on"}, headers=ours), 400, "bad-input")
    _is_fault(
        browser.put("/api/v1/me/preference", json={"mode": "topic", "goal": "no.such"}, headers=ours), 400, "bad-input"
    )


def test_the_catalogue_is_open_to_programs(house: Served) -> None:
    browser = house.browser()
    assert [one["id"] for one in browser.get("/api/v1/catalogue").json()["courses"]] == ["heritage"]
    items = browser.get("/api/v1/items", params={"kind": "unit"}).json()
    assert {one["id"] for one in items} == {f"unit:heritage/u{n}" for n in (1, 2, 3, 4)}
    by_concept = browser.get("/api/v1/items", params={"concept": "statistics.median"}).json()
    assert by_concept and all("statistics.median" in one["concepts"] for one in by_concept)
    assert len(browser.get("/api/v1/concepts").json()["concepts"]) >= 80
    assert browser.get("/api/v1/concepts/statistics.median").json()["needs"]


def test_item_09_openapi_names_every_address_and_the_one_error_shape(house: Served) -> None:
    document = house.browser().get("/api/openapi.json").json()
    paths = set(document["paths"])
    assert {"/api/v1/me", "/api/v1/me/next", "/api/v1/records", "/api/v1/attempts/{attempt_id}/files"} <= paths
    assert all(path.startswith("/api/v1/") for path in paths)
    for methods in document["paths"].values():
        for words in methods.values():
            assert words["summary"] and "422" not in words["responses"] and "default" in words["responses"]
    page = house.browser().get("/api/docs").text
    assert all(path in page for path in paths)
    assert not re.search(r"<script", page)
