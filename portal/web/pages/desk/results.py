"""Each exercise's answers by the kind of mistake, over each learner's newest hand-in."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from courses.results import exercise_results
from portal.web.call import SignedIn
from portal.web.pages.desk.place import names_of, place_of

__all__ = ["router"]


def router() -> APIRouter:
    """/teach/<course>/<unit>/results."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/teach/{course_id}/{unit_id}/results", results, methods=["GET"])
    return found


def results(call: SignedIn, course_id: str, unit_id: str) -> Response:
    with call.house.store.read() as conn:
        place = place_of(call, conn, course_id, unit_id)
        found = exercise_results(conn, course_id, unit_id)
        names = names_of(conn)
    return call.page("desk_results.html", place=place, here="results", results=found, names=names)
