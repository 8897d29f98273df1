"""The smart guide's page and JSON: a question about a place, answered from its own sources with where it stands; a visit planned by
interest and minutes.

The rule kept here: the page works without scripts, and nothing that was asked is kept or logged.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from commons.errors import BadInput, ShuyuanError
from portal.apps.desk import Desk, desk_of
from portal.apps.guides import Guides
from portal.apps.shelf import Place
from vr_scenes.guide import Answer
from vr_scenes.guide.answer import LONGEST
from vr_scenes.guide.plan import Planned, plan

__all__ = ["ask_router"]

MINUTES = (5, 10, 20, 40)
"""What the page offers; any number from 1 to 240 is taken."""
MOST = 240
SHOWN = {"Cache-Control": "no-store"}


def _guides(request: Request) -> Guides:
    found = request.app.state.guides
    assert isinstance(found, Guides)
    return found


At = Annotated[Desk, Depends(desk_of)]
Asked = Annotated[Guides, Depends(_guides)]


def ask_router() -> APIRouter:
    """/tours/<scene>/ask, /tours/<scene>/ask.json and /tours/<scene>/plan.json."""
    router = APIRouter(include_in_schema=False)
    router.add_api_route("/tours/{scene}/ask", ask, methods=["GET", "HEAD"])
    router.add_api_route("/tours/{scene}/ask.json", ask_json, methods=["GET"])
    router.add_api_route("/tours/{scene}/plan.json", plan_json, methods=["GET"])
    return router


def ask(scene: str, request: Request, desk: At, guides: Asked) -> Response:
    """The page: a question and its answer, an interest and its walk; either may be missing."""
    place, language, asked = desk.shelf.place(scene), desk.look(request).language, request.query_params
    question, interest = (" ".join(asked.get(name, "")[:LONGEST].split()) for name in ("q", "interest"))
    minutes, late = asked.get("minutes", ""), ""
    answer = walk = None
    try:
        if question:
            answer = told(guides.ask(place.scene, question, language), place)
        if minutes:
            walk = _walk(guides, place, interest, _minutes(minutes), language)
    except BadInput:
        late = "scenes.ask.minutes.wrong"
    except ShuyuanError:
        late = "scenes.ask.later"
    response = desk.page(
        request, "ask.html", place=place, scene=place.scene, question=question, answer=answer, late=late, interest=interest,
        minutes=minutes, walk=walk, offered=MINUTES, longest=LONGEST, stops={stop.id: stop for stop in place.scene.stops},
    )  # fmt: skip
    response.headers.update(SHOWN)
    return response


def ask_json(scene: str, desk: At, guides: Asked, q: str = "", lang: str = "zh-CN") -> JSONResponse:
    """`{known, words, title, kind, source, stop, address, sure}`; `known` false and nothing else where nothing answers."""
    if not q.strip():
        raise BadInput("no question", where="q", next="Ask something about the place.")
    place = desk.shelf.place(scene)
    return JSONResponse(told(guides.ask(place.scene, q, lang), place), headers=SHOWN)


def plan_json(
    scene: str, desk: At, guides: Asked, minutes: str = "", interest: str = "", lang: str = "zh-CN"
) -> JSONResponse:
    """`{stops, minutes, near}`: a walk of at most so many minutes by an interest."""
    place = desk.shelf.place(scene)
    found = _walk(guides, place, interest[:LONGEST], _minutes(minutes), lang)
    return JSONResponse({"stops": found.stops, "minutes": found.minutes, "near": found.near}, headers=SHOWN)


def told(answer: Answer, place: Place) -> dict[str, Any]:
    """An answer as JSON and as the page's template takes it."""
    passage = answer.passage
    if passage is None:
        return {"known": False}
    return {
        "known": True,
        "words": answer.words,
        "title": answer.title,
        "kind": passage.kind,
        "source": passage.source,
        "stop": passage.stop,
        "address": f"/tours/{place.scene.id}/?stop={passage.stop}",
        "sure": round(answer.sure, 3),
    }


def _walk(guides: Guides, place: Place, interest: str, minutes: float, language: str) -> Planned:
    return plan(guides.of(place.scene).sources, place.scene.stops, interest, minutes, language)


def _minutes(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not 1 <= found <= MOST:
        raise BadInput(f"found {text[:20]!r}", where="minutes", next=f"A number from 1 to {MOST} is wanted.")
    return found
