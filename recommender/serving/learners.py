"""What is kept of learners between two calls: counts, history, memories and the tracer's state, each moved on by new records only.

Rule: nothing here is stored; the records are the truth, and what was let go is read from them again. At most `most` learners
are kept, and with each new request those go who were not asked for in an hour.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from commons.records import records_of
from recommender.history import History, extended
from recommender.mastery import Counts
from recommender.review import Memory, reviewed
from recommender.state import fold
from recommender.tracing.readers import read_records

if TYPE_CHECKING:
    from recommender.serving.traced import Traced
    from recommender.tracing.answers import Row
    from recommender.tracing.ours import State

__all__ = ["Kept", "Learners"]

IDLE_S = 3600.0
FEW = 12  # from so many new answers on, one pass over all is quicker than a step for each


@dataclass(frozen=True)
class Kept:
    """One learner up to the record `seq`; `trace` is None where no tracer is at work, `solved` see `read_records`."""

    seq: int = 0
    counts: Mapping[str, Counts] = field(default_factory=dict)
    history: History = field(default_factory=History)
    memories: Mapping[str, Memory] = field(default_factory=dict)
    solved: Mapping[str, float] = field(default_factory=dict)
    trace: State | None = None


class Learners:
    """The learners lately asked for, by actor. Safe for many threads."""

    def __init__(
        self, traced: Traced | None = None, *, most: int = 300, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.traced, self.most, self._clock = traced, most, clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[float, Kept]] = OrderedDict()

    def of(self, conn: Connection, actor: str) -> Kept:
        """`actor` up to the newest record."""
        with self._lock:
            found = self._kept.get(actor)
        kept = self._grown(conn, actor, found[1] if found else Kept())
        self._keep(actor, kept)
        return kept

    def forget(self, actor: str) -> None:
        """Let go of one learner."""
        with self._lock:
            self._kept.pop(actor, None)

    def __len__(self) -> int:
        return len(self._kept)

    def _keep(self, actor: str, kept: Kept) -> None:
        now = self._clock()
        with self._lock:
            other = self._kept.pop(actor, None)
            # Another thread may have come further meanwhile.
            newest = other[1] if other and other[1].seq > kept.seq else kept
            self._kept[actor] = (now, newest)
            while self._kept and (len(self._kept) > self.most or now - next(iter(self._kept.values()))[0] > IDLE_S):
                self._kept.popitem(last=False)

    def _grown(self, conn: Connection, actor: str, kept: Kept) -> Kept:
        fresh = records_of(conn, actor, after=kept.seq)
        if not fresh and (kept.trace or self.traced is None):
            return kept
        solved = kept.history.solved
        answered = dict(kept.solved)
        trace = self._traced(conn, actor, kept, read_records(fresh, answered))
        counts, history = fold(kept.counts, fresh, solved), extended(kept.history, fresh)
        memories = reviewed(kept.memories, history.answers[len(kept.history.answers) :])
        return Kept(fresh[-1].seq if fresh else kept.seq, counts, history, memories, answered, trace)

    def _traced(self, conn: Connection, actor: str, kept: Kept, rows: list[Row]) -> State | None:
        if self.traced is None:
            return None
        if kept.trace is not None and len(rows) <= FEW:
            return self.traced.grown(kept.trace, rows)
        return self.traced.read(read_records(records_of(conn, actor)) if kept.seq else rows)
