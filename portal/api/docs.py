"""The API's description: OpenAPI as JSON, and a plain page of our own made from it. No script of anybody else draws it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from commons.errors import NotFound
from portal.web.call import Here

__all__ = ["nothing_here", "router"]

METHODS = ("get", "post", "put", "delete")
FAULT = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "where", "next"],
            "properties": {name: {"type": "string"} for name in ("code", "message", "where", "next")},
        }
    },
}


def router() -> APIRouter:
    """/api/docs and /api/openapi.json."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/api/docs", page, methods=["GET"])
    found.add_api_route("/api/openapi.json", openapi, methods=["GET"])
    return found


def nothing_here(request: Request) -> None:
    """Any other address of the API."""
    raise NotFound(f"there is nothing at {request.url.path}", where=request.url.path, next="See /api/docs.")


def openapi(request: Request) -> JSONResponse:
    return JSONResponse(describe(request))


def page(call: Here) -> Response:
    paths = describe(call.request)["paths"]
    rows = [
        (method.upper(), path, words.get("summary", ""), words.get("parameters", []))
        for path, methods in paths.items()
        for method, words in methods.items()
        if method in METHODS
    ]
    return call.page("api.html", rows=rows)


def describe(request: Request) -> dict[str, Any]:
    """The OpenAPI document, with the one error shape in the place of FastAPI's own."""
    document: dict[str, Any] = request.app.openapi()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Fault"] = FAULT
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}}
    fault = {"description": "What was found, where, and what to do next", "content": content}
    for methods in document["paths"].values():
        for words in methods.values():
            words["responses"].pop("422", None)
            words["responses"]["default"] = fault
    return document
