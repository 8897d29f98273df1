"""Words that name no concept by themselves: closed classes, the talk of teaching, and shapes that only verbs have."""

from __future__ import annotations

import re

from knowledge_graph.suggest.words_that_say_nothing import chinese_stop_words, english_stop_words

__all__ = ["STOP", "is_empty", "is_verb_like"]

STOP = english_stop_words()
CHINESE = chinese_stop_words()
# Say nothing alone, but end many a name: expected value, straight line, fixed point.
HEADS = frozenset(["value", "line", "point", "order", "set", "step", "name", "problem", "page"])
IMPERATIVE = re.compile(
    r"(?:call|choose|compare|draw|explore|install|plot|quote|sort|speak|tell|visit|avoid|solve|dig|hold|ride|riding|coding) "
)
SENTENCE = re.compile(r"\b(?:you|we|they|it|is|are|was|were|how|what|who|to|them|that|which|by|does|can|do|my|your)\b")
VERBS = re.compile(r"(?:ly|n't|self|selves|ould)$")


def is_verb_like(word: str) -> bool:
    """Whether the word's shape says that it is no noun.

    >>> is_verb_like("quickly"), is_verb_like("variance")
    (True, False)
    """
    return bool(VERBS.search(word))


def is_empty(form: str, kind: str) -> bool:
    """Whether a folded name says nothing: a stop word, a number, one letter, a sentence.

    >>> is_empty("next step", "heading"), is_empty("median", "heading"), is_empty("3", "heading"), is_empty("小结", "heading")
    (True, False, True, True)
    """
    words = form.split()
    if not words or not re.search(r"[a-z]{2}|[㐀-鿿]{2}", form) or len(words) > 5:
        return True
    if re.search(r"[㐀-鿿]", form):
        return (
            form in CHINESE
            or bool(re.search(r"[的了吗呢吧着过你我他她它们这那哪什么]|怎么|多少|一下", form))
            or len(form) > 12
        )
    if kind == "code":
        return False
    last = words[-1] in STOP and not (len(words) > 1 and words[-1] in HEADS)
    if words[0] in STOP or last or IMPERATIVE.match(form):
        return True
    return bool(SENTENCE.search(form))
