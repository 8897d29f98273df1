"""One request to a page: who asks, how they want it to look, and how to answer. Handlers take a `Here` or a `SignedIn`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from commons.errors import NotAllowed, NotSignedIn
from commons.people import Person, person_of_account
from courses.registry import courses_of
from portal.web import frame
from portal.web.house import House, house_of
from portal.web.look import Look, look_of
from portal.web.session import SESSION_COOKIE

__all__ = ["Call", "Form", "Here", "SignedIn", "call_of", "is_json_path", "read_upload"]

UPLOAD_BYTES = 1 << 20


@dataclass(frozen=True)
class Call:
    """`person` is None for a visitor without a session; `teaches` says whether they teach a course."""

    house: House
    request: Request
    look: Look
    person: Person | None
    teaches: bool = False

    @property
    def language(self) -> str:
        return self.look.language

    @property
    def me(self) -> Person:
        """Who is signed in. Raises NotSignedIn."""
        if self.person is None:
            raise NotSignedIn("this page is for people who are signed in", next="Sign in, then you come back here.")
        return self.person

    def say(self, key: str, **values: object) -> str:
        return self.house.messages.say(key, self.look.language, **values)

    def page(self, name: str, status: int = 200, /, **values: object) -> HTMLResponse:
        """Template `name`; besides the frame's names it gets `csrf`, the token for its forms."""
        values["teaches"] = self.teaches
        values["csrf"] = self.house.signer.form(self.person.account) if self.person else ""
        html = frame.page(self.house.environment, name, self.look, person=self.person, values=values)
        return HTMLResponse(html, status_code=status, headers={"Cache-Control": "private, no-cache"})

    def go(self, path: str, said: str = "") -> RedirectResponse:
        """After a form: see `path`, where `said` (a key under portal.said) is told."""
        mark = "&" if "?" in path else "?"
        return RedirectResponse(path + (f"{mark}said={said}" if said else ""), status_code=303)

    @property
    def said(self) -> str:
        """What the form before this page did, in words; "" when nothing, or when the key is made up."""
        key = f"portal.said.{self.request.query_params.get('said', '')}"
        return self.say(key) if key in self.house.messages.entries else ""


def call_of(request: Request) -> Call:
    """The call behind `request`; a session whose person is gone counts as none."""
    house = house_of(request)
    url = request.url
    look = look_of(url.path, url.query, request.cookies, request.headers.get("accept-language"))
    account = house.signer.account(request.cookies.get(SESSION_COOKIE))
    if not account:
        return Call(house, request, look, None)
    with house.store.read() as conn:
        person = person_of_account(conn, account)
        roles = courses_of(conn, person) if person else {}
    return Call(house, request, look, person, any("teacher" in mine for mine in roles.values()))


def _signed_in(call: Annotated[Call, Depends(call_of)]) -> Call:
    assert call.me
    return call


Here = Annotated[Call, Depends(call_of)]
SignedIn = Annotated[Call, Depends(_signed_in)]


async def _checked_form(call: SignedIn) -> AsyncIterator[FormData]:
    async with call.request.form(max_files=2, max_fields=50, max_part_size=UPLOAD_BYTES) as form:
        token = form.get("csrf")
        if not call.house.signer.is_form_of(call.me.account, token if isinstance(token, str) else None):
            raise NotAllowed(call.say("portal.csrf.found"), next=call.say("portal.csrf.next"))
        yield form


Form = Annotated[FormData, Depends(_checked_form)]


def read_upload(form: FormData, name: str) -> bytes:
    """The bytes of an uploaded file, at most 1 MiB; b"" when none was chosen."""
    found = form.get(name)
    return found.file.read(UPLOAD_BYTES + 1) if isinstance(found, UploadFile) else b""


def is_json_path(path: str) -> bool:
    """Whether errors of that path are told as JSON."""
    return path.startswith("/api/v1") or path in ("/api/openapi.json", "/health") or _is_object_data(path)


def _is_object_data(path: str) -> bool:
    return path.startswith("/objects/") and path.endswith(".json")
