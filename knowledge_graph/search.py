"""Search over courses, tours and concepts, in Chinese without spaces and in English, with small slips
forgiven.

Ranked by BM25 over weighted fields (Robertson, Zaragoza, Taylor 2004: "Simple BM25 extension to multiple
weighted fields"); the title counts more than the body. Matches are given as pieces of text, never as HTML.
It knows nothing of pages.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from commons.languages import Text, pick
from knowledge_graph.words import Term, distance, terms

__all__ = ["Document", "Hit", "Index", "Piece", "search"]

WEIGHTS = {"title": 4.0, "body": 1.0}
K1, B = 1.2, 0.6
LONE_CHARACTER, BEGINNING, SLIP = (
    0.25,
    0.7,
    0.6,
)  # what a weaker kind of match counts, beside 1 for a whole one
FAR_BEHIND = 0.12  # a hit with less than this share of the best one's score is noise
SILENT = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "at",
        "be",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "how",
        "i",
        "in",
        "is",
        "it",
        "my",
        "of",
        "on",
        "or",
        "the",
        "to",
        "what",
        "which",
        "with",
    ]
)
ENOUGH = 0.4  # the share of a query's weight that a document must carry to be shown
SNIPPET = 90


@dataclass(frozen=True)
class Document:
    """One thing to be found. `body` may be long; both fields in every language that there is."""

    id: str
    title: Text = field(hash=False)
    body: Text = field(hash=False)
    url: str
    kind: str


@dataclass(frozen=True)
class Piece:
    """A stretch of text, and whether it is what was searched for."""

    text: str
    match: bool


@dataclass(frozen=True)
class Hit:
    """A document found, its score (comparable within one search only), and title and snippet in pieces."""

    document: Document
    score: float
    title: tuple[Piece, ...]
    snippet: tuple[Piece, ...]


def search(query: str, documents: Iterable[Document], *, language: str = "zh-CN", limit: int = 20) -> list[Hit]:
    """The documents that answer `query`, best first; texts of the hits in `language`. Keep an `Index` to ask
    often.

    >>> gate = Document("gate", {"zh-CN": "月洞门", "en": "Moon gate"}, {"en": "A round opening."}, "/x", "stop")
    >>> [hit.document.id for hit in search("moon gaet", [gate])], search("电视", [gate])
    (['gate'], [])
    """
    return Index(documents).search(query, language=language, limit=limit)


class Index:
    """Documents made ready to be searched; made once, it does not change."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents: Sequence[Document] = tuple(documents)
        counts = [{name: _counts(getattr(one, name)) for name in WEIGHTS} for one in self.documents]
        sizes = [{name: sum(field.values()) for name, field in fields.items()} for fields in counts]
        usual = {name: (sum(size[name] for size in sizes) / len(sizes) if sizes else 0) or 1 for name in WEIGHTS}
        self._postings: dict[str, dict[int, float]] = {}
        for number, (fields, size) in enumerate(zip(counts, sizes, strict=True)):
            for name, weight in WEIGHTS.items():
                norm = 1 - B + B * size[name] / usual[name]
                for term, count in fields[name].items():
                    places = self._postings.setdefault(term, {})
                    places[number] = places.get(number, 0.0) + weight * count / norm

    def search(self, query: str, *, language: str = "zh-CN", limit: int = 20) -> list[Hit]:
        """The documents that answer `query`, best first, at most `limit`; an empty query finds nothing."""
        said = list(dict.fromkeys(term.text for term in terms(query[:200])))
        asked = [term for term in said if term not in SILENT] or said
        scores: dict[int, float] = {}
        carried: dict[int, float] = {}
        for term in asked:
            best: dict[int, float] = {}
            for word, share in self._meant(term):
                for number, score in self._scores(word).items():
                    best[number] = max(best.get(number, 0.0), score * share)
            for number, score in best.items():
                scores[number] = scores.get(number, 0.0) + score * _weight(term)
                carried[number] = carried.get(number, 0.0) + _weight(term)
        enough, best_score = ENOUGH * _most(asked), max(scores.values(), default=0.0)
        found = [n for n in scores if carried[n] >= enough and scores[n] >= FAR_BEHIND * best_score]
        found.sort(key=lambda number: (-scores[number], self.documents[number].id))
        meant = {word for term in asked for word, _ in self._meant(term)}
        return [self._hit(number, scores[number], meant, language) for number in found[:limit]]

    def _scores(self, word: str) -> dict[int, float]:
        places = self._postings.get(word, {})
        rarity = math.log(1 + (len(self.documents) - len(places) + 0.5) / (len(places) + 0.5))
        return {number: rarity * count * (K1 + 1) / (count + K1) for number, count in places.items()}

    def _meant(self, term: str) -> list[tuple[str, float]]:
        """The indexed words that `term` may stand for: itself, else words it begins, else words it is a slip
        of.
        """
        if term in self._postings:
            return [(term, 1.0)]
        if not term.isascii() or len(term) < 3 or term.isdigit():
            return []
        known = [word for word in self._postings if word.isascii()]
        if begun := [word for word in known if word.startswith(term)]:
            return [(word, BEGINNING) for word in begun]
        most = 1 if len(term) < 6 else 2
        # The first letter is seldom the wrong one (Pollock and Zamora 1984).
        near = [((distance(term, word, most), word[0] != term[0]), word) for word in known if len(word) > 2]
        least = min((far for far, _ in near), default=(most + 1, True))
        return [(word, SLIP) for far, word in near if far == least and far[0] <= most]

    def _hit(self, number: int, score: float, meant: set[str], language: str) -> Hit:
        document = self.documents[number]
        title, body = pick(document.title, language), pick(document.body, language)
        return Hit(document, score, _pieces(title, meant), _pieces(*_snippet(body, meant)))


def _counts(text: Text) -> Counter[str]:
    return Counter(term.text for words in text.values() for term in terms(words))


def _weight(term: str) -> float:
    return LONE_CHARACTER if len(term) == 1 and not term.isascii() else 1.0


def _most(asked: list[str]) -> float:
    """The weight a document must be measured against: of Chinese, the characters alone, for one wrong one
    breaks two pairs.
    """
    chinese = [term for term in asked if not term.isascii() and len(term) == 1]
    return sum(_weight(term) for term in chinese) + sum(1.0 for term in asked if term.isascii())


def _marks(text: str, meant: set[str]) -> list[Term]:
    """The places of `meant` in `text`, overlapping ones joined; lone characters only where no longer match
    exists.
    """
    found = [term for term in terms(text) if term.text in meant]
    long = [term for term in found if _weight(term.text) == 1.0]
    joined: list[Term] = []
    for term in long or found:
        if joined and term.start <= joined[-1].end:
            last = joined.pop()
            term = Term("", last.start, max(last.end, term.end))
        joined.append(term)
    return joined


def _pieces(text: str, meant: set[str], opening: str = "", closing: str = "") -> tuple[Piece, ...]:
    pieces, at = [Piece(opening, False)], 0
    for mark in _marks(text, meant):
        pieces += [Piece(text[at : mark.start], False), Piece(text[mark.start : mark.end], True)]
        at = mark.end
    pieces += [Piece(text[at:], False), Piece(closing, False)]
    return tuple(piece for piece in pieces if piece.text)


def _snippet(body: str, meant: set[str]) -> tuple[str, set[str], str, str]:
    """About SNIPPET characters of `body` around the first match, with dots where something was cut off."""
    marks = _marks(body, meant)
    start = max(0, marks[0].start - SNIPPET // 3) if marks else 0
    if start and body[start - 1].isascii():
        start = body.find(" ", start) + 1 or start
    end = start + SNIPPET
    if end < len(body) and body[end].isascii():
        end = max(body.rfind(" ", start, end), start + SNIPPET // 2)
    return body[start:end], meant, "…" if start else "", "…" if end < len(body) else ""
