"""A crew of own processes for one build: each keeps its tools, takes a task at a time, and ends with the build.

The rule kept here: what a task raises in words comes back in words; a process that dies is told as a fault of the file, for
the readers are what dies. One worker means no process at all.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any

from commons.errors import BadInput, ShuyuanError
from commons.places import ROOT

__all__ = ["Crew", "cores"]

Work = Callable[[Any, Any], Any]
_MEMORY = {"MALLOC_MMAP_THRESHOLD_": str(1 << 28), "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
"""The C library keeps the room of large arrays for the next ones: a tenth less time than asking the kernel for it anew."""


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """`make_tools` gives a context manager; each worker enters its own. `run(work, tasks)` calls `work(tools, task)`."""

    def __init__(self, make_tools: Callable[[], Any], workers: int) -> None:
        self._make_tools, self._wanted = make_tools, workers
        self._stack = ExitStack()
        self._links: list[Connection] = []

    def __enter__(self) -> Crew:
        if self._wanted <= 1:
            self._tools = self._stack.enter_context(self._make_tools())
            return self
        for _ in range(self._wanted):
            link, process = _started()
            self._links.append(link)
            self._stack.callback(_end, process, link)
            link.send(self._make_tools)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        self._links.clear()

    def run(self, work: Work, tasks: Iterable[Any]) -> Iterator[tuple[int, Any]]:
        """(number of the task, result), as they come. Raises what a task raised in words."""
        if not self._links:
            for number, task in enumerate(tasks):
                yield number, work(self._tools, task)
            return
        left = list(enumerate(tasks))[::-1]
        busy: dict[Connection, int] = {}
        idle = list(self._links)
        while left or busy:
            while left and idle:
                number, task = left.pop()
                link = idle.pop()
                link.send((work, task))
                busy[link] = number
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                number = busy.pop(ready)
                idle.append(ready)
                yield number, _received(ready)


def _received(link: Connection) -> Any:
    try:
        fine, answer = link.recv()
    except (EOFError, ConnectionError) as error:
        raise BadInput(
            "a reader died of the file", where="vr_scenes.pipeline", next="Export the file again; is there memory left?"
        ) from error
    if fine:
        return answer
    raise answer


def _started() -> tuple[Connection, subprocess.Popen[bytes]]:
    # Not multiprocessing's own start, which runs the caller's main module again, whatever that is.
    ours, theirs = socket.socketpair()
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            env={**_MEMORY, **os.environ, "PYTHONPATH": paths},
        )
    return Connection(ours.detach()), process


def _serve(link: Connection) -> None:
    make_tools = link.recv()
    with make_tools() as tools:
        while True:
            try:
                work, task = link.recv()
            except (EOFError, ConnectionError):
                return
            try:
                answer: tuple[bool, Any] = (True, work(tools, task))
            except ShuyuanError as error:
                answer = (False, type(error)(error.found, where=error.where, next=error.next))
            except Exception as error:
                answer = (False, error)
            try:
                link.send(answer)
            except (BrokenPipeError, ConnectionError):
                return


def _end(process: subprocess.Popen[bytes], link: Connection) -> None:
    link.close()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
