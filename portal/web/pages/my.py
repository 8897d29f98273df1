"""My learning: what was done, what it shows, what may come next and why; and the switch that turns suggestions off, at once.

With the switch off nothing personal is computed here either: no mastery, no map, no suggestion.
"""

from __future__ import annotations

import math
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from starlette.responses import Response

from commons.errors import BadInput
from commons.records import Verb, records_of
from courses import registry
from portal.mastery_map import concept_map, state_of
from portal.web.call import Call, Form, SignedIn
from portal.web.pages.courses import lab_url, unit_rows
from portal.web.reasons import day, names_of_authors, why_of
from recommender import Mastery, Suggestion, preference, set_verdict

__all__ = ["router"]

STEPS = 3
MODES = ("personal", "topic", "off")
BUDGETS = (0, 10, 20, 45)  # minutes that a learner may say they have; 0 for any time
ORDER = {"learning": 0, "known": 1, "unmet": 2}


def router() -> APIRouter:
    """/my/, /my/preference and /my/verdict."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/my/", my, methods=["GET"])
    found.add_api_route("/my/preference", choose, methods=["POST"])
    found.add_api_route("/my/verdict", judge, methods=["POST"])
    return found


def my(call: SignedIn) -> Response:
    catalogue = call.house.catalogue
    asked = call.request.query_params.get("minutes", "")
    budget = int(asked) if asked in map(str, BUDGETS) else 0
    with call.house.store.read() as conn:
        chosen = preference(conn, call.me.actor)
        steps = (
            catalogue.recommender.next_items(conn, call.me.actor, STEPS, call.language, budget or math.inf)
            if chosen.mode != "off"
            else []
        )
        aims = [one for one in catalogue.recommender.aims(conn, call.me.actor) if one.state != "steps"]
        notes = catalogue.recommender.notes(conn, call.me.actor) if chosen.mode == "off" else []
        authors = names_of_authors(conn, [*(one.author for _, one in notes), *_authors(steps)])
        mastery = catalogue.recommender.mastery_of(conn, call.me.actor) if chosen.mode == "personal" else {}
        roles = registry.courses_of(conn, call.me)
        mine = [catalogue.courses[name] for name in roles if name in catalogue.courses]
        done = [(course, unit_rows(conn, course, call.me)) for course in mine]
        visited = _visited(call, conn)
    concepts = _concepts_of(call, [course.id for course in mine])
    return call.page(
        "my.html", steps=steps, aims=aims, budgets=BUDGETS, budget=budget,
        chosen=chosen, modes=MODES, done=done, visited=visited, roles=roles, said=call.said, graph=catalogue.graph,
        map=concept_map(catalogue.graph, concepts, mastery, call.language) if mastery else None,
        notes=[(item, authors.get(one.author, ""), day(one.time, call.language)) for item, one in notes],
        said_of=_said_of, why={step.item.id: why_of(call, step.reasons, authors) for step in steps},
        table=_table(call, concepts, mastery), areas=_areas(call), items=catalogue.by_id,
        lab=lambda course, unit: lab_url(course, unit, call.language),
    )  # fmt: skip


def choose(call: SignedIn, form: Form) -> Response:
    mode, goal = str(form.get("mode") or ""), str(form.get("goal") or "")
    if mode not in MODES or (goal and goal not in call.house.catalogue.graph.concepts):
        raise BadInput(call.say("portal.my.mode.bad"), next=call.say("portal.my.mode.next"))
    with call.house.store.begin() as conn:
        call.house.catalogue.recommender.set_preference(conn, call.me.actor, mode=mode, goal=goal)  # type: ignore[arg-type]
    return call.go("/my/", f"mode-{mode}")


def judge(call: SignedIn, form: Form) -> Response:
    item, what = str(form.get("item") or ""), str(form.get("what") or "")
    if item not in call.house.catalogue.by_id or what not in ("not-interested", "known"):
        raise BadInput(call.say("portal.my.verdict.bad"), next=call.say("portal.my.mode.next"))
    with call.house.store.begin() as conn:
        set_verdict(conn, call.me.actor, item, what)  # type: ignore[arg-type]
    return call.go("/my/", what)


def _said_of(step: Suggestion) -> tuple[str, ...]:
    """What the learner may say of a suggestion: nothing that would not hold against their teacher's word."""
    if step.reasons[0].kind != "teacher":
        return ("known", "not-interested")
    return () if not any(fact.kind == "goal" for fact in step.reasons[0].facts) else ("known",)


def _authors(steps: list[Suggestion]) -> list[str]:
    return [fact.who for step in steps for one in step.reasons for fact in one.facts if fact.who]


def _concepts_of(call: Call, courses: list[str]) -> list[str]:
    """What the exercises of these courses (all of them, when there are none) ask for."""
    items = call.house.catalogue.items
    asked = [item for item in items if item.kind == "exercise"]
    mine = [item for item in asked if item.id.removeprefix("exercise:").split("/")[0] in courses] or asked
    return list(dict.fromkeys(concept for item in mine for concept in item.concepts))


def _table(call: Call, concepts: list[str], mastery: Any) -> list[tuple[str, str, Mastery | None]]:
    graph = call.house.catalogue.graph
    rows = (
        [(name, state_of(mastery.get(name)), mastery.get(name)) for name in concepts if name in graph.concepts]
        if mastery
        else []
    )
    return sorted(rows, key=lambda row: ORDER[row[1]])


def _areas(call: Call) -> list[tuple[str, list[str]]]:
    """The concepts one can name as a goal: those that something here teaches or asks, by area."""
    catalogue = call.house.catalogue
    found: dict[str, list[str]] = {}
    for name, concept in catalogue.graph.concepts.items():
        if any(item.kind in ("unit", "exercise") for item in catalogue.by_concept.get(name, [])):
            found.setdefault(concept.area, []).append(name)
    return list(found.items())


def _visited(call: Call, conn: Connection) -> list[str]:
    """The stops and objects this person saw, newest first."""
    seen = [
        one for one in records_of(conn, call.me.actor) if one.verb in (Verb.experienced, Verb.completed, Verb.launched)
    ]
    known = call.house.catalogue.by_id
    return list(
        dict.fromkeys(one.item for one in reversed(seen) if one.kind in ("stop", "object") and one.item in known)
    )
