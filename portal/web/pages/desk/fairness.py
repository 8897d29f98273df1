"""How well the model judges the learners of a course, group by group, for its teachers; worked out when one asks."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from portal.course_jobs import ask
from portal.fairness import JOB_KIND, last_report
from portal.web.call import Form, SignedIn
from portal.web.pages.desk.place import course_of

__all__ = ["router"]

REFRESH_S = 3
SHOWN = ("activity", "language")  # in one course the other two are one group


def router() -> APIRouter:
    """/teach/<course>/fairness."""
    found = APIRouter(include_in_schema=False)
    base = "/teach/{course_id}/fairness"
    found.add_api_route(base, fairness, methods=["GET"])
    found.add_api_route(base, begin, methods=["POST"])
    found.add_api_route(f"{base}/progress", how_far, methods=["GET"])
    return found


def fairness(call: SignedIn, course_id: str) -> Response:
    with call.house.store.read() as conn:
        course = course_of(call, conn, course_id)
        last = last_report(conn, course_id)
    return call.page("desk_fairness.html", course=course, last=last, refresh=REFRESH_S, kinds=SHOWN)


def begin(call: SignedIn, form: Form, course_id: str) -> Response:
    with call.house.store.begin() as conn:
        course_of(call, conn, course_id)
        ask(conn, JOB_KIND, course_id)
    return call.go(f"/teach/{course_id}/fairness")


def how_far(call: SignedIn, course_id: str) -> Response:
    """What the page's script asks for while a report is being made."""
    with call.house.store.read() as conn:
        course_of(call, conn, course_id)
        last = last_report(conn, course_id)
    state = "running" if last and last.is_waiting else "done"
    return JSONResponse({"state": state, "done": 0, "total": 1}, headers={"Cache-Control": "no-store"})
