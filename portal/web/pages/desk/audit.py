"""What was decided about a course, by whom and when."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from commons.languages import pick
from courses.audit import Entry, count_entries, entries
from courses.manifest import Course
from portal.web.call import Call, SignedIn
from portal.web.pages.desk.place import PAGE, asked_page, course_of, names_of
from portal.web.reasons import name_of
from portal.web.words import points

__all__ = ["KINDS", "router"]

KINDS = ("mark", "rubric", "extension", "late-rule", "feedback", "regrade", "suggestion", "export")


def router() -> APIRouter:
    """/teach/<course>/audit."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/teach/{course_id}/audit", audit, methods=["GET"])
    return found


def audit(call: SignedIn, course_id: str) -> Response:
    what = call.request.query_params.get("what", "")
    what = what if what in KINDS else ""
    with call.house.store.read() as conn:
        course = course_of(call, conn, course_id)
        count = count_entries(conn, course_id, what=what)
        last = max(1, -(-count // PAGE))
        page = min(last, asked_page(call))
        rows = entries(conn, course_id, what=what, first=(page - 1) * PAGE, most=PAGE)
        names = names_of(conn)
    told = [(one, _words(call, one, names, _titles(call, course))) for one in rows]
    units = {unit.id: unit.title for unit in course.units}
    return call.page(
        "desk_audit.html",
        course=course,
        told=told,
        names=names,
        units=units,
        kinds=KINDS,
        what=what,
        page=page,
        last=last,
        count=count,
    )


def _titles(call: Call, course: Course) -> dict[tuple[str, str], str]:
    """What the questions of a course are called, by unit and graded cell."""
    return {
        (unit.id, test): pick(one.title, call.language)
        for unit in course.units
        for one in unit.exercises
        for test in one.tests
    }


def _words(call: Call, one: Entry, names: dict[str, str], titles: dict[tuple[str, str], str]) -> str:
    """An entry in a sentence; the plain data beneath it stays in the store."""
    detail = one.detail
    question = titles.get((one.assignment, str(detail.get("grade_id"))), str(detail.get("grade_id", "")))
    whom = names.get(str(detail.get("actor", "")), call.say("portal.teach.gone")) if detail.get("actor") else ""
    if one.what == "mark":
        before, after = points(detail.get("before")), points(detail.get("points"))
        return call.say("portal.audit.mark", question=question, before=before, after=after)
    if one.what == "rubric":
        return call.say("portal.audit.rubric", question=question, n=len(detail["items"]))
    if one.what == "extension":
        who = whom or call.say("portal.rules.everybody")
        if detail.get("revoked"):
            return call.say("portal.audit.revoked", who=who)
        due = detail.get("due") or "–"
        return call.say("portal.audit.extension", who=who, due=due, n=detail.get("attempts", 0))
    if one.what == "late-rule":
        return call.say(f"portal.late.{detail['method']}", percent=points(detail["percent"]))
    if one.what == "feedback":
        return call.say(f"portal.audit.feedback-{detail['mode']}")
    if one.what == "regrade":
        return call.say("portal.audit.regrade", n=len(detail["changed"]), release=detail["release"])
    if one.what == "suggestion":
        target = name_of(call, str(detail.get("target", "")))
        who = whom or call.say("recommender.teach.everybody")
        if detail.get("revoked"):
            word = call.say(f"recommender.teach.word.{detail['word']}")
            return call.say("recommender.audit.back", who=who, word=word, what=target)
        return call.say(f"recommender.audit.{detail['word']}", who=who, what=target)
    return call.say("portal.audit.export", format=detail.get("format", ""))
