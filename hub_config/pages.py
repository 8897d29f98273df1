"""What the hub's templates may call: the house's words in the reader's language, and the reader's choices.

The header and footer are the portal's own templates, so that one head stands over every room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from commons.languages import COOKIE, LANGUAGES, Messages, Text, negotiate
from commons.places import ROOT
from commons.settings import Settings

__all__ = ["STATIC", "TEMPLATE_FOLDERS", "Look", "both_languages", "look_of", "template_vars"]

STATIC = Path(__file__).parent / "static"
TEMPLATE_FOLDERS = (Path(__file__).parent / "templates", ROOT / "portal" / "templates")

LANGUAGE_NAMES = (("zh-CN", "中文"), ("en", "English"))
ERRORS = (400, 401, 403, 404, 405, 429, 500, 503)
THEMES = ("day", "night", "contrast")
# What a link such as ?large=1 may choose: name → (cookie, allowed values).
CHOICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "language": (COOKIE, LANGUAGES),
    "large": ("shuyuan-large", ("0", "1")),
    "theme": ("shuyuan-theme", (*THEMES, "auto")),
}


@dataclass(frozen=True)
class Look:
    """How one reader wants a page; `theme` is "" when the device decides."""

    language: str
    large: bool
    theme: str


def look_of(handler: Any) -> Look:
    """The look of a tornado request; a choice in its query is answered with the cookie that all rooms read."""
    known = getattr(handler, "_shuyuan_look", None)
    if known is None:
        known = handler._shuyuan_look = _read_look(handler)
    return known


def _read_look(handler: Any) -> Look:
    chosen = {name: _chosen(handler, name) for name in CHOICES}
    accept = handler.request.headers.get("Accept-Language")
    language = negotiate(asked=handler.get_query_argument("language", None), cookie=chosen["language"], accept=accept)
    theme = chosen["theme"] if chosen["theme"] in THEMES else ""
    return Look(language, chosen["large"] == "1", theme)


def _chosen(handler: Any, name: str) -> str:
    cookie, allowed = CHOICES[name]
    asked = handler.get_query_argument(name, None)
    if asked in allowed and not handler._headers_written:
        handler.set_cookie(cookie, asked, path="/", expires_days=365, samesite="Lax")
    value = asked or handler.get_cookie(cookie) or ""
    return value if value in allowed else ""


def template_vars(settings: Settings, messages: Messages) -> dict[str, Callable[[Any], Any]]:
    """JupyterHub's `template_vars`. It calls each value with the user, so each one hands out what the templates get."""

    @pass_context
    def t(context: Context, key: str, **values: object) -> str:
        return messages.say(key, look_of(_handler(context)).language, **values)

    @pass_context
    def error_text(context: Context, code: int, part: str) -> str:
        known = code if code in ERRORS else (500 if code >= 500 else 400)
        return messages.say(f"hub.error-{known}-{part}", look_of(_handler(context)).language)

    @pass_context
    def look(context: Context) -> Look:
        return look_of(_handler(context))

    @pass_context
    def path(context: Context) -> str:
        return str(_handler(context).request.path)

    offered: dict[str, object] = {
        "t": t,
        "error_text": error_text,
        "look": look,
        "path": path,
        "switch": switch,
        "asset": lambda name: f"/static/{name}",
        "languages": LANGUAGE_NAMES,
        "themes": THEMES,
        "help_line": settings.help_line,
        "minimum_letters": 8,
    }
    return {name: partial(_for_anybody, value) for name, value in offered.items()}


def _for_anybody(value: object, user: object) -> object:
    return value


@pass_context
def switch(context: Context, choice: str, value: str) -> str:
    """A link on this page that makes `choice` be `value` and keeps the rest of the query."""
    kept = [
        (name, text.decode("utf-8", "replace"))
        for name, texts in _handler(context).request.query_arguments.items()
        if name not in CHOICES and name != "_xsrf"
        for text in texts
    ]
    return "?" + urlencode([*kept, (choice, value)])


def both_languages(text: Text) -> Markup:
    """`text` in every language, each marked; the page shows the reader's. For messages made before a reader is known.

    >>> both_languages({"zh-CN": "满了", "en": "full"})
    Markup('<span class="either" lang="zh-CN">满了</span><span class="either" lang="en">full</span>')
    """
    parts = (Markup('<span class="either" lang="{}">{}</span>').format(tag, escape(text[tag])) for tag in LANGUAGES)
    return Markup("").join(parts)


def _handler(context: Context) -> Any:
    # JupyterHub gives templates no request, but `static_url` is a method of the one being answered.
    return context["static_url"].__self__
