"""The recommender as the portal sees it: next items with reasons, mastery, and the learner's switch, which is
asked first every time.

It binds what is stored to the pure parts (`serving`, `moves`, `planner`, `reasons`). What it keeps in memory of a learner
(`serving.learners`) is let go when they switch it off.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from sqlalchemy import Connection

from commons.items import Item
from commons.languages import Messages, Text, load_messages
from knowledge_graph.model import Graph
from recommender import preferences
from recommender.facts import Known, facts_of, why_known
from recommender.fairness import Forecast, by_counts, by_tracer
from recommender.history import History
from recommender.learner import Learner, known_concepts
from recommender.mastery import Counts, CountsModel, Mastery, MasteryModel, load_coefficients
from recommender.moves import leading
from recommender.overrule import Decision, Overrules, overrules_of
from recommender.planner import GraphPlanner, Planner, Step
from recommender.preferences import Mode, Preference
from recommender.reasons import Reason, liking, reason
from recommender.serving import Kept, Learners, Tracing, no_tracing
from recommender.shelf import Shelf
from recommender.tags import set_tag, tags_of

__all__ = ["Aim", "Recommender", "Suggestion"]


@dataclass(frozen=True)
class Suggestion:
    """An item to go to next, and why: at least one reason, the strongest first."""

    item: Item
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Aim:
    """A goal: the learner's own (`course` ""), or one set by the teachers of a course. There are steps towards it, or it is known
    already, or nothing that could be done now leads there.
    """

    goal: str
    course: str
    state: Literal["steps", "known", "waits"]


class Recommender:
    """`items` in authored order: each unit followed by its exercises, then the next; stops and objects of
    each scene in order. `courses_of` tells in which courses an actor learns: only their teachers' words hold;
    `names` are what courses and places are called, by tag. `tracing` gives the tracer over the shelf, when somebody first
    asks for what it says; without one `model` estimates.
    """

    def __init__(
        self,
        graph: Graph,
        items: Sequence[Item],
        *,
        model: MasteryModel | None = None,
        planner: Planner | None = None,
        messages: Messages | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        courses_of: Callable[[Connection, str], Collection[str]] = lambda conn, actor: (),
        names: Mapping[str, Text] | None = None,
        tracing: Tracing = no_tracing,
    ) -> None:
        self.shelf = Shelf(graph, items)
        self._model = model or CountsModel(graph, load_coefficients())
        self._planner = planner or GraphPlanner()
        self._messages = messages or load_messages()
        self._clock = clock
        self._courses_of = courses_of
        self.names = names or {}
        self._tracing, self._lock = tracing, threading.Lock()
        self._kept: Learners | None = None
        self._shelves: dict[str, Shelf] = {}

    def next_items(
        self, conn: Connection, actor: str, k: int = 3, language: str = "zh-CN", minutes: float = math.inf
    ) -> list[Suggestion]:
        """At most `k` suggestions for `actor` ("" for somebody without an account), best first, all together within
        `minutes`.

        Mode "off" gives none and reads nothing but the switch; "topic" uses what the learner and their teachers said;
        "personal" the records too. Items with a title in `language` only, unless none has one. Nothing is
        written.
        """
        chosen = preferences.preference(conn, actor) if actor else Preference("topic")
        if chosen.mode == "off":
            self._forget(actor)
            return []
        learner = replace(self._learner(conn, actor, chosen), minutes=minutes)
        steps = self._planner.plan(self._spoken(language), learner, k)
        return [self._suggestion(step, learner) for step in steps]

    def notes(self, conn: Connection, actor: str) -> list[tuple[Item, Decision]]:
        """What the learner's teachers ask for next, as they said it, newest first. Nothing is worked out, so it holds in
        every mode; what was done already is in it too.
        """
        held = self.overrules(conn, actor)
        return [
            (self.shelf.by_id[name], decision)
            for name in held.first
            if name in self.shelf.by_id and (decision := held.by("first", name))
        ]

    def aims(self, conn: Connection, actor: str) -> list[Aim]:
        """The learner's goal and those that their teachers set, and whether there is a step towards each; none where the mode
        is "off".
        """
        chosen = preferences.preference(conn, actor)
        if chosen.mode == "off":
            return []
        learner = self._learner(conn, actor, chosen)
        wanted = [("", chosen.goal), *learner.overrules.goals.items()]
        wanted = [(course, goal) for course, goal in wanted if goal in self.shelf.graph.concepts]
        known, led = known_concepts(learner, self.shelf), leading(self.shelf, learner) if wanted else set()
        return [
            Aim(goal, course, "steps" if (course, goal) in led else "known" if goal in known else "waits")
            for course, goal in wanted
        ]

    def overrules(self, conn: Connection, actor: str) -> Overrules:
        """What the teachers of the learner's courses decided for them."""
        return overrules_of(conn, actor, self._courses_of(conn, actor))

    def known(self, conn: Connection, actor: str) -> Mapping[str, Known]:
        """The concepts taken as known, and why; empty when the mode is "off", from their own words in "topic"."""
        chosen = preferences.preference(conn, actor)
        return {} if chosen.mode == "off" else why_known(self._learner(conn, actor, chosen), self.shelf)

    def set_tag(self, conn: Connection, actor: str, tag: str, word: str | None) -> None:
        """Remember a tag; None takes it back. Raises BadInput for one that names nothing here."""
        set_tag(conn, actor, tag, word, self.shelf, now=self._clock())

    def warm(self) -> None:
        """Load the tracer now, so that nobody waits for it."""
        _ = self._learners

    @property
    def model(self) -> Literal["tracer", "counts"]:
        """What serves: the live tracer, or the model on counts where no tracer is sound."""
        return "counts" if self._learners.traced is None else "tracer"

    def forecast(self) -> Forecast:
        """What gives the probability of each answer before it came: the model that serves."""
        traced = self._learners.traced
        return by_tracer(traced) if traced else by_counts(self._model)

    def mastery_of(self, conn: Connection, actor: str) -> Mapping[str, Mastery]:
        """The mastery of every concept with an answer, newest records included; empty unless the mode is
        "personal".
        """
        if preferences.preference(conn, actor).mode != "personal":
            return {}
        kept = self._learners.of(conn, actor)
        return self._mastery(kept, kept.counts)

    def class_mastery(
        self, conn: Connection, actors: Collection[str], concepts: Collection[str]
    ) -> dict[str, Mapping[str, Mastery]]:
        """For each of `actors` whose mode is "personal" the mastery of `concepts`, those without an answer too."""
        found: dict[str, Mapping[str, Mastery]] = {}
        for actor in actors:
            if preferences.preference(conn, actor).mode == "personal":
                found[actor] = self._mastery(self._learners.of(conn, actor), concepts)
        return found

    def preference(self, conn: Connection, actor: str) -> Preference:
        """What the learner has chosen."""
        return preferences.preference(conn, actor)

    def set_preference(
        self, conn: Connection, actor: str, *, mode: Mode | None = None, goal: str | None = None
    ) -> Preference:
        """Change mode or goal. Raises NotFound for a goal that is no concept, BadInput for another mode."""
        if goal:
            self.shelf.graph.concept(goal)
        chosen = preferences.set_preference(conn, actor, mode=mode, goal=goal, now=self._clock())
        if chosen.mode != "personal":
            self._forget(actor)
        return chosen

    def set_verdict(self, conn: Connection, actor: str, item: str, what: preferences.Word | None) -> None:
        """Remember "not-interested" or "known" for an item; None takes it back."""
        preferences.set_verdict(conn, actor, item, what, now=self._clock())

    def _learner(self, conn: Connection, actor: str, chosen: Preference) -> Learner:
        if not actor:
            return Learner(self._clock())
        verdicts, tags = preferences.verdicts_of(conn, actor), tags_of(conn, actor)
        overrules = self.overrules(conn, actor)
        if chosen.mode != "personal":
            self._forget(actor)
            return Learner(self._clock(), {}, History(), verdicts, chosen.goal, tags, overrules)
        kept, now = self._learners.of(conn, actor), self._clock()
        learner = Learner(now, {}, kept.history, verdicts, chosen.goal, tags, overrules, memories=kept.memories)
        traced = self._learners.traced
        if traced is None or kept.trace is None:
            return replace(learner, mastery=self._model.mastery(kept.counts))
        chances, ahead = partial(traced.chances, kept.trace, now), partial(traced.ahead, kept.trace, now)
        return replace(learner, mastery=self._mastery(kept, kept.counts), chances=chances, ahead=ahead)

    def _mastery(self, kept: Kept, concepts: Collection[str]) -> Mapping[str, Mastery]:
        """The mastery of `concepts`, by the tracer or else by the model on counts; ids that are not in the graph are left
        out.
        """
        traced = self._learners.traced
        if traced is None or kept.trace is None:
            return self._model.mastery(kept.counts, concepts)
        chances = traced.chances(kept.trace, self._clock(), concepts)
        return {one: _mastery(p, kept.counts.get(one)) for one, p in chances.items()}

    def _forget(self, actor: str) -> None:
        """Let go of what is kept of `actor`; another process that keeps something does so when it is next asked."""
        with self._lock:
            kept = self._kept
        if kept is not None:
            kept.forget(actor)

    @property
    def _learners(self) -> Learners:
        """Made when somebody first needs it: the tracer takes seconds to load."""
        with self._lock:
            if self._kept is None:
                self._kept = Learners(self._tracing(self.shelf))
            return self._kept

    def _suggestion(self, step: Step, learner: Learner) -> Suggestion:
        reasons = [reason(m, self.shelf, self._messages, facts_of(m, self.shelf, learner)) for m in step.moves]
        if step.move.liked:
            reasons.append(liking(step.move, self.shelf, self._messages, self.names))
        return Suggestion(step.move.item, tuple(reasons))

    def _spoken(self, language: str) -> Shelf:
        if language not in self._shelves:
            spoken = [item for item in self.shelf.items if item.title.get(language)]
            whole = not spoken or len(spoken) == len(self.shelf.items)
            self._shelves[language] = self.shelf if whole else Shelf(self.shelf.graph, spoken)
        return self._shelves[language]


def _mastery(p: float, counts: Counts | None) -> Mastery:
    return Mastery(p, counts.right, counts.wrong, counts.last) if counts else Mastery(p, 0.0, 0.0, None)
