"""Every attack, in the order of the table."""

from __future__ import annotations

from tests.redteam.attack import Attack
from tests.redteam.attacks import bent, bombs, border, cells, ended, forged, parsers, planted, reach, read, transport

__all__ = ["ATTACKS", "by_name"]

ATTACKS: tuple[Attack, ...] = (
    *bent.ATTACKS, *read.ATTACKS, *forged.ATTACKS, *border.ATTACKS, *planted.ATTACKS, *ended.ATTACKS, *cells.ATTACKS, *parsers.ATTACKS,
    *bombs.ATTACKS, *reach.ATTACKS, *transport.ATTACKS,
)  # fmt: skip


def by_name(name: str) -> Attack:
    """The attack of that name. Raises KeyError."""
    return {attack.name: attack for attack in ATTACKS}[name]
