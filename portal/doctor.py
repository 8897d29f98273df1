"""`shuyuan doctor`: what works on this machine, tried one by one, and what to do about what does not."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from commons.places import ROOT
from commons.settings import Settings

__all__ = ["Finding", "examine"]

FREE_MB = 500
APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `needed`: the platform does not work without it."""

    name: str
    ok: bool
    found: str
    next: str = ""
    needed: bool = True


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything; nothing is changed."""
    yield _python()
    yield from _programs(settings)
    yield from _versions()
    yield from _sandbox()
    yield from _grading(settings)
    yield from _ports(settings)
    yield _disk(settings)


def _python() -> Finding:
    ok = sys.version_info >= (3, 11)
    return Finding("python", ok, f"{platform.python_version()} at {sys.executable}", "Python 3.11 or later is needed.")


def _programs(settings: Settings) -> Iterator[Finding]:
    search = os.pathsep.join((str(ROOT / ".node" / "bin"), os.environ.get("PATH", "")))
    for name, why, needed in (("bwrap", "apt install bubblewrap", True), ("node", "run make setup", True)):
        path = shutil.which(name, path=search)
        yield Finding(name, path is not None, _version(path) if path else "not found", why, needed)
    proxy = ROOT / "node_modules" / ".bin" / "configurable-http-proxy"
    yield Finding(
        "configurable-http-proxy", proxy.exists(), "installed" if proxy.exists() else "not found", "run make setup"
    )
    kernels = settings.kernels_env / "bin" / "jupyterhub-singleuser"
    yield Finding("kernels", kernels.exists(), str(settings.kernels_env), "run make setup")


def _version(path: str) -> str:
    done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20)
    return f"{done.stdout.strip()} at {path}"


def _versions() -> Iterator[Finding]:
    for name in ("jupyterhub", "nbgrader", "panel", "sqlalchemy"):
        yield Finding(name, True, importlib.metadata.version(name))
    for name, off in (("torch", "text models are off"), ("open3d", "building scenes is off")):
        there = importlib.util.find_spec(name) is not None
        yield Finding(
            name, there, "installed" if there else f"left out: {off}", "run make setup without WITHOUT", False
        )


def _sandbox() -> Iterator[Finding]:
    from commons.sandbox import probe

    restricted = APPARMOR.exists() and APPARMOR.read_text().strip() == "1" and os.geteuid() != 0
    for one in probe():
        what_next = one.next
        if not one.ok and one.name == "start" and restricted:
            what_next = "This system lets no program make user namespaces unless AppArmor allows it: docs/operating.md, 'AppArmor'."
        yield Finding(f"sandbox: {one.name}", one.ok, one.found, what_next)


def _grading(settings: Settings) -> Iterator[Finding]:
    """The walls around each notebook that is graded: more than the sandbox, for they are made inside it."""
    if not (settings.kernels_env / "bin" / "python").exists():
        return
    from commons.errors import SandboxError
    from courses.warm.grade import ENV
    from courses.warm.pair import warm_of

    try:
        missing = [one for one in warm_of(settings.kernels_env, ENV).properties() if not one.ok]
    except SandboxError as error:
        yield Finding("grading: walls", False, str(error), "See docs/operating.md, 'AppArmor', and the log above.")
        return
    found = ", ".join(one.name for one in missing)
    what_next = missing[0].next if missing else ""
    yield Finding("grading: walls", not missing, f"lacks {found}" if missing else "hold in every fork", what_next)


def _ports(settings: Settings) -> Iterator[Finding]:
    for name in ("port", "proxy_api_port", "hub_port", "portal_port", "apps_port"):
        number = getattr(settings, name)
        with socket.socket() as probe:
            busy = probe.connect_ex(("127.0.0.1", number)) == 0
        found = "in use (the platform itself, when it runs)" if busy else "free"
        yield Finding(
            f"{name} {number}", not busy, found, f"Set SHUYUAN_{name.upper()} if it is not the platform.", False
        )


def _disk(settings: Settings) -> Finding:
    folder = settings.home
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free >> 20
    return Finding("disk", free > FREE_MB, f"{free} MiB free at {folder}", f"At least {FREE_MB} MiB are needed.")
