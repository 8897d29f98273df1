"""One hand-in as a teacher sees it: marks, repairs, receipt and the notebook itself, under a policy in which no script runs."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from commons.errors import NotFound
from commons.people import person_of_actor
from courses.attempts import attempt_files, attempt_of, attempts_of, marks_of
from courses.healing_files import repair_lines
from courses.late import counted, late_rule
from courses.marking import manual_marks
from courses.registry import release_of
from courses.work import work_cells
from portal.web.call import SignedIn
from portal.web.pages.desk.place import names_of, place_of

__all__ = ["QUIET", "router"]

# What a learner wrote is on the page: nothing on it may run, whatever else goes wrong.
QUIET = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; sandbox allow-same-origin allow-forms allow-downloads "
    "allow-top-navigation-by-user-activation"
}


def router() -> APIRouter:
    """/teach/<course>/attempt/<id>."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/teach/{course_id}/attempt/{attempt_id}", submission, methods=["GET"])
    return found


def submission(call: SignedIn, course_id: str, attempt_id: str) -> Response:
    with call.house.store.read() as conn:
        attempt = attempt_of(conn, attempt_id)
        if attempt.course != course_id:
            raise NotFound(f"there is no attempt '{attempt_id[:40]}'")
        place = place_of(call, conn, course_id, attempt.assignment)
        manifest = release_of(conn, attempt.release).manifest
        files = attempt_files(conn, attempt)
        values = {
            "owner": person_of_actor(conn, attempt.actor),
            "marks": marks_of(conn, attempt_id),
            "hands": {name: hand for (_, name), hand in manual_marks(conn, [attempt_id]).items()},
            "names": names_of(conn),
            "others": [
                one for one in attempts_of(conn, attempt.actor, course_id, attempt.assignment) if one.id != attempt_id
            ],
            "counted": counted(attempt, late_rule(conn, course_id, attempt.assignment)),
        }
    titles = {test: one["title"] for one in manifest["exercises"] for test in one["tests"]}
    answer = call.page(
        "desk_submission.html", place=place, here="submissions", attempt=attempt, cells=work_cells(files, manifest["notebooks"]),
        files=sorted(files), titles=titles, manifest=manifest, why=attempt.why(call.language),
        repairs=repair_lines(list(attempt.repairs or [])), **values,
    )  # fmt: skip
    answer.headers.update(QUIET)
    return answer
