"""How often somebody may try a secret and be wrong: MOST times in WINDOW_S seconds, then no more until the oldest is that long ago.

The count lives in this process's memory: with several workers each counts by itself, and a restart forgets. That is enough
against guessing: a join code is one of 32**8, and gives the role of a learner only.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

__all__ = ["MOST", "WINDOW_S", "Tries"]

MOST = 20
WINDOW_S = 600.0
KEPT = 10_000  # accounts remembered at once; beyond that those whose time is over are dropped


class Tries:
    """Wrong tries by account. `clock` gives seconds; safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._wrong: dict[str, deque[float]] = {}

    def are_spent(self, account: str) -> bool:
        """Whether `account` was wrong too often of late; even a right answer does not count now."""
        with self._lock:
            return len(self._recent(account)) >= MOST

    def wrong(self, account: str) -> None:
        """Note one wrong try of `account`."""
        with self._lock:
            if len(self._wrong) >= KEPT:
                self._wrong = {name: times for name in list(self._wrong) if (times := self._recent(name))}
            self._wrong.setdefault(account, deque(maxlen=MOST)).append(self._clock())

    def _recent(self, account: str) -> deque[float]:
        times = self._wrong.get(account, deque())
        while times and times[0] <= self._clock() - WINDOW_S:
            times.popleft()
        return times
