"""What is suggested to the learners of a course, and the teacher's word on it: this next, not this, a goal.

A teacher sees what belongs to their course and nothing else of a learner; every decision is noted in the record.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.responses import Response

from commons.errors import BadInput, NotFound
from courses import registry
from courses.audit import note
from portal.web.call import Call, Form, SignedIn
from portal.web.pages.desk.place import course_of, names_of, page_of
from portal.web.reasons import Why, day, name_of, why_of
from recommender import Reason, Suggestion, preference, within
from recommender.overrule import EVERYBODY, Decision, decide, decisions, is_of, take_back

__all__ = ["router"]

DEEP, SHOWN = 40, 6  # suggestions looked at, and shown, for one learner
WORDS = ("first", "never", "goal")


@dataclass(frozen=True)
class Shown:
    """A suggestion as a teacher may see it; `reasons` is empty where all of them lie outside the course."""

    suggestion: Suggestion
    reasons: tuple[Reason, ...]
    why: Why


def router() -> APIRouter:
    """/teach/<course>/suggestions, a learner's page under it, and the forms of both."""
    found = APIRouter(include_in_schema=False)
    base = "/teach/{course_id}/suggestions"
    found.add_api_route(base, overview, methods=["GET"])
    for name, handler in (("decide", say), ("back", unsay)):
        found.add_api_route(f"{base}/{name}", handler, methods=["POST"])
        found.add_api_route(f"{base}/{name}", back, methods=["GET"])
    found.add_api_route(base + "/{actor}", learner, methods=["GET"])
    return found


def overview(call: SignedIn, course_id: str) -> Response:
    with call.house.store.read() as conn:
        course = course_of(call, conn, course_id)
        learners = [one for one in registry.members(conn, course_id) if one.role == "learner"]
        held = decisions(conn, course_id)
        values = page_of(call, learners)
        names = names_of(conn)
    return call.page(
        "desk_suggestions.html", course=course, counts=Counter(one.actor for one in held), said=call.said, actor=EVERYBODY,
        held=_told(call, [one for one in held if one.actor == EVERYBODY], names), **_choices(call, course_id), **values,
    )  # fmt: skip


def learner(call: SignedIn, course_id: str, actor: str) -> Response:
    recommender = call.house.catalogue.recommender
    with call.house.store.read() as conn:
        course = course_of(call, conn, course_id)
        who = _learner(call, conn, course_id, actor)
        mode = preference(conn, actor).mode
        found = recommender.next_items(conn, actor, k=DEEP, language=call.language)
        names = names_of(conn)
        held = decisions(conn, course_id, actor) + decisions(conn, course_id, EVERYBODY)
        aims = [one for one in recommender.aims(conn, actor) if one.course == course_id and one.state != "steps"]
    own = [one for one in found if is_of(course_id, one.item.id)][:SHOWN]
    return call.page(
        "desk_learner.html", course=course, learner=who, actor=actor, mode=mode, said=call.said, everybody=EVERYBODY,
        shown=[_shown(call, course_id, one, names) for one in own], held=_told(call, held, names),
        aims=[(one.state, name_of(call, one.goal)) for one in aims], **_choices(call, course_id),
    )  # fmt: skip


def back(call: SignedIn, course_id: str) -> Response:
    """The address of a form, asked for anew: the page of the course."""
    return call.go(f"/teach/{course_id}/suggestions")


def say(call: SignedIn, form: Form, course_id: str) -> Response:
    """Decide for one learner or for everybody."""
    actor, word, target = _asked(call, form)
    with call.house.store.begin() as conn:
        course_of(call, conn, course_id)
        _learner(call, conn, course_id, actor)
        shelf = call.house.catalogue.recommender.shelf
        try:
            decide(conn, course_id, actor, word, target, by=call.me.actor, shelf=shelf)  # type: ignore[arg-type]
        except BadInput:
            raise BadInput(call.say("recommender.my.bad"), next=call.say("recommender.my.next")) from None
        note(conn, call.me, course_id, "", "suggestion", actor=actor, word=word, target=target)
    return call.go(_page(course_id, actor), "decided")


def unsay(call: SignedIn, form: Form, course_id: str) -> Response:
    """Take a decision back."""
    actor, word, target = _asked(call, form)
    with call.house.store.begin() as conn:
        course_of(call, conn, course_id)
        if take_back(conn, course_id, actor, word, target):
            note(conn, call.me, course_id, "", "suggestion", actor=actor, word=word, target=target, revoked=True)
        _learner(call, conn, course_id, actor)
    return call.go(_page(course_id, actor), "revoked")


def _asked(call: Call, form: FormData) -> tuple[str, str, str]:
    word = str(form.get("word") or "")
    if word not in WORDS:
        raise BadInput(call.say("recommender.my.bad"), next=call.say("recommender.my.next"))
    return str(form.get("actor") or EVERYBODY), word, str(form.get("target") or "")


def _page(course_id: str, actor: str) -> str:
    return f"/teach/{course_id}/suggestions" + (f"/{actor}" if actor else "")


def _learner(call: Call, conn: Connection, course_id: str, actor: str) -> registry.Member | None:
    """The learner of that id; None for EVERYBODY. Raises NotFound for whoever is no learner of the course."""
    if actor == EVERYBODY:
        return None
    for one in registry.members(conn, course_id):
        if one.actor == actor and one.role == "learner":
            return one
    raise NotFound(call.say("recommender.teach.not-here"), next=call.say("recommender.teach.not-here.next"))


def _shown(call: Call, course_id: str, given: Suggestion, names: dict[str, str]) -> Shown:
    shelf = call.house.catalogue.recommender.shelf
    kept = [one for one in (within(one, course_id, shelf) for one in given.reasons) if one]
    return Shown(given, tuple(kept), why_of(call, kept, names))


def _told(call: Call, held: list[Decision], names: dict[str, str]) -> list[tuple[Decision, str, str, str]]:
    """Each decision with what it is about, who made it, and the day."""
    return [(one, name_of(call, one.target), names.get(one.author, ""), day(one.time, call.language)) for one in held]


def _choices(call: Call, course_id: str) -> dict[str, object]:
    """The items and the goals that a teacher of the course may choose from."""
    own = [item for item in call.house.catalogue.items if is_of(course_id, item.id)]
    goals = dict.fromkeys(concept for item in own for concept in item.concepts)
    graph = call.house.catalogue.graph
    return {"own": own, "goals": [(one, name_of(call, one)) for one in goals if one in graph.concepts]}
