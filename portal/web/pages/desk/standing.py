"""Where a class stands: for each concept of the course how likely its learners are right next, and how many have shown it.

Only learners who let their answers be used for suggestions are in it, and where they are fewer than FEWEST nothing is shown: what
the tracer expects of one learner rests on answers in other courses too.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from courses import registry
from portal.web.call import Call, SignedIn
from portal.web.pages.desk.place import course_of
from recommender.overrule import is_of

__all__ = ["router"]

FEWEST = 5


@dataclass(frozen=True)
class Standing:
    """One concept that somebody answered: `expected` is the mean chance of a right answer; `answered` learners had it, `known`
    of them have shown it.
    """

    concept: str
    expected: float
    answered: int
    known: int


def router() -> APIRouter:
    """/teach/<course>/standing."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route("/teach/{course_id}/standing", standing, methods=["GET"])
    return found


def standing(call: SignedIn, course_id: str) -> Response:
    catalogue, concepts = call.house.catalogue, _concepts(call, course_id)
    with call.house.store.read() as conn:
        course = course_of(call, conn, course_id)
        actors = [one.actor for one in registry.members(conn, course_id) if one.role == "learner"]
        found = catalogue.recommender.class_mastery(conn, actors, concepts)
    rows = []
    for concept in concepts if len(found) >= FEWEST else ():
        each = [one[concept] for one in found.values() if concept in one]
        if answered := [one for one in each if one.last is not None]:
            known = sum(one.known for one in answered)
            rows.append(Standing(concept, statistics.fmean(one.p for one in each), len(answered), known))
    rows.sort(key=lambda one: (one.expected, one.concept))
    return call.page(
        "desk_standing.html", course=course, rows=rows, counted=len(found), left=len(actors) - len(found), fewest=FEWEST,
        graph=catalogue.graph,
    )  # fmt: skip


def _concepts(call: Call, course_id: str) -> list[str]:
    """The concepts that exercises of the course ask, in its order."""
    graph = call.house.catalogue.graph
    own = [item for item in call.house.catalogue.items if item.kind == "exercise" and is_of(course_id, item.id)]
    return [one for one in dict.fromkeys(concept for item in own for concept in item.concepts) if one in graph.concepts]
