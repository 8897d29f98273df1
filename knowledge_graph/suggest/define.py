"""The sentence of a course that defines a name, quoted as it stands; "" where none does.

Rule: a definition is never written by the machine; it is a sentence of the course, with its place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge_graph.suggest.read import Passage, has_chinese

__all__ = ["definition_of", "how_defining"]

SHORTEST, LONGEST = 12, 400


def definition_of(names: Sequence[str], said: Sequence[tuple[Passage, str]]) -> tuple[Passage, str] | None:
    """The most defining of the sentences `said` for any of `names` (folded), the first among equals; None where none is."""
    best: tuple[int, tuple[Passage, str]] | None = None
    for passage, sentence in said:
        if passage.kind == "heading" or not SHORTEST <= len(sentence) <= LONGEST:
            continue
        strength = max(how_defining(name, sentence) for name in names)
        if strength and (best is None or strength > best[0]):
            best = strength, (passage, sentence)
    return best[1] if best else None


def how_defining(name: str, sentence: str) -> int:
    """0 for a sentence that only mentions `name`, up to 4 for one that says what it is.

    >>> how_defining("median", "The median is the middle value."), how_defining("median", "Compute the median.")
    (4, 0)
    >>> how_defining("中位数", "排在正中间的数叫做中位数。"), how_defining("中位数", "求中位数。")
    (3, 0)
    """
    plain = re.sub(r"[*_`]|[-‐](?=\\w)", "", sentence).strip("- ").casefold()
    word = re.escape(name)
    if has_chinese(name):
        patterns = {
            4: rf"^(?:所谓)?[“「]?{word}[”」]?(?:，|（[^）]*）)?(?:就?是|指|：|——)",
            3: rf"(?:叫做?|称为|称作|就是)[“「]?{word}",
        }
    else:
        start = rf"(?:^|^(?:in|for)\b[^,]*,\s*)(?:an?\s|the\s)?{word}(?:e?s)?\b(?:\s\([^)]*\))?"
        verbs = r"(?:is|are|means?|refers?\sto|describes?|allows?|lets?|provides?|gives?|holds?|consists?\sof|:|—|–)"
        patterns = {
            4: rf"{start}\s?(?:is|are|means?|refers?\sto|:)\s*(?:an?|the|one|any|what|how)?\b",
            3: rf"(?:called|known\sas|named|is\scalled|termed)\s(?:an?\s|the\s)?[\"“]?{word}",
            2: rf"{start}\s{verbs}\s",
        }
    return max((strength for strength, pattern in patterns.items() if re.search(pattern, plain)), default=0)
