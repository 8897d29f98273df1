"""How much memory a process and all that it started hold. Shared pages of the warm process are counted once at most."""

from __future__ import annotations

from pathlib import Path

__all__ = ["used_mb"]


def used_mb(pid: int, limit_mb: int) -> float:
    """Resident memory in MB of a process and its descendants; exact only near the limit, where it matters."""
    import psutil

    try:
        root = psutil.Process(pid)
        tree = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0.0
    resident = 0
    for one in tree:
        try:
            resident += one.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    if resident <= limit_mb << 20:
        return resident / (1 << 20)
    return sum(_proportional_mb(one.pid) for one in tree)


def _proportional_mb(pid: int) -> float:
    """A process's share: pages that several hold are divided among them (/proc/PID/smaps_rollup, Pss)."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    except (OSError, ValueError):
        return 0.0
    return 0.0
