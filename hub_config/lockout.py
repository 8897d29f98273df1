"""Guessing passwords is slow: after some failures an account rests for a while. Kept in memory; time is passed in.

An account rests first for the address that failed, so that nobody can lock others out of it; only guesses that come
from many addresses at once make it rest for everybody.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

__all__ = ["Lockout", "address_of"]

_ANYWHERE = ""


@dataclass
class Lockout:
    """Counts failures by account name and address.

    `failures` from one address within `rest_s` seconds lock the account for that address, `most` from all addresses
    lock it for everybody, each for `rest_s` seconds after the last.

    >>> door = Lockout(failures=2, rest_s=300)
    >>> door.failed("lin", "10.0.0.1", now=0.0); door.failed("lin", "10.0.0.1", now=10.0)
    >>> door.seconds_left("lin", "10.0.0.1", now=100.0), door.seconds_left("lin", "10.0.0.2", now=100.0)
    (210.0, 0.0)
    """

    failures: int = 8
    most: int = 100
    rest_s: float = 300.0
    _times: dict[tuple[str, str], list[float]] = field(default_factory=dict)

    def failed(self, account: str, address: str, *, now: float) -> None:
        """Note a failed try at `now` (seconds of any steady clock)."""
        self._forget_old(now)
        for key in ((account, address), (account, _ANYWHERE)):
            self._times.setdefault(key, []).append(now)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures from that address; those of other addresses stay counted."""
        own = self._times.pop((account, address), [])
        left = self._times.get((account, _ANYWHERE), [])
        for time in own:
            if time in left:
                left.remove(time)
        if not left:
            self._times.pop((account, _ANYWHERE), None)

    def seconds_left(self, account: str, address: str, *, now: float) -> float:
        """How long the account rests still for that address; 0 when it may try."""
        return max(self._left((account, address), self.failures, now), self._left((account, _ANYWHERE), self.most, now))

    def _left(self, key: tuple[str, str], most: int, now: float) -> float:
        times = [time for time in self._times.get(key, ()) if now - time < self.rest_s]
        return times[-1] + self.rest_s - now if len(times) >= most else 0.0

    def _forget_old(self, now: float) -> None:
        for key in [key for key, times in self._times.items() if now - times[-1] >= self.rest_s]:
            del self._times[key]


def address_of(forwarded: str) -> str:
    """Where a request came from, by its X-Forwarded-For: only the last entry is our own proxy's, others may be made up.

    This machine's own address is a proxy of the operator's in front of ours, and the entry before it is that proxy's.
    Of an IPv6 address the network of 64 bits counts, which one household has. "local" when no address is found.

    >>> address_of("1.1.1.1, 203.0.113.9"), address_of("203.0.113.9, ::ffff:127.0.0.1"), address_of("")
    ('203.0.113.9', '203.0.113.9', 'local')
    """
    for entry in reversed(forwarded.split(",")):
        try:
            found = ipaddress.ip_address(entry.strip())
        except ValueError:
            break
        if isinstance(found, ipaddress.IPv6Address):
            if found.ipv4_mapped is None and not found.is_loopback:
                return str(ipaddress.ip_network((int(found), 64), strict=False))
            found = found.ipv4_mapped or found
        if not found.is_loopback:
            return str(found)
    return "local"
