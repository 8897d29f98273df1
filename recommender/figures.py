"""How good a probability is: AUC, accuracy, log loss, calibration error. Plain definitions, arrays of (n,)
in, numbers out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from commons.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["auc", "expected_calibration_error", "figures", "log_loss"]

BINS = 15


def auc(right: NDArray, p: NDArray) -> float:
    """The chance that a right answer got a higher probability than a wrong one, ties counting half; nan with
    one class only.

    >>> import numpy as np
    >>> auc(np.array([0, 1, 1]), np.array([0.2, 0.2, 0.9]))
    0.75
    """
    from scipy.stats import rankdata

    positive = right > 0.5
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    ranks = rankdata(p)
    return float((ranks[positive].sum() - n * (n + 1) / 2) / (n * m))


def log_loss(right: NDArray, p: NDArray) -> float:
    """Mean negative log-likelihood in nats, with p kept inside [1e-7, 1 - 1e-7]."""
    import numpy as np

    q = np.clip(p, 1e-7, 1 - 1e-7)
    return float(-np.mean(right * np.log(q) + (1 - right) * np.log(1 - q)))


def expected_calibration_error(right: NDArray, p: NDArray, bins: int = BINS) -> float:
    """Mean gap between what was promised and what came, over `bins` bins of equal width, weighted by their
    size.

    >>> import numpy as np
    >>> round(expected_calibration_error(np.array([1, 1, 0, 0]), np.full(4, 0.75)), 3)
    0.25
    """
    import numpy as np

    number = np.minimum((p * bins).astype(int), bins - 1)
    size = np.bincount(number, minlength=bins)
    gap = np.abs(np.bincount(number, p, bins) - np.bincount(number, right, bins))
    return float(gap.sum() / max(size.sum(), 1))


def figures(right: NDArray, p: NDArray) -> dict[str, float]:
    """All of them, rounded to four places. Raises BadInput when the arrays do not fit each other."""
    if right.shape != p.shape or right.ndim != 1 or not len(right):
        raise BadInput(f"{right.shape} answers and {p.shape} probabilities", where="figures")
    found = {
        "auc": auc(right, p),
        "accuracy": float(((p >= 0.5) == (right > 0.5)).mean()),
        "log_loss": log_loss(right, p),
        "ece": expected_calibration_error(right, p),
    }
    return {name: round(value, 4) for name, value in found.items()}
