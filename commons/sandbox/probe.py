"""Does the sandbox hold on this machine? Each property is tried inside it, never assumed."""

from __future__ import annotations

import json
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from commons.errors import SandboxError
from commons.sandbox.profile import Limits, Mount, Sandbox, python_mounts
from commons.sandbox.run import run_unchecked

__all__ = ["Property", "probe", "probe_program"]

WHAT_NEXT = {
    "start": "Install bubblewrap. On Ubuntu 24.04 and later, allow it user namespaces: see docs/operating.md, 'AppArmor'.",
    "limits": "prlimit of util-linux must be at /usr/bin/prlimit.",
}
WHAT_NEXT_ELSE = "Install libseccomp2 and a bubblewrap of 0.8 or later; then run `shuyuan doctor` again."


@dataclass(frozen=True)
class Property:
    """One property of the sandbox: whether it holds, what was found, and what to do when it does not."""

    name: str
    ok: bool
    found: str
    next: str = ""


def probe(answers: Callable[[int, str], Mapping[str, bool]] | None = None) -> list[Property]:
    """Try every property; takes about a tenth of a second.

    `answers` runs the program of `probe_program` with these two arguments in another kind of sandbox and gives what it
    printed; by default it is run in bubblewrap. Both raise SandboxError where it does not start.
    """
    with socket.socket() as listener, tempfile.NamedTemporaryFile(prefix="shuyuan-probe-", dir="/var/tmp") as secret:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        try:
            found = (answers or _answers)(listener.getsockname()[1], secret.name)
        except SandboxError as error:
            return [Property("start", False, str(error), WHAT_NEXT["start"])]
    held = {True: "holds", False: "does not hold"}
    return [Property("start", True, "bubblewrap runs")] + [
        Property(name, ok, held[ok], "" if ok else WHAT_NEXT.get(name, WHAT_NEXT_ELSE)) for name, ok in found.items()
    ]


def probe_program() -> str:
    """The text of the program that tries the properties; it prints {property: whether it holds} as JSON."""
    return Path(__file__).with_name("inside.py").read_text("utf-8")


def _answers(port: int, secret: str) -> dict[str, bool]:
    script = Path(__file__).with_name("inside.py")
    mounts = (*python_mounts(Path(sys.prefix)), Mount(script, "/opt/probe.py"))
    sandbox = Sandbox(mounts, limits=Limits(cpu_s=10, memory_mb=1024, processes=64, wall_s=20))
    try:
        done = run_unchecked(sandbox, [sys.executable, "-I", "/opt/probe.py", str(port), secret])
        answers = json.loads(done.stdout)
    except (OSError, ValueError) as error:
        words = done.stderr.decode(errors="replace").strip()[-300:] if "done" in locals() else str(error)
        raise SandboxError(f"the sandbox did not start: {words}", next=WHAT_NEXT["start"]) from error
    return {str(name): bool(ok) for name, ok in answers.items()}
