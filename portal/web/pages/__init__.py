"""The pages people read, one module for each part of the house. A page asks the rooms below and decides nothing itself."""

from __future__ import annotations

from fastapi import APIRouter

from portal.web.pages import (
    about,
    attempts,
    concepts,
    courses,
    desk,
    front,
    graph,
    my,
    objects,
    privacy,
    search,
    signin,
    teach,
    wishes,
)

__all__ = ["page_routers"]


def page_routers() -> list[APIRouter]:
    """The routers of all pages; none of them is part of the API's description."""
    modules = (front, signin, courses, search, concepts, objects, my, wishes, attempts, teach, privacy, about)
    return [*graph.routers(), *(module.router() for module in modules), *desk.routers()]
