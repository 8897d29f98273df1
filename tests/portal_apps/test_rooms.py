"""Looking together: a teacher leads and a class follows, two visit as equals; codes, caps, rates, and pages of other sites."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from commons.errors import LimitReached, NotAllowed, NotFound
from commons.people import ensure_person
from commons.settings import load_settings
from commons.store import migrate, open_store
from courses import tables
from courses.registry import add_member
from hub_config.secrets import ensure_secrets
from portal.apps import create_apps_app
from portal.apps.rooms import LEADERLESS_S, MOST_GUESSES, MOST_OF_ONE, Rooms, read_message
from portal.web.session import SESSION_COOKIE, Signer

VIEW = {
    "view": {"stop": "pond", "pose": {"x": 1, "y": 1.6, "z": -2.5, "yaw": 0.3, "pitch": 0, "fov": 55}, "explode": 0.5}
}
TOUR = {"tour": {"index": 2, "at": 3.5, "state": "playing", "speed": 1.5}}
OURS = {"origin": "http://testserver"}
STATISTICS = frozenset({"statistics"})


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_issue6_item_04_pupils_see_what_the_teacher_shows_and_not_the_other_way_round() -> None:
    rooms = Rooms()
    room = rooms.open("garden", "class", actor="li", address="a", courses=STATISTICS)
    teacher = rooms.join(room, actor="li", address="a", courses=STATISTICS)
    pupil = rooms.join(rooms.find(room.code.lower(), "garden", "b"), actor="an", address="b", courses=STATISTICS)
    assert teacher.take() == [{"hello": {"code": room.code, "role": "lead", "count": 1}}, {"count": 2}]
    assert pupil.take() == [{"hello": {"code": room.code, "role": "follow", "count": 2}}, {"count": 2}]
    room.pass_on(teacher, read_message(VIEW))
    room.pass_on(teacher, read_message(TOUR))
    assert [next(iter(one)) for one in pupil.take()] == ["view", "tour"]
    room.pass_on(pupil, read_message(VIEW))
    assert teacher.take() == []
    late = rooms.join(room, actor="bo", address="c", courses=STATISTICS)
    assert [next(iter(one)) for one in late.take()] == ["hello", "count", "view", "tour"]


def test_issue6_item_04_only_teachers_open_a_class_and_only_their_courses_come_in() -> None:
    rooms = Rooms()
    with pytest.raises(NotAllowed):
        rooms.open("garden", "class", actor="an", address="b")
    room = rooms.open("garden", "class", actor="li", address="a", courses=STATISTICS)
    for actor, courses in (("", STATISTICS), ("an", frozenset({"heritage"}))):
        with pytest.raises(NotAllowed):
            rooms.join(room, actor=actor, address="b", courses=courses)


def test_issue6_item_04_a_pair_needs_no_account_leads_each_other_and_stays_two() -> None:
    rooms = Rooms()
    room = rooms.open("garden", "pair", actor="", address="a")
    one, two = (rooms.join(room, actor="", address=address) for address in "ab")
    one.take(), two.take()
    for here, there in itertools.permutations((one, two)):
        room.pass_on(here, read_message(VIEW))
        assert there.take() == [{"view": read_message(VIEW)["view"]}]
    with pytest.raises(LimitReached):
        rooms.join(room, actor="", address="c")
    for member in (one, two):
        rooms.leave(room, member)
    assert len(rooms) == 0


def test_issue6_item_04_a_class_learns_that_its_leader_left_and_takes_the_leader_back() -> None:
    clock = Clock()
    rooms = Rooms(clock)
    room = rooms.open("garden", "class", actor="li", address="a", courses=STATISTICS)
    teacher, pupil = (rooms.join(room, actor=who, address="a", courses=STATISTICS) for who in ("li", "an"))
    rooms.leave(room, teacher)
    assert {"gone": True} in pupil.take()
    again = rooms.join(rooms.find(room.code, "garden", "z"), actor="li", address="z", courses=STATISTICS)
    assert again.leads
    for member in (again, pupil):
        rooms.leave(room, member)
    clock.now = LEADERLESS_S + 1
    with pytest.raises(NotFound):
        rooms.find(room.code, "garden", "z")


def test_issue6_item_04_rooms_and_guesses_are_capped_by_address() -> None:
    clock = Clock()
    rooms = Rooms(clock)
    for _ in range(MOST_OF_ONE):
        rooms.open("garden", "pair", actor="", address="a")
    with pytest.raises(LimitReached):
        rooms.open("garden", "pair", actor="", address="a")
    other = rooms.open("garden", "pair", actor="", address="b")
    for _ in range(MOST_GUESSES):
        with pytest.raises(NotFound):
            rooms.find("ZZZZZZ", "garden", "guesser")
    with pytest.raises(LimitReached):
        rooms.find(other.code, "garden", "guesser")
    clock.now = 61
    assert rooms.find(other.code, "garden", "guesser") is other
    with pytest.raises(NotFound):
        rooms.find(other.code, "hall", "c")


def test_issue6_item_04_a_slow_reader_gets_the_newest_only() -> None:
    rooms = Rooms()
    room = rooms.open("garden", "pair", actor="", address="a")
    one, two = (rooms.join(room, actor="", address="a") for _ in range(2))
    for stop in range(1000):
        room.pass_on(one, read_message({"view": VIEW["view"] | {"stop": f"s{stop}"}}))
    assert [message["view"]["stop"] for message in two.take() if "view" in message] == ["s999"]


@pytest.mark.parametrize(
    "found",
    [
        None, [], "view", {"view": 3}, {"view": {"stop": "a", "pose": {"x": 1}}}, {"tour": {"index": True, "state": "playing"}},
        {"view": VIEW["view"] | {"stop": "a" * 99}}, {"view": VIEW["view"] | {"pose": VIEW["view"]["pose"] | {"x": float("nan")}}},
        {"view": VIEW["view"] | {"pose": VIEW["view"]["pose"] | {"fov": "55"}}}, {"tour": {"index": 1e9, "state": "playing"}},
        {"gone": True},
    ],
)  # fmt: skip
def test_what_is_no_view_and_no_tour_is_dropped(found: Any) -> None:
    assert read_message(found) == {}


@pytest.fixture
def people(tmp_path: Path) -> Iterator[tuple[TestClient, dict[str, dict[str, str]]]]:
    """The apps process in this one, with a teacher, a pupil of the course and a stranger, and what each sends along."""
    settings = load_settings({"SHUYUAN_HOME": str(tmp_path)})
    store = open_store(settings.database_url)
    migrate(store)
    signer = Signer(ensure_secrets(tmp_path).session_key)
    with store.begin() as conn:
        row = {"id": "statistics", "title": {}, "manifest": {}, "join_code": "X", "created": datetime.now(UTC)}
        conn.execute(insert(tables.course).values(**row))
        for name, role in (("li", "teacher"), ("an", "learner")):
            add_member(conn, "statistics", ensure_person(conn, name, name=name), role)  # type: ignore[arg-type]
        ensure_person(conn, "wu", name="wu")
    store.close()
    headers = {name: OURS | {"cookie": f"{SESSION_COOKIE}={signer.session(name)}"} for name in ("li", "an", "wu")}
    with TestClient(create_apps_app(settings)) as client:
        yield client, headers


def test_issue6_item_04_over_the_socket_a_class_follows(people: tuple[TestClient, dict[str, dict[str, str]]]) -> None:
    client, headers = people
    with client.websocket_connect("/tours/garden/together?as=lead", headers=headers["li"]) as teacher:
        code = teacher.receive_json()["hello"]["code"]
        with client.websocket_connect(f"/tours/garden/together?as=follow&code={code}", headers=headers["an"]) as pupil:
            assert pupil.receive_json()["hello"] == {"code": code, "role": "follow", "count": 2}
            teacher.send_json(VIEW)
            heard = [pupil.receive_json() for _ in range(2)]
            assert {"view": read_message(VIEW)["view"]} in heard
        for name in ("wu", None):
            refused = _refused(client, f"?as=follow&code={code}", headers[name] if name else OURS)
            assert refused == "not-allowed"


@pytest.mark.parametrize(
    ("query", "who", "why"),
    [
        ("?as=lead", "an", "not-allowed"), ("?as=follow&code=NOROOM", "an", "not-found"),
        ("?as=follow", "an", "not-found"), ("", "li", "not-found"),
    ],
)  # fmt: skip
def test_the_socket_says_why_it_refuses(
    people: tuple[TestClient, dict[str, dict[str, str]]], query: str, who: str, why: str
) -> None:
    client, headers = people
    assert _refused(client, query, headers[who]) == why


@pytest.mark.parametrize("origin", ["http://evil.example", ""])
def test_issue6_item_04_a_page_of_another_site_is_refused_before_anything_is_read(
    people: tuple[TestClient, dict[str, dict[str, str]]], origin: str
) -> None:
    client, headers = people
    given = headers["li"] | {"origin": origin}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/tours/garden/together?as=lead", headers=given):
        pass


def test_issue6_item_04_who_floods_is_put_out(people: tuple[TestClient, dict[str, dict[str, str]]]) -> None:
    client, _ = people
    with client.websocket_connect("/tours/garden/together?as=pair", headers=OURS) as flood:
        flood.receive_json()
        with pytest.raises(WebSocketDisconnect):
            for _ in range(2000):
                flood.send_text(json.dumps(VIEW))
            for _ in range(10):
                flood.receive_json()


def _refused(client: TestClient, query: str, headers: dict[str, str]) -> str:
    with client.websocket_connect(f"/tours/garden/together{query}", headers=headers) as socket:
        return str(socket.receive_json()["refused"])
