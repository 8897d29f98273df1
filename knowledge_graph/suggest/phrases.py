"""Noun phrases in English by their closed-class neighbours, and in Chinese by jieba's parts of speech.

Rule: a phrase is one to three words that carry meaning, next to each other; nothing is learnt and nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from knowledge_graph.suggest.stop import STOP, is_verb_like

__all__ = ["chinese_phrases", "english_phrases", "is_chinese_name"]

WORD = re.compile(r"[A-Za-z][A-Za-z-]*[A-Za-z]|[^\sA-Za-z]|[A-Za-z]")
NOUNS = ("n", "vn", "nz", "l", "an", "ng", "gn")


def english_phrases(sentence: str) -> Iterator[str]:
    """Runs of two or three meaningful words, and single ones of five letters or more.

    >>> list(english_phrases("The standard deviation is the square root of the variance."))
    ['standard deviation', 'square root', 'variance']
    """
    run: list[str] = []
    for word in [*WORD.findall(re.sub(r"`[^`]*`|https?://\S+", ". ", sentence)), "."]:
        low = word.lower()
        if word[0].isalpha() and len(word) > 2 and low not in STOP and not is_verb_like(low):
            run.append(word)
            continue
        if 2 <= len(run) <= 3:
            yield " ".join(run)
        elif len(run) == 1 and len(run[0]) >= 5:
            yield run[0]
        run = []


def chinese_phrases(sentence: str) -> Iterator[str]:
    """Nouns and runs of nouns, two to eight characters long, by jieba.

    >>> list(chinese_phrases("中位数和平均数都是代表值。"))
    ['中位数', '平均数', '代表值']
    """
    run = ""
    for one in [*_cutter().cut(re.sub(r"`[^`]*`", "。", sentence)), None]:
        if one is not None and one.flag.startswith(NOUNS) and re.fullmatch(r"[㐀-鿿]+", one.word):
            run += one.word
            continue
        if 2 <= len(run) <= 8:
            yield run
        run = ""


def is_chinese_name(text: str) -> bool:
    """Whether a Chinese text can be a name: it holds no pronoun, adverb, conjunction, particle or counting word.

    >>> is_chinese_name("中位数"), is_chinese_name("先看"), is_chinese_name("一个一个来")
    (True, False, False)
    """
    cut = list(_cutter().cut(text))
    spoken = any(one.flag.startswith(("r", "d", "y", "c", "u")) or "不" in one.word for one in cut)
    counted = len(cut) > 1 and any(one.flag == "m" and one.word[0] in "一两半几" for one in cut)
    return bool(cut) and not spoken and not counted and not cut[0].flag.startswith("p")


@cache
def _cutter() -> Any:
    import logging
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
        import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    return jieba.posseg
