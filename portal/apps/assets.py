"""Files of the tours over plain HTTP: content-addressed assets with ranges, the viewer's bundle, the pages' own style and script.

The rule kept here: a name that is the hash of its content is kept for ever; any other name is asked again by ETag. Source
for ranges: RFC 9110, section 14. One range is answered; a request for several gets the whole file.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from commons.errors import NotFound
from portal.apps.desk import STATIC, desk_of
from vr_scenes.bundle import CHUNK

__all__ = ["assets_router", "file_answer"]

_ASSET = re.compile(r"[0-9a-f]{64}\.(glb|jpg|png|webp|json|spz|ply|mp3|ogg|m4a|vtt)")
_TREE = re.compile(r"[0-9a-f]{64}")
_LEAF = re.compile(r"(?:[\w-]+/){0,8}[\w-]+\.(glb|jpg|png|webp|json|subtree|bin)", re.ASCII)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CHUNK = 256 * 1024
_MEDIA = {
    ".glb": "model/gltf-binary",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".spz": "application/octet-stream",
    ".ply": "application/octet-stream",
    ".bin": "application/octet-stream",
    ".subtree": "application/octet-stream",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".m4a": "audio/mp4",
    ".vtt": "text/vtt; charset=utf-8",
    ".json": "application/json",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


def assets_router() -> APIRouter:
    """/tours/assets/, /tours/viewer/ and /tours/static/."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/tours/assets/{name}", _asset, methods=["GET", "HEAD"])
    router.add_api_route("/tours/assets/{tree}/{leaf:path}", _leaf, methods=["GET", "HEAD"])
    router.add_api_route("/tours/viewer/{name}", _viewer, methods=["GET", "HEAD"])
    router.add_api_route("/tours/static/{name}", _static, methods=["GET", "HEAD"])
    return router


def _asset(name: str, request: Request) -> Response:
    if not _ASSET.fullmatch(name):
        raise NotFound(f"there is no asset {name!r}", where="tours", next="Asset names are made by the build.")
    return file_answer(desk_of(request).shelf.asset(name), request, mark=name[:32], keep=FOR_EVER)


def _leaf(tree: str, leaf: str, request: Request) -> Response:
    """One file of a tree of files (tiles of points, of a mesh or of a panorama), kept as long as its tree's name."""
    if not _TREE.fullmatch(tree) or not _LEAF.fullmatch(leaf):
        raise NotFound(f"there is no asset {tree}/{leaf!r}", where="tours", next="Asset names are made by the build.")
    path = desk_of(request).shelf.asset(f"{tree}/{leaf}")
    mark = hashlib.sha256(f"{tree}/{leaf}".encode()).hexdigest()[:32]
    return file_answer(path, request, mark=mark, keep=FOR_EVER)


def _viewer(name: str, request: Request) -> Response:
    shelf = desk_of(request).shelf
    if CHUNK.fullmatch(name):
        chunk = shelf.viewer().with_name(name)
        if chunk.is_file():
            return file_answer(chunk, request, mark=chunk.stem, keep=FOR_EVER)
    if name != "vr-scene.js":
        raise NotFound(f"there is no file {name!r}", where="tours/viewer", next="The viewer is vr-scene.js.")
    path, mark = shelf.viewer(), shelf.viewer_mark()
    return file_answer(path, request, mark=mark, keep=FOR_EVER if request.query_params.get("v") == mark else ASK_AGAIN)


def _static(name: str, request: Request) -> Response:
    path = STATIC / name
    if name not in ("tours.css", "tours.js", "companion.js"):
        raise NotFound(f"there is no file {name!r}", where="tours/static", next="See /tours/.")
    return file_answer(path, request, mark=f"{path.stat().st_mtime_ns:x}", keep=ASK_AGAIN)


def file_answer(path: Path, request: Request, *, mark: str, keep: str) -> Response:
    """The file, or what the request's conditions and range leave of it; a `.gz` sibling goes to whoever takes it whole."""
    headers = {"Cache-Control": keep, "Accept-Ranges": "bytes", "Vary": "Accept-Encoding"}
    wanted = request.headers.get("range", "")
    packed = path.with_name(path.name + ".gz")
    if not wanted and packed.is_file() and "gzip" in request.headers.get("accept-encoding", ""):
        path, mark = packed, f"{mark}-gz"
        headers["Content-Encoding"] = "gzip"
    etag = f'"{mark}"'
    headers["ETag"] = etag
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    size = path.stat().st_size
    media = _MEDIA[path.suffixes[0] if path.suffix == ".gz" else path.suffix]
    span = _span(wanted, size) if request.headers.get("if-range", etag) == etag else None
    if span == "beyond":
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    start, stop = span if isinstance(span, tuple) else (0, size)
    headers["Content-Length"] = str(stop - start)
    if isinstance(span, tuple):
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    body = iter(()) if request.method == "HEAD" else _bytes(path, start, stop)
    return StreamingResponse(body, 206 if isinstance(span, tuple) else 200, headers, media)


def _span(wanted: str, size: int) -> tuple[int, int] | str | None:
    """Start and end (exclusive) of a range header; "beyond" when it lies outside; None when there is none to heed."""
    found = _RANGE.fullmatch(wanted.strip())
    if not found or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, stop = max(0, size - int(found[2])), size
    else:
        start, stop = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
    return (start, stop) if start < stop else "beyond"


def _bytes(path: Path, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = stop - start
        while left > 0:
            chunk = file.read(min(_CHUNK, left))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
