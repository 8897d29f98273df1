"""One attempt and its feedback, for its owner and the teachers of its course. The page refreshes itself until the marks are there."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import HTMLResponse, Response

from commons.people import person_of_actor
from courses.feedback import feedback_html
from courses.late import counted, late_rule
from portal.api.courses import SANDBOXED, may_see
from portal.web.call import SignedIn
from portal.web.pages.courses import lab_url, restore_url

__all__ = ["router"]

WAITING = ("received", "grading")
REFRESH_S = 3
NOTHING: dict[str, list[object]] = {"exercises": [], "events": []}


def router() -> APIRouter:
    """/my/attempts/<id> and its printable page."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/my/attempts/{attempt_id}", attempt, methods=["GET"])
    found.add_api_route("/my/attempts/{attempt_id}/print", printable, methods=["GET"])
    return found


def attempt(call: SignedIn, attempt_id: str) -> Response:
    with call.house.store.read() as conn:
        here = may_see(conn, attempt_id, call.me)
        owner = person_of_actor(conn, here.actor)
        rule = late_rule(conn, here.course, here.assignment)
    course = call.house.catalogue.courses.get(here.course)
    unit = next((one for one in course.units if one.id == here.assignment), None) if course else None
    return call.page(
        "attempt.html", attempt=here, course=course, unit=unit, waiting=here.state in WAITING, refresh=REFRESH_S,
        mine=here.actor == call.me.actor, owner=owner, why=here.why(call.language), feedback=here.feedback or NOTHING,
        rule=rule, counted=counted(here, rule), lab=lab_url(course, unit, call.language) if course and unit else "",
        restore=restore_url(here, call.language),
    )  # fmt: skip


def printable(call: SignedIn, attempt_id: str) -> Response:
    with call.house.store.read() as conn:
        here = may_see(conn, attempt_id, call.me)
    course = call.house.catalogue.courses.get(here.course)
    unit = next((one for one in course.units if one.id == here.assignment), None) if course else None
    return HTMLResponse(
        feedback_html(here, unit.title if unit else {"en": here.assignment}, call.language), headers=SANDBOXED
    )
