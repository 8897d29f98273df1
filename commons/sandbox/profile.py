"""What a sandboxed program is given: mounts, environment, limits. Everything not named here does not exist inside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Limits", "Mount", "Sandbox", "python_mounts"]


@dataclass(frozen=True)
class Mount:
    """`source` on the machine appears as `target` inside; read-only unless `writable`."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True)
class Limits:
    """Limits of one sandbox. `memory_mb` bounds each process's address space; `run` also bounds their sum of resident memory.

    None means no limit: a long-running server has neither a wall nor a processor time. `address_mb` is for programs that
    reserve far more addresses than they use (WebAssembly): each process's address space, where it is to be another.
    """

    cpu_s: int | None = 60
    memory_mb: int = 2048
    processes: int = 128
    file_mb: int = 64
    open_files: int = 1024
    wall_s: float | None = 120.0
    output_bytes: int = 1 << 20
    address_mb: int | None = None


@dataclass(frozen=True)
class Sandbox:
    """One program's surroundings: own user, mount, process, network, ipc and host-name namespaces, no network.

    `hide` covers these targets with empty folders; `tmpfs_mb` is the size of /tmp and of /dev/shm each; `uid` is the
    account used when started by root (a fresh one when None), so that process limits count for this sandbox alone.
    `nests` is for a trusted program that makes sandboxes of its own inside: it may make namespaces, and puts the filter
    of `filter_fd` on what it starts there.
    """

    mounts: tuple[Mount, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/tmp"
    limits: Limits = Limits()
    tmpfs_mb: int = 256
    hide: tuple[str, ...] = ()
    uid: int | None = None
    nests: bool = False


def python_mounts(env: Path) -> tuple[Mount, ...]:
    """A virtual environment at its own path, and the interpreter it was made from, read-only.

    The base interpreter may lie under a home nobody else may enter (pyenv, uv), so it is bound on its own.
    """
    config = env / "pyvenv.cfg"
    if not config.exists():
        # Not a virtual environment but an interpreter's own prefix.
        return () if env.is_relative_to("/usr") else (Mount(env, str(env)),)
    settings = config.read_text("utf-8").splitlines()
    values = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in settings)}
    base = Path(values["home"]).parent
    mounts = [Mount(env, str(env))]
    for prefix in dict.fromkeys((base, base.resolve())):
        if not prefix.is_relative_to("/usr"):
            mounts.append(Mount(prefix, str(prefix)))
    return tuple(mounts)
