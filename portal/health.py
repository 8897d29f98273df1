"""Healthy means: the hub answers, the tours answer, and a write to the store succeeds. Anything else is 503 and says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import httpx
from fastapi import APIRouter
from sqlalchemy import update
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse

from commons.blobs import blob
from commons.errors import ShuyuanError
from commons.settings import Settings
from commons.store import Store
from portal.web.house import house_of

__all__ = ["faults_of_health", "health_router"]

PROBE = "health-probe"
TIMEOUT_S = 2.0


def health_router() -> APIRouter:
    """The route /health."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/health", _health, methods=["GET"])
    return router


def faults_of_health(settings: Settings, store: Store) -> dict[str, str]:
    """What is wrong, by part; empty when the house is healthy."""
    checks: dict[str, Callable[[], None]] = {
        "hub": lambda: _answers(f"http://127.0.0.1:{settings.hub_port}/hub/health"),
        "apps": lambda: _answers(f"http://127.0.0.1:{settings.apps_port}/tours/health"),
        "store": lambda: _can_write(store),
    }
    faults = {}
    for part, check in checks.items():
        try:
            check()
        except (ShuyuanError, SQLAlchemyError, httpx.HTTPError) as error:
            faults[part] = str(error) or type(error).__name__
    return faults


def _health(request: Request) -> JSONResponse:
    house = house_of(request)
    faults = faults_of_health(house.settings, house.store)
    if not faults:
        return JSONResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})
    message = "; ".join(f"{part}: {fault}" for part, fault in faults.items())
    shape = {"code": "unavailable", "message": message, "where": ", ".join(faults), "next": "Run: shuyuan doctor"}
    return JSONResponse({"error": shape, "faults": faults}, status_code=503, headers={"Cache-Control": "no-store"})


def _answers(url: str) -> None:
    httpx.get(url, timeout=TIMEOUT_S).raise_for_status()


def _can_write(store: Store) -> None:
    """Commit one changed row: a full disk, a lock held for ever or a read-only store fails here."""
    now = datetime.now(UTC)
    with store.begin() as conn:
        if conn.execute(update(blob).where(blob.c.sha256 == PROBE).values(created=now)).rowcount == 0:
            conn.execute(blob.insert().values(sha256=PROBE, data=b"", size=0, created=now))
