"""Why something has no mark: short codes in the store, words in every language here.

Rule: a code is `name` or `name argument` (`timeout 20`); what a learner reads says what happened, what is safe and what to do.
"""

from __future__ import annotations

from functools import cache

from commons.languages import LANGUAGES, Messages, load_messages

__all__ = ["messages", "reason_text", "reason_words"]


@cache
def messages() -> Messages:
    """The message catalogue, read at the first use."""
    return load_messages()


def reason_words(reason: str, language: str) -> str:
    """The words of a reason code in one language; "" for no reason."""
    if not reason:
        return ""
    name, _, argument = reason.partition(" ")
    key = f"courses.reason.{name}"
    if key not in messages().entries:
        key = "courses.reason.engine"
    return messages().say(key, language, what=argument)


def reason_text(reason: str) -> dict[str, str]:
    """The words of a reason code in every language."""
    return {language: reason_words(reason, language) for language in LANGUAGES} if reason else {}
