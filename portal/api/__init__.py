"""The JSON API under /api/v1: thin layers over the rooms below, one error shape, described by OpenAPI at /api/openapi.json."""

from __future__ import annotations

from fastapi import APIRouter

from portal.api import catalogue, courses, docs, me, records

__all__ = ["PREFIX", "api_routers"]

PREFIX = "/api/v1"


def api_routers() -> list[APIRouter]:
    """The routers of the API and of its description."""
    inner = APIRouter(prefix=PREFIX)
    for module in (catalogue, courses, me, records):
        inner.include_router(module.router())
    inner.add_api_route(
        "/{rest:path}", docs.nothing_here, methods=["GET", "POST", "PUT", "DELETE", "PATCH"], include_in_schema=False
    )
    return [inner, docs.router()]
