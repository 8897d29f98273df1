"""Text as search terms: whole words in Latin script, characters and pairs of characters in Chinese, which has
no spaces.

Forms are folded (width, case, plural) so that a query and a text meet. It knows nothing of documents or
ranking.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["Term", "distance", "fold", "terms"]

RUN = re.compile(r"[a-z0-9]+|[\u3400-\u9fff]+")


@dataclass(frozen=True)
class Term:
    """A search term and where it stands in the folded text."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """`text` of the same length in small letters and half width, accents off; so that places in it are places
    in the text.

    >>> fold("Médian １２")
    'median 12'
    """
    return "".join(_fold_one(letter) for letter in text)


def _fold_one(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter).casefold()
    return plain[0] if plain else letter


def terms(text: str) -> list[Term]:
    """The terms of `text`: English words without plural s; Chinese single characters and neighbouring pairs.

    >>> [term.text for term in terms("Bridges 与曲桥")]
    ['bridge', '与', '与曲', '曲', '曲桥', '桥']
    """
    found: list[Term] = []
    for run in RUN.finditer(fold(text)):
        if run.group()[0] >= "\u3400":
            found += _chinese(run.group(), run.start())
        else:
            found.append(Term(_stem(run.group()), run.start(), run.end()))
    return found


def _chinese(run: str, start: int) -> list[Term]:
    found = []
    for index in range(len(run)):
        found.append(Term(run[index], start + index, start + index + 1))
        if index + 1 < len(run):
            found.append(Term(run[index : index + 2], start + index, start + index + 2))
    return found


def _stem(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(ss|x|ch|sh)es$", word):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def distance(left: str, right: str, most: int) -> int:
    """How many letters to insert, drop, change or swap with their neighbour; `most` + 1 when it is more than
    `most`.

    Optimal string alignment (Damerau 1964, restricted).

    >>> distance("medain", "median", 2), distance("arch", "garden", 2)
    (1, 3)
    """
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
