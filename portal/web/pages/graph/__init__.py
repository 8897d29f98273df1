"""The graph to look at and to decide on: the map of all concepts, and the teachers' review of what a machine suggests."""

from __future__ import annotations

from fastapi import APIRouter

from portal.web.pages.graph import map, review

__all__ = ["routers"]


def routers() -> list[APIRouter]:
    """The routers of these pages; they come before /concepts/<id> and /teach/<course>."""
    return [map.router(), review.router()]
