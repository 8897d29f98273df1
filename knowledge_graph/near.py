"""The nearest known word to a misspelt one, as the sentence an error ends with."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean"]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean '…'?`, or "" when nothing is near. A right name in the wrong area counts as near.

    >>> did_you_mean("statistics.medain", ["statistics.mean", "statistics.median"])
    "Did you mean 'statistics.median'?"
    >>> did_you_mean("geometry.median", ["statistics.median", "geometry.radius"])
    "Did you mean 'statistics.median'?"
    >>> did_you_mean("zzz", ["statistics.mean"])
    ''
    """
    words = sorted(known)
    tail = word.rpartition(".")[2]
    same = [one for one in words if one.rpartition(".")[2] == tail]
    near = same or get_close_matches(word, words, n=1, cutoff=0.6) or _by_tail(tail, words)
    return f"Did you mean '{near[0]}'?" if near else ""


def _by_tail(tail: str, words: list[str]) -> list[str]:
    tails = {one.rpartition(".")[2]: one for one in reversed(words)}
    return [tails[one] for one in get_close_matches(tail, sorted(tails), n=1, cutoff=0.75)]
