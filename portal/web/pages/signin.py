"""Signing in through the hub (OAuth), and out. The cookie set here lasts without the hub; the login page says when the hub is down."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from commons.errors import NotSignedIn
from commons.people import ensure_person
from portal.web.call import Here
from portal.web.session import SESSION_COOKIE, SESSION_S, STATE_COOKIE, STATE_S, local_path

__all__ = ["router"]


def router() -> APIRouter:
    """/login, /oauth/callback and /logout."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/login", login, methods=["GET"])
    found.add_api_route("/oauth/callback", callback, methods=["GET"])
    found.add_api_route("/logout", logout, methods=["GET"])
    return found


def login(call: Here, next: str = "") -> Response:
    """Send the visitor to the hub's sign-in; with the hub down, say so."""
    target = local_path(next)
    if call.person is not None:
        return RedirectResponse(target, status_code=303)
    hub, signer = call.house.hub, call.house.signer
    if not hub.is_up():
        return call.page("login.html", 503, target=target)
    state = signer.state(target)
    answer = RedirectResponse(hub.sign_in_url(state), status_code=303)
    secure = is_https(call.request)
    answer.set_cookie(STATE_COOKIE, state, max_age=STATE_S, httponly=True, samesite="lax", secure=secure)
    return answer


def callback(call: Here, code: str = "", state: str = "", error: str = "") -> Response:
    """Where the hub sends the visitor back. Raises NotSignedIn when the state is not the one this browser was given."""
    target = call.house.signer.next_path(state)
    if target is None or state != call.request.cookies.get(STATE_COOKIE) or not code or error:
        return call.page("login.html", 400, target=target or "/my/", failed=True)
    try:
        account = call.house.hub.account_of_code(code)
    except NotSignedIn:
        return call.page("login.html", 400, target=target, failed=True)
    with call.house.store.begin() as conn:
        ensure_person(conn, account, language=call.language)
    answer = RedirectResponse(target, status_code=303)
    answer.delete_cookie(STATE_COOKIE)
    answer.set_cookie(
        SESSION_COOKIE,
        call.house.signer.session(account),
        max_age=SESSION_S,
        httponly=True,
        samesite="lax",
        secure=is_https(call.request),
    )
    return answer


def logout(call: Here) -> Response:
    """End the portal's session, then the hub's, where the hub answers."""
    answer = RedirectResponse("/hub/logout" if call.house.hub.is_up() else "/", status_code=303)
    answer.delete_cookie(SESSION_COOKIE)
    return answer


def is_https(request: Request) -> bool:
    """Whether the browser speaks TLS to us or to the proxy before us."""
    return request.url.scheme == "https" or request.headers.get("x-forwarded-proto", "").startswith("https")
