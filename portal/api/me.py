"""What the house knows of the caller, what it suggests next, and the switch that turns suggestions off, at once."""

from __future__ import annotations

import math
from typing import Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from commons.errors import BadInput
from commons.languages import pick
from courses import registry
from portal.api.caller import Caller, Here
from portal.api.catalogue import item_json
from recommender import Fact, preference

__all__ = ["router"]


class Wish(BaseModel):
    """`off`: nothing personal is computed; `topic`: only the goal counts; `personal`: your answers too. A goal that is not given
    stays; "" takes it back.
    """

    mode: Literal["off", "topic", "personal"]
    goal: str | None = Field(default=None, max_length=120)


def router() -> APIRouter:
    """/me, /me/next and /me/preference."""
    found = APIRouter(tags=["me"])
    found.add_api_route("/me", me, methods=["GET"], summary="Your account, courses and mastery")
    found.add_api_route("/me/next", next_steps, methods=["GET"], summary="What may come next, and why")
    found.add_api_route(
        "/me/preference", choose, methods=["PUT"], summary="Turn suggestions off, by topic, or personal"
    )
    return found


def me(house: Here, who: Caller) -> dict[str, Any]:
    with house.store.read() as conn:
        chosen = preference(conn, who.actor)
        roles = registry.courses_of(conn, who)
        mastery = house.catalogue.recommender.mastery_of(conn, who.actor) if chosen.mode == "personal" else {}
    return {
        "account": who.account,
        "name": who.name,
        "courses": [{"id": course, "roles": list(has)} for course, has in roles.items()],
        "preference": {"mode": chosen.mode, "goal": chosen.goal},
        "mastery": {
            name: {
                "p": round(one.p, 3),
                "right": one.right,
                "wrong": one.wrong,
                "last": one.last.isoformat() if one.last else None,
            }
            for name, one in mastery.items()
            if one.right or one.wrong
        },
    }


def next_steps(
    house: Here,
    who: Caller,
    k: int = Query(3, ge=1, le=20),
    language: str = "zh-CN",
    minutes: float = Query(math.inf, gt=0),
) -> dict[str, Any]:
    with house.store.read() as conn:
        chosen = preference(conn, who.actor)
        off = chosen.mode == "off"
        steps = [] if off else house.catalogue.recommender.next_items(conn, who.actor, k, language, minutes)
    return {
        "mode": chosen.mode,
        "next": [
            {
                "item": item_json(step.item),
                "reasons": [
                    {
                        "kind": one.kind,
                        "concept": one.concept,
                        "text": pick(one.text, language),
                        "evidence": list(one.evidence),
                        "facts": [_fact(fact) for fact in one.facts],
                    }
                    for one in step.reasons
                ],
            }
            for step in steps
        ],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    """A fact without its empty fields; who a teacher is, is not told by their id."""
    told = {name: value for name, value in vars(fact).items() if value not in ("", None) and name != "who"}
    return told | ({"time": fact.time.isoformat()} if fact.time else {})


def choose(house: Here, who: Caller, wish: Wish) -> dict[str, str]:
    if wish.goal and wish.goal not in house.catalogue.graph.concepts:
        raise BadInput(f"no concept '{wish.goal}'", where="goal", next="See /api/v1/concepts.")
    with house.store.begin() as conn:
        kept = house.catalogue.recommender.set_preference(conn, who.actor, mode=wish.mode, goal=wish.goal)
    return {"mode": kept.mode, "goal": kept.goal}
