"""Marking one question across the class: the answer, the rubric, points and words; saved as one goes, never over another teacher's mark.

The page works without a script, as a form that saves and goes on to the next; the script adds keys and saving by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from sqlalchemy import Connection, select
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from commons.errors import BadInput, NotFound
from courses import tables
from courses.attempts import Attempt, attempt_files, attempt_of, marks_of
from courses.marking import ManualMark, Taken, manual_marks, mark_by_hand
from courses.registry import latest_release, release_of
from courses.rubrics import ITEMS, points_of, rubric, rubrics, set_rubric
from courses.work import answer_of, work_cells
from portal.web.call import Call, Form, SignedIn
from portal.web.pages.desk.place import Place, names_of, place_of

__all__ = ["router"]


@dataclass(frozen=True)
class Question:
    """A graded cell and how far its marking is: `waiting` answers wait for a hand, `by_hand` have a mark of one."""

    name: str
    title: dict[str, str]
    most: float
    is_manual: bool
    answers: int
    waiting: int
    by_hand: int


def router() -> APIRouter:
    """/teach/<course>/<unit>/marking, one question of it, its rubric, and saving a mark."""
    found = APIRouter(include_in_schema=False)
    base = "/teach/{course_id}/{unit_id}/marking"
    found.add_api_route(base, questions, methods=["GET"])
    found.add_api_route(f"{base}/rubric/{{name:path}}", save_rubric, methods=["POST"])
    found.add_api_route(f"{base}/save/{{name:path}}", save, methods=["POST"])
    found.add_api_route(f"{base}/question/{{name:path}}", question, methods=["GET"])
    return found


def questions(call: SignedIn, course_id: str, unit_id: str) -> Response:
    with call.house.store.read() as conn:
        place = place_of(call, conn, course_id, unit_id)
        found = _questions(conn, place)
        items = {name: len(one.items) for name, one in rubrics(conn, course_id, unit_id).items()}
    return call.page("desk_marking.html", place=place, here="marking", questions=found, items=items)


def question(call: SignedIn, course_id: str, unit_id: str, name: str) -> Response:
    return _question_page(call, course_id, unit_id, name, call.request.query_params.get("attempt", ""))


def _question_page(
    call: Call, course_id: str, unit_id: str, name: str, wanted: str, status: int = 200, taken: ManualMark | None = None
) -> Response:
    is_blind = call.request.query_params.get("blind") == "1"
    with call.house.store.read() as conn:
        place = place_of(call, conn, course_id, unit_id)
        line = _line(conn, place, name)
        attempt = _chosen(conn, place, line, wanted)
        values: dict[str, Any] = {"attempt": None}
        if attempt is not None:
            manifest = release_of(conn, attempt.release).manifest
            cell = manifest["cells"].get(name)
            if cell is None:
                raise NotFound(f"there is no question '{name[:80]}' in this hand-in")
            cells = work_cells(attempt_files(conn, attempt), [cell["notebook"]])
            mark = next(one for one in marks_of(conn, attempt.id) if one.grade_id == name)
            values = {
                "attempt": attempt,
                "cells": answer_of(cells, cell["notebook"], cell["cell"]),
                "mark": mark,
                "hand": manual_marks(conn, [attempt.id]).get((attempt.id, name)),
            }
        values |= {"rubric": rubric(conn, course_id, unit_id, name), "names": names_of(conn)}
    done, ids = sum(state != "manual" for state in line.values()), list(line)
    at = ids.index(attempt.id) if attempt and attempt.id in ids else -1
    return call.page(
        "desk_question.html", status, place=place, here="marking", name=name, title=_title(place, name), count=len(ids), at=at,
        before=ids[at - 1] if at > 0 else "", after=ids[at + 1] if 0 <= at < len(ids) - 1 else "", done=done, blind=is_blind,
        taken=taken, most_items=ITEMS, said=call.said, **values,
    )  # fmt: skip


def save(call: SignedIn, form: Form, course_id: str, unit_id: str, name: str) -> Response:
    """Save a mark; asked for JSON it answers what now holds, else it goes on to the next answer."""
    wants_json = "application/json" in call.request.headers.get("accept", "")
    attempt_id = str(form.get("attempt") or "")
    try:
        with call.house.store.begin() as conn:
            place = place_of(call, conn, course_id, unit_id)
            attempt = attempt_of(conn, attempt_id)
            if (attempt.course, attempt.assignment) != (course_id, unit_id):
                raise NotFound(f"there is no attempt '{attempt_id[:40]}'")
            hand = _save(call, conn, form, attempt, name)
            score = attempt_of(conn, attempt_id)
            after = _after(conn, place, name, attempt_id)
            names = names_of(conn)
    except Taken as taken:
        if not wants_json:
            return _question_page(call, course_id, unit_id, name, attempt_id, 409, taken.now)
        with call.house.store.read() as conn:
            return JSONResponse(_told(taken.now, names_of(conn)) | {"taken": True}, 409)
    if wants_json:
        return JSONResponse(_told(hand, names) | {"score": score.score, "max": score.max_score})
    query = {"attempt": after or attempt_id} | ({"blind": "1"} if form.get("blind") == "1" else {})
    query |= {"said": "marked"}
    return call.go(f"{place.path}/marking/question/{name}?{urlencode(query)}")


def save_rubric(call: SignedIn, form: Form, course_id: str, unit_id: str, name: str) -> Response:
    items = []
    for number in range(ITEMS):
        words = str(form.get(f"words-{number}") or "").strip()
        if words:
            points = _number(call, str(form.get(f"points-{number}") or "0"))
            items.append((str(form.get(f"id-{number}") or ""), words, points))
    with call.house.store.begin() as conn:
        place = place_of(call, conn, course_id, unit_id)
        _must_ask(conn, course_id, unit_id, name)
        set_rubric(conn, call.me, course_id, unit_id, name, items, _version(form))
    attempt = str(form.get("attempt") or "")
    query = {"said": "rubric"} | ({"attempt": attempt} if attempt else {})
    return call.go(f"{place.path}/marking/question/{name}?{urlencode(query)}")


def _save(call: Call, conn: Connection, form: FormData, attempt: Attempt, name: str) -> ManualMark | None:
    """Points typed go before the rubric's; an empty field takes the rubric's."""
    items = [str(one) for one in form.getlist("item")]
    typed = str(form.get("points") or "").strip()
    if typed:
        points: float | None = _number(call, typed)
    else:
        most = next((one.max_points for one in marks_of(conn, attempt.id) if one.grade_id == name), 0.0)
        points = points_of(rubric(conn, attempt.course, attempt.assignment, name), items, most)
    return mark_by_hand(
        conn, call.me, attempt.id, name, points=points, comment=str(form.get("comment") or ""), items=items,
        version=_version(form), is_final=form.get("draft") != "1",
    )  # fmt: skip


def _newest(conn: Connection, place: Place) -> list[str]:
    """Everybody's newest graded hand-in by id, in the order they came."""
    t = tables.attempt.c
    here = (t.course == place.course.id, t.assignment == place.unit.id, t.state == "graded")
    rows = conn.execute(select(t.id, t.actor).where(*here).order_by(t.number, t.created, t.id))
    newest = {row.actor: row.id for row in rows}
    order = conn.execute(select(t.id).where(*here).order_by(t.created, t.id)).scalars()
    chosen = set(newest.values())
    return [one for one in order if one in chosen]


def _line(conn: Connection, place: Place, name: str) -> dict[str, str]:
    """The line one marks along: of the newest hand-ins those that have this question, with the state of its mark."""
    newest = _newest(conn, place)
    states = {mark.attempt: mark.state for mark in _marks(conn, newest, name)}
    return {one: states[one] for one in newest if one in states}


def _marks(conn: Connection, attempts: Sequence[str], name: str) -> list[Any]:
    t = tables.mark
    found: list[Any] = []
    for first in range(0, len(attempts), 500):
        chosen = select(t).where(t.c.grade_id == name, t.c.attempt.in_(attempts[first : first + 500]))
        found += conn.execute(chosen).all()
    return found


def _chosen(conn: Connection, place: Place, line: Mapping[str, str], wanted: str) -> Attempt | None:
    """The attempt asked for; else the first that waits, else the first of the line."""
    if wanted:
        attempt = attempt_of(conn, wanted)
        if (attempt.course, attempt.assignment) != (place.course.id, place.unit.id) or attempt.state != "graded":
            raise NotFound(f"there is no attempt '{wanted[:40]}'")
        return attempt
    first = next((one for one, state in line.items() if state == "manual"), next(iter(line), ""))
    return attempt_of(conn, first) if first else None


def _after(conn: Connection, place: Place, name: str, attempt: str) -> str:
    """The next of the line that waits, after this one and then from the beginning; else simply the next."""
    line = _line(conn, place, name)
    ids = list(line)
    at = ids.index(attempt) if attempt in ids else -1
    turned = ids[at + 1 :] + ids[: max(at, 0)]
    return next((one for one in turned if line[one] == "manual"), ids[at + 1] if at + 1 < len(ids) else "")


def _questions(conn: Connection, place: Place) -> list[Question]:
    """Every graded cell of the newest release, those for a hand first."""
    try:
        manifest = latest_release(conn, place.course.id, place.unit.id).manifest
    except NotFound:
        return []
    newest = _newest(conn, place)
    hands = manual_marks(conn, newest)
    found = []
    for name in manifest["order"]:
        cell, marks = manifest["cells"][name], _marks(conn, newest, name)
        waiting = sum(mark.state == "manual" for mark in marks)
        by_hand = sum(asked == name and one.points is not None for (_, asked), one in hands.items())
        found.append(Question(name, _title(place, name), cell["points"], cell["manual"], len(marks), waiting, by_hand))
    return sorted(found, key=lambda one: not one.is_manual)


def _title(place: Place, name: str) -> dict[str, str]:
    exercise = place.unit.exercise_of(name)
    return dict(exercise.title) if exercise else {"en": name, "zh-CN": name}


def _must_ask(conn: Connection, course_id: str, unit_id: str, name: str) -> None:
    if name not in latest_release(conn, course_id, unit_id).manifest["cells"]:
        raise NotFound(f"there is no question '{name[:80]}'")


def _told(hand: ManualMark | None, names: dict[str, str]) -> dict[str, Any]:
    if hand is None:
        return {"version": 0, "points": None, "comment": "", "items": [], "by": ""}
    told = {"version": hand.version, "points": hand.points, "comment": hand.comment, "items": list(hand.items)}
    return told | {"by": names.get(hand.author, "")}


def _version(form: FormData) -> int:
    text = str(form.get("version") or "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _number(call: Call, text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise BadInput(call.say("portal.rules.number.bad"), next=call.say("portal.rules.number.next")) from None
