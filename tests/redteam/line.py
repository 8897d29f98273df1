"""One line of the table: an attack and what went wrong on each side."""

from __future__ import annotations

from dataclasses import dataclass

from tests.redteam.attack import Attack, effective_on

__all__ = ["Line"]


@dataclass(frozen=True)
class Line:
    """Faults against us, without the defence, and of nbgrader; None where that side was not run or has no such door."""

    attack: Attack
    us: tuple[str, ...] | None = None
    off: tuple[str, ...] | None = None
    stock: tuple[str, ...] | None = None
    notes: str = ""
    refused: str = ""
    seconds: float = 0.0

    @property
    def effective(self) -> bool:
        """Whether the attack reached its goal without the defence, or in nbgrader."""
        return any(found is not None and effective_on(self.attack, found) for found in (self.off, self.stock))

    @property
    def withstood(self) -> bool:
        """Whether nothing at all went wrong against us."""
        return self.us == ()
