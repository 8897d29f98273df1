"""How one visitor wants the pages: language, type size, colours. Kept in cookies, never in an account; nothing else is read from a request.

A link such as `?language=en`, `?large=1` or `?theme=night` sets the cookie and leads back to the clean address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from commons.languages import COOKIE, LANGUAGES, negotiate

__all__ = ["COOKIES", "THEMES", "Choices", "Look", "look_of", "switch_url"]

THEMES = ("day", "night", "contrast")
COOKIES = {"language": COOKIE, "large": "shuyuan-large", "theme": "shuyuan-theme"}
ALLOWED = {"language": LANGUAGES, "large": ("0", "1"), "theme": (*THEMES, "auto")}
YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Look:
    """What the frame needs to know of a visitor; `theme` is "" when the device decides."""

    language: str
    path: str
    query: str = ""
    large: bool = False
    theme: str = ""


def look_of(path: str, query: str, cookies: Mapping[str, str], accept: str | None) -> Look:
    """The look that cookies and the browser's languages ask for; unknown values count as absent."""
    theme = cookies.get(COOKIES["theme"], "")
    return Look(
        language=negotiate(asked=None, cookie=cookies.get(COOKIES["language"]), accept=accept),
        path=path,
        query=query,
        large=cookies.get(COOKIES["large"]) == "1",
        theme=theme if theme in THEMES else "",
    )


def switch_url(look: Look, choice: str, value: str) -> str:
    """A link on this page that makes `choice` be `value` and keeps the rest of the query.

    >>> switch_url(Look("en", "/search", "q=arch"), "language", "zh-CN")
    '?q=arch&language=zh-CN'
    """
    kept = [(key, old) for key, old in parse_qsl(look.query) if key not in COOKIES]
    return "?" + urlencode([*kept, (choice, value)])


class Choices:
    """ASGI middleware: answers a GET that carries a choice with cookie and redirect, but for paths under `skip`."""

    def __init__(self, app: ASGIApp, skip: tuple[str, ...] = ("/api/", "/static/")) -> None:
        self.app, self.skip = app, skip

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        answer = _redirect(scope) if reads and not scope["path"].startswith(self.skip) else None
        await (answer or self.app)(scope, receive, send)


def _redirect(scope: Scope) -> RedirectResponse | None:
    pairs = parse_qsl(scope["query_string"].decode("latin-1"))
    chosen = {key: value for key, value in pairs if key in ALLOWED}
    if "language" in chosen:
        chosen["language"] = negotiate(asked=chosen["language"])
    chosen = {key: value for key, value in chosen.items() if value in ALLOWED[key]}
    if not chosen:
        return None
    kept = urlencode([(key, value) for key, value in pairs if key not in COOKIES])
    path = "/" + scope["path"].lstrip("/\\")  # never "//host": that would lead off the site
    answer = RedirectResponse(path + (f"?{kept}" if kept else ""), status_code=303)
    for key, value in chosen.items():
        answer.set_cookie(COOKIES[key], value, max_age=YEAR, samesite="lax", path="/", secure=_is_https(scope))
    return answer


def _is_https(scope: Scope) -> bool:
    return scope.get("scheme") == "https" or Headers(scope=scope).get("x-forwarded-proto", "").startswith("https")


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies of a request's scope."""
    return cookie_parser(Headers(scope=scope).get("cookie", ""))
