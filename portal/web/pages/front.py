"""The front page: one way in for each kind of visitor, what is on now, and pictures of the places."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from portal.web.call import Here
from portal.web.pictures import scene_pictures

__all__ = ["router"]

WAYS = (
    ("visitor", "/tours/"),
    ("lifelong", "/courses/"),
    ("student", "/my/"),
    ("teacher", "/teach/"),
)


def router() -> APIRouter:
    """The page at /."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/", front, methods=["GET", "HEAD"])
    return found


def front(call: Here) -> Response:
    catalogue = call.house.catalogue
    course = next(iter(catalogue.courses.values()), None)
    scene = next(iter(catalogue.scenes.values()), None)
    pictures = scene_pictures(scene) if scene else {}
    return call.page(
        "front.html", ways=WAYS, course=course, scene=scene, pictures=pictures, concepts=len(catalogue.graph.concepts)
    )
