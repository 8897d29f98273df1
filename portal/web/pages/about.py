"""Help and about: how to begin, what this installation can and cannot do today, who made it."""

from __future__ import annotations

from importlib.util import find_spec

from fastapi import APIRouter
from starlette.responses import Response

from portal.web.call import Here

__all__ = ["parts", "router"]

PARTS = ("nbgrader", "panel", "open3d", "torch")


def router() -> APIRouter:
    """/help/."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/help/", about, methods=["GET", "HEAD"])
    return found


def about(call: Here) -> Response:
    return call.page("help.html", parts=parts(), hub=call.house.hub.is_up(), faults=call.house.catalogue.faults)


def parts() -> dict[str, bool]:
    """Which of the heavy libraries are installed here, by name."""
    return {name: find_spec(name) is not None for name in PARTS}
