"""The worker process: durable jobs of all rooms, done beside the portal, so that a crash of either loses nothing."""

from __future__ import annotations

import signal
import threading

from commons.jobs import Worker
from commons.sandbox import ensure_sound
from commons.settings import Settings
from commons.store import open_store

__all__ = ["work"]


def work(settings: Settings) -> None:
    """Do jobs until told to stop. Raises SandboxError where code nobody trusts could not be kept in."""
    from courses import grading, regrade_job
    from knowledge_graph.culture import importing
    from portal import checking, fairness, suggesting, training

    ensure_sound()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    store = open_store(settings.database_url)
    try:
        handlers = grading.job_handlers(settings) | regrade_job.job_handlers(settings) | checking.job_handlers(settings)
        handlers |= importing.job_handlers() | suggesting.job_handlers(settings)
        handlers |= fairness.job_handlers(settings, stop)
        # Training takes long: a place of its own, so that it keeps nobody's marks waiting.
        trainer = Worker(store, training.job_handlers(settings, stop), slots=1)
        beside = [
            threading.Thread(target=trainer.run, args=(stop,)),
            threading.Thread(target=training.keep_asking, args=(store, settings, stop)),
        ]
        for thread in beside:
            thread.start()
        Worker(store, handlers, slots=settings.workers).run(stop)
        for thread in beside:
            thread.join()
    finally:
        store.close()
