"""A small forest of boosted trees on the counts as plain arrays: fitted by sklearn, kept in safetensors, never as pickle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Trees", "fit_trees"]

COUNT, LEAVES, DEPTH, RATE = 200, 16, 6, 0.08


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

        return self._scorer.sums(x) + self.start[0] if len(self.roots) else np.full(len(x), self.start[0])

    @cached_property
    def _scorer(self) -> _Scorer:
        return _scorer(self)


@dataclass(frozen=True)
class _Scorer:
    """The forest after QuickScorer (Lucchese and others 2015), which asks each feature once instead of walking down each
    tree. `asked`: feature, its thresholds (k,), and for 0..k of them passed the leaves that are left of each tree, as
    bits (k + 1, trees); `first`: the first bit of each set of leaves; `values` (trees, LEAVES).
    """

    asked: tuple[tuple[int, NDArray, NDArray], ...]
    first: NDArray
    values: NDArray

    def sums(self, x: NDArray) -> NDArray:
        """Sum of all trees' values (n,)."""
        import numpy as np

        left = np.full((len(x), len(self.values)), (1 << LEAVES) - 1, np.uint16)
        for feature, thresholds, masks in self.asked:
            left &= masks[np.searchsorted(thresholds, x[:, feature])]
        return self.values[np.arange(len(self.values)), self.first[left]].sum(1)


def _scorer(trees: Trees) -> _Scorer:
    import numpy as np

    nodes: dict[int, list[tuple[float, int, int]]] = {}
    values = np.zeros((len(trees.roots), LEAVES))
    for tree, root in enumerate(trees.roots.tolist()):
        leaves: list[float] = []
        _walk(trees, root, tree, leaves, nodes)
        values[tree, : len(leaves)] = leaves
    asked = []
    for feature, found in sorted(nodes.items()):
        found.sort()
        masks = np.full((len(found) + 1, len(trees.roots)), (1 << LEAVES) - 1, np.uint16)
        for passed, (_, tree, under) in enumerate(found, 1):
            masks[passed:, tree] &= np.uint16(((1 << LEAVES) - 1) & ~under)
        asked.append((feature, np.array([one[0] for one in found]), masks))
    sets = np.arange(1 << LEAVES)
    first = np.log2(np.maximum(sets & -sets, 1)).astype(np.uint8)
    return _Scorer(tuple(asked), first, values)


def _walk(
    trees: Trees, node: int, tree: int, leaves: list[float], nodes: dict[int, list[tuple[float, int, int]]]
) -> int:
    """Number the leaves below `node` from left to right; note for each split the leaves that it takes away when it is
    passed (those on its left). Gives the leaves as bits.
    """
    if trees.left[node] == node:
        leaves.append(float(trees.value[node]))
        return 1 << (len(leaves) - 1)
    under = _walk(trees, int(trees.left[node]), tree, leaves, nodes)
    nodes.setdefault(int(trees.feature[node]), []).append((float(trees.threshold[node]), tree, under))
    return under | _walk(trees, int(trees.right[node]), tree, leaves, nodes)


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
