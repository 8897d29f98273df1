"""Faults that can be read in every language: an English line like any other, and the words it was made of.

Rule: a fault is its message's key (`courses.fault.<key>`) with values; a value may be a fault itself, a place for instance. What came
from elsewhere as a plain line is that line in every language.
"""

from __future__ import annotations

from commons.languages import LANGUAGES
from courses.words import messages

__all__ = ["Fault", "fault", "words_of"]


class Fault(str):
    """A line in English that knows its key and values."""

    key: str
    values: dict[str, object]

    def words(self, language: str) -> str:
        """The line in another language."""
        values = {k: v.words(language) if isinstance(v, Fault) else v for k, v in self.values.items()}
        return messages().say(f"courses.fault.{self.key}", language, **values)


def fault(key: str, **values: object) -> Fault:
    """The fault of a message's key.

    >>> fault("unit", unit="u1")
    "unit 'u1'"
    """
    made = Fault(messages().say(f"courses.fault.{key}", "en", **values))
    made.key, made.values = key, values
    return made


def words_of(line: str) -> dict[str, str]:
    """A line in every language."""
    return {x: line.words(x) if isinstance(line, Fault) else str(line) for x in LANGUAGES}
