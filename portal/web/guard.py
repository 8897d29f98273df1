"""What every answer of the portal carries: a strict content policy, no framing by others, no guessing of types, no referrer outside.

Nothing inline and nothing from another host may run. Feedback, which quotes what a student wrote, gets a stricter policy of its own.
A redirect that stays here names its path only: the host a request claims to be for is never written into an address.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["POLICY", "Guard", "path_of"]

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """ASGI middleware that sets the headers above, unless the answer set its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", POLICY)
                if "location" in headers:
                    headers["location"] = path_of(headers["location"], Headers(scope=scope).get("host", ""))
            await send(message)

        await self.app(scope, receive, guarded)


def path_of(location: str, host: str) -> str:
    """`location` without scheme and host where these are the ones the request was for; any other as it is.

    >>> path_of("http://a.example/concepts/?q=1", "a.example"), path_of("https://b.example/x", "a.example")
    ('/concepts/?q=1', 'https://b.example/x')
    """
    parts = urlsplit(location)
    if not parts.netloc or parts.netloc != host:
        return location
    return urlunsplit(("", "", "/" + parts.path.lstrip("/\\"), parts.query, parts.fragment))
