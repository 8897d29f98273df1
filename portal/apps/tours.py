"""The tour pages: list of places, one place, its text, the bare viewer for notebooks, stills, health.

The rule kept here: every page reads without scripts; the viewer is an addition to it.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from commons.errors import NotFound
from portal.apps.assets import ASK_AGAIN, file_answer
from portal.apps.desk import Desk, desk_of
from portal.apps.document import json_ld, viewer_document
from portal.apps.shelf import Place
from vr_scenes.build import is_possible
from vr_scenes.twin import twin_stops, twin_tours

__all__ = ["tours_router"]

At = Annotated[Desk, Depends(desk_of)]


def tours_router() -> APIRouter:
    """Everything under /tours/ that is not a file."""
    router = APIRouter(include_in_schema=False)
    for path, answer in (
        ("/tours/health", health), ("/tours/", places), ("/tours/{scene}/", place), ("/tours/{scene}/text", text),
        ("/tours/{scene}/embed", embed),
        ("/tours/{scene}/scene.json", document), ("/tours/{scene}/poster/{stop}.jpg", poster), ("/tours/{scene}/still/{stop}.jpg", still),
    ):  # fmt: skip
        router.add_api_route(path, answer, methods=["GET", "HEAD"])
    router.add_api_route("/tours", lambda: RedirectResponse("/tours/"), methods=["GET", "HEAD"])
    router.add_api_route("/tours/{scene}", lambda scene: RedirectResponse(f"/tours/{scene}/"), methods=["GET", "HEAD"])
    return router


def health(desk: At) -> JSONResponse:
    """200 when every place can be read and the viewer is there; says what is off."""
    found = desk.shelf.places()
    built = {one.scene.id: one.manifest is not None for one in found}
    viewer = bool(desk.shelf.viewer_mark())
    return JSONResponse(
        {"ok": viewer, "viewer": viewer, "scenes": built, "open3d": is_possible()}, 200 if viewer else 503
    )


def places(request: Request, desk: At) -> Response:
    return desk.page(request, "places.html", places=desk.shelf.places())


def place(scene: str, request: Request, desk: At) -> Response:
    found = desk.shelf.place(scene)
    return desk.page(
        request,
        "place.html",
        **_values(found, request, desk),
        json_ld=json_ld(found, desk.look(request).language, desk.address),
    )


def text(scene: str, request: Request, desk: At) -> Response:
    found = desk.shelf.place(scene)
    language = desk.look(request).language
    return desk.page(request, "text.html", **_values(found, request, desk), tours=twin_tours(found.scene, language))


def embed(scene: str, request: Request, desk: At) -> Response:
    return desk.page(request, "embed.html", **_values(desk.shelf.place(scene), request, desk))


def document(scene: str, desk: At) -> JSONResponse:
    """The scene as the viewer reads it."""
    found = viewer_document(desk.shelf.place(scene), desk.shelf, desk.messages)
    return JSONResponse(found, headers={"Cache-Control": ASK_AGAIN})


async def poster(scene: str, stop: str, desk: At) -> Response:
    """A lasting address for a stop's picture ("scene": the whole place's); leads to the newest one."""
    found = await run_in_threadpool(desk.shelf.place, scene)
    url = found.picture_url(found.cover.id if stop == "scene" else stop)
    if not url:
        raise NotFound(f"there is no picture of '{stop}'", where=f"scene '{scene}'", next="Build the scene.")
    return RedirectResponse(url, 307, {"Cache-Control": "public, max-age=300"})


def still(scene: str, stop: str, request: Request, desk: At) -> Response:
    found = desk.shelf.place(scene)
    path = found.still(found.scene.stop(stop).id)
    if not path.is_file():
        raise NotFound(f"there is no still of '{stop}'", where=f"scene '{scene}'", next="Build the scene.")
    return file_answer(path, request, mark=f"{path.stat().st_mtime_ns:x}", keep=ASK_AGAIN)


def _values(found: Place, request: Request, desk: Desk) -> dict[str, Any]:
    language = desk.look(request).language
    off = "" if found.manifest else ("scenes.unbuilt" if is_possible() else "scenes.no3d")
    asked = request.query_params.get("stop", "")
    known = [stop.id for stop in found.scene.stops]
    return {
        "place": found, "scene": found.scene, "stops": twin_stops(found.scene, language), "off": off, "labels": desk.shelf.concepts(),
        "unit_title": desk.shelf.unit, "first": asked if asked in known else "",
        "object": request.query_params.get("object", ""), "bare": False, "leads": bool(desk.visitors.standing(request).teaches),
        "cover": found.picture_url(asked if asked in known else found.cover.id),
    }  # fmt: skip
