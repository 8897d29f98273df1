"""How well a sentence fits a question, in numbers: the words in common, the words of like meaning in the sentence and around it,
nearness in meaning of sentence, passage and title in the asker's language and in the other, and whether the kind of thing that is
asked for is there.

The rule kept here: everything is worked out from the passages beforehand but for the question's own vectors, and of these nothing is kept.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commons.languages import LANGUAGES, pick
from knowledge_graph.vectors import cached
from vr_scenes.guide.sources import Passage, sentences
from vr_scenes.guide.words import content, gives, wants

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from knowledge_graph.vectors import Finder, Vectors

__all__ = ["SIGNS", "WHOLE", "Fits", "Sources"]

SIGNS = (
    "words", "title_words", "meant", "weakest", "meant_around", "weakest_around", "sentence", "passage", "title", "other_language", "lead",
    "found", "found_titled", "found_passage", "found_other", "lead_found", "lead_titled", "lead_passage", "lead_other", "lacks",
    "lacks_around", "concept", "tour", "part",
)  # fmt: skip
ASKED = ("count", "person", "name", "reason", "way", "whether", "time", "material")
WHOLE = ("strange_words", "strangest", "words_asked", "english", *(f"asks_{name}" for name in ASKED))
USUAL = 0.8  # how near E5 says that anything is to anything
FAR = 0.5  # nearness in meaning of two words below which they have nothing in common


@dataclass(frozen=True)
class Fits:
    """Of one question: `signs` (sentences, SIGNS), and `whole` (WHOLE,) of the question itself."""

    signs: NDArray
    whole: NDArray


class Sources:
    """Passages made ready, sentence by sentence. `vectors` tell how near words and sentences are, `finder` which passage a question
    looks for. Every sentence and word is embedded once; a cache in `kept` keeps these, and never a question.
    """

    def __init__(self, passages: Sequence[Passage], vectors: Vectors, finder: Finder, kept: Path | None = None) -> None:
        self.passages, self._vectors, self._finder = tuple(passages), vectors, finder
        near, far = (cached(vectors, kept), cached(finder, kept)) if kept else (vectors, finder)
        self._spoken = {language: _Spoken(self.passages, near, far, language) for language in LANGUAGES}

    def lines(self, language: str) -> Sequence[tuple[int, int]]:
        """Of each sentence: the number of its passage, and its own in it."""
        return self._spoken[language].lines

    def sentences(self, passage: int, language: str) -> Sequence[str]:
        """The sentences of a passage."""
        return self._spoken[language].texts[passage]

    def fits(self, question: str, language: str) -> Fits:
        """The numbers of `question`."""
        import numpy as np

        own, other = (self._spoken[one] for one in sorted(LANGUAGES, key=lambda one: one != language))
        words, kinds = content(question), wants(question)
        (asked, *rows), looked = self._vectors.embed([question, *words]), self._finder.ask(question)
        sentence = own.rows @ asked
        shares, strange = own.shares(words, np.array(rows).reshape(len(words), len(asked)))
        passage = np.stack([own.whole @ asked, own.titles @ asked, other.nearest(asked)], 1)[own.of]
        lacks = np.array([[len(kinds - found) for found in each] for each in (own.kinds, own.kinds_around)], float).T
        of_kind = np.array([[one.kind == kind for kind in ("concept", "tour", "part")] for one in self.passages], float)
        found = np.stack(
            [
                own.found @ looked,
                own.found_titled @ looked,
                *((one.found_whole @ looked)[own.of] for one in (own, other)),
            ],
            1,
        )
        signs = np.concatenate(
            [
                shares,
                sentence[:, None],
                passage,
                _lead(sentence[:, None]),
                (found - USUAL) * 10,
                _lead(found),
                lacks,
                of_kind[own.of],
            ],
            1,
        )
        asks = [float(kind in kinds) for kind in ASKED]
        whole = [strange.mean(), strange.max(), math.log1p(len(words)), float(language == "en"), *asks]
        return Fits(signs, np.array(whole))


def _lead(columns: NDArray) -> NDArray:
    """How far each row is ahead of the others (rows, columns), in standard deviations."""
    return (columns - columns.mean(0)) / (columns.std(0) + 1e-6)


class _Spoken:
    """The passages in one language. `of` (sentences,) tells the passage of each."""

    def __init__(self, passages: Sequence[Passage], vectors: Vectors, finder: Vectors, language: str) -> None:
        import numpy as np

        whole, titles = ([pick(getattr(one, name), language) for one in passages] for name in ("text", "title"))
        self.texts = [sentences(text) or [text] for text in whole]
        self.lines = [(at, number) for at, lines in enumerate(self.texts) for number in range(len(lines))]
        self.of = np.array([at for at, _ in self.lines])
        flat = [line for lines in self.texts for line in lines]
        self.rows, self.whole, self.titles = (vectors.embed(texts) for texts in (flat, whole, titles))
        titled = [f"{titles[at]}: {line}" for at, line in zip(self.of, flat, strict=True)]
        both = [f"{title} {text}" for title, text in zip(titles, whole, strict=True)]
        self.found, self.found_titled, self.found_whole = (finder.embed(texts) for texts in (flat, titled, both))
        self.kinds, self.kinds_around = [gives(line) for line in flat], [gives(whole[at]) for at in self.of]
        heads = [frozenset(content(title)) for title in titles]
        self.heads = [heads[at] for at in self.of]
        words = [frozenset(content(line)) for line in flat]
        around = [frozenset(content(whole[at])) | heads[at] for at in self.of]
        self.count = Counter(word for at in range(len(whole)) for word in frozenset(content(whole[at])) | heads[at])
        self.around = around
        self.all = list(self.count)
        self.meanings = vectors.embed(self.all)
        place = {word: at for at, word in enumerate(self.all)}
        self.member, self.member_around = (np.zeros((len(flat), len(self.all)), bool) for _ in "ab")
        for row, (own, more) in enumerate(zip(words, around, strict=True)):
            self.member[row, [place[word] for word in own | self.heads[row] if word in place]] = True
            self.member_around[row, [place[word] for word in more]] = True

    def nearest(self, asked: NDArray) -> NDArray:
        """How near the nearest sentence of each passage is: (passages,)."""
        import numpy as np

        top = np.full(len(self.texts), -1.0)
        np.maximum.at(top, self.of, self.rows @ asked)
        return top

    def shares(self, asked: Sequence[str], rows: NDArray) -> tuple[NDArray, NDArray]:
        """Of the words `asked` with their vectors `rows`, for each sentence (sentences, 6): the share of their weight that
        its passage has, its title; the share it has in meaning and its weakest word, in the sentence and around it. And how
        strange each word is to all of them (words,).
        """
        import numpy as np

        if not asked:
            return np.zeros((len(self.lines), 6)), np.zeros(1)
        weights = np.array([math.log(1 + len(self.texts) / (1 + self.count[word])) for word in asked])
        weights /= weights.sum()
        same, title = (
            np.array([[word in own for own in each] for word in asked]).T @ weights
            for each in (self.around, self.heads)
        )
        near = np.clip((rows @ self.meanings.T - FAR) / (1 - FAR), 0, 1)
        found = [same, title]
        for member in (self.member, self.member_around):
            best = np.array([np.where(member, one, 0.0).max(1) for one in near])
            found += [best.T @ weights, best.min(0)]
        return np.stack(found, 1), 1 - near.max(1)
