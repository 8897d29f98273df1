"""The request handlers of courses.labext: open, reset and restore.

Rule: imported only on a learner's server, because Jupyter Server is. A GET shows or opens; what moves files is a POST with
Jupyter's xsrf token. What goes wrong is said in the learner's language, and that the files are unchanged.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from jinja2 import Environment
from jupyter_server.base.handlers import JupyterHandler
from tornado import web

from courses.exchange.client import ExchangeTrouble, NoAnswer
from courses.labext import Desk
from courses.words import messages

__all__ = ["HANDLERS"]

_PAGE = """<!doctype html>
<html lang="{{ language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} · 书院 Shuyuan</title>
<style>
body { font: 18px/1.75 "Source Sans 3", "Noto Sans SC", system-ui, sans-serif; color: #1F2421; background: #F7F4EC;
  margin: 0 auto; max-width: 38rem; padding: 3rem 1.25rem; }
h1 { font: 600 1.5rem/1.4 "Source Serif 4", "Noto Serif SC", Georgia, serif; border-bottom: 2px solid #A63A2B; }
button, a { font: inherit; padding: .6rem 1.2rem; display: inline-block; }
button { background: #A63A2B; color: #fff; border: 0; border-radius: 4px; cursor: pointer; } a { color: #2E4A62; }
:focus-visible { outline: 3px solid #2E4A62; outline-offset: 2px; }
</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
<p>{{ words }}</p>
{% if action %}<form method="post" action="{{ action }}">
<input type="hidden" name="_xsrf" value="{{ xsrf }}">
{% for name, value in fields.items() %}<input type="hidden" name="{{ name }}" value="{{ value }}">
{% endfor %}<button>{{ button }}</button> <a href="{{ back }}">{{ back_words }}</a>
</form>{% else %}<p>{{ safe }}</p><p><a href="{{ back }}">{{ back_words }}</a></p>{% endif %}
</main>
</body>
</html>
"""


class Base(JupyterHandler):
    def initialize(self, desk_maker: Callable[[], Desk]) -> None:
        self.desk_maker = desk_maker

    @property
    def language(self) -> str:
        asked = self.get_argument("language", os.environ.get("SHUYUAN_LANGUAGE", ""))
        return asked if asked in ("zh-CN", "en") else "zh-CN"

    def say(self, key: str, **values: object) -> str:
        return messages().say(f"courses.lab.{key}", self.language, **values)

    def show(self, **values: Any) -> None:
        known = {"language": self.language, "safe": self.say("safe"), "back_words": self.say("back"), "action": ""}
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(Environment(autoescape=True).from_string(_PAGE).render(known | values))

    def trouble(self, error: Exception) -> None:
        self.set_status(502)
        words = self.say("no-answer") if isinstance(error, NoAnswer) else str(error)
        self.show(title=self.say("trouble"), words=words, back=self.request.uri, back_words=self.say("again"))

    def lab(self, path: str) -> str:
        return f"{self.base_url}lab/tree/{quote(path)}"

    def confirm(self, kind: str, fields: Mapping[str, str], words: str, back: str) -> None:
        self.show(
            title=self.say(f"title-{kind}"), words=words, button=self.say(f"do-{kind}"), back=back,
            action=self.request.path, fields={**fields, "language": self.language},
            xsrf=self.xsrf_token.decode(),
        )  # fmt: skip


class Open(Base):
    @web.authenticated
    async def get(self) -> None:
        course, unit = self.get_argument("course"), self.get_argument("assignment")
        try:
            path = await asyncio.to_thread(lambda: self.desk_maker().open(course, unit, self.language))
        except ExchangeTrouble as error:
            return self.trouble(error)
        self.redirect(self.lab(path))


class Reset(Base):
    @web.authenticated
    async def get(self) -> None:
        course, unit = self.get_argument("course"), self.get_argument("assignment")
        try:
            back = self.lab(self.desk_maker().notebook(course, unit))
        except ExchangeTrouble as error:
            return self.trouble(error)
        words = self.say("ask-reset", unit=f"{course}/{unit}")
        self.confirm("reset", {"course": course, "assignment": unit}, words, back)

    @web.authenticated
    async def post(self) -> None:
        course, unit = self.get_body_argument("course"), self.get_body_argument("assignment")
        now = datetime.now().astimezone()
        try:
            path = await asyncio.to_thread(lambda: self.desk_maker().reset(course, unit, self.language, now))
        except ExchangeTrouble as error:
            return self.trouble(error)
        self.redirect(self.lab(path))


class Restore(Base):
    @web.authenticated
    async def get(self) -> None:
        attempt = self.get_argument("attempt")
        try:
            desk = self.desk_maker()
            found = await asyncio.to_thread(lambda: desk.portal.attempt(attempt))
            back = self.lab(desk.notebook(found["course"], found["assignment"]))
        except ExchangeTrouble as error:
            return self.trouble(error)
        unit, time = f"{found['course']}/{found['assignment']}", str(found["timestamp"])[:16]
        words = self.say("ask-restore", unit=unit, number=found["number"], time=time)
        self.confirm("restore", {"attempt": attempt}, words, back)

    @web.authenticated
    async def post(self) -> None:
        attempt, now = self.get_body_argument("attempt"), datetime.now().astimezone()
        try:
            path = await asyncio.to_thread(lambda: self.desk_maker().restore(attempt, now))
        except ExchangeTrouble as error:
            return self.trouble(error)
        self.redirect(self.lab(path))


HANDLERS = {"open": Open, "reset": Reset, "restore": Restore}
