"""The recommender as the portal sees it: next items with reasons, mastery, and the learner's switch, which is
asked first every time.

It binds stored state to the pure parts (`mastery`, `moves`, `planner`, `reasons`) and holds no learner in
memory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection

from commons.items import Item
from commons.languages import Messages, load_messages
from commons.records import records_of
from knowledge_graph.model import Graph
from recommender import preferences, state
from recommender.history import History, read_history
from recommender.learner import Learner
from recommender.mastery import CountsModel, Mastery, MasteryModel, load_coefficients
from recommender.planner import GraphPlanner, Planner
from recommender.preferences import Mode, Preference
from recommender.reasons import Reason, reason
from recommender.shelf import Shelf

__all__ = ["Recommender", "Suggestion"]


@dataclass(frozen=True)
class Suggestion:
    """An item to go to next, and why: at least one reason, the strongest first."""

    item: Item
    reasons: tuple[Reason, ...]


class Recommender:
    """`items` in authored order: each unit followed by its exercises, then the next; stops and objects of
    each scene in order.
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
    ) -> None:
        self.shelf = Shelf(graph, items)
        self._model = model or CountsModel(graph, load_coefficients())
        self._planner = planner or GraphPlanner()
        self._messages = messages or load_messages()
        self._clock = clock

    def next_items(self, conn: Connection, actor: str, k: int = 3, language: str = "zh-CN") -> list[Suggestion]:
        """At most `k` suggestions for `actor` ("" for somebody without an account), best first.

        Mode "off" gives none and reads nothing but the switch; "topic" uses goal and verdicts only;
        "personal" the records too. Items with a title in `language` only, unless none has one. Nothing is
        written.
        """
        chosen = preferences.preference(conn, actor) if actor else Preference("topic")
        if chosen.mode == "off":
            return []
        learner = self._learner(conn, actor, chosen)
        steps = self._planner.plan(self._spoken(language), learner, k)
        return [
            Suggestion(step.move.item, tuple(reason(move, self.shelf, self._messages) for move in step.moves))
            for step in steps
        ]

    def mastery_of(self, conn: Connection, actor: str) -> Mapping[str, Mastery]:
        """The mastery of every concept with an answer, newest records included; empty unless the mode is
        "personal".
        """
        if preferences.preference(conn, actor).mode != "personal":
            return {}
        counts = state.counts_now(conn, actor)
        return self._model.mastery(counts, counts)

    def update(self, conn: Connection, actor: str) -> int:
        """Take new records into the stored counts, in the caller's write transaction; gives how many were
        new. Safe to repeat.
        """
        if preferences.preference(conn, actor).mode != "personal":
            return 0
        return state.advance(conn, actor)

    def preference(self, conn: Connection, actor: str) -> Preference:
        """What the learner has chosen."""
        return preferences.preference(conn, actor)

    def set_preference(
        self, conn: Connection, actor: str, *, mode: Mode | None = None, goal: str | None = None
    ) -> Preference:
        """Change mode or goal. Raises NotFound for a goal that is no concept, BadInput for another mode."""
        if goal:
            self.shelf.graph.concept(goal)
        return preferences.set_preference(conn, actor, mode=mode, goal=goal, now=self._clock())

    def set_verdict(self, conn: Connection, actor: str, item: str, what: preferences.Word | None) -> None:
        """Remember "not-interested" or "known" for an item; None takes it back."""
        preferences.set_verdict(conn, actor, item, what, now=self._clock())

    def _learner(self, conn: Connection, actor: str, chosen: Preference) -> Learner:
        verdicts = preferences.verdicts_of(conn, actor) if actor else {}
        if chosen.mode != "personal":
            return Learner(self._clock(), history=History(), verdicts=verdicts, goal=chosen.goal)
        mastery = self._model.mastery(state.counts_now(conn, actor))
        history = read_history(records_of(conn, actor))
        return Learner(self._clock(), mastery, history, verdicts, chosen.goal)

    def _spoken(self, language: str) -> Shelf:
        spoken = [item for item in self.shelf.items if item.title.get(language)]
        if not spoken or len(spoken) == len(self.shelf.items):
            return self.shelf
        return Shelf(self.shelf.graph, spoken)
