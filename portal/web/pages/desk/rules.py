"""Deadlines, late rule, extensions and the release of feedback of one assignment."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import Response

from commons.errors import BadInput, NotFound
from commons.people import person_of_account
from courses import registry
from courses.extensions import EVERYBODY, deadlines, extend, revoke
from courses.holding import opening, set_opening
from courses.late import METHODS, late_rule, set_late_rule
from portal.web.call import Call, Form, SignedIn
from portal.web.pages.desk.place import names_of, place_of, typed_time

__all__ = ["router"]


def router() -> APIRouter:
    """/teach/<course>/<unit>/rules and its forms."""
    found = APIRouter(include_in_schema=False)
    base = "/teach/{course_id}/{unit_id}/rules"
    found.add_api_route(base, rules, methods=["GET"])
    for name, handler in (
        ("late", set_late),
        ("due", set_due),
        ("extension", give),
        ("revoke", take),
        ("feedback", hold),
    ):
        found.add_api_route(f"{base}/{name}", handler, methods=["POST"])
        found.add_api_route(f"{base}/{name}", back, methods=["GET"])
    return found


def rules(call: SignedIn, course_id: str, unit_id: str) -> Response:
    with call.house.store.read() as conn:
        place = place_of(call, conn, course_id, unit_id)
        dues = deadlines(conn, course_id, unit_id)
        values = {
            "dues": dues,
            "own": [one for actor, one in dues.given.items() if actor != EVERYBODY],
            "everybody": dues.given.get(EVERYBODY),
            "rule": late_rule(conn, course_id, unit_id),
            "opening": opening(conn, course_id, unit_id),
            "learners": [one for one in registry.members(conn, course_id) if one.role == "learner"],
            "names": names_of(conn),
            "released": bool(registry.releases(conn, course_id, unit_id)),
        }
    return call.page("desk_rules.html", place=place, here="rules", methods=METHODS, said=call.said, **values)


def back(call: SignedIn, course_id: str, unit_id: str) -> Response:
    """The address of a form, asked for anew: the page the form is on."""
    return call.go(f"/teach/{course_id}/{unit_id}/rules")


def set_late(call: SignedIn, form: Form, course_id: str, unit_id: str) -> Response:
    method = str(form.get("method") or "")
    with call.house.store.begin() as conn:
        place = place_of(call, conn, course_id, unit_id)
        percent = _number(call, str(form.get("percent") or "0")) if method == "percent" else 0.0
        set_late_rule(conn, call.me, course_id, unit_id, method, percent)
    return call.go(f"{place.path}/rules", "rule")


def set_due(call: SignedIn, form: Form, course_id: str, unit_id: str) -> Response:
    """A deadline for everybody; an empty field gives back the one in the course's files."""
    due = _time(call, form)
    with call.house.store.begin() as conn:
        place = place_of(call, conn, course_id, unit_id)
        if due is None:
            revoke(conn, call.me, course_id, unit_id, EVERYBODY)
        else:
            extend(conn, call.me, course_id, unit_id, EVERYBODY, due)
    return call.go(f"{place.path}/rules", "due")


def give(call: SignedIn, form: Form, course_id: str, unit_id: str) -> Response:
    """A learner's own deadline, or more attempts."""
    due, more = _time(call, form), int(_number(call, str(form.get("attempts") or "0")))
    with call.house.store.begin() as conn:
        place = place_of(call, conn, course_id, unit_id)
        who = person_of_account(conn, str(form.get("account") or ""))
        if who is None or not registry.is_member(conn, course_id, who):
            raise NotFound(call.say("portal.teach.nobody", account=str(form.get("account"))[:40]))
        extend(conn, call.me, course_id, unit_id, who.actor, due, more)
    return call.go(f"{place.path}/rules", "extension")


def take(call: SignedIn, form: Form, course_id: str, unit_id: str) -> Response:
    with call.house.store.begin() as conn:
        place = place_of(call, conn, course_id, unit_id)
        revoke(conn, call.me, course_id, unit_id, str(form.get("actor") or "-"))
    return call.go(f"{place.path}/rules", "revoked")


def hold(call: SignedIn, form: Form, course_id: str, unit_id: str) -> Response:
    mode = str(form.get("mode") or "")
    with call.house.store.begin() as conn:
        place = place_of(call, conn, course_id, unit_id)
        set_opening(conn, call.me, course_id, unit_id, mode)
    return call.go(f"{place.path}/rules", f"feedback-{mode}")


def _time(call: Call, form: FormData) -> datetime | None:
    try:
        return typed_time(str(form.get("due") or ""))
    except ValueError:
        raise BadInput(call.say("portal.rules.time.bad"), next=call.say("portal.rules.time.next")) from None


def _number(call: Call, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(call.say("portal.rules.number.bad"), next=call.say("portal.rules.number.next")) from None
