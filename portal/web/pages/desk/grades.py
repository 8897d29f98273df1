"""Grades to take along, as CSV or JSON: the attempt that counts of every learner, after the late rule. Each export is noted."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from fastapi import APIRouter
from starlette.responses import Response

from courses.audit import note
from courses.export import HEAD, Grade, as_json, as_row, grades
from portal.sheets import write_csv
from portal.web.call import Call, SignedIn
from portal.web.pages.desk.place import course_of, download

__all__ = ["router"]


def router() -> APIRouter:
    """/teach/<course>/grades.csv and .json, of one unit with ?unit=."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/teach/{course_id}/grades.csv", as_csv, methods=["GET"])
    found.add_api_route("/teach/{course_id}/grades.json", as_json_file, methods=["GET"])
    return found


def as_csv(call: SignedIn, course_id: str) -> Response:
    found = _grades(call, course_id, "csv")
    return download(
        write_csv(HEAD, [as_row(one, call.language) for one in found]), f"{course_id}-grades.csv", "text/csv"
    )


def as_json_file(call: SignedIn, course_id: str) -> Response:
    found = [as_json(one, call.language) for one in _grades(call, course_id, "json")]
    told = {"course": course_id, "exported": datetime.now(UTC).isoformat(timespec="seconds"), "grades": found}
    data = json.dumps(told, ensure_ascii=False, indent=1).encode()
    return download(data, f"{course_id}-grades.json", "application/json")


def _grades(call: Call, course_id: str, kind: str) -> list[Grade]:
    wanted = call.request.query_params.get("unit", "")
    with call.house.store.begin() as conn:
        course = course_of(call, conn, course_id)
        units = [course.unit(wanted).id] if wanted else [unit.id for unit in course.units if unit.assignment]
        note(conn, call.me, course_id, wanted, "export", format=f"grades.{kind}")
        return grades(conn, course_id, units)
