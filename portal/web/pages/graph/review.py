"""The teachers' review of one course's suggestions: what to ask first, the evidence beside it, and each decision as a form.

Everything works without a script; the script adds keys and sends the same forms. What somebody else decided meanwhile is told and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from commons.errors import BadInput, Faults, ShuyuanError
from commons.languages import LANGUAGES, pick
from courses import registry
from courses.manifest import Course
from knowledge_graph.review import Decision
from knowledge_graph.review.decide import Circle, Lost, Taken, Unfit, decide, is_settled, settle
from portal.course_jobs import ask
from portal.suggesting import JOB_KIND, how_far, last_run
from portal.web.call import Call, Form, SignedIn
from portal.web.pages.desk.place import asked_page, course_of, names_of
from portal.web.pages.graph.desk import Desk, desk_of, typed_decision

__all__ = ["router"]

PAGE = 20
SHOWS = ("open", "waiting")
REFRESH_S = 3


def router() -> APIRouter:
    """/teach/graph and what lies under it."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/teach/graph", choose, methods=["GET"])
    base = "/teach/graph/{course_id}"
    found.add_api_route(base, review, methods=["GET"])
    found.add_api_route(f"{base}/decide", do, methods=["POST"])
    found.add_api_route(f"{base}/decide", back, methods=["GET"])
    found.add_api_route(f"{base}/record", record, methods=["GET"])
    found.add_api_route(f"{base}/suggest", suggest, methods=["POST"])
    found.add_api_route(f"{base}/suggest", back, methods=["GET"])
    found.add_api_route(f"{base}/progress", progress, methods=["GET"])
    return found


def choose(call: SignedIn) -> Response:
    """The courses one teaches, and how many suggestions wait in each."""
    with call.house.store.read() as conn:
        here = call.house.catalogue.courses
        mine = [
            name for name, roles in registry.courses_of(conn, call.me).items() if "teacher" in roles and name in here
        ]
        runs = {name: last_run(conn, name) for name in mine}
    desks = [desk_of(call, here[name]) for name in mine]
    return call.page("graph_choose.html", desks=desks, runs=runs, broken=call.house.catalogue.broken)


def review(call: SignedIn, course_id: str) -> Response:
    return _page(call, course_id)


def back(call: SignedIn, course_id: str) -> Response:
    """The address of a form, asked for anew: the page the form is on."""
    return call.go(f"/teach/graph/{course_id}")


def _page(call: Call, course_id: str, status: int = 200, fault: Mapping[str, str] | None = None) -> Response:
    course, names, run = _entered(call, course_id)
    trouble = _settled(call, course)
    desk = desk_of(call, course)
    asked = call.request.query_params.get("show", "")
    show = asked if asked in SHOWS else "open"
    keys = desk.open if show == "open" else list(desk.waiting)
    last = max(1, -(-len(keys) // PAGE))
    page = min(last, asked_page(call))
    cards = [desk.card(key) for key in keys[(page - 1) * PAGE : page * PAGE]]
    return call.page(
        "graph_review.html", status, desk=desk, course=course, show=show, cards=cards, page=page, last=last, count=len(keys),
        names=names, run=run, fault=fault, trouble=trouble, said=call.said, refresh=REFRESH_S, first=(page - 1) * PAGE,
        broken=call.house.catalogue.broken,
    )  # fmt: skip


def do(call: SignedIn, form: Form, course_id: str) -> Response:
    """Keep one decision; asked for JSON it answers how the suggestion stands now, else it goes on with the next."""
    wants_json = "application/json" in call.request.headers.get("accept", "")
    course, names, _ = _entered(call, course_id)
    fault, status = None, 200
    desk = desk_of(call, course)
    try:
        decision, seen = typed_decision(call, desk, form)
        decide(call.house.settings.home, decision, seen, _areas(call, course, decision))
    except ShuyuanError as error:
        fault, status = _told(call, desk, error, names), error.status
    if wants_json:
        return _json(call, course, names, form, fault, status)
    if fault:
        return _page(call, course_id, status, fault)
    show = "waiting" if form.get("show") == "waiting" else "open"
    place = str(form.get("page") or "1")
    where = "/record" if form.get("show") == "record" else f"?show={show}&page={place if place.isdigit() else 1}"
    return call.go(f"/teach/graph/{course_id}{where}", f"graph-{decision.kind}")


def record(call: SignedIn, course_id: str) -> Response:
    """Every decision about this course's suggestions: who, when, what; what holds can be taken back."""
    course, names, run = _entered(call, course_id)
    desk = desk_of(call, course)
    rows = desk.history()
    last = max(1, -(-len(rows) // PAGE))
    page = min(last, asked_page(call))
    shown = rows[(page - 1) * PAGE : page * PAGE]
    return call.page(
        "graph_record.html", desk=desk, course=course, rows=shown, page=page, last=last, count=len(rows), names=names,
        said=call.said, run=run, broken=call.house.catalogue.broken,
    )  # fmt: skip


def suggest(call: SignedIn, form: Form, course_id: str) -> Response:
    """Ask for suggestions from the course's text as it is now."""
    with call.house.store.begin() as conn:
        course_of(call, conn, course_id)
        ask(conn, JOB_KIND, course_id)
    return call.go(f"/teach/graph/{course_id}")


def progress(call: SignedIn, course_id: str) -> Response:
    """What the page's script asks for while suggestions are being made."""
    with call.house.store.read() as conn:
        course_of(call, conn, course_id)
        told = how_far(last_run(conn, course_id))
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


def _entered(call: Call, course_id: str) -> tuple[Course, dict[str, str], Any]:
    with call.house.store.read() as conn:
        return course_of(call, conn, course_id), names_of(conn), last_run(conn, course_id)


def _settled(call: Call, course: Course) -> str:
    """Bring the graph up to the record, after a crash; gives what stands in the way, or ""."""
    home = call.house.settings.home
    try:
        if not is_settled(home):
            settle(home, _areas(call, course))
    except Faults:
        return ""  # the page says which file must be mended
    except (Unfit, BadInput) as error:
        return call.say("portal.review.unfit", faults=error.found)
    return ""


def _areas(call: Call, course: Course, decision: Decision | None = None) -> dict[str, dict[str, str]]:
    """What a new area is called: as the course whose suggestions brought it."""
    title = {tag: course.title.get(tag) or pick(course.title, tag) for tag in LANGUAGES}
    keys = [*desk_of(call, course).suggested.concepts, *([decision.of] if decision else [])]
    return {key.partition(".")[0]: title for key in keys}


def _told(call: Call, desk: Desk, error: ShuyuanError, names: Mapping[str, str]) -> dict[str, str]:
    """An error in the reader's words."""
    if isinstance(error, Taken):
        who = names.get(error.by.teacher, call.say("portal.teach.gone")) if error.by else ""
        key = f"portal.review.taken.{error.by.kind if error.by else 'undo'}"
        return {"message": call.say(key, name=who), "next": call.say("portal.review.taken.next")}
    if isinstance(error, Circle):
        way = " → ".join(pick(desk.concept(one).label, call.language) for one in error.way)
        return {"message": call.say("portal.review.circle", way=way), "next": call.say("portal.review.circle.next")}
    if isinstance(error, Faults) and (broken := call.house.catalogue.broken):
        files = call.say("portal.graph.comma").join(broken)
        return {"message": call.say("portal.review.broken", files=files), "next": ""}
    if isinstance(error, Lost):
        name = pick(desk.concept(error.concept).label, call.language)
        return {"message": call.say("portal.review.lost", name=name), "next": call.say("portal.review.lost.next")}
    if isinstance(error, Unfit):
        return {"message": call.say("portal.review.unfit", faults="; ".join(error.faults[:5])), "next": ""}
    return {"message": error.found, "next": error.next, "field": error.where}


def _json(
    call: Call, course: Course, names: Mapping[str, str], form: FormData, fault: Mapping[str, str] | None, status: int
) -> Response:
    """How the suggestion stands now, as the piece of page that shows it, and which others have lost their sense."""
    desk: Desk = desk_of(call, course)
    key = str(form.get("of") or "")
    number, show = str(form.get("number") or ""), str(form.get("show") or "open")
    html = ""
    if desk.has(key):
        shown = call.page(
            "graph_card.html", desk=desk, course=course, card=desk.card(key), names=names, number=number, show=show, page=1, fault=fault
        )  # fmt: skip
        html = bytes(shown.body).decode()
    counts = {"open": len(desk.open), "waiting": len(desk.waiting)}
    tabs = {name: call.say(f"portal.review.{name}", n=count) for name, count in counts.items()}
    told = {"html": html, "moot": desk.moot, "tabs": tabs, **counts}
    return JSONResponse(told | ({"error": fault} if fault else {}), status_code=status)
