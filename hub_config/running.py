"""The learners' servers that run on this machine, known by their launchers' processes: the hub need not be there."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from commons.settings import Settings

__all__ = ["Running", "born", "run_folder", "running_servers", "stop_servers"]


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


def run_folder(settings: Settings, user_id: int) -> Path:
    """Where the launcher of that hub user keeps its sockets while the server runs."""
    return settings.home / "run" / "servers" / str(user_id)


def born(pid: int) -> int | None:
    """When a living process was started, in clock ticks since boot (proc(5), field 22); None when gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def running_servers(settings: Settings) -> list[Running]:
    """Every server whose launcher lives."""
    found = []
    for path in sorted((settings.home / "run" / "servers").glob("*/launcher.json")):
        try:
            server = Running(path.parent, **json.loads(path.read_text()))
        except (OSError, ValueError, TypeError):
            continue  # it ended between the listing and the reading
        if server.is_alive:
            found.append(server)
    return found


def stop_servers(settings: Settings, grace_s: float = 15.0) -> int:
    """Stop every learner's server gracefully, then by force; gives how many ran. Work that was saved stays."""
    servers = running_servers(settings)
    _signal_all(servers, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while any(server.is_alive for server in servers) and time.monotonic() < deadline:
        time.sleep(0.05)
    _signal_all([server for server in servers if server.is_alive], signal.SIGKILL)
    return len(servers)


def _signal_all(servers: list[Running], number: signal.Signals) -> None:
    for server in servers:
        try:
            os.kill(server.pid, number)
        except ProcessLookupError:
            continue
