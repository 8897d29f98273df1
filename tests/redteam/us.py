"""The attack against us, on the path of every hand-in: stored, graded as a durable job beside an honest neighbour, read back.

Rule: nothing is graded in a special way; a defence is switched off only by tests/redteam/switches.py.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from commons.errors import ShuyuanError
from commons.jobs import Worker
from commons.people import Person, ensure_person
from commons.store import Store
from courses import grading, registry
from courses.attempts import Attempt, attempt_of, marks_of, submit
from courses.feedback import feedback_html
from tests.redteam.attack import Attack, Outcome
from tests.redteam.switches import switched_off
from tests.redteam.world import COURSE, RIGHT, UNIT, World

__all__ = ["hand_in_both", "learner", "outcome_of", "run_us"]

PLACES = ("/tmp", "/dev/shm", "/var/tmp")


def run_us(attack: Attack, world: World, *, off: bool = False) -> Outcome:
    """The attack against us; with `off`, without the one defence it aims at."""
    if attack.own is not None:
        return attack.own(world, off)
    files = attack.build(world)
    theirs = attack.partner(world) if attack.partner else None
    if not off:
        return hand_in_both(world, files, attack.limits, theirs)
    with switched_off(attack.defence):
        return hand_in_both(world, files, attack.limits, theirs)


def learner(store: Store, account: str) -> Person:
    """Somebody who learns in the vault's course."""
    with store.begin() as conn:
        person = ensure_person(conn, account, name=account)
        registry.join(conn, registry.join_code(conn, COURSE), person)
    return person


def hand_in_both(
    world: World,
    files: Mapping[str, bytes],
    limits: Mapping[str, int] | None = None,
    partner: Mapping[str, bytes] | None = None,
) -> Outcome:
    """Hand `files` in beside an honest neighbour, grade both at once with two workers, and read what came of it."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="shuyuan-redteam-") as folder:
        store = world.store(Path(folder))
        try:
            attacker, neighbour = learner(store, "attacker"), learner(store, "neighbour")
            try:
                mine = submit(store, attacker, COURSE, UNIT, "en", files)
            except ShuyuanError as error:
                return Outcome(refused=f"{error.code}: {error}", neighbour=None, seconds=time.monotonic() - begun)
            theirs = submit(store, neighbour, COURSE, UNIT, "en", partner or world.filled(RIGHT))
            ended = _grade(store)
            return outcome_of(store, world, mine.id, theirs.id, ended, time.monotonic() - begun)
        finally:
            store.close()


def _grade(store: Store) -> bool:
    """Two workers until nothing is left; whether they came to an end."""
    handler = grading.grade_job
    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(Worker(store, {"grade": handler}).run_pending) for _ in range(2)]
        return all(run.exception() is None for run in runs)


def outcome_of(store: Store, world: World, mine: str, theirs: str, ended: bool, seconds: float) -> Outcome:
    """What the store says of both attempts, and what is left on the machine."""
    with store.read() as conn:
        one, other = attempt_of(conn, mine), attempt_of(conn, theirs)
        marks = marks_of(conn, mine)
        share = (other.score or 0.0) / (other.max_score or 8.0) if other.state == "graded" else 0.0
    read = readable(one)
    said = " ".join([one.reason, *(f"{m.reason} {m.why('en')} {m.why('zh-CN')}" for m in marks)])
    return Outcome(
        marks={m.grade_id: m.points for m in marks},
        reasons={m.grade_id: m.reason for m in marks},
        read=read + said,
        neighbour=share,
        ended=ended and one.state == "graded" and other.state == "graded",
        left=leftovers(world.marker),
        kept=len(read.encode()),
        seconds=seconds,
        note=f"{one.state} {one.reason} " + " ".join(sorted({m.reason for m in marks if m.reason})),
        extra=("script",) if "<script" in read.lower() else (),
    )


def readable(attempt: Attempt) -> str:
    """Everything of an attempt that its author can read: the data, and the page in both languages."""
    pages = [feedback_html(attempt, {"en": "The vault"}, language) for language in ("en", "zh-CN")]
    said = json.dumps(attempt.feedback, ensure_ascii=False).replace("<script", "&lt;script")
    return "\n".join([said, *pages, attempt.why("en"), attempt.why("zh-CN")])


def leftovers(marker: str) -> tuple[str, ...]:
    """Processes and files with the attack's name in them that are still on this machine."""
    import psutil

    found = set()
    for process in psutil.process_iter(["cmdline"]):
        if any(marker in part for part in process.info["cmdline"] or ()):
            found.add("process")
    for place in PLACES:
        if any(marker in path.name for path in Path(place).iterdir()):
            found.add(place)
    return tuple(sorted(found))
