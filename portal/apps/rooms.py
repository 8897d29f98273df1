"""Rooms in which people look at a scene together: who is in them, who leads, and what is passed on. No sockets here.

The rule kept here: nothing is passed on as it came. A message is read into known numbers and names, or dropped; what waits for
a slow reader is replaced by what is newer, so that a room holds a few hundred bytes for each member, however long it stands.
"""

from __future__ import annotations

import asyncio
import math
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from commons.errors import LimitReached, NotAllowed, NotFound

__all__ = ["Bucket", "Member", "Room", "Rooms", "read_message"]

Kind = Literal["class", "pair"]
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_NAME = re.compile(r"[\w.-]{1,80}", re.ASCII)
_POSE = ("x", "y", "z", "yaw", "pitch", "fov")
_STATES = ("idle", "playing", "paused", "ended")
MOST_ROOMS = 200
MOST_OF_ONE = 5
MOST_IN = {"class": 80, "pair": 2}
LEADERLESS_S = 15 * 60.0
MOST_GUESSES = 12  # wrong codes a minute from one address


@dataclass(eq=False)
class Member:
    """One who is in a room. `waiting` is what is to be sent, newest of each kind only; `bell` rings when there is something."""

    actor: str
    address: str
    leads: bool
    waiting: dict[str, Any] = field(default_factory=dict)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, **what: Any) -> None:
        """Put something to be sent; what is newer replaces what still waits."""
        self.waiting.update(what)
        self.bell.set()

    def take(self) -> list[dict[str, Any]]:
        """All that waits, as messages in a fixed order."""
        self.bell.clear()
        taken, self.waiting = self.waiting, {}
        return [{name: taken[name]} for name in ("hello", "count", "view", "tour", "gone") if name in taken]


@dataclass(eq=False)
class Room:
    """A class with its leader, or a pair of equals, in one scene."""

    code: str
    scene: str
    kind: Kind
    owner: str
    courses: frozenset[str]
    address: str
    members: list[Member] = field(default_factory=list)
    last: dict[str, Any] = field(default_factory=dict)
    left_at: float | None = None

    def enter(self, member: Member) -> None:
        """Take a member in; everybody learns how many they are, the new one also where the others look."""
        self.members.append(member)
        if member.leads:
            self.left_at = None
        role = ("lead" if self.kind == "class" else "pair") if member.leads else "follow"
        member.tell(hello={"code": self.code, "role": role, "count": len(self.members)}, **self.last)
        self._count()

    def leave(self, member: Member, now: float) -> None:
        """Let a member go; those who followed a leader learn that nobody leads."""
        self.members.remove(member)
        if self.kind == "class" and member.leads and not any(one.leads for one in self.members):
            self.left_at = now
            for one in self.members:
                one.tell(gone=True)
        self._count()

    def pass_on(self, member: Member, message: Mapping[str, Any]) -> None:
        """What a leader shows goes to all others; what a follower sends goes nowhere."""
        if not member.leads:
            return
        self.last |= message
        for one in self.members:
            if one is not member:
                one.tell(**message)

    def _count(self) -> None:
        for one in self.members:
            one.tell(count=len(self.members))


class Rooms:
    """All rooms of this process. Errors are the house's: LimitReached, NotAllowed, NotFound."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rooms: dict[str, Room] = {}
        self._guesses: dict[str, list[float]] = {}

    def __len__(self) -> int:
        return len(self._rooms)

    def open(self, scene: str, kind: Kind, *, actor: str, address: str, courses: frozenset[str] = frozenset()) -> Room:
        """A new room. `courses` are those the leader of a class teaches: their members may come in."""
        self._sweep()
        if kind == "class" and not courses:
            raise NotAllowed("only a teacher leads a class", where="tours", next="Visit as a pair instead.")
        if len(self._rooms) >= MOST_ROOMS or sum(one.address == address for one in self._rooms.values()) >= MOST_OF_ONE:
            raise LimitReached("too many rooms are open", where="tours", next="Try again in a few minutes.")
        room = Room(self._code(), scene, kind, actor, courses, address)
        self._rooms[room.code] = room
        return room

    def find(self, code: str, scene: str, address: str) -> Room:
        """The room of that code in that scene. Guessing is held up."""
        now = self._clock()
        self._sweep()
        guesses = [at for at in self._guesses.get(address, []) if now - at < 60]
        if len(guesses) >= MOST_GUESSES:
            raise LimitReached("too many wrong codes", where="tours", next="Wait a minute.")
        room = self._rooms.get(code.strip().upper())
        if room is None or room.scene != scene:
            self._guesses[address] = [*guesses, now]
            raise NotFound("there is no such room", where="tours", next="Ask for the code again.")
        return room

    def join(self, room: Room, *, actor: str, address: str, courses: frozenset[str] = frozenset()) -> Member:
        """Go in: as one of a pair, as the leader come back, or as a pupil of one of the leader's courses."""
        leads = room.kind == "pair" or bool(actor and actor == room.owner)
        if room.kind == "class" and not leads and not (actor and courses & room.courses):
            raise NotAllowed("this class is for its course", where="tours", next="Sign in and join the course.")
        if len(room.members) >= MOST_IN[room.kind]:
            raise LimitReached("the room is full", where="tours", next="Visit by yourself, or open another room.")
        member = Member(actor, address, leads)
        room.enter(member)
        return member

    def leave(self, room: Room, member: Member) -> None:
        """Go out; an empty room is closed, but that of a class waits for its leader to come back."""
        room.leave(member, self._clock())
        if not room.members and room.kind == "pair":
            self._rooms.pop(room.code, None)
        elif not room.members:
            room.left_at = self._clock()

    def _sweep(self) -> None:
        now = self._clock()
        for code, room in list(self._rooms.items()):
            if not room.members and room.left_at is not None and now - room.left_at > LEADERLESS_S:
                del self._rooms[code]
        self._guesses = {who: times for who, times in self._guesses.items() if times and now - times[-1] < 60}

    def _code(self) -> str:
        while True:
            code = "".join(secrets.choice(_LETTERS) for _ in range(6))
            if code not in self._rooms:
                return code


class Bucket:
    """So many messages a second, and a few at once.

    >>> bucket = Bucket(2, 3, clock=lambda: 0.0)
    >>> [bucket.take() for _ in range(4)]
    [True, True, True, False]
    """

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left, self._at = burst, clock()

    def take(self) -> bool:
        """Whether one more is within the rate."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def read_message(found: Any) -> dict[str, Any]:
    """What a member sent, as known names and finite numbers; empty for anything else.

    >>> read_message({"tour": {"index": 2, "at": 1.5, "state": "playing", "speed": 1, "more": "x"}})
    {'tour': {'index': 2, 'at': 1.5, 'state': 'playing', 'speed': 1.0}}
    >>> read_message({"view": {"stop": "<b>", "pose": {}}}), read_message([1])
    ({}, {})
    """
    if not isinstance(found, dict):
        return {}
    read = {"view": _view(found.get("view")), "tour": _tour(found.get("tour"))}
    return {name: value for name, value in read.items() if value}


def _view(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or not isinstance(found.get("pose"), dict):
        return {}
    pose = {name: _number(found["pose"].get(name), 1e5) for name in _POSE}
    stop = found.get("stop")
    if None in pose.values() or not isinstance(stop, str) or not _NAME.fullmatch(stop):
        return {}
    return {"stop": stop, "pose": pose, "explode": _number(found.get("explode", 0), 1) or 0.0}


def _tour(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or found.get("state") not in _STATES:
        return {}
    index, at, speed = found.get("index"), _number(found.get("at", 0), 1e5), _number(found.get("speed", 1), 5)
    if not isinstance(index, int) or isinstance(index, bool) or not -1 <= index < 10_000 or at is None or speed is None:
        return {}
    return {"index": index, "at": at, "state": found["state"], "speed": speed}


def _number(value: Any, most: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if abs(value) <= most else None
