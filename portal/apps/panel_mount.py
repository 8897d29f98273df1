"""Panel under /apps/: the prefix is cut off before Bokeh sees the path, and a websocket from another site is refused.

The rule kept here: Panel is loaded with the first request for it, so tour pages start light. bokeh-fastapi never checks
a websocket's Origin, so it is checked here: it must be our own host or the platform's public address.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from portal.apps.desk import Desk

__all__ = ["PREFIX", "PanelMount", "is_own_origin"]

PREFIX = "/apps"


def is_own_origin(origin: str, host: str, address: str) -> bool:
    """Whether a browser's Origin header names this site.

    >>> is_own_origin("http://a:1", "a:1", ""), is_own_origin("http://evil", "a:1", "http://a:1"), is_own_origin("", "a", "")
    (True, False, False)
    """
    found = urlsplit(origin).netloc
    return bool(found) and found in (host, urlsplit(address).netloc)


class PanelMount:
    """ASGI middleware: paths under /apps/ go to the Panel app, all others on."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self.app, self.desk = app, desk
        self._panel: ASGIApp | None = None
        self._lock = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not scope["path"].startswith(PREFIX + "/"):
            return await self.app(scope, receive, send)
        if scope["type"] == "websocket" and not self._is_ours(scope):
            await receive()
            await send({"type": "websocket.close", "code": 1008, "reason": "another site's page"})
            return
        panel = await self._loaded()
        # `root_path` stays as it is: Bokeh would otherwise lose its static files or the page.
        cut = {**scope, "path": scope["path"][len(PREFIX) :], "raw_path": scope.get("raw_path", b"")[len(PREFIX) :]}
        await panel(cut, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        headers = Headers(scope=scope)
        return is_own_origin(headers.get("origin", ""), headers.get("host", ""), self.desk.address)

    async def _loaded(self) -> ASGIApp:
        async with self._lock:
            if self._panel is None:
                from portal.apps.panel_tour import panel_app

                self._panel = panel_app(self.desk)
        return self._panel
