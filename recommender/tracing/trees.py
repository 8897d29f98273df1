"""A small forest of boosted trees on the counts as plain arrays: fitted by sklearn, kept in safetensors, never as pickle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Trees", "fit_trees"]

COUNT, LEAVES, DEPTH, RATE = 80, 16, 6, 0.12


@dataclass(frozen=True)
class Trees:
    """Nodes of all trees in one row: at node i, `feature[i]` at most `threshold[i]` leads to `left[i]`, else to
    `right[i]`; a leaf leads to itself and has `value[i]`. `roots` (trees,); `start` is the log-odds without any tree.
    """

    feature: NDArray
    threshold: NDArray
    left: NDArray
    right: NDArray
    value: NDArray
    roots: NDArray
    start: NDArray

    def odds(self, x: NDArray) -> NDArray:
        """Log-odds (n,) for features `x` (n, d)."""
        import numpy as np

        node = np.repeat(self.roots[None], len(x), axis=0)
        rows = np.arange(len(x))[:, None]
        for _ in range(DEPTH):
            goes_left = x[rows, self.feature[node]] <= self.threshold[node]
            node = np.where(goes_left, self.left[node], self.right[node])
        return self.value[node].sum(1) + self.start[0]


def fit_trees(x: NDArray, y: NDArray, held: tuple[NDArray, NDArray], seed: int) -> Trees:
    """Fitted on features `x` (n, d) and answers `y` (n,), stopped early by those `held` back; answers all alike give no
    tree.
    """
    import numpy as np
    from sklearn.ensemble import HistGradientBoostingClassifier

    if len(np.unique(y)) < 2 or len(np.unique(held[1])) < 2:
        share = (y.sum() + 1) / (len(y) + 2)
        return _plain([], float(np.log(share / (1 - share))))
    found = HistGradientBoostingClassifier(
        max_iter=COUNT,
        max_leaf_nodes=LEAVES,
        max_depth=DEPTH,
        learning_rate=RATE,
        l2_regularization=1.0,
        early_stopping=True,
        random_state=seed,
    )
    found.fit(x.astype(np.float64), y, X_val=held[0].astype(np.float64), y_val=held[1])
    return _plain([one[0].nodes for one in found._predictors], float(found._baseline_prediction.ravel()[0]))


def _plain(trees: list[NDArray], start: float) -> Trees:
    import numpy as np

    sizes = np.array([len(nodes) for nodes in trees], np.int64)
    roots = np.r_[0, np.cumsum(sizes)][: len(trees)].astype(np.int64)
    parts = []
    for root, nodes in zip(roots, trees, strict=True):
        own, leaf = np.arange(len(nodes)), nodes["is_leaf"].astype(bool)
        left, right = (root + np.where(leaf, own, nodes[side].astype(np.int64)) for side in ("left", "right"))
        feature, value = np.where(leaf, 0, nodes["feature_idx"]), np.where(leaf, nodes["value"], 0.0)
        parts.append((feature.astype(np.int64), np.where(leaf, 0.0, nodes["num_threshold"]), left, right, value))
    if not parts:
        none, empty = np.zeros(0, np.int64), np.zeros(0)
        return Trees(none, empty, none, none, empty, roots, np.array([start]))
    feature, threshold, left, right, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Trees(feature, threshold, left, right, value, roots, np.array([start]))
