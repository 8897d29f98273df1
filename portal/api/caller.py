"""Who calls the API: a user server with its hub token, or a browser with the portal's session cookie.

A browser's writing calls must come from our own pages (Origin is checked), so that no other site can write in somebody's name.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends
from starlette.requests import Request

from commons.errors import NotAllowed, NotSignedIn
from commons.people import Person, ensure_person, person_of_account
from portal.web.house import House, house_of
from portal.web.session import SESSION_COOKIE

__all__ = ["Caller", "Here", "caller_of"]

READING = ("GET", "HEAD", "OPTIONS")


def caller_of(request: Request) -> Person:
    """The person behind the call. Raises NotSignedIn, NotAllowed (foreign page), Unavailable (hub down, token unknown so far)."""
    house = house_of(request)
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() in ("token", "bearer") and token.strip():
        account = house.hub.account_of_token(token.strip())
        with house.store.read() as conn:
            known = person_of_account(conn, account)
        if known is not None:
            return known
        with house.store.begin() as conn:
            return ensure_person(conn, account)
    return _of_cookie(request, house)


def _of_cookie(request: Request, house: House) -> Person:
    account = house.signer.account(request.cookies.get(SESSION_COOKIE))
    if not account:
        raise NotSignedIn(
            "this address is for people who are signed in",
            where=request.url.path,
            next="Sign in, or send a hub token in the header Authorization.",
        )
    if request.method not in READING and not _is_ours(request, house):
        raise NotAllowed(
            "the call did not come from a page of this site", where="Origin", next="Use a hub token instead."
        )
    with house.store.read() as conn:
        person = person_of_account(conn, account)
    if person is None:
        raise NotSignedIn("this account is gone", next="Sign in again.")
    return person


def _is_ours(request: Request, house: House) -> bool:
    origin = urlsplit(request.headers.get("origin", "")).netloc
    return bool(origin) and origin in (request.headers.get("host", ""), urlsplit(house.settings.address).netloc)


Caller = Annotated[Person, Depends(caller_of)]
Here = Annotated[House, Depends(house_of)]
