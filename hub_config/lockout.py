"""Guessing passwords is slow: after some failures an account rests for a while. Kept in memory; time is passed in."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Lockout"]


@dataclass
class Lockout:
    """Counts failures by account name. `failures` within `rest_s` seconds lock the account for `rest_s` seconds.

    >>> door = Lockout(failures=2, rest_s=300)
    >>> door.failed("lin", now=0.0); door.failed("lin", now=10.0); door.seconds_left("lin", now=100.0)
    210.0
    >>> door.seconds_left("lin", now=311.0)
    0.0
    """

    failures: int = 8
    rest_s: float = 300.0
    _times: dict[str, list[float]] = field(default_factory=dict)

    def failed(self, account: str, *, now: float) -> None:
        """Note a failed try at `now` (seconds of any steady clock)."""
        self._forget_old(now)
        self._times.setdefault(account, []).append(now)

    def succeeded(self, account: str) -> None:
        """Forget the failures of that account."""
        self._times.pop(account, None)

    def seconds_left(self, account: str, *, now: float) -> float:
        """How long the account rests still; 0 when it may try."""
        times = [time for time in self._times.get(account, ()) if now - time < self.rest_s]
        return times[-1] + self.rest_s - now if len(times) >= self.failures else 0.0

    def _forget_old(self, now: float) -> None:
        for account in [name for name, times in self._times.items() if now - times[-1] >= self.rest_s]:
            del self._times[account]
