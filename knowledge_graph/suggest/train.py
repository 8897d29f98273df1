"""`python -m knowledge_graph.suggest.train [DATA] [OUT]`: the weights that ship, fitted anew.

Rule: metacademy, MOOCCube and KCs4EDU alone (CC BY-SA, CC0, CC BY); AL-CPL and University Course only measure. These
sets list what is a prerequisite and nothing else, so negatives are made: every edge turned round, and for each edge two
pairs of concepts of its set between which no path runs.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from commons.settings import load_settings
from knowledge_graph.bench_prereq_sets import EdgeSet, kcs4edu, metacademy, mooccube
from knowledge_graph.suggest.features import Things, things
from knowledge_graph.suggest.weights import SHIPPED, Weights, fit_weights, write_weights
from knowledge_graph.vectors import Vectors, best

__all__ = ["SEED", "examples", "figures", "free_sets", "main", "train"]

SEED, OTHERS = 0, 2
Example = tuple[Things, Sequence[tuple[int, int]], Sequence[int]]


def free_sets(root: Path) -> list[EdgeSet]:
    """The sets whose licences let weights ship."""
    graphs = [kcs4edu(root, name) for name in ("DBE-KT22", "WDKG-KnowledgePoints")]
    return [metacademy(root), mooccube(root), *graphs]


def examples(given: EdgeSet, seed: int = SEED) -> tuple[list[tuple[int, int]], list[int]]:
    """Pairs (before, after) and labels: each edge, its reverse, and two pairs without a path; in that order, edge by edge."""
    import networkx as nx
    import numpy as np

    random = np.random.default_rng(seed)
    graph = nx.DiGraph(given.edges)
    below = {one: nx.descendants(graph, one) for one in graph}
    there = set(given.edges)
    pairs: list[tuple[int, int]] = []
    labels: list[int] = []
    for before, after in given.edges:
        if (after, before) in there or before == after:
            continue
        pairs += [(before, after), (after, before)]
        free: list[tuple[int, int]] = []
        while len(free) < OTHERS:
            a, b = (int(one) for one in random.integers(len(given.names), size=2))
            if a != b and b not in below.get(a, ()) and a not in below.get(b, ()):
                free.append((a, b))
        pairs += free
        labels += [1, 0, *[0] * OTHERS]
    return pairs, labels


def figures(weights: Weights, example: Example) -> dict[str, float]:
    """AP, AUC and the share of edges that score above their reverse, of one set."""
    import numpy as np
    from sklearn.metrics import average_precision_score, roc_auc_score

    given, pairs, labels = example
    scores = weights.log_odds(given, *zip(*pairs, strict=True))
    edges = np.flatnonzero(np.array(labels) == 1)
    right = float((scores[edges] > scores[edges + 1]).mean())
    ap, auc = average_precision_score(labels, scores), roc_auc_score(labels, scores)
    return {"ap": round(float(ap), 3), "auc": round(float(auc), 3), "direction": round(right, 3)}


def train(root: Path, vectors: Vectors) -> Weights:
    """The weights fitted on the free sets but WDKG, whose edges join every point of one course with every point of the
    next (with it MOOCCube falls from AP .49 to .33); `about` holds how each set does when it is left out.
    """
    sets = [one for one in free_sets(root) if one.key != "wdkg"]
    made: list[Example] = [(things(one.names, one.texts, vectors), *examples(one)) for one in sets]
    left_out = {}
    for number, one in enumerate(sets):
        rest = [example for other, example in enumerate(made) if other != number]
        left_out[one.key] = figures(fit_weights(rest, vectors.name), made[number])
    content = repr([(one.names, one.texts, one.edges) for one in sets]).encode()
    about = {
        "sets": [one.key for one in sets],
        "data_sha256": hashlib.sha256(content).hexdigest(),
        "seed": SEED,
        "each_set_left_out": left_out,
    }
    return fit_weights(made, vectors.name, about)


def main(arguments: Sequence[str]) -> int:
    """Fit and write; or one line that says what is absent."""
    settings = load_settings(os.environ)
    root = Path(arguments[0]) if arguments else settings.data / "kg"
    if not (root / "metacademy").is_dir():
        sys.stdout.write(f"skipped: no metacademy in {root}; name the folder, or set SHUYUAN_DATA\n")
        return 0
    weights = train(root, best(settings))
    write_weights(Path(arguments[1]) if len(arguments) > 1 else SHIPPED, weights)
    sys.stdout.write(f"{weights.about}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
