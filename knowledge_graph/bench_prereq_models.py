"""The contestants of the prerequisite bench: all-positive, reference distance, a random forest on the set's own
features, and ours; each is fitted on the same training pairs and judged on the same others.

Ours is two models whose log-odds are averaged. One is ridge regression with a kernel between pairs: how alike the two
first concepts are times how alike the two second ones are, less the same crosswise (so that (a, b) and (b, a) oppose
each other; after the Kronecker pair kernels of Ben-Hur and Noble 2005), plus how alike the pairs' features are. The
other is a forest of extra trees on the features, the names and their text vectors. Nothing in it asks which pairs
happen to be listed: in AL-CPL no pair is positive whose reverse is not listed too, which would give the answer away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knowledge_graph.bench_prereq_sets import PairSet
from knowledge_graph.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Ready", "best_threshold", "forest", "ours", "ready", "reference_distance"]

TREES, FOREST = 300, 200
NOISE, NEAR_TEXT, NEAR_ALONE, NEAR_PAIR, CROSS, ALONE_SHARE = 1.0, 0.35, 8.0, 2.5, 0.2, 0.1
WIDTH = 16


@dataclass(frozen=True)
class Ready:
    """A set with everything that knows no label: `alike` (concepts, concepts) in 0..1, `wide` the features for trees,
    `smooth` the set's own features with a normal spread each.
    """

    set: PairSet
    alike: NDArray[np.float64] = field(repr=False)
    wide: NDArray[np.float64] = field(repr=False)
    smooth: NDArray[np.float64] = field(repr=False)


def ready(given: PairSet, vectors: Vectors) -> Ready:
    """`given` with text vectors of its names and what follows from them."""
    import numpy as np
    from sklearn.preprocessing import QuantileTransformer

    text = vectors.embed(list(given.names)).astype(float)
    alone = np.sign(given.alone) * np.log1p(np.abs(given.alone))
    alone = (alone - alone.mean(0)) / (alone.std(0) + 1e-9)
    apart = ((alone[:, None] - alone[None]) ** 2).mean(-1)
    alike = np.exp((text @ text.T - 1) / NEAR_TEXT - apart / NEAR_ALONE)
    a, b = given.first, given.second
    near = (text[a] * text[b]).sum(1)
    main = _principal(text)
    wide = [given.x, near, _of_names(given), main[a], main[b], alone[a], alone[b], alone[a] - alone[b]]
    normal = QuantileTransformer(n_quantiles=100, output_distribution="normal")
    return Ready(given, alike, np.c_[tuple(wide)], normal.fit_transform(np.c_[given.x, near]) / 1.5)


def ours(data: Ready, train: NDArray[np.int64], test: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """Scores in 0..1 of the pairs `test`, fitted on the pairs `train` alone."""
    import numpy as np
    from sklearn.ensemble import ExtraTreesClassifier

    y = data.set.y[train]
    trees = ExtraTreesClassifier(TREES, max_features=0.3, min_samples_leaf=2, n_jobs=2, random_state=seed)
    both = [trees.fit(data.wide[train], y).predict_proba(data.wide[test])[:, 1], _ridge(data, train, test)]
    odds = [np.log(p / (1 - p)) for p in (np.clip(one, 0.005, 0.995) for one in both)]
    return 1 / (1 + np.exp(-(odds[0] + odds[1]) / 2))


def forest(data: Ready, train: NDArray[np.int64], test: NDArray[np.int64], seed: int) -> NDArray[np.float64]:
    """A random forest of 200 trees on the set's own features, as published re-runs use it."""
    import numpy as np
    from sklearn.ensemble import RandomForestClassifier

    trees = RandomForestClassifier(FOREST, n_jobs=2, random_state=seed)
    x, y = data.set.x, data.set.y
    return np.asarray(trees.fit(x[train], y[train]).predict_proba(x[test])[:, 1])


def reference_distance(
    data: Ready, train: NDArray[np.int64], test: NDArray[np.int64], seed: int
) -> NDArray[np.float64]:
    """RefD (Liang et al. 2015) of the pairs `test`: nothing is fitted but the threshold."""
    return data.set.x[test, data.set.refd]


def best_threshold(y: NDArray[np.int64], scores: NDArray[np.float64]) -> float:
    """The threshold of the best F1, smoothed over its seven neighbours among 81 quantiles of the scores."""
    import numpy as np

    levels = np.quantile(scores, np.linspace(0.1, 0.98, 81))
    said = scores[None, :] > levels[:, None]
    right = (said & (y == 1)).sum(1)
    f1 = 2 * right / np.maximum(said.sum(1) + (y == 1).sum(), 1)
    smooth = np.convolve(np.pad(f1, 3, mode="edge"), np.ones(7) / 7, "valid")
    return float(levels[smooth.argmax()])


def _ridge(data: Ready, train: NDArray[np.int64], test: NDArray[np.int64]) -> NDArray[np.float64]:
    import numpy as np

    y = data.set.y[train]
    gram = _kernel(data, train, train) + NOISE * np.eye(len(train))
    weights = np.linalg.solve(gram, y - y.mean())
    return np.clip(y.mean() + _kernel(data, test, train) @ weights, 0.01, 0.99)


def _kernel(data: Ready, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    import numpy as np

    a, b, k, x = data.set.first, data.set.second, data.alike, data.smooth
    straight = k[np.ix_(a[left], a[right])], k[np.ix_(b[left], b[right])]
    crossed = k[np.ix_(a[left], b[right])], k[np.ix_(b[left], a[right])]
    squares = (x[left] ** 2).sum(1)[:, None] + (x[right] ** 2).sum(1)[None] - 2 * x[left] @ x[right].T
    pairs = straight[0] * straight[1] - CROSS * crossed[0] * crossed[1]
    ends = straight[0] + straight[1] - crossed[0] - crossed[1]
    return np.asarray(pairs + ALONE_SHARE * ends + np.exp(-squares / x.shape[1] / NEAR_PAIR))


def _principal(text: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    left, sizes, _ = np.linalg.svd(text - text.mean(0), full_matrices=False)
    return np.asarray(left[:, :WIDTH] * sizes[:WIDTH])


def _of_names(given: PairSet) -> NDArray[np.float64]:
    import numpy as np

    low = [name.lower() for name in given.names]
    words: Sequence[list[str]] = [name.split() for name in low]
    rows = []
    for a, b in zip(given.first, given.second, strict=True):
        one, two = words[a], words[b]
        heads = [one[-1] in two, two[-1] in one, one[-1] == two[-1], len(set(one) & set(two))]
        rows.append([len(low[a]), len(low[b]), len(one), len(two), low[b] in low[a], low[a] in low[b], *heads])
    return np.array(rows, float)
