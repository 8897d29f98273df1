"""Switching one defence off, so that an attack can show that it is a real one.

Rule: each switch takes away exactly one defence and is undone at the end; nothing outside this process changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

__all__ = ["SWITCHES", "switched_off"]


SWITCHES: dict[str, Callable[[], AbstractContextManager[None]]] = {}


@contextmanager
def switched_off(name: str) -> Iterator[None]:
    """Without the defence `name`. Raises KeyError for one that cannot be switched off here."""
    with SWITCHES[name]():
        yield
