"""The facts behind a suggestion in lines for a page, each with the address it leads to. Every line is one fact; none is
added here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from commons.languages import pick
from commons.people import person
from portal.web.call import Call
from portal.web.words import points
from recommender import Fact, Known, Reason

__all__ = ["Line", "Why", "day", "name_of", "names_of_authors", "why_known", "why_of"]


@dataclass(frozen=True)
class Line:
    """`text` in words; `href` leads to what it speaks of, or is ""."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Why:
    """What a suggestion rests on; `steps` are still to learn on the way to a goal, in order."""

    facts: tuple[Line, ...]
    steps: tuple[Line, ...]


def why_of(call: Call, reasons: Iterable[Reason], authors: Mapping[str, str]) -> Why:
    """The facts of `reasons`, each once; `authors` are the names of teachers by actor."""
    facts = list(dict.fromkeys(fact for one in reasons for fact in one.facts))
    told = [_line(call, fact, authors) for fact in facts if fact.kind != "step"]
    steps = [Line(name_of(call, one.concept), f"/concepts/{one.concept}") for one in facts if one.kind == "step"]
    return Why(tuple(told), tuple(steps))


def why_known(call: Call, one: Known) -> str:
    """Why a concept counts as known, in words."""
    about = name_of(call, one.about) if one.about else ""
    last = day(one.last, call.language) if one.last else ""
    words = {"about": about, "right": points(one.right), "wrong": points(one.wrong), "time": last}
    return call.say(f"recommender.known.{one.kind}", **words)


def names_of_authors(conn: Connection, actors: Iterable[str]) -> dict[str, str]:
    """The names of those teachers, by actor; who is gone is not in it."""
    query = select(person.c.actor, person.c.name).where(person.c.actor.in_(sorted(set(actors))))
    return {row.actor: row.name for row in conn.execute(query)}


def name_of(call: Call, what: str) -> str:
    """What an item, a concept or a tag is called in the reader's language; what is gone says so."""
    catalogue = call.house.catalogue
    kind, _, rest = what.partition(":")
    concept = rest if kind in ("concept", "knows") else what
    if what in catalogue.by_id:
        return pick(catalogue.by_id[what].title, call.language)
    if concept in catalogue.graph.concepts:
        return pick(catalogue.graph.concepts[concept].label, call.language)
    if kind == "area" and rest in catalogue.graph.areas:
        return pick(catalogue.graph.areas[rest], call.language)
    if what in catalogue.recommender.names:
        return pick(catalogue.recommender.names[what], call.language)
    if kind == "kind":
        return call.say(f"recommender.kind.{rest}")
    return f"{rest or what} {call.say('recommender.my.gone')}"


def day(time: datetime, language: str) -> str:
    """A day on this server's clock, as one says it; with the year where it is not this one."""
    here = time.astimezone()
    is_now = here.year == datetime.now().astimezone().year
    if language == "zh-CN":
        return ("" if is_now else f"{here.year}年") + f"{here.month}月{here.day}日"
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    return f"{here.day} {months[here.month - 1]}" + ("" if is_now else f" {here.year}")


def _line(call: Call, fact: Fact, authors: Mapping[str, str]) -> Line:
    time = day(fact.time, call.language) if fact.time else ""
    item = name_of(call, fact.item) if fact.item else ""
    concept = name_of(call, fact.concept) if fact.concept else ""
    known = call.house.catalogue.by_id.get(fact.item)
    href = known.url if known else f"/concepts/{fact.concept}" if fact.kind in ("goal", "need") else ""
    if fact.kind == "answer":
        shade = "right" if fact.share == 1 else "partly" if fact.share else "wrong"
        share = f"{(fact.share or 0) * 100:.0f}%"
        return Line(call.say(f"recommender.fact.answer.{shade}", time=time, item=item, percent=share), href)
    words = {
        "time": time,
        "item": item,
        "concept": concept,
        "what": concept,
        "who": authors.get(fact.who) or call.say("recommender.fact.a-teacher"),
        "why": call.say(f"recommender.need.{fact.why}") if fact.why else "",
    }
    return Line(call.say(f"recommender.fact.{fact.kind}", **words), href)
