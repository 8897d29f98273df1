"""Heavy work of a job in a process of its own, at low priority, so that its memory goes back when it ends.

Rule: it never outlives the process that asked for it, however that one dies.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from commons.errors import BadInput, ShuyuanError, Unavailable

__all__ = ["Tell", "apart"]

Tell = Callable[[Mapping[str, Any]], None]
POLL_S = 0.3
NICE = 10


def apart(
    work: Callable[..., Mapping[str, Any]], *given: Any, tell: Tell, stop: threading.Event | None = None
) -> Mapping[str, Any]:
    """What `work(say, *given)` gives, done in another process; `tell` hears here what it says there.

    `work` is a function at the top of a module. Raises BadInput with the words of what the work was refused for,
    Unavailable where another try may do (it died, `stop` was set, a part is not there); what `tell` raises ends it.
    """
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_inside, args=(theirs, os.getpid(), work, given), daemon=True)
    process.start()
    theirs.close()
    try:
        while True:
            if stop is not None and stop.is_set():
                raise Unavailable("the worker was stopped", next="It goes on at the next start.")
            if not ours.poll(POLL_S):
                continue
            what, told = ours.recv()
            if what == "done":
                return dict(told)
            if what == "said":
                tell(told)
            else:
                raise (BadInput if what == "refused" else Unavailable)(told)
    except EOFError:
        process.join()
        told = f"the process that did the work ended by itself (exit code {process.exitcode})"
        raise Unavailable(told, next="It is tried again.") from None
    finally:
        process.kill()
        process.join()
        ours.close()


def _inside(pipe: Connection, parent: int, work: Callable[..., Mapping[str, Any]], given: tuple[Any, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the asking process's affair
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    os.nice(NICE)
    try:
        pipe.send(("done", work(lambda told: pipe.send(("said", dict(told))), *given)))
    except ShuyuanError as error:
        again = isinstance(error, Unavailable) or error.status in (409, 429)
        pipe.send(("again" if again else "refused", str(error)))
    except BrokenPipeError:
        return


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_S)
    os._exit(1)
