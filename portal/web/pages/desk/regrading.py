"""After a test was changed: whose marks would change, by how much, and the button that makes it so."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from commons.errors import NotFound
from courses.regrade import Preview, apply, ask, newcomers, preview, previews
from portal.web.call import Form, SignedIn
from portal.web.pages.desk.place import names_of, place_of

__all__ = ["router"]

SHOWN = 10
REFRESH_S = 3


def router() -> APIRouter:
    """/teach/<course>/<unit>/regrade, one preview, and applying it."""
    found = APIRouter(include_in_schema=False)
    base = "/teach/{course_id}/{unit_id}/regrade"
    found.add_api_route(base, overview, methods=["GET"])
    found.add_api_route(base, begin, methods=["POST"])
    found.add_api_route(f"{base}/{{regrade_id}}", one, methods=["GET"])
    found.add_api_route(f"{base}/{{regrade_id}}/progress", how_far, methods=["GET"])
    found.add_api_route(f"{base}/{{regrade_id}}/apply", make_so, methods=["POST"])
    return found


def overview(call: SignedIn, course_id: str, unit_id: str) -> Response:
    with call.house.store.read() as conn:
        place = place_of(call, conn, course_id, unit_id)
        earlier = previews(conn, course_id, unit_id)[:SHOWN]
        names = names_of(conn)
    return call.page("desk_regrade.html", place=place, here="regrade", earlier=earlier, names=names)


def begin(call: SignedIn, form: Form, course_id: str, unit_id: str) -> Response:
    with call.house.store.read() as conn:
        place = place_of(call, conn, course_id, unit_id)
    return call.go(f"{place.path}/regrade/{ask(call.house.store, call.me, course_id, unit_id)}")


def one(call: SignedIn, course_id: str, unit_id: str, regrade_id: str) -> Response:
    with call.house.store.read() as conn:
        place = place_of(call, conn, course_id, unit_id)
        here = _here(preview(conn, regrade_id), course_id, unit_id)
        values = {"names": names_of(conn), "newcomers": newcomers(conn, here)}
    titles = {test: exercise.title for exercise in place.unit.exercises for test in exercise.tests}
    waiting = here.state in ("waiting", "running")
    return call.page(
        "desk_preview.html", place=place, here="regrade", preview=here, waiting=waiting, refresh=REFRESH_S, titles=titles,
        said=call.said, **values,
    )  # fmt: skip


def how_far(call: SignedIn, course_id: str, unit_id: str, regrade_id: str) -> Response:
    """The counts that the page's script asks for while a preview is being made."""
    with call.house.store.read() as conn:
        place_of(call, conn, course_id, unit_id)
        here = _here(preview(conn, regrade_id), course_id, unit_id)
    told = {"state": here.state, "done": here.done, "total": here.total}
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def make_so(call: SignedIn, form: Form, course_id: str, unit_id: str, regrade_id: str) -> Response:
    with call.house.store.read() as conn:
        place = place_of(call, conn, course_id, unit_id)
        _here(preview(conn, regrade_id), course_id, unit_id)
    apply(call.house.store, regrade_id, call.me)
    return call.go(f"{place.path}/regrade/{regrade_id}", "regraded")


def _here(found: Preview, course_id: str, unit_id: str) -> Preview:
    if (found.course, found.assignment) != (course_id, unit_id):
        raise NotFound(f"there is no preview '{found.id}' here")
    return found
