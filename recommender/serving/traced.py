"""A tracer set against one shelf: what can be asked of it (each exercise, each concept) is put together once.

An exercise or concept that the tracer was not trained on is asked by its concepts and its text.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from recommender.shelf import Shelf
from recommender.tracing.answers import Row
from recommender.tracing.ours import Asked, Ours, Prepared, State

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Traced"]


class Traced:
    """`tracer` over the exercises and the graph of `shelf`. Holds no learner."""

    def __init__(self, tracer: Ours, shelf: Shelf) -> None:
        self.tracer = tracer
        self.exercises = [item for item in shelf.items if item.kind == "exercise"]
        self.concepts = list(shelf.graph.concepts)
        ids = [item.id for item in self.exercises]
        self._question = _numbered(tracer.names.questions, ids)
        self._concept = _numbered(tracer.names.concepts, self.concepts)
        texts = self._texts([*ids, *self.concepts])
        asked = [self._asked(item.id, item.concepts, math.nan) for item in self.exercises]
        new = len(self._question) + 1
        asked += [Asked(new, (self._concept[concept],)) for concept in self.concepts]
        self._prepared = tracer.prepare([_with(one, text) for one, text in zip(asked, texts, strict=True)])
        self._row = {name: row for row, name in enumerate([*ids, *self.concepts])}
        self._place, self._single = {item.id: item for item in self.exercises}, dict[str, Prepared]()
        self._text = {name: text for name, text in zip([*ids, *self.concepts], texts, strict=True) if text is not None}

    def _texts(self, names: Sequence[str]) -> Sequence[NDArray | None]:
        return [None] * len(names) if self.tracer.texts is None else list(self.tracer.texts(names))

    def _asked(self, item: str, concepts: Sequence[str], time: float) -> Asked:
        known = tuple(self._concept.get(one, len(self._concept)) for one in concepts)
        return Asked(self._question.get(item, len(self._question)), known, time)

    def read(self, rows: Sequence[Row]) -> State:
        """The state after all answers `rows` of one learner, in one pass."""
        return self.tracer.read([(self._of(row), row.correct) for row in rows])

    def grown(self, state: State, rows: Sequence[Row]) -> State:
        """`state` moved on by a few more answers."""
        for row in rows:
            state = self.tracer.step(state, self._of(row), row.correct, self.prepared(row))
        return state

    def _of(self, row: Row) -> Asked:
        return _with(self._asked(row.question, row.concepts, row.time), self._text.get(row.question))

    def prepared(self, row: Row) -> Prepared:
        """What `row` answers, put together once for each exercise of the shelf."""
        item = self._place.get(row.question)
        # An exercise may no longer be here, or have been about something else.
        if item is None or item.concepts != row.concepts:
            return self.tracer.prepare([self._of(row)])
        if item.id not in self._single:
            self._single[item.id] = self.tracer.prepare([self._of(row)])
        return self._single[item.id]

    def chance(self, state: State, asked: Prepared, seconds: float) -> float:
        """How likely the first of `asked` is answered right at `seconds`."""
        import numpy as np

        return float(self.tracer.ask_all(state, asked, np.array([seconds]))[0][0])

    def ahead(self, state: State, now: datetime, goal: str, exercises: Sequence[str]) -> dict[str, float]:
        """By how much the chance of being right on the concept `goal` is expected to rise after each of `exercises`."""
        from recommender.paths.lookahead import look_ahead

        known = [name for name in exercises if name in self._place]
        if not known or goal not in self._concept:
            return {}
        time = now.timestamp()
        asked = [self._of(Row("", name, self._place[name].concepts, 0, time)) for name in known]
        aim = Asked(len(self._question) + 1, (self._concept[goal],), time, self._text.get(goal))
        found = look_ahead(self.tracer, state, [aim], asked).rise()
        return dict(zip(known, found.tolist(), strict=True))

    def chances(self, state: State, now: datetime, names: Collection[str]) -> dict[str, float]:
        """For each of `names`, exercises and concepts, how likely the next answer on it is right at `now`; those that are
        not here are left out.
        """
        import numpy as np

        known = [name for name in names if name in self._row]
        asked = self._prepared.pick([self._row[name] for name in known])
        p, _ = self.tracer.ask_all(state, asked, np.array([now.timestamp()]))
        return dict(zip(known, p.tolist(), strict=True))


def _numbered(names: Sequence[str], more: Sequence[str]) -> dict[str, int]:
    """Numbers of `names` as the tracer has them, then of what is new."""
    return {name: number for number, name in enumerate(dict.fromkeys([*names, *more]))}


def _with(asked: Asked, text: NDArray | None) -> Asked:
    return Asked(asked.question, asked.concepts, asked.time, text)
