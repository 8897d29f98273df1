"""Where a desk's page stands: the course and the unit of its address, for a teacher of that course and nobody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from starlette.responses import Response

from commons.errors import NotAllowed
from commons.people import person
from courses import registry
from courses.manifest import Course, Unit
from portal.web.call import Call

__all__ = [
    "PAGE",
    "Place",
    "asked_page",
    "course_of",
    "download",
    "must_teach",
    "names_of",
    "page_of",
    "place_of",
    "typed_time",
]

PAGE = 50


@dataclass(frozen=True)
class Place:
    """One assignment of a course."""

    course: Course
    unit: Unit

    @property
    def path(self) -> str:
        return f"/teach/{self.course.id}/{self.unit.id}"


def must_teach(conn: Connection, call: Call, course_id: str) -> None:
    """Raises NotAllowed for whoever does not teach the course."""
    if not registry.is_teacher(conn, course_id, call.me):
        raise NotAllowed(call.say("portal.teach.not-yours"), next=call.say("portal.teach.not-yours.next"))


def course_of(call: Call, conn: Connection, course_id: str) -> Course:
    """The course, for its teachers. Raises NotFound, NotAllowed."""
    found = call.house.catalogue.course(course_id)
    must_teach(conn, call, course_id)
    return found


def place_of(call: Call, conn: Connection, course_id: str, unit_id: str) -> Place:
    """The assignment, for the teachers of its course. Raises NotFound, NotAllowed."""
    course = course_of(call, conn, course_id)
    return Place(course, course.unit(unit_id))


def names_of(conn: Connection) -> dict[str, str]:
    """Everybody's name by actor; somebody erased is not in it."""
    return {row.actor: row.name for row in conn.execute(select(person.c.actor, person.c.name))}


def asked_page(call: Call) -> int:
    """The page asked for, from 1; nonsense counts as the first."""
    asked = call.request.query_params.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def page_of(call: Call, rows: Sequence[Any]) -> Mapping[str, Any]:
    """The rows of the page asked for, and what the template needs to turn pages."""
    last = max(1, -(-len(rows) // PAGE))
    page = min(last, asked_page(call))
    return {"rows": rows[(page - 1) * PAGE : page * PAGE], "page": page, "last": last, "count": len(rows)}


def typed_time(text: str) -> datetime | None:
    """The moment that a datetime field holds, on this server's clock; None for an empty one. Raises ValueError."""
    return datetime.fromisoformat(text).astimezone() if text else None


def download(data: bytes, name: str, kind: str) -> Response:
    """A file to keep; never cached."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=f"{kind}; charset=utf-8", headers=headers)
