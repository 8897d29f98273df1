"""Errors of the tours, told once: as a page for people, as the house's one JSON shape for assets and documents."""

from __future__ import annotations

import logging

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from commons.errors import NotFound, ShuyuanError, Unavailable
from portal.apps.desk import desk_of

__all__ = ["install_faults"]

log = logging.getLogger("shuyuan.tours")
_MACHINE = ("/tours/assets/", "/tours/viewer/", "/tours/static/", "/tours/health")


def install_faults(app: FastAPI) -> None:
    """Make `app` answer every error in the house's way."""
    app.add_exception_handler(ShuyuanError, _ours)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _any)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ShuyuanError)
    if request.url.path.startswith(_MACHINE) or request.url.path.endswith((".json", ".jpg")):
        return JSONResponse(error.as_json(), status_code=error.status)
    return _page(request, error.status)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return _ours(request, NotFound(f"there is nothing at {request.url.path}", where="tours", next="See /tours/."))
    return JSONResponse(
        ShuyuanError(str(error.detail), where=request.url.path).as_json(), status_code=error.status_code
    )


def _any(request: Request, error: Exception) -> Response:
    log.error("failed: %s %s", request.method, request.url.path, exc_info=error)
    return JSONResponse(
        Unavailable("something broke on our side", where=request.url.path, next="Try again.").as_json(), status_code=500
    )


def _page(request: Request, status: int) -> Response:
    return desk_of(request).page(request, "missing.html", status)
