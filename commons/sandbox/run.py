"""Run one program in a sandbox to its end: bounded time, memory and output; nothing of it is left afterwards."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO

from commons.sandbox.launch import command
from commons.sandbox.profile import Sandbox

__all__ = ["Finished", "run_unchecked"]

WATCH_S = 0.25


@dataclass(frozen=True)
class Finished:
    """How a sandboxed program ended. Output beyond the limit is dropped, and `cut` says so."""

    code: int
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool = False
    out_of_memory: bool = False
    cut: bool = False


class _Reader(threading.Thread):
    """Reads a pipe to its end and keeps the first `limit` bytes, so that endless output costs no memory."""

    def __init__(self, pipe: IO[bytes], limit: int, hear: Callable[[bytes], None] | None = None) -> None:
        super().__init__(daemon=True)
        self.pipe, self.limit, self.kept, self.cut = pipe, limit, bytearray(), False
        self.hear, self.told = hear, 0

    def run(self) -> None:
        while chunk := self.pipe.read1(65536):  # type: ignore[attr-defined]
            room = self.limit - len(self.kept)
            self.kept += chunk[:room]
            self.cut = self.cut or len(chunk) > room
            while self.hear and (end := self.kept.find(b"\n", self.told)) >= 0:
                self.hear(bytes(self.kept[self.told : end]))
                self.told = end + 1


def run_unchecked(
    sandbox: Sandbox, argv: Sequence[str], *, stdin: bytes = b"", hear: Callable[[bytes], None] | None = None
) -> Finished:
    """Run `argv`; the caller has made sure that the sandbox is sound (`commons.sandbox.run` does).

    `hear` is given each line of standard output as it comes, from another thread, within the limit on output.
    """
    begun = time.monotonic()
    with command(sandbox, argv) as launch:
        process = subprocess.Popen(
            launch.argv,
            env=launch.env,
            pass_fds=launch.pass_fds,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    assert process.stdin and process.stdout and process.stderr
    limit = sandbox.limits.output_bytes
    readers = [_Reader(process.stdout, limit, hear), _Reader(process.stderr, limit)]
    feeder = threading.Thread(target=_feed, args=(process.stdin, stdin), daemon=True)
    for thread in (*readers, feeder):
        thread.start()
    reason = _wait(process, sandbox, begun)
    for thread in (*readers, feeder):
        thread.join(5)
    for pipe in (process.stdout, process.stderr):
        pipe.close()
    out, err = (bytes(reader.kept) for reader in readers)
    cut = any(reader.cut for reader in readers)
    seconds = time.monotonic() - begun
    return Finished(process.returncode, out, err, seconds, reason == "time", reason == "memory", cut)


def _feed(pipe: IO[bytes], data: bytes) -> None:
    try:
        pipe.write(data)
        pipe.close()
    except (BrokenPipeError, OSError):
        # The program ended without reading all of it.
        return


def _wait(process: subprocess.Popen[bytes], sandbox: Sandbox, begun: float) -> str:
    while True:
        try:
            process.wait(WATCH_S)
            return ""
        except subprocess.TimeoutExpired:
            reason = _over(process.pid, sandbox, begun)
        if reason:
            # The first process of the namespace dies with its parent and takes all others along.
            process.kill()
            process.wait()
            return reason


def _over(pid: int, sandbox: Sandbox, begun: float) -> str:
    import psutil

    wall_s = sandbox.limits.wall_s
    if wall_s is not None and time.monotonic() - begun > wall_s:
        return "time"
    used = 0
    try:
        for child in psutil.Process(pid).children(recursive=True):
            used += child.memory_info().rss
    except psutil.NoSuchProcess:
        # One ended while it was being looked at.
        return ""
    return "memory" if used > sandbox.limits.memory_mb << 20 else ""
