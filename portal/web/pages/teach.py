"""The teacher's pages: roster, submissions, marks per exercise, CSV. Every handler first makes sure that the caller teaches the course."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from commons.errors import BadInput, Conflict, NotFound, TooLarge
from commons.people import ensure_person, person_of_account
from courses import registry
from courses.attempts import course_attempts
from courses.audit import note
from courses.extensions import deadlines
from courses.holding import INSTANT, openings
from courses.manifest import Course, Unit
from courses.results import Progress, progress
from portal.gradesheet import csv_table, lines_of, spread
from portal.roster import Refused, Roster, read_roster
from portal.sheets import write_csv
from portal.web.call import UPLOAD_BYTES, Call, Form, SignedIn, read_upload
from portal.web.pages.desk.place import asked_page, download, must_teach

__all__ = ["router"]

SHOWN_ATTEMPTS = 50
SHOWN_REFUSED = 50
PAGE = 50  # learners shown at once; the CSV files hold all


@dataclass(frozen=True)
class Outcome:
    """What became of an uploaded roster; `refused` in words, at most SHOWN_REFUSED of `count`."""

    added: int
    already: int
    count: int
    refused: tuple[str, ...]


def router() -> APIRouter:
    """/teach/ and what lies under it."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/teach/", teach, methods=["GET"])
    found.add_api_route("/teach/{course_id}", course, methods=["GET"])
    found.add_api_route("/teach/{course_id}/roster.csv", roster_csv, methods=["GET"])
    found.add_api_route("/teach/{course_id}/marks.csv", marks_csv, methods=["GET"])
    found.add_api_route("/teach/{course_id}/roster", add_roster, methods=["POST"])
    found.add_api_route("/teach/{course_id}/roster", back, methods=["GET"])
    found.add_api_route("/teach/{course_id}/code", new_code, methods=["POST"])
    found.add_api_route("/teach/{course_id}/teachers", add_teacher, methods=["POST"])
    found.add_api_route("/teach/{course_id}/teachers", back, methods=["GET"])
    found.add_api_route("/teach/{course_id}/remove", remove, methods=["POST"])
    return found


def teach(call: SignedIn) -> Response:
    with call.house.store.read() as conn:
        here = call.house.catalogue.courses
        mine = [
            name for name, roles in registry.courses_of(conn, call.me).items() if "teacher" in roles and name in here
        ]
        rows = [(_course(call, name), len(_learners(conn, name)), len(course_attempts(conn, name))) for name in mine]
    return call.page("teach.html", rows=rows)


def course(call: SignedIn, course_id: str) -> Response:
    return _course_page(call, course_id)


def back(call: SignedIn, course_id: str) -> Response:
    """The address of a form, asked for anew (another language, say): the page the form is on."""
    return call.go(f"/teach/{_course(call, course_id).id}")


def _course_page(call: Call, course_id: str, status: int = 200, **more: object) -> Response:
    """The course with one page of its learners; `more` are `outcome` and `teacher_fault`, what a form led to."""
    here = _course(call, course_id)
    with call.house.store.read() as conn:
        must_teach(conn, call, course_id)
        people = registry.members(conn, course_id)
        learners = [one for one in people if one.role == "learner"]
        last = max(1, -(-len(learners) // PAGE))
        page = min(last, asked_page(call))
        shown = slice((page - 1) * PAGE, page * PAGE)
        values: Mapping[str, Any] = {
            "teachers": [one for one in people if one.role == "teacher"],
            "learners": learners[shown],
            "count": len(learners),
            "page": page,
            "last": last,
            "names": {one.actor: one.name for one in people},
            "units": {one.id: one.title for one in here.units},
            "code": registry.join_code(conn, course_id),
            "desks": _desks(conn, here),
            "attempts": course_attempts(conn, course_id)[:SHOWN_ATTEMPTS],
            "sheets": [
                (unit, (lines := lines_of(conn, here, unit, call.language))[shown], spread(lines))
                for unit in here.units
                if unit.assignment
            ],
        }
    said = {"said": call.said, "outcome": None, "teacher_fault": "", "typed": ""}
    return call.page("teach_course.html", status, course=here, **values, **(said | more))


def roster_csv(call: SignedIn, course_id: str) -> Response:
    with call.house.store.begin() as conn:
        must_teach(conn, call, course_id)
        note(conn, call.me, course_id, "", "export", format="roster.csv")
        rows = [(one.account, one.name, one.role, one.created.isoformat()) for one in registry.members(conn, course_id)]
    return download(write_csv(("account", "name", "role", "joined"), rows), f"{course_id}-roster.csv", "text/csv")


def marks_csv(call: SignedIn, course_id: str) -> Response:
    here = _course(call, course_id)
    with call.house.store.begin() as conn:
        must_teach(conn, call, course_id)
        note(conn, call.me, course_id, "", "export", format="marks.csv")
        head, rows = csv_table(conn, here, call.language)
    return download(write_csv(head, rows), f"{course_id}-marks.csv", "text/csv")


def add_roster(call: SignedIn, form: Form, course_id: str) -> Response:
    """Add learners from a CSV file. An account that is still to sign up is in the course from its first sign-in on."""
    data = read_upload(form, "roster")
    if len(data) > UPLOAD_BYTES:
        raise TooLarge(call.say("portal.teach.roster.large"), next=call.say("portal.teach.roster.next"))
    if not data.strip():
        raise BadInput(call.say("portal.teach.roster.none"), next=call.say("portal.teach.roster.next"))
    roster = read_roster(data)
    with call.house.store.begin() as conn:
        must_teach(conn, call, course_id)
        outcome = _enrol(conn, call, course_id, roster)
    return _course_page(call, course_id, 200 if roster.rows else 400, outcome=outcome)


def new_code(call: SignedIn, form: Form, course_id: str) -> Response:
    with call.house.store.begin() as conn:
        must_teach(conn, call, course_id)
        registry.new_join_code(conn, course_id)
    return call.go(f"/teach/{course_id}", "code")


def add_teacher(call: SignedIn, form: Form, course_id: str) -> Response:
    """Let somebody teach. Only an account that exists: a name nobody has yet could be taken by anybody."""
    account = str(form.get("account") or "").strip().lower()
    with call.house.store.begin() as conn:
        must_teach(conn, call, course_id)
        who = person_of_account(conn, account)
        if who is not None:
            registry.add_member(conn, course_id, who, "teacher")
    if who is None:
        fault = f"{call.say('portal.teach.nobody', account=account[:40])} {call.say('portal.teach.nobody.next')}"
        return _course_page(call, course_id, 404, teacher_fault=fault, typed=account[:40])
    return call.go(f"/teach/{course_id}", "teacher")


def remove(call: SignedIn, form: Form, course_id: str) -> Response:
    """Take a role away; a course keeps at least one teacher, and attempts and marks stay."""
    role: registry.Role = "teacher" if form.get("role") == "teacher" else "learner"
    with call.house.store.begin() as conn:
        must_teach(conn, call, course_id)
        who = person_of_account(conn, str(form.get("account") or ""))
        if who is None:
            raise NotFound(call.say("portal.teach.nobody", account=str(form.get("account"))[:40]))
        teachers = [one for one in registry.members(conn, course_id) if one.role == "teacher"]
        if role == "teacher" and len(teachers) < 2:
            raise Conflict(call.say("portal.teach.last"), next=call.say("portal.teach.last.next"))
        registry.remove_member(conn, course_id, who, role)
    return call.go(f"/teach/{course_id}" if who.actor != call.me.actor or role == "learner" else "/teach/", "removed")


def _enrol(conn: Connection, call: Call, course_id: str, roster: Roster) -> Outcome:
    """Make everybody of `roster` a learner; who is one already stays as they are."""
    before = {one.account for one in _learners(conn, course_id)}
    new = [row for row in roster.rows if row.account not in before]
    for row in roster.rows:
        who = ensure_person(conn, row.account, name=row.name)
        if row.account not in before:
            registry.add_member(conn, course_id, who, "learner")
    refused = tuple(_told(call, one) for one in roster.refused[:SHOWN_REFUSED])
    return Outcome(len(new), len(roster.rows) - len(new), len(roster.refused), refused)


def _desks(conn: Connection, here: Course) -> list[tuple[Unit, bool, Progress, datetime | None, str]]:
    """For every assignment: whether it is released, how far its grading is, its deadline, and how feedback is released."""
    released = {one.assignment for one in registry.releases(conn, here.id)}
    opened = openings(conn, here.id)
    return [
        (
            unit, unit.id in released, progress(conn, here.id, unit.id), deadlines(conn, here.id, unit.id).common,
            opened[unit.id].mode if unit.id in opened else INSTANT,
        )
        for unit in here.units if unit.assignment
    ]  # fmt: skip


def _told(call: Call, refused: Refused) -> str:
    why = call.say(refused.key, text=refused.text)
    return call.say("portal.roster.line", line=refused.line, why=why) if refused.line else why


def _course(call: Call, course_id: str) -> Course:
    return call.house.catalogue.course(course_id)


def _learners(conn: Connection, course_id: str) -> list[registry.Member]:
    return [one for one in registry.members(conn, course_id) if one.role == "learner"]
