"""Which content policy a path gets: tours may compile WebAssembly, Panel may run the scripts it writes into its page.

The rule kept here: no policy lets anything come from, or go to, another host.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["PANEL", "TOURS", "Policy"]

# Spark brings its WebAssembly as a data: address and starts its workers from blobs; neither leaves the page.
_BOTH = (
    "default-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob: data:; "
    "worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
)
# 'wasm-unsafe-eval' compiles WebAssembly and nothing else: the decoder of compressed meshes and the sorter of splats are that.
TOURS = _BOTH + "script-src 'self' 'wasm-unsafe-eval'; style-src 'self'"
# Bokeh starts its page with an inline script and compiles the templates of its models; its widgets style themselves.
PANEL = _BOTH + "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'"


class Policy:
    """ASGI middleware that sets Content-Security-Policy by path."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        policy = PANEL if scope["path"].startswith("/apps/") else TOURS

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Content-Security-Policy"] = policy
            await send(message)

        await self.app(scope, receive, guarded)
