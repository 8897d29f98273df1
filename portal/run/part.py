"""One process of the platform: started, watched, restarted when it falls over, and stopped without leaving anything behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Part", "Running"]

LOG_BYTES = 10 << 20
PR_SET_PDEATHSIG = 1
# A part that lives shorter than this is restarted ever more slowly.
STEADY_S = 20.0
LONGEST_PAUSE_S = 15.0


@dataclass(frozen=True)
class Part:
    """What to start. `after` is called each time it has been (re)started, with the number of starts so far."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[int], None] | None = None


class Running:
    """One part at run time; its output goes to `<logs>/<name>.log`."""

    def __init__(self, part: Part, logs: Path) -> None:
        self.part, self.log = part, logs / f"{part.name}.log"
        self.starts, self.begun, self.due = 0, 0.0, 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it now."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.part.argv),
                env=dict(self.part.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self.starts, self.begun = self.starts + 1, time.monotonic()
        if self.part.after:
            self.part.after(self.starts)

    def watch(self) -> None:
        """Start it again when it has ended, at once the first time and more slowly when it keeps falling over."""
        now = time.monotonic()
        if self.process is None or self.process.poll() is None:
            return
        if self.due == 0.0:
            quick = now - self.begun < STEADY_S
            self.due = now + (min(0.5 * 2 ** min(self.starts, 5), LONGEST_PAUSE_S) if quick else 0.0)
        if now >= self.due:
            self.due = 0.0
            self.start()

    def stop(self, patience_s: float = 10.0) -> None:
        """Ask it to end, then make it; its whole process group goes."""
        if self.process is None:
            return
        _signal_group(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _signal_group(self.process.pid, signal.SIGKILL)

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def last_words(self, lines: int = 12) -> str:
        """The end of its log, for a person who has to find out why it does not start."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])


def _signal_group(group: int, number: int) -> None:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # Nothing of it is left.
        return


def _die_with_parent() -> None:
    # A supervisor that is killed outright takes its parts along, so that the ports are free for the next start.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
