"""Durable jobs: a row with a lease and a fencing token. A worker that was cut off and finishes anyway is refused.

A job is enqueued in the transaction that makes it necessary and finished in the transaction that holds its result, so
that neither can be there without the other. The engine here is `local`; it knows nothing of what a job does.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
    select,
    update,
)

from commons.errors import Conflict, ShuyuanError
from commons.store import Store, UtcTime, metadata

__all__ = ["Fenced", "Handler", "Job", "Worker", "claim", "enqueue", "fail", "finish", "job", "renew", "state_of"]

LEASE_S = 60.0
POLL_S = 0.3
RETRY_S = 2.0
# How many due jobs are looked at to find one whose turn it is.
LOOK_AHEAD = 200

job = Table(
    "job",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("key", String(200), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("token", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("max_tries", Integer, nullable=False),
    Column("worker", String(80), nullable=False),
    Column("lease", UtcTime, nullable=False),
    Column("error", Text, nullable=False),
    Column("result", JSON),
    Column("created", UtcTime, nullable=False),
    Column("updated", UtcTime, nullable=False),
    UniqueConstraint("kind", "key"),
)


class Fenced(Conflict):
    """The job was taken over by another worker; the result of this one is not kept."""

    code = "fenced"


@dataclass(frozen=True)
class Job:
    """A claimed job. `token` is the fencing token of this claim; `tries` counts claims, this one included."""

    id: str
    kind: str
    key: str
    payload: dict[str, Any]
    token: int
    tries: int
    max_tries: int

    @property
    def is_last_try(self) -> bool:
        return self.tries >= self.max_tries

    @property
    def is_lost(self) -> bool:
        """Every allowed try went down with its worker: the handler settles the matter and does not try again."""
        return self.tries > self.max_tries


Handler = Callable[[Job, Store], None]


def enqueue(conn: Connection, kind: str, key: str, payload: Mapping[str, Any], *, max_tries: int = 3) -> str:
    """Ask for a job; gives its id. The same (kind, key) is one job, however often it is asked for."""
    known = conn.execute(select(job.c.id).where(job.c.kind == kind, job.c.key == key)).scalar()
    if known:
        return str(known)
    now = datetime.now(UTC)
    row = {
        "id": str(uuid.uuid4()),
        "kind": kind,
        "key": key,
        "payload": dict(payload),
        "state": "queued",
        "token": 0,
        "tries": 0,
        "max_tries": max_tries,
        "worker": "",
        "lease": now,
        "error": "",
        "created": now,
        "updated": now,
    }
    conn.execute(job.insert().values(**row))
    return str(row["id"])


def claim(
    store: Store, kinds: Iterable[str], worker: str, lease_s: float = LEASE_S, keys: Set[str] | None = None
) -> Job | None:
    """Take the oldest job of `kinds` that is due: queued, or running with a lapsed lease. None when there is none.

    With `keys`, only jobs of these keys (a few thousand at most) are taken.

    Jobs may carry a `turn` in their payload (whose job it is): one whose turn has no running job of its kind goes first,
    so that many jobs of one turn do not hold up the others.
    """
    now, wanted = datetime.now(UTC), list(kinds)
    alive = job.c.state.in_(("queued", "running"))
    due = select(job).where(job.c.kind.in_(wanted), alive, job.c.lease <= now).order_by(job.c.created)
    if keys is not None:
        due = due.where(job.c.key.in_(sorted(keys)))
    with store.read() as conn:
        # Idle polling must not take the write lock.
        if conn.execute(due.limit(1)).first() is None:
            return None
    with store.begin() as conn:
        chosen = _whose_turn(conn, due, wanted, now)
        row = None if chosen is None else _locked(conn, due, chosen)
        return None if row is None else _take(conn, row, worker, now + timedelta(seconds=lease_s))


def _whose_turn(conn: Connection, due: Select[Any], kinds: list[str], now: datetime) -> str | None:
    """The id of the oldest due job whose turn runs nothing of its kind; of the oldest of all where each runs something."""
    running = select(job.c.kind, job.c.payload).where(
        job.c.kind.in_(kinds), job.c.state == "running", job.c.lease > now
    )
    busy = {(row.kind, row.payload.get("turn")) for row in conn.execute(running)}
    waiting = conn.execute(due.with_only_columns(job.c.id, job.c.kind, job.c.payload).limit(LOOK_AHEAD)).all()
    for row in waiting:
        turn = row.payload.get("turn")
        if turn is None or (row.kind, turn) not in busy:
            return str(row.id)
    return str(waiting[0].id) if waiting else None


def _locked(conn: Connection, due: Select[Any], chosen: str) -> Row[Any] | None:
    """The chosen job's row, locked; the oldest free one where another worker was quicker."""
    row = conn.execute(due.where(job.c.id == chosen).with_for_update(skip_locked=True)).first()
    return row or conn.execute(due.limit(1).with_for_update(skip_locked=True)).first()


def renew(store: Store, one: Job, lease_s: float = LEASE_S) -> bool:
    """Hold the claim longer; False when it is lost."""
    with store.begin() as conn:
        lease = datetime.now(UTC) + timedelta(seconds=lease_s)
        return conn.execute(update(job).where(_claimed(one)).values(lease=lease)).rowcount == 1


def finish(conn: Connection, one: Job, result: Mapping[str, Any] | None = None) -> None:
    """Mark the job done, in the transaction that holds what it made. Raises Fenced when the claim is lost."""
    _settle(conn, one, state="done", result=dict(result or {}), error="")


def fail(conn: Connection, one: Job, error: str, *, final: bool = False) -> None:
    """Give the job back for another try, or end it when `final` or no try is left. Raises Fenced when the claim is lost."""
    if final or one.is_last_try:
        _settle(conn, one, state="failed", error=error)
    else:
        _settle(conn, one, state="queued", error=error, lease=datetime.now(UTC) + timedelta(seconds=RETRY_S))


def state_of(conn: Connection, kind: str, key: str) -> str:
    """`queued`, `running`, `done`, `failed`, or "" when no such job was asked for."""
    return conn.execute(select(job.c.state).where(job.c.kind == kind, job.c.key == key)).scalar() or ""


def _take(conn: Connection, row: Row, worker: str, lease: datetime) -> Job | None:
    now = datetime.now(UTC)
    if row.tries > row.max_tries:
        # Even the try that should only have settled it was lost.
        conn.execute(update(job).where(job.c.id == row.id).values(state="failed", updated=now))
        return None
    values = {"state": "running", "token": row.token + 1, "tries": row.tries + 1}
    conn.execute(update(job).where(job.c.id == row.id).values(**values, worker=worker, lease=lease, updated=now))
    return Job(row.id, row.kind, row.key, row.payload, row.token + 1, row.tries + 1, row.max_tries)


def _claimed(one: Job) -> ColumnElement[bool]:
    return and_(job.c.id == one.id, job.c.token == one.token, job.c.state == "running")


def _settle(conn: Connection, one: Job, **values: object) -> None:
    done = conn.execute(update(job).where(_claimed(one)).values(**values, updated=datetime.now(UTC)))
    if done.rowcount != 1:
        raise Fenced(f"job {one.kind} {one.key} is no longer this worker's", next="Its result was not kept.")


class Worker:
    """Runs jobs of the local engine, `slots` at a time, until told to stop; a lease is renewed while its handler runs.

    A handler calls `finish` itself, in the transaction of its result. When it raises, the job is tried again.
    """

    def __init__(
        self,
        store: Store,
        handlers: Mapping[str, Handler],
        *,
        name: str = "",
        slots: int = 2,
        lease_s: float = LEASE_S,
        keys: Set[str] | None = None,
    ) -> None:
        self.store, self.handlers, self.slots, self.lease_s = store, dict(handlers), slots, lease_s
        self.keys = keys
        self.name = name or f"worker-{uuid.uuid4().hex[:8]}"
        self.log = logging.getLogger("shuyuan.jobs")

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set; running jobs are finished first."""
        threads = [
            threading.Thread(target=self._loop, args=(stop,), name=f"{self.name}-{n}") for n in range(self.slots)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def run_pending(self) -> int:
        """Do what is due now, in this thread; gives the number of jobs handled."""
        count = 0
        while self.step():
            count += 1
        return count

    def step(self) -> bool:
        """Claim and do one job; False when nothing was due."""
        one = claim(self.store, self.handlers, self.name, self.lease_s, self.keys)
        if one is None:
            return False
        ended = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(one, ended), daemon=True)
        keeper.start()
        try:
            self.handlers[one.kind](one, self.store)
        except Fenced as error:
            self.log.warning("%s", error)
        except Exception as error:
            self._failed(one, error)
        finally:
            ended.set()
            keeper.join()
        return True

    def _loop(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                busy = self.step()
            except ShuyuanError as error:
                self.log.error("%s", error)
                busy = False
            if not busy:
                stop.wait(POLL_S)

    def _keep(self, one: Job, ended: threading.Event) -> None:
        while not ended.wait(self.lease_s / 3):
            try:
                renew(self.store, one, self.lease_s)
            except ShuyuanError as error:
                self.log.warning("lease of job %s not renewed: %s", one.id, error)

    def _failed(self, one: Job, error: Exception) -> None:
        self.log.exception("job %s %s, try %d of %d", one.kind, one.key, one.tries, one.max_tries)
        try:
            with self.store.begin() as conn:
                fail(conn, one, f"{type(error).__name__}: {error}")
        except ShuyuanError as also:
            # The lease will lapse and the job comes back.
            self.log.warning("%s", also)
