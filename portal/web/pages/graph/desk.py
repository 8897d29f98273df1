"""One course's suggestions as a teacher stands before them: what is open, what waits, what was decided; and a form read as a decision."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from starlette.datastructures import FormData

from commons.errors import BadInput
from commons.languages import LANGUAGES
from courses.manifest import Course
from knowledge_graph.bounded import control_faults
from knowledge_graph.model import Concept, Graph
from knowledge_graph.review import Decision, Standing, edge_key, edge_of, standing
from knowledge_graph.review.decisions import KINDS, decisions_path, read_record
from knowledge_graph.review.effect import concept_of, waiting_of
from knowledge_graph.review.queue import open_keys
from knowledge_graph.words import fold
from portal.suggestions import Proof, Suggested, proofs_of, suggested_of
from portal.web.call import Call
from portal.web.frame import LANGUAGE_NAMES

__all__ = ["Card", "Desk", "desk_of", "typed_decision"]

LABEL_LETTERS, TEXT_LETTERS = 200, 2000


@dataclass(frozen=True)
class Card:
    """One suggestion as shown. Of an edge, `ends` are its two concepts; `decided` is the decision that holds, `why` what it waits for."""

    key: str
    concept: Concept
    ends: tuple[Concept, ...]
    sure: float
    proofs: tuple[Proof, ...]
    version: int
    decided: Decision | None
    edited: bool
    can_undo: bool
    why: str
    moot: bool
    open_ends: tuple[str, ...] = ()

    @property
    def is_edge(self) -> bool:
        return bool(self.ends)


@dataclass(frozen=True)
class Desk:
    """The suggestions of `course`, the decisions of the whole platform, and the graph as it is."""

    course: Course
    suggested: Suggested
    graph: Graph
    decisions: tuple[Decision, ...]
    faults: tuple[str, ...] = ()
    stand: Standing = field(default_factory=lambda: standing(()))

    @cached_property
    def open(self) -> list[str]:
        """What is still to be decided on, most informative first."""
        joined = {(edge.before, edge.after) for edge in self.graph.prerequisites}
        some = self.suggested
        return open_keys(some.concepts.values(), some.edges.values(), self.stand, self.graph.concepts, joined)

    @cached_property
    def waiting(self) -> dict[str, str]:
        """What was accepted in this course and is not in the graph yet, and why."""
        return {key: why for key, why in waiting_of(self.graph, self.stand).items() if self._is_mine(key)}

    @cached_property
    def moot(self) -> list[str]:
        """The edges that have lost their sense."""
        keys = [edge_key(*ends) for ends in self.suggested.edges]
        return [key for key in keys if self.stand.is_moot(key)]

    def has(self, key: str) -> bool:
        """Whether there is such a suggestion, or a decision about one."""
        ends = edge_of(key)
        return key in self.stand.touched or (ends in self.suggested.edges if ends else key in self.suggested.concepts)

    def concept(self, key: str) -> Concept:
        """A concept by id: as the graph has it, as decisions have it, or as suggested; an unknown one has its id for a label."""
        key = self.stand.goes_to(key)
        if key in self.graph.concepts:
            return self.graph.concepts[key]
        return self.proposed(key)

    def proposed(self, key: str) -> Concept:
        """A suggested concept with the words that teachers gave it."""
        made = self.suggested.concepts.get(key)
        text: dict[str, Any] = {"label": made.label, "definition": made.definition, "alt": made.alt} if made else {}
        said = self.stand.text(key)
        for part in ("label", "definition", "alt"):
            if said.get(part):
                text[part] = said[part]
        one = concept_of(key, text)
        return one if one.label else Concept(key, dict.fromkeys(LANGUAGES, key), one.definition, one.area, one.alt)

    def card(self, key: str) -> Card:
        """How one suggestion stands."""
        ends = edge_of(key)
        edge, made = self.suggested.edges.get(ends) if ends else None, self.suggested.concepts.get(key)
        found = edge or made
        sure = edge.probability if edge else made.score if made else 0.0
        holding = self.stand.holding.get(key, ())
        return Card(
            key, self.proposed(key), tuple(map(self.concept, ends)) if ends else (), sure, proofs_of(found),
            self.stand.version(key), self.stand.of(key), any(one.kind == "edit" for one in holding), bool(holding),
            self.waiting.get(key, ""), self.stand.is_moot(key),
            tuple(end for end in ends or () if self.stand.goes_to(end) not in self.graph.concepts),
        )  # fmt: skip

    def history(self) -> list[tuple[Decision, Card, bool]]:
        """The decisions of this course, newest first, each with what it was about and whether it is the newest that holds."""
        mine = [one for one in self.decisions if self._is_mine(one.of) or one.course == self.course.id]
        return [(one, self.card(one.of), one is self.stand.newest(one.of)) for one in reversed(mine)]

    def named(self, words: str) -> str:
        """The id of the concept that `words` name: an id or a label in any language, of the graph or suggested; "" for none."""
        others = {key: self.proposed(key) for key in self.suggested.concepts if key not in self.stand.rejected}
        known = {**others, **self.graph.concepts}
        if words in known:
            return words
        wanted = fold(words)
        for key, one in known.items():
            if wanted in map(fold, [*one.label.values(), *(word for some in one.alt.values() for word in some)]):
                return key
        return ""

    def _is_mine(self, key: str) -> bool:
        newest = self.stand.newest(key)
        return newest is not None and newest.course == self.course.id


def desk_of(call: Call, course: Course) -> Desk:
    """The desk as it is now."""
    home = call.house.settings.home
    record = read_record(decisions_path(home))
    return Desk(
        course, suggested_of(home, course.id), call.house.catalogue.graph, record.decisions, record.faults, standing(record.decisions)
    )  # fmt: skip


def typed_decision(call: Call, desk: Desk, form: FormData) -> tuple[Decision, int]:
    """The decision that a form asks for, and how often its thing had been decided about when the form was shown.

    Raises BadInput, whose `where` is the field that is wrong, where it is one.
    """
    kind, key, seen = (str(form.get(name) or "") for name in ("kind", "of", "seen"))
    if kind not in KINDS or not desk.has(key) or not seen.isdigit():
        raise BadInput(call.say("portal.review.bad"), next=call.say("portal.review.bad.next"))
    into = ""
    if kind == "merge":
        words = str(form.get("into") or "").strip()[:LABEL_LETTERS]
        into = desk.named(words)
        if not into or into == key:
            raise BadInput(
                call.say("portal.review.no-target", name=words or "–"), where="into", next=call.say("portal.review.no-target.next")
            )  # fmt: skip
    text = {} if kind in ("undo", "reject") and edge_of(key) else _text(call, desk, form, key, kind)
    return Decision.now(call.me.actor, kind, key, into=into, text=text, course=desk.course.id), int(seen)


def _text(call: Call, desk: Desk, form: FormData, key: str, kind: str) -> dict[str, Any]:
    """What is decided on, in words: so that the record stands by itself."""
    ends = edge_of(key)
    if ends:
        edge = desk.suggested.edges.get(ends)
        return {"probability": edge.probability, "features": list(edge.features)} if edge else {}
    if kind == "undo":
        return {}
    one = desk.proposed(key)
    label, definition = _typed(call, form, "label", LABEL_LETTERS), _typed(call, form, "definition", TEXT_LETTERS)
    if kind == "edit" and not any((label or {}).values()):
        where = f"label-{call.language}"
        raise BadInput(call.say("portal.review.no-label"), where=where, next=call.say("portal.review.no-label.next"))
    found: dict[str, Any] = {"label": dict(one.label) if label is None else label}
    found["definition"] = dict(one.definition) if definition is None else definition
    return found | {"alt": {tag: list(some) for tag, some in one.alt.items()}}


def _typed(call: Call, form: FormData, part: str, most: int) -> dict[str, str] | None:
    """The words of one part by language; None where the form has no such field."""
    fields = {tag: form.get(f"{part}-{tag}") for tag in LANGUAGES}
    if all(word is None for word in fields.values()):
        return None
    words = {tag: str(word or "").replace("\r\n", "\n").strip() for tag, word in fields.items()}
    for tag, word in words.items():
        where = f"{part}-{tag}"
        if len(word) > most:
            raise BadInput(call.say("portal.review.long", n=most), where=where, next=call.say("portal.review.bad.next"))
        if odd := control_faults(word, where, lines=part == "definition"):
            named = call.say(f"portal.review.{part}", tongue=LANGUAGE_NAMES[tag])
            told = call.say("portal.review.invisible", field=named, code=odd[0].rpartition(" ")[2])
            raise BadInput(told, where=where, next=call.say("portal.review.invisible.next"))
    return {tag: word for tag, word in words.items() if word}
