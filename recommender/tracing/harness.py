"""What every tracer is, and how all are judged: a probability for each answer from strictly earlier answers of the same
learner, on learners that it was not fitted on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from commons.errors import BadInput
from recommender.figures import expected_calibration_error
from recommender.tracing.answers import Answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Tracer", "appended", "judge", "predict_next"]


class Tracer(Protocol):
    """A model of answers. `fit` comes first; the same seed gives the same model."""

    def fit(self, train: Answers, valid: Answers, seed: int) -> None:
        """Learn from `train`; `valid` decides when to stop and how to calibrate."""

    def predict(self, answers: Answers) -> NDArray:
        """For each answer the probability (n,) that it is right, given only the same learner's earlier ones and what
        the answer is on. Questions and concepts may be new to the model; a table without answers gives none.
        """


def judge(right: NDArray, p: NDArray) -> dict[str, float]:
    """AUC, accuracy, log loss (nats) and expected calibration error of probabilities `p` (n,) for answers `right` (n,).

    AUC is nan where all answers are alike. Raises BadInput where the arrays do not fit or `p` leaves 0..1.
    """
    import numpy as np
    from sklearn.metrics import accuracy_score, log_loss, roc_auc_score

    if right.shape != p.shape or right.ndim != 1 or not len(right):
        raise BadInput(f"{right.shape} answers and {p.shape} probabilities", where="judge")
    if not (np.isfinite(p).all() and (p >= 0).all() and (p <= 1).all()):
        raise BadInput("a probability is not in 0..1", where="judge")
    kept = np.clip(p.astype(np.float64), 1e-7, 1 - 1e-7)
    return {
        "auc": float(roc_auc_score(right, p)) if 0 < right.sum() < len(right) else math.nan,
        "accuracy": float(accuracy_score(right, p >= 0.5)),
        "log_loss": float(log_loss(right, kept, labels=[0, 1])),
        "ece": expected_calibration_error(right, p),
    }


def appended(
    history: Answers, question: int, concepts: Sequence[int], time: float = math.nan, correct: int = 0
) -> Answers:
    """`history` (of one learner) with one answer more."""
    import numpy as np

    return replace(
        history,
        starts=history.starts + np.array([0, 1]),
        question=np.r_[history.question, question],
        edges=np.r_[history.edges, history.edges[-1] + len(concepts)],
        concept=np.r_[history.concept, np.array(concepts, np.int64)],
        correct=np.r_[history.correct, correct],
        time=np.r_[history.time, time],
        scored=np.r_[history.scored, True],
    )


def predict_next(
    tracer: Tracer, history: Answers, question: int, concepts: Sequence[int], time: float = math.nan
) -> float:
    """The probability that one learner with `history` is right on `question` next. Raises BadInput where `history` is
    not of one learner.
    """
    if len(history.learners) != 1:
        raise BadInput(f"{len(history.learners)} learners, wanted one", where="history")
    return float(tracer.predict(appended(history, question, concepts, time))[-1])
