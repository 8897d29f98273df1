"""Yardsticks without a network: a constant, and a logistic model and gradient-boosted trees on the same counts that our
own model sees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recommender.tracing.answers import Answers
from recommender.tracing.counts import Hardness, features, hardness_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Constant", "Linear", "LogisticCounts", "TreesOnCounts", "fit_linear"]


class Constant:
    """The share of right answers among the training answers, for everybody and everything."""

    p = 0.5

    def fit(self, train: Answers, valid: Answers, seed: int) -> None:
        """See Tracer."""
        self.p = float((train.correct.sum() + 1) / (len(train) + 2))

    def predict(self, answers: Answers) -> NDArray:
        """See Tracer."""
        import numpy as np

        return np.full(len(answers), self.p)


@dataclass(frozen=True)
class Linear:
    """A logistic model on counts as plain numbers: log-odds = (features - mean) / scale @ weights + bias."""

    mean: NDArray
    scale: NDArray
    weights: NDArray
    bias: float

    def odds(self, x: NDArray) -> NDArray:
        """Log-odds (n,) for features `x` (n, d)."""
        return (x - self.mean) / self.scale @ self.weights + self.bias


def fit_linear(x: NDArray, y: NDArray) -> Linear:
    """Fitted on features `x` (n, d) and answers `y` (n,). Answers all alike give a constant."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    mean, scale = x.mean(0), np.maximum(x.std(0), 0.05)
    if len(np.unique(y)) < 2:
        share = (y.sum() + 1) / (len(y) + 2)
        return Linear(mean, scale, np.zeros(x.shape[1]), float(np.log(share / (1 - share))))
    found = LogisticRegression(max_iter=300).fit((x - mean) / scale, y)
    return Linear(mean, scale, found.coef_[0], float(found.intercept_[0]))


class LogisticCounts:
    """Logistic regression on counts and lags (after performance factors analysis and DAS3H)."""

    hardness: Hardness
    linear: Linear

    def fit(self, train: Answers, valid: Answers, seed: int) -> None:
        """See Tracer."""
        self.hardness = hardness_of(train)
        self.linear = fit_linear(features(train, self.hardness, training=True), train.correct)

    def predict(self, answers: Answers) -> NDArray:
        """See Tracer."""
        from scipy.special import expit

        return expit(self.linear.odds(features(answers, self.hardness)))


class TreesOnCounts:
    """Gradient-boosted trees (sklearn's histogram form) on the same counts; they stop early on `valid`."""

    hardness: Hardness
    model: Any

    def fit(self, train: Answers, valid: Answers, seed: int) -> None:
        """See Tracer."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        self.hardness = hardness_of(train)
        self.model = HistGradientBoostingClassifier(
            max_iter=400, learning_rate=0.06, l2_regularization=1.0, early_stopping=True, random_state=seed
        )
        self.model.fit(
            features(train, self.hardness, training=True),
            train.correct,
            X_val=features(valid, self.hardness),
            y_val=valid.correct,
        )

    def predict(self, answers: Answers) -> NDArray:
        """See Tracer."""
        import numpy as np

        x = features(answers, self.hardness)
        return self.model.predict_proba(x)[:, 1] if len(x) else np.zeros(0)
