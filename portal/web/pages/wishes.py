"""What suggestions know of the person who looks: what they said, what their teachers decided, what counts as known and why.

Each of it can be changed here. With the switch off nothing is worked out: what is shown was said by somebody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from commons.errors import BadInput
from portal.web.call import Call, Form, SignedIn
from portal.web.reasons import day, name_of, names_of_authors, why_known
from recommender import (
    KNOWS,
    Known,
    forget_said,
    preference,
    set_preference,
    set_verdict,
    tags_of,
    tags_on,
    verdicts_of,
)

__all__ = ["router"]

PATH = "/my/suggestions"
GROUPS = ("area", "course", "place", "kind", "concept")
UNDERNEATH = "below"  # known because something known builds on it


@dataclass(frozen=True)
class Held:
    """A concept that counts as known, and why in words; `said` where the learner's own tag says so."""

    concept: str
    name: str
    why: str
    said: bool


def router() -> APIRouter:
    """/my/suggestions and its forms."""
    found = APIRouter(include_in_schema=False)
    found.add_api_route(PATH, wishes, methods=["GET"])
    for name, handler in (("tag", keep_tag), ("verdict", drop_verdict), ("goal", drop_goal), ("forget", forget)):
        found.add_api_route(f"{PATH}/{name}", handler, methods=["POST"])
        found.add_api_route(f"{PATH}/{name}", back, methods=["GET"])
    return found


def wishes(call: SignedIn) -> Response:
    recommender = call.house.catalogue.recommender
    with call.house.store.read() as conn:
        chosen = preference(conn, call.me.actor)
        tags, verdicts = tags_of(conn, call.me.actor), verdicts_of(conn, call.me.actor)
        known = recommender.known(conn, call.me.actor)
        decided = list(recommender.overrules(conn, call.me.actor).said.values())
        authors = names_of_authors(conn, [one.author for one in decided])
    held = _held(call, known)
    unsure = [tag.removeprefix(KNOWS) for tag, word in tags.items() if tag.startswith(KNOWS) and word == "no"]
    said = [tag.removeprefix(KNOWS) for tag, word in tags.items() if tag.startswith(KNOWS) and word == "yes"]
    return call.page(
        "wishes.html", chosen=chosen, said=call.said, name=lambda what: name_of(call, what), knows=KNOWS,
        tags={tag: word for tag, word in tags.items() if not tag.startswith(KNOWS)}, verdicts=verdicts,
        groups=_groups(call, tags), unsure=unsure, told=said if chosen.mode == "off" else [],
        held=[one for one in held if known[one.concept].kind != UNDERNEATH],
        under=[one for one in held if known[one.concept].kind == UNDERNEATH],
        open=_open(call, known, unsure, said),
        decided=[(one, authors.get(one.author, ""), day(one.time, call.language)) for one in decided],
    )  # fmt: skip


def back(call: SignedIn) -> Response:
    """The address of a form, asked for anew: the page the form is on."""
    return call.go(PATH)


def keep_tag(call: SignedIn, form: Form) -> Response:
    """Set a tag; an empty word takes it back."""
    tag, word = str(form.get("tag") or ""), str(form.get("word") or "")
    try:
        with call.house.store.begin() as conn:
            call.house.catalogue.recommender.set_tag(conn, call.me.actor, tag, word or None)
    except BadInput:
        raise BadInput(call.say("recommender.my.bad"), next=call.say("recommender.my.next")) from None
    return call.go(PATH, "tag" if word else "tag-gone")


def drop_verdict(call: SignedIn, form: Form) -> Response:
    with call.house.store.begin() as conn:
        set_verdict(conn, call.me.actor, str(form.get("item") or ""), None)
    return call.go(PATH, "tag-gone")


def drop_goal(call: SignedIn, form: Form) -> Response:
    with call.house.store.begin() as conn:
        set_preference(conn, call.me.actor, goal="")
    return call.go(PATH, "tag-gone")


def forget(call: SignedIn, form: Form) -> Response:
    with call.house.store.begin() as conn:
        forget_said(conn, call.me.actor)
    return call.go(PATH, "forgotten")


def _held(call: Call, known: Mapping[str, Known]) -> list[Held]:
    graph = call.house.catalogue.graph
    found = [
        Held(concept, name_of(call, concept), why_known(call, one), one.kind == "said")
        for concept, one in known.items()
        if concept in graph.concepts
    ]
    return sorted(found, key=lambda one: (not one.said, one.name))


def _groups(call: Call, tags: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """What one may still put a tag on, by kind of tag."""
    found: dict[str, list[tuple[str, str]]] = {group: [] for group in GROUPS}
    for tag in tags_on(call.house.catalogue.recommender.shelf):
        group = tag.partition(":")[0]
        if group in found and tag not in tags:
            found[group].append((tag, name_of(call, tag)))
    return [(group, rows) for group, rows in found.items() if rows]


def _open(call: Call, known: Mapping[str, Known], *said: Sequence[str]) -> list[tuple[str, str]]:
    """The concepts that are taught or asked here and that one may still say to know."""
    gone = set(known).union(*said)
    every = [
        tag.removeprefix(KNOWS) for tag in tags_on(call.house.catalogue.recommender.shelf) if tag.startswith(KNOWS)
    ]
    return [(one, name_of(call, one)) for one in every if one not in gone]
