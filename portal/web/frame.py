"""The page frame every process of the portal draws its pages in. Templates escape everything; what people wrote is never marked safe.

`templates` makes the environment once; `page` renders one template for one visitor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from commons.languages import LANGUAGES, Messages, Text, pick
from commons.places import ROOT
from portal.web.fonts import FONT_PACKAGES, fonts_css
from portal.web.look import THEMES, Look, switch_url
from portal.web.words import upper_first, words_of

__all__ = ["STATIC", "TEMPLATES", "Visitor", "asset_url", "context", "page", "templates"]

TEMPLATES = ROOT / "portal" / "templates"
STATIC = ROOT / "portal" / "static"
LANGUAGE_NAMES = {"zh-CN": "中文", "en": "English"}


class Visitor(Protocol):
    """Somebody signed in, as the header shows them."""

    @property
    def name(self) -> str: ...

    @property
    def account(self) -> str: ...


class FrameSettings(Protocol):
    """The one setting the frame needs: the phone line a person can ring, or ""."""

    @property
    def help_line(self) -> str: ...


def templates(settings: FrameSettings, messages: Messages, *folders: Path) -> Environment:
    """The Jinja2 environment: autoescaping, strict about missing names. `folders` are searched before the portal's own."""
    environment = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    marks = {path.name: _mark(path.read_bytes()) for path in STATIC.rglob("*") if path.is_file()}
    marks["fonts.css"] = _mark(fonts_css(FONT_PACKAGES).encode())
    environment.globals.update(
        asset=partial(asset_url, marks=marks),
        help_line=settings.help_line,
        languages=[(tag, LANGUAGE_NAMES[tag]) for tag in LANGUAGES],
        themes=THEMES,
        messages=messages,
    )
    environment.filters["upper_first"] = upper_first
    environment.filters["language_name"] = lambda tag: LANGUAGE_NAMES.get(tag, tag)
    return environment


def context(messages: Messages, look: Look, person: Visitor | None = None) -> dict[str, object]:
    """The names every page may use: t(key, **values), text(map), language, path, person, large, theme, switch(choice, value).

    Those of `words_of` come with them.
    """

    def t(key: str, **values: object) -> str:
        return messages.say(key, look.language, **values)

    def text(words: Text) -> str:
        return pick(words, look.language)

    return {
        "t": t,
        "text": text,
        "language": look.language,
        "path": look.path,
        "large": look.large,
        "theme": look.theme,
        "person": person,
        "switch": partial(switch_url, look),
        **words_of(look.language),
    }


def page(
    environment: Environment,
    name: str,
    look: Look,
    *,
    person: Visitor | None = None,
    values: Mapping[str, object] | None = None,
) -> str:
    """Template `name` as HTML for this visitor."""
    messages = environment.globals["messages"]
    assert isinstance(messages, Messages)
    return environment.get_template(name).render(**context(messages, look, person), **(values or {}))


def asset_url(name: str, marks: Mapping[str, str]) -> str:
    """The address of a file under /static/, with a mark of its content so that it may be kept for ever."""
    mark = marks.get(name.rpartition("/")[2])
    return f"/static/{name}" + (f"?v={mark}" if mark else "")


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:10]
