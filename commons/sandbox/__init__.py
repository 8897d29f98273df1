"""Code and files nobody trusts run here: bubblewrap, seccomp and limits, tried on this machine before anything is let in.

It fails closed: where a property is missing, `run` and `ensure_sound` refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from commons.errors import SandboxError
from commons.sandbox.launch import Launch, command
from commons.sandbox.probe import Property, probe, probe_program
from commons.sandbox.profile import Limits, Mount, Sandbox, python_mounts
from commons.sandbox.run import Finished, run_unchecked
from commons.sandbox.seccomp import filter_fd

__all__ = [
    "Finished",
    "Launch",
    "Limits",
    "Mount",
    "Property",
    "Sandbox",
    "command",
    "ensure_sound",
    "filter_fd",
    "probe",
    "probe_program",
    "python_mounts",
    "run",
]


@cache
def ensure_sound() -> None:
    """Raise SandboxError, naming every missing property, unless all of them hold. Tried once per process."""
    missing = [one for one in probe() if not one.ok]
    if missing:
        names = "; ".join(f"{one.name}: {one.found}" for one in missing)
        raise SandboxError(f"the sandbox lacks {names}", next=missing[0].next)


def run(
    sandbox: Sandbox, argv: Sequence[str], *, stdin: bytes = b"", hear: Callable[[bytes], None] | None = None
) -> Finished:
    """Run `argv` in `sandbox` to its end; `hear` gets each line it prints. Raises SandboxError where that is not sound."""
    ensure_sound()
    return run_unchecked(sandbox, argv, stdin=stdin, hear=hear)
