"""`make bench-prereq`: how well prerequisites are scored, on concepts that the scorer has never seen a label of. The
last line is JSON.

Rule: 20 % of the concepts are held out; every labelled pair that touches one is a test pair and no other, so that no
label about a held-out concept is in training (both ends held out would leave 23 to 118 pairs a set). Negatives as
published; five seeds; every method sees the same split. Thresholds are chosen in training by the same game once more,
with other concepts held out; the forest is shown as it is published, with threshold one half, and once more with a
threshold chosen like ours (`forest_tuned`), which `sets_won_also_tuned` counts among the baselines.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commons.settings import load_settings
from knowledge_graph.bench_prereq_models import Ready, best_threshold, forest, ours, ready, reference_distance
from knowledge_graph.bench_prereq_sets import AL_CPL, al_cpl, university_course
from knowledge_graph.bench_prereq_transfer import transfer
from knowledge_graph.vectors import best

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["main", "measure", "split", "won"]

SEEDS, SHARE, FOLDS = (0, 1, 2, 3, 4), 0.2, 5
Scorer = Callable[[Ready, "NDArray[np.int64]", "NDArray[np.int64]", int], "NDArray[np.float64]"]
FIGURES = ("precision", "recall", "f1", "ap")


def split(data: Ready, held: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(train, test): the pairs that touch no held-out concept, and those that touch one."""
    import numpy as np

    touched = held[data.set.first] | held[data.set.second]
    return np.flatnonzero(~touched), np.flatnonzero(touched)


def measure(data: Ready, seed: int) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and AP of every method on the split of `seed`."""
    import numpy as np

    count = len(data.set.names)
    held = np.zeros(count, bool)
    held[np.random.default_rng(seed).permutation(count)[: round(SHARE * count)]] = True
    train, test = split(data, held)
    y = data.set.y[test]
    found = {"all_positive": _figures(y, np.ones(len(test)), 0.5)}
    scorers: Mapping[str, Scorer] = {"refd": reference_distance, "forest": forest, "ours": ours}
    for name, scorer in scorers.items():
        inner = _inner(scorer, data, train, held, seed)
        scores = scorer(data, train, test, seed)
        found[name] = _figures(y, scores, best_threshold(*inner))
        if name == "forest":
            found["forest_tuned"] = found[name]
            found[name] = _figures(y, scores, 0.5)
    return found


def won(rows: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    """For each baseline by how many spreads ours is ahead: the mean over seeds of the difference in F1 on the same
    split, over that difference's standard deviation. Above 1 is won.
    """
    margins = {}
    for name in rows[0]:
        gaps = [row["ours"]["f1"] - row[name]["f1"] for row in rows]
        if name != "ours":
            margins[name] = round(statistics.mean(gaps) / max(statistics.stdev(gaps), 1e-9), 2)
    return margins


def main(arguments: Sequence[str]) -> int:
    """Print a table and the JSON line, or one line that says what is absent."""
    settings = load_settings(os.environ)
    root = Path(arguments[0]) if arguments else settings.data / "kg"
    if not (root / "al-cpl").is_dir() or not (root / "cpr-recover").is_dir():
        print(f"skipped: no al-cpl and cpr-recover in {root}; name the folder, or set SHUYUAN_DATA")
        return 0
    start = time.monotonic()
    vectors = best(settings)
    sets = {name: al_cpl(root, name) for name in AL_CPL} | {"university_course": university_course(root)}
    shown = {}
    for name, given in sets.items():
        data = ready(given, vectors)
        rows = [measure(data, seed) for seed in SEEDS]
        ahead = won(rows)
        tuned = ahead["forest_tuned"] > 1
        published = all(margin > 1 for baseline, margin in ahead.items() if baseline != "forest_tuned")
        judged = {"ahead_in_spreads": ahead, "won": published, "won_also_tuned": published and tuned}
        shown[name] = _shown(rows) | judged
        _print(name, shown[name], len(given.y), time.monotonic() - start)
    total = {"bench": "prerequisites, concepts held out", "sets": len(shown)}
    counted = {"sets_won": _count(shown, "won"), "sets_won_also_tuned": _count(shown, "won_also_tuned")}
    crossed = transfer(root, vectors)
    for source, tested in crossed.items():
        print(f"trained on {source}: {tested}")
    about = {"seeds": len(SEEDS), "share": SHARE, "vectors": vectors.name}
    line = {**total, **counted, **about, **shown, "transfer": crossed, "seconds": round(time.monotonic() - start)}
    print(json.dumps(line))
    return 0


def _count(shown: Mapping[str, Mapping[str, object]], what: str) -> int:
    return sum(bool(one[what]) for one in shown.values())


def _inner(
    scorer: Scorer, data: Ready, train: NDArray[np.int64], held: NDArray[np.bool_], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Labels and scores of training pairs, each scored with a fifth of the training concepts held out."""
    import numpy as np

    rest = np.flatnonzero(~held)
    fold = np.full(len(held), -1)
    fold[rest] = np.random.default_rng(1000 + seed).permutation(len(rest)) % FOLDS
    labels, scores = [], []
    for number in range(FOLDS):
        inside, outside = split(data, held | (fold == number))
        outside = np.intersect1d(outside, train)
        if len(outside):
            labels.append(data.set.y[outside])
            scores.append(scorer(data, inside, outside, seed))
    return np.concatenate(labels), np.concatenate(scores)


def _figures(y: NDArray[np.int64], scores: NDArray[np.float64], threshold: float) -> dict[str, float]:
    from sklearn.metrics import average_precision_score, precision_recall_fscore_support

    said = (scores > threshold).astype(int)
    precision, recall, f1, _ = precision_recall_fscore_support(y, said, average="binary", zero_division=0.0)
    values = (precision, recall, f1, average_precision_score(y, scores))
    return dict(zip(FIGURES, map(float, values), strict=True))


def _shown(rows: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, object]:
    """Mean and standard deviation over the seeds of every figure of every method."""
    return {
        method: {
            figure: [
                round(statistics.mean(row[method][figure] for row in rows), 3),
                round(statistics.stdev(row[method][figure] for row in rows), 3),
            ]
            for figure in FIGURES
        }
        for method in rows[0]
    }


def _print(name: str, shown: Mapping[str, object], pairs: int, seconds: float) -> None:
    print(
        f"{name}: {pairs} pairs, {'won' if shown['won'] else 'not won'} {shown['ahead_in_spreads']} ({seconds:.0f} s)"
    )
    for method, figures in shown.items():
        if isinstance(figures, dict) and "f1" in figures:
            cells = "  ".join(f"{figure} {figures[figure][0]:.3f}±{figures[figure][1]:.3f}" for figure in FIGURES)
            print(f"  {method:<13} {cells}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
