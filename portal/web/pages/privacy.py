"""What is kept about whom, where, and for how long; take it along, or have it erased. Both work over every store of the house."""

from __future__ import annotations

import logging
from dataclasses import replace

from fastapi import APIRouter
from starlette.responses import Response

from commons.errors import BadInput, Unavailable
from portal.personal import erase, export_zip, personal_stores
from portal.web.call import Form, Here, SignedIn
from portal.web.session import SESSION_COOKIE

__all__ = ["router"]

log = logging.getLogger("shuyuan.portal")


def router() -> APIRouter:
    """/privacy/ and its two deeds."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/privacy/", privacy, methods=["GET", "HEAD"])
    found.add_api_route("/privacy/export", take_along, methods=["POST"])
    found.add_api_route("/privacy/erase", erase_me, methods=["POST"])
    return found


def privacy(call: Here) -> Response:
    return call.page("privacy.html", stores=personal_stores(call.house.settings), said=call.said)


def take_along(call: SignedIn, form: Form) -> Response:
    with call.house.store.read() as conn:
        data = export_zip(conn, call.me, call.house.settings)
    headers = {
        "Content-Disposition": f'attachment; filename="shuyuan-{call.me.account}.zip"',
        "Cache-Control": "no-store",
    }
    return Response(data, media_type="application/zip", headers=headers)


def erase_me(call: SignedIn, form: Form) -> Response:
    """Erase the caller, who typed the own account name to say so. The hub's account goes too; where the hub is down, that is said."""
    if str(form.get("confirm") or "").strip() != call.me.account:
        raise BadInput(call.say("portal.erase.unconfirmed"), next=call.say("portal.erase.unconfirmed.next"))
    account = call.me.account
    left_at_hub = False
    try:
        call.house.hub.delete_account(account)
    except Unavailable as error:
        log.warning("erasing: %s", error)
        left_at_hub = True
    gone = erase(call.house.store, call.me, call.house.settings)
    answer = replace(call, person=None).page(
        "erased.html", gone=sum(gone.values()), left_at_hub=left_at_hub, account=account
    )
    answer.delete_cookie(SESSION_COOKIE)
    return answer
