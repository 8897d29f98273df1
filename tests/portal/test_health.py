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


class _kept:
    """A connection that several blocks use in turn."""

    def __init__(self, conn: object) -> None:
        self.conn = conn

    def __enter__(self) -> object:
        return self.conn

    def __exit__(self, *_: object) -> None:
        assert OperationalError
