"""What a tour page is answered with: the shared page frame, filled for one visitor.

The rule kept here: everything a handler needs is on the desk; handlers keep nothing themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse

from commons.languages import LANGUAGES, Messages
from portal.apps.shelf import Shelf
from portal.apps.visitor import Visitors
from portal.web import frame
from portal.web.look import Look, look_of

__all__ = ["STATIC", "TEMPLATES", "Desk", "desk_of"]

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


@dataclass(frozen=True)
class Desk:
    """Places, words, page templates, who is visiting, and the platform's own address."""

    shelf: Shelf
    messages: Messages
    environment: Environment
    visitors: Visitors
    address: str

    def look(self, request: Request) -> Look:
        """How this visitor wants the page; `?lang=` rules this one answer (an inline frame has no switch)."""
        look = look_of(request.url.path, request.url.query, request.cookies, request.headers.get("accept-language"))
        asked = request.query_params.get("lang", "")
        return Look(asked, look.path, look.query, look.large, look.theme) if asked in LANGUAGES else look

    def page(self, request: Request, name: str, status: int = 200, **values: object) -> HTMLResponse:
        """Template `name` for this visitor."""
        person = self.visitors.of(request)
        html = frame.page(
            self.environment,
            name,
            self.look(request),
            person=person,
            values={"viewer_mark": self.shelf.viewer_mark(), "viewer_core": self.shelf.viewer_core(), **values},
        )
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "private, no-cache"})

    def say(self, request: Request, key: str, **values: object) -> str:
        return self.messages.say(key, self.look(request).language, **values)


def desk_of(request: Request) -> Desk:
    """The desk this app was made with."""
    found = request.app.state.desk
    assert isinstance(found, Desk)
    return found
