"""Answers a question about a scene from its sources, with where it stands, or says that it does not know.

The rule kept here: first the stop is found whose sentences fit best, then whether they answer at all; both by weights that were fitted on
other questions than those it is measured on (`vr_scenes.guide.fit`, `make bench-guide`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from commons.languages import pick
from vr_scenes.guide.features import SIGNS, WHOLE, Fits, Sources
from vr_scenes.guide.sources import Passage

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LONGEST", "SURE", "WEIGHTS", "Answer", "Best", "Guide", "Weights", "best_of", "load_weights", "stops_of"]

WEIGHTS = Path(__file__).parent / "weights.json"
LONGEST = 300
"""Letters of a question; what is longer is cut."""
SURE = ("stop", "sentence_share", "odds", "ahead")


@dataclass(frozen=True)
class Weights:
    """What each of SIGNS weighs when sentences are set against each other, and each of SIGNS, WHOLE and SURE when it is asked whether
    the best one answers; it does where the chance of that is `line` at least.
    """

    signs: tuple[float, ...]
    answers: tuple[float, ...]
    always: float
    line: float


class Best(NamedTuple):
    """The stop that fits best, the sentence there that does, and its numbers (SIGNS, WHOLE, SURE)."""

    stop: str
    sentence: int
    numbers: NDArray


@dataclass(frozen=True)
class Answer:
    """What was found: `words` are sentences of `passage`, in the asker's language; `sure` is the chance that they answer. Without
    a passage the guide does not know.
    """

    words: tuple[str, ...]
    passage: Passage | None
    title: str
    sure: float

    @property
    def stop(self) -> str:
        """The stop to fly to, or ""."""
        return self.passage.stop if self.passage else ""


@lru_cache(maxsize=2)
def load_weights(file: Path = WEIGHTS) -> Weights:
    """The fitted weights."""
    found = json.loads(file.read_text("utf-8"))
    answers = tuple(found["answers"][name] for name in (*SIGNS, *WHOLE, *SURE))
    return Weights(tuple(found["signs"][name] for name in SIGNS), answers, found["always"], found["line"])


class Guide:
    """Answers about one scene. Safe for many threads: nothing changes after it was made."""

    def __init__(self, sources: Sources, weights: Weights | None = None) -> None:
        self.sources, self._weights = sources, weights or load_weights()

    def ask(self, question: str, language: str) -> Answer:
        """The best supported answer, or that there is none."""
        import numpy as np

        question = " ".join(question[:LONGEST].split())
        if not question or not self.sources.passages:
            return Answer((), None, "", 0.0)
        best = best_of(
            self.sources.fits(question, language), stops_of(self.sources, language), np.array(self._weights.signs)
        )
        sure = float(1 / (1 + np.exp(-(best.numbers @ np.array(self._weights.answers) + self._weights.always))))
        if sure < self._weights.line:
            return Answer((), None, "", sure)
        at, number = self.sources.lines(language)[best.sentence]
        passage = self.sources.passages[at]
        words = _around(self.sources.sentences(at, language), number)
        return Answer(words, passage, pick(passage.title, language), sure)


def stops_of(sources: Sources, language: str) -> NDArray:
    """The stop of each sentence."""
    import numpy as np

    return np.array([sources.passages[at].stop for at, _ in sources.lines(language)])


def best_of(fits: Fits, stops: NDArray, signs: NDArray) -> Best:
    """The best stop by the weights `signs` (SIGNS,): that with the largest share of a softmax over all sentences."""
    import numpy as np

    odds = fits.signs @ signs
    share = np.exp(odds - odds.max())
    share /= share.sum()
    names = sorted(set(stops.tolist()))
    mass = [float(share[stops == name].sum()) for name in names]
    stop = names[int(np.argmax(mass))]
    at = int(np.where(stops == stop, share, -1.0).argmax())
    first, second = np.sort(share)[::-1][:2] if len(share) > 1 else (share[0], 0.0)
    sure = [max(mass), first, odds.max(), first - second]
    return Best(stop, at, np.concatenate([fits.signs[at], fits.whole, sure]))


def _around(lines: Sequence[str], best: int) -> tuple[str, ...]:
    """The best sentence and the one after it, or before it where it is the last."""
    start = min(best, max(len(lines) - 2, 0))
    return tuple(lines[start : start + 2])
