"""Every error is told once, in one shape: JSON for the API, a page with found, safe and next for people. No trace leaves the house."""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from commons.errors import NotFound, NotSignedIn, ShuyuanError
from portal.web.call import Call, call_of, is_json_path
from portal.web.house import house_of
from portal.web.look import look_of

__all__ = ["TooLargeInWords", "in_language", "install_faults"]

log = logging.getLogger("shuyuan.portal")
CODES = {400: "bad-input", 401: "not-signed-in", 403: "not-allowed", 404: "not-found", 405: "wrong-method",
         413: "too-large", 422: "bad-input", 429: "limit-reached", 503: "unavailable"}  # fmt: skip
DRAINED = 256 << 20
HAN = re.compile("[\u4e00-\u9fff]")
QUOTED = re.compile(r"'[^']*'")  # what was asked for, in whatever language
WITH_WORDS = (400, 401, 403, 404, 409, 413, 429, 503)


def install_faults(app: FastAPI) -> None:
    """Make `app` answer every error in the house's way."""
    app.add_exception_handler(ShuyuanError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(Exception, _of_anything)


def _of_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, ShuyuanError)
    if is_json_path(request.url.path):
        return JSONResponse(error.as_json(), status_code=error.status)
    if isinstance(error, NotSignedIn) and request.method == "GET":
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse("/login?next=" + quote(here, safe=""), status_code=303)
    return _page(request, error.status, error.found, error.next)


def in_language(words: str, language: str) -> str:
    """`words` where a reader of `language` reads them, else "", and the page's own words stand in. The rooms below speak English.

    >>> in_language("there is no course 'x'", "zh-CN"), in_language("没有这门课", "zh-CN"), in_language("no course", "en")
    ('', '没有这门课', 'no course')
    """
    return words if language != "zh-CN" or HAN.search(QUOTED.sub("", words)) else ""


def _of_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}" for one in error.errors()]
    if is_json_path(request.url.path):
        return _json(400, "; ".join(faults), request.url.path, "See /api/docs for what this address takes.")
    return _page(request, 400, "", "")


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if is_json_path(request.url.path):
        found = f"there is nothing at {request.url.path}" if error.status_code == 404 else str(error.detail)
        return _json(error.status_code, found, request.url.path, "See /api/docs for every address of the API.")
    return _page(request, error.status_code, "", "")


def _of_anything(request: Request, error: Exception) -> Response:
    log.error("failed: %s %s", request.method, request.url.path, exc_info=error)
    if is_json_path(request.url.path):
        return _json(500, "something broke on our side", request.url.path, "Nothing half-done was kept. Try again.")
    return _page(request, 500, "", "")


def _json(status: int, message: str, where: str, next_step: str) -> JSONResponse:
    code = CODES.get(status, "error")
    shape = {"error": {"code": code, "message": message, "where": where, "next": next_step}}
    return JSONResponse(shape, status_code=status)


def _page(request: Request, status: int, found: str, next_step: str) -> Response:
    call = _call(request)
    kind = status if status in WITH_WORDS else (500 if status >= 500 else 400)
    found, next_step = in_language(found, call.language), in_language(next_step, call.language)
    return call.page("error.html", status, number=status, kind=kind, found=found, next_step=next_step)


def _call(request: Request) -> Call:
    """The call, or one of a stranger when even the store does not answer."""
    try:
        return call_of(request)
    except (ShuyuanError, NotFound):
        look = look_of(request.url.path, "", request.cookies, request.headers.get("accept-language"))
        return Call(house_of(request), request, look, None)


class TooLargeInWords:
    """ASGI middleware: the server's own bare 413, for a body beyond the limit, is told in the house's shape too:

    a page where the client reads pages, JSON elsewhere. Many clients show no answer before they have sent their file, so that is
    read to its end first, and thrown away; beyond DRAINED bytes the connection is left.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        bare, ended = False, False

        async def watched() -> Message:
            nonlocal ended
            message = await receive()
            ended = not message.get("more_body", False)
            return message

        async def worded(message: Message) -> None:
            nonlocal bare
            if message["type"] == "http.response.start" and message["status"] == 413:
                bare = any(
                    name == b"content-type" and value.startswith(b"text/plain") for name, value in message["headers"]
                )
            if not bare:
                await send(message)

        await self.app(scope, watched, worded)
        if not bare:
            return
        answer, left = await run_in_threadpool(_too_large, scope), DRAINED
        while left > 0 and not ended:
            left -= len((await watched()).get("body", b""))
        await answer(scope, receive, send)


def _too_large(scope: Scope) -> Response:
    request = Request(scope)
    if "text/html" in request.headers.get("accept", "") and not is_json_path(request.url.path):
        return _page(request, 413, "", "")
    return _json(413, "what was sent is larger than allowed", scope["path"], "Make it smaller and try again.")
