"""`make fit-guide`: fits the guide's weights to the questions of the set `tune` and writes weights.json.

The rule kept here: the set `measure` is never read. First a softmax over all sentences of the scene, in which every sentence of a
stop that answers counts as right; then a logistic model of whether the best one answers, fitted on questions that the softmax had not
seen. The line is where so many of the unanswerable ones are refused, each fifth of the questions judged by a fit on the others.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vr_scenes.guide.answer import SURE, WEIGHTS, best_of, stops_of
from vr_scenes.guide.features import SIGNS, WHOLE, Fits, Sources
from vr_scenes.guide.questions import Question, guide_sources, read_questions

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Case", "cases", "main", "ranking", "weights"]

RIDGE, LOOSE, FOLDS, WANTED = 0.01, 0.1, 10, 0.9


class Case(NamedTuple):
    """The numbers of a question, the stop of each sentence in its language, and the stops that answer it."""

    fits: Fits
    stops: NDArray
    right: tuple[str, ...]


def cases(sources: Sources, questions: Sequence[Question]) -> list[Case]:
    """The numbers of each question."""
    places = {language: stops_of(sources, language) for language in {one.language for one in questions}}
    return [Case(sources.fits(one.question, one.language), places[one.language], one.stops) for one in questions]


def ranking(data: Sequence[Case]) -> NDArray:
    """The most likely weights of SIGNS over the questions that have an answer."""
    import numpy as np
    from scipy.optimize import minimize

    known = [(one.fits.signs, np.isin(one.stops, one.right)) for one in data if one.right]

    def loss(found: NDArray) -> tuple[float, NDArray]:
        total, slope = RIDGE * len(known) * float(found @ found) / 2, RIDGE * len(known) * found
        for signs, right in known:
            odds = signs @ found
            share = np.exp(odds - odds.max())
            share /= share.sum()
            mass = max(float(share[right].sum()), 1e-12)
            total -= float(np.log(mass))
            slope = slope + (share - share * right / mass) @ signs
        return total, slope

    return np.asarray(minimize(loss, np.zeros(len(SIGNS)), jac=True, method="L-BFGS-B").x)


def weights(data: Sequence[Case]) -> dict[str, object]:
    """The page of weights.json."""
    import numpy as np

    answered = np.array([bool(one.right) for one in data])
    numbers = _unseen(data)
    signs, (answers, always) = ranking(data), _logistic(numbers, answered)
    chance = np.zeros(len(data))
    for fold in range(FOLDS):
        rest = np.arange(len(data)) % FOLDS != fold
        own, off = _logistic(numbers[rest], answered[rest])
        chance[~rest] = 1 / (1 + np.exp(-(numbers[~rest] @ own + off)))
    line = float(np.quantile(chance[~answered], WANTED))
    return {
        "signs": _named(SIGNS, signs),
        "answers": _named((*SIGNS, *WHOLE, *SURE), answers),
        "always": round(always, 5),
        "line": round(line, 4),
    }


def _unseen(data: Sequence[Case]) -> NDArray:
    """The numbers of each question's best sentence, by a ranking that was fitted without it."""
    import numpy as np

    rows: dict[int, NDArray] = {}
    for fold in range(FOLDS):
        signs = ranking([one for at, one in enumerate(data) if at % FOLDS != fold])
        for at in range(fold, len(data), FOLDS):
            rows[at] = best_of(data[at].fits, data[at].stops, signs).numbers
    return np.array([rows[at] for at in range(len(data))])


def _logistic(numbers: NDArray, answered: NDArray) -> tuple[NDArray, float]:
    """Weights and offset of a logistic model with a ridge on numbers of one scale, told for the numbers as they are."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    mean, spread = numbers.mean(0), numbers.std(0) + 1e-9
    model = LogisticRegression(C=LOOSE, max_iter=1000).fit((numbers - mean) / spread, answered)
    own = np.asarray(model.coef_[0]) / spread
    return own, float(model.intercept_[0] - own @ mean)


def _named(names: Sequence[str], values: NDArray) -> dict[str, float]:
    return {name: round(float(one), 5) for name, one in zip(names, values, strict=True)}


def main(out: Path = WEIGHTS) -> int:
    """Write the weights."""
    page = weights(cases(guide_sources(), read_questions("tune")))
    out.write_text(json.dumps(page, indent=1) + "\n", "utf-8")
    sys.stdout.write(json.dumps(page) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
