"""Healthy means that hub and tours answer and a write succeeds; anything else is 503 and names the part."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import OperationalError

from portal import health
from tests.portal.conftest import Served


def test_item_01_health_is_200_when_hub_tours_and_a_write_are_well(fresh: Served) -> None:
    for _ in range(2):
        answer = fresh.browser().get("/health")
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_item_01_health_names_the_part_that_is_down(fresh: Served) -> None:
    fresh.stop_hub()
    answer = fresh.browser().get("/health")
    assert answer.status_code == 503
    assert set(answer.json()["faults"]) == {"hub"} and answer.json()["error"]["code"] == "unavailable"


def test_item_01_a_store_that_cannot_be_written_is_not_healthy(fresh: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    store = fresh.world.store
    with store.engine.connect() as conn:
        conn.exec_driver_sql("PRAGMA query_only = 1")
        conn.rollback()
        monkeypatch.setattr(store.engine, "connect", lambda: _kept(conn))
        faults = health.faults_of_health(fresh.world.settings, store)
        conn.exec_driver_sql("PRAGMA query_only = 0")
    assert set(faults) == {"store"} and "did not answer" in faults["store"]


def test_a_store_that_is_away_is_told_in_words_and_open_pages_go_on(
    fresh: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> object:
        raise OperationalError("SELECT 1", {}, Exception("the database is away"))

    monkeypatch.setattr(fresh.app.state.house.store.engine, "connect", away)
    answer = fresh.browser("lin").get("/my/")
    assert answer.status_code == 503 and "A part of the house does not answer" in answer.text
    assert "safely stored" in answer.text and "Traceback" not in answer.text
    assert fresh.browser().get("/courses/heritage/u1").status_code == 200
    told = fresh.browser("lin").get("/api/v1/me")
    assert told.status_code == 503 and told.json()["error"]["code"] == "unavailable"


class _kept:
    """A connection that several blocks use in turn."""

    def __init__(self, conn: object) -> None:
        self.conn = conn

    def __enter__(self) -> object:
        return self.conn

    def __exit__(self, *_: object) -> None:
        return None
