"""The hand-ins of an assignment: found by state or name, in pages, with how far the grading is."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from courses.late import late_rule
from courses.results import STATES, listed, progress
from portal.web.call import SignedIn
from portal.web.pages.desk.place import page_of, place_of

__all__ = ["router"]


def router() -> APIRouter:
    """/teach/<course>/<unit>/submissions and how far its grading is."""
    found = APIRouter(include_in_schema=False)
    base = "/teach/{course_id}/{unit_id}/submissions"
    found.add_api_route(base, submissions, methods=["GET"])
    found.add_api_route(f"{base}/progress", how_far, methods=["GET"])
    return found


def submissions(call: SignedIn, course_id: str, unit_id: str) -> Response:
    asked = call.request.query_params
    state, words = asked.get("state", ""), asked.get("q", "")[:80]
    state = state if state in STATES else ""
    with call.house.store.read() as conn:
        place = place_of(call, conn, course_id, unit_id)
        rows = listed(conn, course_id, unit_id, late_rule(conn, course_id, unit_id), state=state, words=words)
        done = progress(conn, course_id, unit_id)
    chosen = {name: value for name, value in (("state", state), ("q", words)) if value}
    path = f"{place.path}/submissions"
    return call.page(
        "desk_submissions.html", place=place, here="submissions", states=STATES, state=state, words=words, progress=done,
        query=urlencode(chosen), path_of_page=path, said=call.said, **page_of(call, rows),
    )  # fmt: skip


def how_far(call: SignedIn, course_id: str, unit_id: str) -> Response:
    """The counts that the page's script asks for while hand-ins are being graded."""
    with call.house.store.read() as conn:
        place_of(call, conn, course_id, unit_id)
        done = progress(conn, course_id, unit_id)
    return JSONResponse({**vars(done), "total": done.total, "done": done.done}, headers={"Cache-Control": "no-store"})
