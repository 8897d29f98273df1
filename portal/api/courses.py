"""Assignments, hand-ins and feedback, for the exchange in a learner's JupyterLab. A thin layer: every decision is taken in `courses`.

Who may see an attempt: its owner, and the teachers of its course.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.responses import HTMLResponse

from commons.errors import BadInput, NotAllowed, NotFound
from commons.people import Person
from courses import registry
from courses.attempts import Attempt, attempt_files, attempt_of, attempts_left, attempts_of, submit
from courses.extensions import deadlines
from courses.feedback import feedback_html
from courses.holding import shown
from courses.release import release_files
from portal.api.caller import Caller, Here

__all__ = ["attempt_json", "may_see", "router"]

Base64 = Annotated[str, Field(max_length=64 << 20)]
SANDBOXED = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'"}


class HandIn(BaseModel):
    """A hand-in: the language it was fetched in, and its files by name, base64."""

    language: str = "zh-CN"
    files: dict[str, Base64] = Field(min_length=1)


def router() -> APIRouter:
    """The routes of the exchange."""
    found = APIRouter(tags=["courses"])
    base = "/courses/{course_id}/assignments"
    found.add_api_route(base, assignments, methods=["GET"], summary="The released assignments of a course you are in")
    found.add_api_route(f"{base}/{{assignment}}/release", release, methods=["GET"], summary="What a learner fetches")
    found.add_api_route(
        f"{base}/{{assignment}}/attempts", attempts, methods=["GET"], summary="Your attempts, newest first"
    )
    found.add_api_route(
        f"{base}/{{assignment}}/attempts", hand_in, methods=["POST"], status_code=201, summary="Hand in"
    )
    found.add_api_route("/attempts/{attempt_id}", attempt, methods=["GET"], summary="Score and feedback by exercise")
    found.add_api_route("/attempts/{attempt_id}/files", files, methods=["GET"], summary="What was handed in")
    page = "/attempts/{attempt_id}/feedback.html"
    found.add_api_route(page, feedback, methods=["GET"], response_class=HTMLResponse, summary="Feedback as a page")
    return found


def assignments(house: Here, who: Caller, course_id: str) -> list[dict[str, Any]]:
    with house.store.read() as conn:
        _must_be_in(conn, course_id, who)
        newest: dict[str, registry.Release] = {}
        for one in registry.releases(conn, course_id):
            newest.setdefault(one.assignment, one)
        return [_assignment(conn, one, who) for one in newest.values()]


def release(house: Here, who: Caller, course_id: str, assignment: str, language: str = "zh-CN") -> dict[str, Any]:
    with house.store.read() as conn:
        _must_be_in(conn, course_id, who)
        found = registry.latest_release(conn, course_id, assignment)
        names = release_files(conn, found, language)
    return {
        "release": found.id,
        "version": found.version,
        "language": found.language(language),
        "files": _encoded(names),
    }


def attempts(house: Here, who: Caller, course_id: str, assignment: str) -> list[dict[str, Any]]:
    with house.store.read() as conn:
        return [attempt_json(one) for one in shown(conn, attempts_of(conn, who.actor, course_id, assignment))]


def hand_in(house: Here, who: Caller, course_id: str, assignment: str, work: HandIn) -> dict[str, Any]:
    made = submit(house.store, who, course_id, assignment, work.language, _decoded(work.files))
    with house.store.read() as conn:
        left = attempts_left(conn, who.actor, registry.release_of(conn, made.release))
    return {"attempt": made.id, "number": made.number, "timestamp": made.timestamp, "left": left}


def attempt(house: Here, who: Caller, attempt_id: str, language: str = "") -> dict[str, Any]:
    with house.store.read() as conn:
        found = may_see(conn, attempt_id, who)
    return attempt_json(found) | {"why": found.why(language or found.language), "feedback": found.feedback}


def files(house: Here, who: Caller, attempt_id: str) -> dict[str, Any]:
    with house.store.read() as conn:
        return {"files": _encoded(attempt_files(conn, may_see(conn, attempt_id, who)))}


def feedback(house: Here, who: Caller, attempt_id: str, language: str = "") -> HTMLResponse:
    """A page of its own under a content policy that runs nothing: it quotes what a student's code printed."""
    with house.store.read() as conn:
        found = may_see(conn, attempt_id, who)
    known = house.catalogue.courses.get(found.course)
    unit = next((one for one in known.units if one.id == found.assignment), None) if known else None
    title: Mapping[str, str] = unit.title if unit else {"en": found.assignment}
    return HTMLResponse(feedback_html(found, title, language), headers=SANDBOXED)


def attempt_json(one: Attempt) -> dict[str, Any]:
    """An attempt without its feedback."""
    return {
        "attempt": one.id,
        "course": one.course,
        "assignment": one.assignment,
        "release": one.release,
        "number": one.number,
        "language": one.language,
        "state": one.state,
        "reason": one.reason,
        "score": one.score,
        "max_score": one.max_score,
        "timestamp": one.timestamp,
        "graded": one.graded.isoformat() if one.graded else None,
    }


def may_see(conn: Connection, attempt_id: str, who: Person) -> Attempt:
    """The attempt, when `who` may see it; held feedback only for teachers. Raises NotFound otherwise, so that ids tell nothing."""
    found = attempt_of(conn, attempt_id)
    if registry.is_teacher(conn, found.course, who):
        return found
    if found.actor != who.actor:
        raise NotFound(f"there is no attempt '{attempt_id[:40]}'")
    return shown(conn, [found])[0]


def _must_be_in(conn: Connection, course_id: str, who: Person) -> None:
    if not registry.is_member(conn, course_id, who):
        raise NotAllowed(
            f"you are not in the course '{course_id[:64]}'", next="Join it with the code your teacher gave."
        )


def _assignment(conn: Connection, one: registry.Release, who: Person) -> dict[str, Any]:
    return {
        "course": one.course,
        "assignment": one.assignment,
        "title": dict(one.manifest.get("title", {})),
        "release": one.id,
        "version": one.version,
        "languages": list(one.languages),
        "notebooks": list(one.manifest["notebooks"]),
        "left": attempts_left(conn, who.actor, one),
        "due": due.isoformat() if (due := deadlines(conn, one.course, one.assignment).of(who.actor)) else "",
    }


def _encoded(names: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(data).decode() for name, data in names.items()}


def _decoded(names: Mapping[str, str]) -> dict[str, bytes]:
    try:
        return {name: base64.b64decode(text, validate=True) for name, text in names.items()}
    except (binascii.Error, ValueError) as error:
        raise BadInput(
            f"a file is not base64 ({error})", where="files", next="Encode each file's bytes as base64."
        ) from None
