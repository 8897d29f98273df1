"""Training of the tracer, asked for every night or by command and worked out by the worker: the durable job of kind
"train".

Rule: one training at a time; a night asks once, however many workers there are. A job learns from records up to the newest
one of when it was asked for, so that one that was killed goes on with the same data.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import IntegrityError

from commons.errors import ShuyuanError, Unavailable
from commons.jobs import Fenced, Handler, Job, enqueue, fail, finish, job, state_of
from commons.settings import Settings
from commons.store import Store, open_store
from portal.apart import Tell, apart
from portal.course_jobs import WAITING

if TYPE_CHECKING:
    from recommender.training.data import Parts

__all__ = ["JOB_KIND", "Training", "ask", "ask_nightly", "job_handlers", "keep_asking", "last_training", "training"]

JOB_KIND = "train"
TRIES = 5
LOOK_S = 60.0
LEARNERS, ANSWERS = 600, 60  # of a synthetic training


@dataclass(frozen=True)
class Training:
    """A training that was asked for: `state` as of jobs; `told` is how far it is (done, total, auc, best), at its end what
    became of it (name, promoted, why, said, figures).
    """

    state: str
    error: str
    asked: datetime
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING


def ask(conn: Connection, *, synthetic: bool = False, seed: int = 0, key: str = "") -> str:
    """Ask for a training; gives the key of its job, or of the one that is waiting or under way already."""
    from recommender.training.data import newest

    waiting = (job.c.kind == JOB_KIND, job.c.state.in_(WAITING))
    known = conn.execute(select(job.c.key).where(*waiting).order_by(job.c.created).limit(1)).scalar()
    if known:
        return str(known)
    key = key or str(uuid.uuid4())
    told = {"turn": JOB_KIND, "synthetic": synthetic, "seed": seed, "until": newest(conn)}
    enqueue(conn, JOB_KIND, key, told, max_tries=TRIES)
    return key


def ask_nightly(store: Store, settings: Settings, now: datetime) -> None:
    """Ask for this night's training in the hour that the settings name (`now` is the machine's own time), where nobody
    has yet; what waits or runs already counts as this night's.
    """
    if now.hour != settings.train_hour:
        return
    key = f"night {now:%Y-%m-%d}"
    with store.read() as conn:
        if state_of(conn, JOB_KIND, key):
            return
    try:
        with store.begin() as conn:
            ask(conn, key=key)
    except IntegrityError:
        return  # another worker asked first


def keep_asking(store: Store, settings: Settings, stop: threading.Event) -> None:
    """Look every minute whether the hour has come, until told to stop; without torch there is nothing to ask for."""
    from recommender.training.registry import need_torch

    try:
        need_torch()
    except ShuyuanError as error:
        logging.getLogger("shuyuan.recommender").warning("no training at night: %s", error)
        return
    while settings.train_hour >= 0 and not stop.wait(LOOK_S):
        try:
            ask_nightly(store, settings, datetime.now().astimezone())
        except ShuyuanError as error:
            logging.getLogger("shuyuan.recommender").warning("the night's training was not asked for: %s", error)


def training(conn: Connection, key: str) -> Training | None:
    """The training with that key, or None."""
    row = conn.execute(select(job).where(job.c.kind == JOB_KIND, job.c.key == key)).first()
    return None if row is None else Training(row.state, row.error, row.created, row.result or {})


def last_training(conn: Connection) -> Training | None:
    """The newest training that was asked for, or None."""
    row = conn.execute(select(job).where(job.c.kind == JOB_KIND).order_by(job.c.created.desc()).limit(1)).first()
    return None if row is None else Training(row.state, row.error, row.created, row.result or {})


def job_handlers(settings: Settings, stop: threading.Event | None = None) -> dict[str, Handler]:
    """The handler of this kind of job, for commons.jobs.Worker; a training ends when `stop` is set, and goes on later."""
    return {JOB_KIND: partial(_train, settings=settings, stop=stop)}


def _train(one: Job, store: Store, *, settings: Settings, stop: threading.Event | None) -> None:
    if one.is_lost:
        with store.begin() as conn:
            fail(conn, one, "the worker was lost at every try; the next training goes on where it was", final=True)
        return
    try:
        told = apart(_work, settings, one.payload, tell=partial(_note, store, one), stop=stop)
    except Fenced:
        raise
    except KeyboardInterrupt:
        with store.begin() as conn:
            fail(conn, one, "stopped by hand; asked for again, it goes on where it was", final=True)
        raise
    except ShuyuanError as error:
        with store.begin() as conn:
            fail(conn, one, str(error)[:1000], final=not isinstance(error, Unavailable))
        return
    with store.begin() as conn:
        finish(conn, one, told)


def _note(store: Store, one: Job, told: Mapping[str, Any]) -> None:
    """Write down how far it is. Raises Fenced where another worker has taken the job over: this one is then given up."""
    with store.begin() as conn:
        mine = (job.c.id == one.id, job.c.token == one.token, job.c.state == "running")
        if conn.execute(update(job).where(*mine).values(result=dict(told))).rowcount != 1:
            raise Fenced(f"job {one.kind} {one.key} is no longer this worker's", next="Its result was not kept.")


def _work(say: Tell, settings: Settings, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """The training itself, in a process of its own and on one core."""
    from commons.items import Item
    from knowledge_graph.vectors import best
    from portal.catalogue import load_catalogue
    from recommender.simulate_items import practice
    from recommender.training.registry import need_torch, registry_of
    from recommender.training.run import RECORDS, SYNTHETIC, train
    from recommender.training.ship import synthetic_parts
    from recommender.training.texts import item_texts

    need_torch()
    import torch

    torch.set_num_threads(1)
    found = load_catalogue(settings.home)
    synthetic, seed = bool(payload["synthetic"]), int(payload["seed"])
    extra: list[Item] = practice(found.graph) if synthetic else []
    texts = item_texts(found.graph, [*found.items, *extra], best(settings))
    if synthetic:
        parts = synthetic_parts(found.graph, found.items, learners=LEARNERS, answers=ANSWERS, seed=seed)
    else:
        parts = _recorded(settings, int(payload["until"]))
    outcome = train(
        registry_of(settings.home),
        parts,
        texts,
        origin=SYNTHETIC if synthetic else RECORDS,
        seed=seed,
        tell=lambda progress: say(asdict(progress)),
    )
    return asdict(outcome)


def _recorded(settings: Settings, until: int) -> Parts:
    from recommender.training.data import parts, rows_of

    store = open_store(settings.database_url)
    try:
        with store.read() as conn:
            return parts(rows_of(conn, until))
    finally:
        store.close()
