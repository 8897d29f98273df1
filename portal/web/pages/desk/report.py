"""A report on a course that the worker makes when one of its teachers asks: its page, the asking, and whether it is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response

from courses.manifest import Course
from portal.course_jobs import ask
from portal.web.call import Form, SignedIn
from portal.web.pages.desk.place import course_of

__all__ = ["Report", "report_pages"]

REFRESH_S = 3


class Report(Protocol):
    """What the newest job of the kind came to."""

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to come."""


def report_pages(
    name: str,
    kind: str,
    newest: Callable[[Connection, str], Report | None],
    more: Callable[[Course], Mapping[str, object]],
) -> APIRouter:
    """/teach/<course>/`name`, shown by the template desk_`name`.html, which gets `more` of a course; `newest` reads what
    the last job of `kind` came to.
    """

    def page(call: SignedIn, course_id: str) -> Response:
        with call.house.store.read() as conn:
            course = course_of(call, conn, course_id)
            last = newest(conn, course_id)
        return call.page(f"desk_{name}.html", course=course, last=last, refresh=REFRESH_S, **more(course))

    def begin(call: SignedIn, form: Form, course_id: str) -> Response:
        with call.house.store.begin() as conn:
            course_of(call, conn, course_id)
            ask(conn, kind, course_id)
        return call.go(f"/teach/{course_id}/{name}")

    def how_far(call: SignedIn, course_id: str) -> Response:
        """What the page's script asks for while a report is being made."""
        with call.house.store.read() as conn:
            course_of(call, conn, course_id)
            last = newest(conn, course_id)
        state = "running" if last and last.is_waiting else "done"
        return JSONResponse({"state": state, "done": 0, "total": 1}, headers={"Cache-Control": "no-store"})

    found, base = APIRouter(include_in_schema=False), f"/teach/{{course_id}}/{name}"
    found.add_api_route(base, page, methods=["GET"])
    found.add_api_route(base, begin, methods=["POST"])
    found.add_api_route(f"{base}/progress", how_far, methods=["GET"])
    return found
