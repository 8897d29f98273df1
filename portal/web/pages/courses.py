"""Catalogue, course page, open reading page and joining by code. Reading needs no account; a status is shown only to its owner."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import Response

from commons.errors import NotFound
from commons.languages import pick
from commons.people import Person
from courses import registry
from courses.attempts import Attempt, attempts_left, attempts_of
from courses.extensions import deadlines
from courses.holding import shown
from courses.late import NO_RULE, Counted, LateRule, best_counted, late_rules
from courses.manifest import Course, Unit
from courses.reading import unit_html
from portal.web.call import Call, Form, Here, SignedIn
from portal.web.jsonld import block, course_ld, unit_ld
from portal.web.pictures import scene_pictures

__all__ = ["UnitRow", "lab_url", "router", "unit_rows"]


@dataclass(frozen=True)
class UnitRow:
    """A unit as its learner sees it. `left` is None without a limit; `best` is the attempt that counts, `counts` what it counts;
    `due` is their deadline (`is_own`: theirs alone), `rule` what lateness costs."""

    unit: Unit
    number: int
    is_released: bool = False
    attempts: Sequence[Attempt] = ()
    left: int | None = None
    counts: Counted | None = None
    due: datetime | None = None
    is_own: bool = False
    rule: LateRule = NO_RULE

    @property
    def best(self) -> Attempt | None:
        return self.counts.attempt if self.counts else None

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.due is not None and self.due < datetime.now(UTC)

    @property
    def is_done(self) -> bool:
        return self.best is not None


def router() -> APIRouter:
    """/courses/, /courses/join, /courses/<course> and /courses/<course>/<unit>."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/courses/", catalogue, methods=["GET", "HEAD"])
    found.add_api_route("/courses/join", join, methods=["POST"])
    found.add_api_route("/courses/join", back, methods=["GET", "HEAD"])
    found.add_api_route("/courses/{course_id}", course, methods=["GET", "HEAD"])
    found.add_api_route("/courses/{course_id}/{unit_id}", unit, methods=["GET", "HEAD"])
    return found


def catalogue(call: Here) -> Response:
    return _catalogue_page(call)


def _catalogue_page(call: Call, status: int = 200, join_fault: str = "", typed: str = "") -> Response:
    mine: dict[str, tuple[str, ...]] = {}
    if call.person:
        with call.house.store.read() as conn:
            mine = registry.courses_of(conn, call.person)
    found = call.house.catalogue
    scenes = [(scene, scene_pictures(scene)) for scene in found.scenes.values()]
    return call.page(
        "catalogue.html", status, courses=list(found.courses.values()), scenes=scenes, mine=mine, said=call.said, at="",
        join_fault=join_fault, typed=typed,
    )  # fmt: skip


def course(call: Here, course_id: str) -> Response:
    return _course_page(call, course_id)


def _course_page(call: Call, course_id: str, status: int = 200, join_fault: str = "", typed: str = "") -> Response:
    found = call.house.catalogue.course(course_id)
    roles: tuple[str, ...] = ()
    rows = [UnitRow(unit, number) for number, unit in enumerate(found.units, 1)]
    if call.person:
        with call.house.store.read() as conn:
            roles = registry.courses_of(conn, call.person).get(course_id, ())
            rows = unit_rows(conn, found, call.person) if roles else rows
    upcoming = next((row.unit.id for row in rows if row.is_released and not row.is_done), "")
    stops = {unit.id: _stop_of(call, unit) for unit in found.units}
    values = {"course": found, "rows": rows, "roles": roles, "upcoming": upcoming, "said": call.said, "stops": stops}
    values["ld"] = block(course_ld(found, call.house.catalogue.graph, call.house.settings.address, call.language))
    values |= {"at": course_id, "join_fault": join_fault, "typed": typed}
    return call.page(
        "course.html", status, **values, lab=lambda unit: lab_url(found, unit, call.language),
        reset=lambda unit: lab_url(found, unit, call.language, "reset"),
        restore=lambda attempt: restore_url(attempt, call.language),
    )  # fmt: skip


def unit(call: Here, course_id: str, unit_id: str) -> Response:
    found = call.house.catalogue.course(course_id)
    here = found.unit(unit_id)
    place = found.units.index(here)
    neighbours = (
        found.units[place - 1] if place else None,
        found.units[place + 1] if place + 1 < len(found.units) else None,
    )
    language = call.language if call.language in found.languages else found.languages[0]
    text = _untitled(unit_html(found, here, language), pick(here.title, language))
    roles = _roles(call, course_id)
    mine = None
    if roles and here.assignment:
        with call.house.store.read() as conn:
            mine = next(row for row in unit_rows(conn, found, call.me) if row.unit.id == here.id)
    return call.page(
        "unit.html", mine=mine, course=found, unit=here, number=place + 1, text_html=text, text_language=language, before=neighbours[0],
        after=neighbours[1], stop=_stop_of(call, here), lab=lab_url(found, here, language), roles=roles,
        graph=call.house.catalogue.graph,
        ld=block(unit_ld(found, here, call.house.catalogue.graph, call.house.settings.address, language)),
    )  # fmt: skip


def join(call: SignedIn, form: Form) -> Response:
    """Join by code. After tries.MOST wrong codes in tries.WINDOW_S seconds an account's codes are not looked at for a while."""
    code = str(form.get("code") or "").strip()
    tries, me = call.house.code_tries, call.me.account
    if not code:
        return _join_again(call, form, 400, call.say("portal.join.empty"))
    if tries.are_spent(me):
        return _join_again(call, form, 429, call.say("portal.join.often"))
    try:
        with call.house.store.begin() as conn:
            course_id = registry.join(conn, code, call.me)
    except NotFound:
        tries.wrong(me)
        return _join_again(call, form, 404, f"{call.say('portal.join.unknown')} {call.say('portal.join.next')}")
    return call.go(f"/courses/{course_id}", "joined")


def back(call: Here) -> Response:
    """The address of the form, asked for anew (another language, say): the catalogue, which has the form."""
    return call.go("/courses/")


def _join_again(call: Call, form: FormData, status: int, fault: str) -> Response:
    """The page the form was on, with what is wrong beside the field."""
    typed, at = str(form.get("code") or "").strip()[:20], str(form.get("at") or "")
    if at in call.house.catalogue.courses:
        return _course_page(call, at, status, fault, typed)
    return _catalogue_page(call, status, fault, typed)


def unit_rows(conn: Connection, course: Course, who: Person) -> list[UnitRow]:
    """The units of a course with what `who` handed in."""
    newest: dict[str, registry.Release] = {}
    for release in reversed(registry.releases(conn, course.id)):
        newest[release.assignment] = release
    rows, rules = [], late_rules(conn, course.id)
    for number, here in enumerate(course.units, 1):
        if here.id not in newest:
            rows.append(UnitRow(here, number))
            continue
        release = newest[here.id]
        attempts = shown(conn, attempts_of(conn, who.actor, course.id, here.id))
        left, rule = attempts_left(conn, who.actor, release), rules.get(here.id, NO_RULE)
        dues = deadlines(conn, course.id, here.id)
        counts, own = best_counted(attempts, rule), dues.is_own(who.actor)
        rows.append(UnitRow(here, number, True, attempts, left, counts, dues.of(who.actor), own, rule))
    return rows


def lab_url(course: Course, unit: Unit, language: str, step: str = "open") -> str:
    """Where a unit opens in the learner's own JupyterLab, or with "reset" is started afresh after a question."""
    query = urlencode({"course": course.id, "assignment": unit.id, "language": language})
    return f"/hub/user-redirect/shuyuan/{step}?{query}"


def restore_url(attempt: Attempt, language: str) -> str:
    """Where an earlier attempt is put back into the learner's own JupyterLab."""
    query = {"course": attempt.course, "assignment": attempt.assignment, "attempt": attempt.id, "language": language}
    return f"/hub/user-redirect/shuyuan/restore?{urlencode(query)}"


def _untitled(text: str, title: str) -> str:
    """The notebook's text without a first heading that only repeats the page's own; the others move up where they may."""
    bare, gone = re.subn(rf"\A\s*<h2[^>]*>\s*{re.escape(html.escape(title, quote=False))}\s*</h2>", "", text)
    if not gone or "<h2" in bare:
        return text
    return re.sub(r"(</?h)([3-6])\b", lambda found: found[1] + str(int(found[2]) - 1), bare)


def _stop_of(call: Call, unit: Unit) -> dict[str, object] | None:
    item = call.house.catalogue.by_id.get(f"stop:{unit.stop}") if unit.stop else None
    scene_id, _, stop_id = unit.stop.partition("/")
    scene = call.house.catalogue.scenes.get(scene_id)
    if item is None or scene is None:
        return None
    return {"item": item, "picture": scene_pictures(scene).get(stop_id, "")}


def _roles(call: Call, course_id: str) -> tuple[str, ...]:
    if call.person is None:
        return ()
    with call.house.store.read() as conn:
        return registry.courses_of(conn, call.person).get(course_id, ())
