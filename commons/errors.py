"""Every error a person may see: what was found, where, and what to do next.

ShuyuanError
├── BadInput (400)          the input is wrong
│   ├── Faults              several faults of one input, all at once
│   └── TooLarge (413)
├── NotSignedIn (401)
├── NotAllowed (403)
├── NotFound (404)
├── Conflict (409)
├── LimitReached (429)
└── Unavailable (503)       a part this needs is not there now
    └── SandboxError        code nobody trusts is not run without its walls
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = [
    "BadInput",
    "Conflict",
    "Faults",
    "LimitReached",
    "NotAllowed",
    "NotFound",
    "NotSignedIn",
    "SandboxError",
    "ShuyuanError",
    "TooLarge",
    "Unavailable",
]


class ShuyuanError(Exception):
    """Base of the tree: `found`, `where` and `next` are whole phrases a person can act on.

    >>> str(NotFound("no scene 'atrium'", where="scene.json", next="Did you mean 'garden'?"))
    "no scene 'atrium' — scene.json. Did you mean 'garden'?"
    >>> str(NotFound("no scene 'atrium'", next="shuyuan scene list shows them."))
    "no scene 'atrium'. shuyuan scene list shows them."
    """

    code = "error"
    status = 500

    def __init__(self, found: str, *, where: str = "", next: str = "") -> None:
        self.found, self.where, self.next = found, where, next
        head = f"{found} — {where}." if where else found
        if next and head[-1:] not in ".!?:…。！？：":
            head += "."
        super().__init__(f"{head} {next}".strip())

    def as_json(self) -> dict[str, dict[str, str]]:
        """The one error shape of every endpoint."""
        return {"error": {"code": self.code, "message": self.found, "where": self.where, "next": self.next}}


class BadInput(ShuyuanError):
    code, status = "bad-input", 400


class Faults(BadInput):
    """Several faults found in one input; a validator collects them all before it speaks."""

    code = "faults"

    def __init__(self, faults: Sequence[str], *, where: str = "", next: str = "") -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults), where=where, next=next)


class TooLarge(BadInput):
    code, status = "too-large", 413


class NotSignedIn(ShuyuanError):
    code, status = "not-signed-in", 401


class NotAllowed(ShuyuanError):
    code, status = "not-allowed", 403


class NotFound(ShuyuanError):
    code, status = "not-found", 404


class Conflict(ShuyuanError):
    code, status = "conflict", 409


class LimitReached(ShuyuanError):
    code, status = "limit-reached", 429


class Unavailable(ShuyuanError):
    code, status = "unavailable", 503


class SandboxError(Unavailable):
    code = "sandbox"
