"""A course's proof before release, for its teachers: faults, warnings, and unit by unit how each check is graded and what it needs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from portal.checking import JOB_KIND, last_check
from portal.course_jobs import ask
from portal.web.call import Form, SignedIn
from portal.web.pages.desk.place import course_of

__all__ = ["router"]

REFRESH_S = 3


def router() -> APIRouter:
    """/teach/<course>/check."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/teach/{course_id}/check", check, methods=["GET"])
    found.add_api_route("/teach/{course_id}/check", begin, methods=["POST"])
    found.add_api_route("/teach/{course_id}/check/progress", how_far, methods=["GET"])
    return found


def check(call: SignedIn, course_id: str) -> Response:
    with call.house.store.read() as conn:
        course = course_of(call, conn, course_id)
        last = last_check(conn, course_id)
    titles = {unit.id: unit.title for unit in course.units}
    return call.page("desk_check.html", course=course, last=last, titles=titles, refresh=REFRESH_S)


def begin(call: SignedIn, form: Form, course_id: str) -> Response:
    with call.house.store.begin() as conn:
        course_of(call, conn, course_id)
        ask(conn, JOB_KIND, course_id)
    return call.go(f"/teach/{course_id}/check")


def how_far(call: SignedIn, course_id: str) -> Response:
    """What the page's script asks for while a report is being made."""
    with call.house.store.read() as conn:
        course_of(call, conn, course_id)
        last = last_check(conn, course_id)
    state = "running" if last and last.is_waiting else "done"
    return JSONResponse({"state": state, "done": 0, "total": 1}, headers={"Cache-Control": "no-store"})
