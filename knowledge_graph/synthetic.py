"""A large graph made by seed, for measuring: layers of concepts, each needing some of the layers just below it."""

from __future__ import annotations

import numpy as np

from knowledge_graph.compact import Ints

__all__ = ["layered"]


def layered(
    concepts: int = 200_000, edges: int = 1_000_000, layers: int = 100, reach: int = 3, seed: int = 0
) -> tuple[list[str], Ints, Ints]:
    """Ids, and the edges before[k] → after[k] as places in them: exactly `edges` different ones.

    Concepts are spread evenly over `layers`; each concept above the lowest layer needs one of the layer below, and
    the other edges lead from a random concept to a random one of the `reach` layers below it. The same seed gives
    the same graph (numpy's PCG64).

    >>> ids, before, after = layered(concepts=100, edges=200, layers=10)
    >>> len(ids), len(before), len(set(zip(before.tolist(), after.tolist()))), bool((before < after).all())
    (100, 200, 200, True)
    """
    dice = np.random.default_rng(seed)
    layer = np.arange(concepts, dtype=np.int64) * layers // concepts
    first = np.searchsorted(layer, np.arange(layers + 1))
    upper = np.arange(first[1], concepts, dtype=np.int64)
    found = np.unique(upper * concepts + _below(dice, layer, first, upper, 1))
    while len(found) < edges:
        after = dice.integers(first[1], concepts, edges - len(found))
        found = np.union1d(found, after * concepts + _below(dice, layer, first, after, reach))
    ids = [f"layer{number}.concept-{place}" for place, number in enumerate(layer.tolist())]
    return ids, (found % concepts).astype(np.int32), (found // concepts).astype(np.int32)


def _below(dice: np.random.Generator, layer: Ints, first: Ints, after: Ints, reach: int) -> Ints:
    down = np.minimum(dice.integers(1, reach + 1, len(after)), layer[after])
    low, high = first[layer[after] - down], first[layer[after] - down + 1]
    return low + (dice.random(len(after)) * (high - low)).astype(np.int64)
