"""The attack against us, on the path of every hand-in: stored, graded as a durable job beside an honest neighbour, read back.

Rule: nothing is graded in a special way; a defence is switched off only by tests/redteam/switches.py.
"""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from commons.errors import ShuyuanError
from commons.jobs import Job, Worker, job
from commons.people import Person, ensure_person
from commons.store import Store
from courses import grading, registry
from courses.attempts import Attempt, attempt_of, marks_of, submit
from courses.feedback import feedback_html
from tests.redteam.attack import Attack, Outcome
from tests.redteam.switches import switched_off, walls_of
from tests.redteam.world import COURSE, RIGHT, UNIT, World

__all__ = ["hand_in_all", "hand_in_both", "learner", "outcome_of", "run_us"]

# An honest batch of two takes a second; the longest attack that is stopped by a limit about twenty.
TIME_S = 40.0
SWOLLEN_MB = 500
PLACES = ("/tmp", "/dev/shm", "/var/tmp")


def run_us(attack: Attack, world: World, *, off: bool = False) -> Outcome:
    """The attack against us; with `off`, without the one defence it aims at."""
    if attack.own is not None:
        return attack.own(world, off)
    files = attack.build(world)
    theirs = attack.partner(world) if attack.partner else None
    with ExitStack() as stack:
        if attack.limits:
            stack.enter_context(walls_of(attack.limits))
        if off:
            stack.enter_context(switched_off(attack.defence))
        outcome = hand_in_both(world, files, theirs)
    # A partner in league whose own answers are wrong has no honest marks to lose.
    return replace(outcome, neighbour=None) if attack.partner and attack.goal == "leak" else outcome


def learner(store: Store, account: str) -> Person:
    """Somebody who learns in the vault's course."""
    with store.begin() as conn:
        person = ensure_person(conn, account, name=account)
        registry.join(conn, registry.join_code(conn, COURSE), person)
    return person


def hand_in_both(world: World, files: Mapping[str, bytes], partner: Mapping[str, bytes] | None = None) -> Outcome:
    """Hand `files` in beside an honest neighbour, grade both at once with two workers, and read what came of it."""
    return hand_in_all(world, {"attacker": files}, partner)["attacker"]


def hand_in_all(
    world: World, hand_ins: Mapping[str, Mapping[str, bytes]], partner: Mapping[str, bytes] | None = None
) -> dict[str, Outcome]:
    """One batch of several attackers and one neighbour; the outcome of each attacker."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="shuyuan-redteam-") as folder:
        store = world.store(Path(folder))
        try:
            found, made = {}, {}
            for name, files in hand_ins.items():
                try:
                    made[name] = submit(store, learner(store, name), COURSE, UNIT, "en", files).id
                except ShuyuanError as error:
                    refused = f"{error.code}: {error}"
                    found[name] = Outcome(refused=refused, neighbour=None, seconds=time.monotonic() - begun)
            if made:
                theirs = submit(
                    store, learner(store, "neighbour"), COURSE, UNIT, "en", partner or world.filled(RIGHT)
                ).id
                with memory_watched() as grown:
                    ended = _grade(store)
                seconds = time.monotonic() - begun
                found |= {n: outcome_of(store, world, m, theirs, ended, seconds, max(grown)) for n, m in made.items()}
            return found
        finally:
            store.close()


def _grade(store: Store) -> bool:
    """Two workers until nothing is left; whether they came to an end by themselves within TIME_S."""
    import psutil

    ends = time.monotonic() + TIME_S

    def grade(one: Job, store: Store) -> None:
        if time.monotonic() > ends:
            raise TimeoutError("the batch was given up")
        grading.grade_job(one, store)

    def work() -> None:
        one = Worker(store, {"grade": grade})
        while one.run_pending() or (_waiting(store) and time.monotonic() < ends):
            time.sleep(0.05)

    workers = [threading.Thread(target=work, daemon=True) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(max(0.0, ends - time.monotonic()))
    if not any(worker.is_alive() for worker in workers):
        return True
    # Whatever it waits for is taken away, so that the next attack finds a free grader.
    for child in psutil.Process().children():
        if "bwrap" in child.name():
            child.kill()
    for worker in workers:
        worker.join(30)
    return False


def _waiting(store: Store) -> bool:
    """Whether a job is still to be done, or to be tried again."""
    with store.read() as conn:
        return conn.execute(select(job.c.id).where(job.c.state.in_(("queued", "running")))).first() is not None


def outcome_of(
    store: Store, world: World, mine: str, theirs: str, ended: bool, seconds: float, grown_mb: float
) -> Outcome:
    """What the store says of both attempts, and what is left on the machine."""
    with store.read() as conn:
        one, other = attempt_of(conn, mine), attempt_of(conn, theirs)
        marks = marks_of(conn, mine)
        theirs_said = {m.grade_id: m.reason or m.points for m in marks_of(conn, theirs) if not m.passed}
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
        kept=len(read.encode("utf-8", "replace")),
        seconds=seconds,
        note=f"{one.state} {one.reason} "
        + " ".join(sorted({m.reason for m in marks if m.reason}))
        + (f" neighbour {theirs_said}" if theirs_said else ""),
        extra=(
            *(("unreadable",) if _is_odd(read) else ()),
            *(("script",) if "<script" in read.lower() else ()),
            *(("swollen",) if grown_mb > SWOLLEN_MB else ()),
        ),
    )


@contextmanager
def memory_watched() -> Iterator[list[float]]:
    """How many MB this process, which grades, is larger than at the beginning; the list fills while the block runs."""
    import psutil

    me, done = psutil.Process(), threading.Event()
    first, grown = me.memory_info().rss, [0.0]

    def watch() -> None:
        while not done.wait(0.05):
            grown.append((me.memory_info().rss - first) / (1 << 20))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield grown
    finally:
        done.set()
        thread.join()


def _is_odd(text: str) -> bool:
    """Whether a text holds what no page can be sent with: halves of characters, controls."""
    return any(0xD800 <= ord(c) <= 0xDFFF or (ord(c) < 32 and c not in "\n\t\r") for c in text)


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
