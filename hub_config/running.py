"""The learners' servers that run on this machine, known by their launchers' processes: the hub need not be there."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from commons.settings import Settings

__all__ = ["Running", "born", "home_folder", "log_files", "run_folder", "running_servers", "stop_servers"]


@dataclass(frozen=True)
class Running:
    """A launcher: its process and when that was born, in clock ticks since boot, so that no other is taken for it."""

    folder: Path
    pid: int
    born: int

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return born(self.pid) == self.born


def home_folder(settings: Settings, actor: str) -> Path:
    """A learner's folder; its name is the random actor id, so that no account name can lead elsewhere."""
    return settings.home / "homes" / actor


def run_folder(settings: Settings, actor: str) -> Path:
    """Where a learner's launcher keeps its sockets while the server runs."""
    return settings.home / "run" / "servers" / actor


def log_files(settings: Settings, actor: str) -> tuple[Path, Path, Path]:
    """What a learner's server said last, what it said before, and what its launcher said."""
    folder = settings.home / "logs" / "servers"
    return folder / f"{actor}.log", folder / f"{actor}.log.1", folder / f"{actor}.launcher.log"


def born(pid: int) -> int | None:
    """When a living process was started, in clock ticks since boot (proc(5), field 22); None when gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def running_servers(settings: Settings, actor: str = "*") -> list[Running]:
    """Every server whose launcher lives, or that of one learner."""
    return [server for server in _launched(settings, actor) if server.is_alive]


def _launched(settings: Settings, actor: str) -> list[Running]:
    found = []
    for path in sorted((settings.home / "run" / "servers").glob(f"{actor}/launcher.json")):
        try:
            found.append(Running(path.parent, **json.loads(path.read_text())))
        except (OSError, ValueError, TypeError):
            continue  # it ended between the listing and the reading
    return found


def stop_servers(settings: Settings, *, actor: str = "*", grace_s: float = 15.0) -> int:
    """Stop every learner's server, or one's, gracefully, then by force; gives how many ran. Saved work stays."""
    servers = running_servers(settings, actor)
    _signal_all(servers, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while any(server.is_alive for server in servers) and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal_all([server for server in servers if server.is_alive], signal.SIGKILL)
    for gone in _launched(settings, actor):
        if not gone.is_alive:
            shutil.rmtree(gone.folder, ignore_errors=True)  # of a launcher that could not clean up itself
    return len(servers)


def _signal_all(servers: list[Running], number: signal.Signals) -> None:
    for server in servers:
        try:
            os.kill(server.pid, number)
        except ProcessLookupError:
            continue
