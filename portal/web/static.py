"""Files under /static/: ours, and the font slices of the npm packages. A versioned address is kept for ever, any other is asked again."""

from __future__ import annotations

import hashlib
from functools import partial

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from commons.errors import NotFound
from portal.web.fonts import FONT_FILE, FONT_PACKAGES, fonts_css
from portal.web.frame import STATIC

__all__ = ["static_router"]

FOR_EVER = "public, max-age=31536000, immutable"
PACKAGES = ("noto-serif-sc", "noto-sans-sc", "source-serif-4", "source-sans-3")


def static_router() -> APIRouter:
    """The routes; the font stylesheet is made here, once."""
    router = APIRouter(include_in_schema=False)
    sheet = fonts_css(FONT_PACKAGES).encode()
    router.add_api_route("/static/fonts.css", partial(_sheet, sheet), methods=["GET", "HEAD"])
    router.add_api_route("/static/fonts/{package}/{name}", _font, methods=["GET", "HEAD"])
    router.add_api_route("/static/{name:path}", _file, methods=["GET", "HEAD"])
    return router


def _sheet(sheet: bytes, request: Request) -> Response:
    mark = f'"{hashlib.sha256(sheet).hexdigest()[:20]}"'
    lasting = FOR_EVER if "v" in request.query_params else "public, max-age=86400"
    headers = {"Cache-Control": lasting, "ETag": mark}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return Response(sheet, media_type="text/css", headers=headers)


def _font(package: str, name: str) -> Response:
    path = FONT_PACKAGES / package / "files" / name
    if package not in PACKAGES or not FONT_FILE.fullmatch(name) or not path.is_file():
        raise NotFound(f"no font {package}/{name}", where="/static/fonts")
    return FileResponse(path, media_type="font/woff2", headers={"Cache-Control": FOR_EVER})


def _file(name: str, request: Request) -> Response:
    path = (STATIC / name).resolve()
    if not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        raise NotFound(f"no file {name}", where="/static")
    lasting = FOR_EVER if "v" in request.query_params else "public, no-cache"
    return FileResponse(path, headers={"Cache-Control": lasting})
