"""The small layer between the shipped weights and what is shown, which a teacher's decisions move.

Rule: the layer starts at a prior that is written down here and is refitted from all decisions so far, never from its own
last state: the same decisions give the same layer. A decision about an edge is one example; a record that cannot be
read is left out, and nobody's name is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commons.errors import BadInput
from commons.writing import output
from knowledge_graph.review.decisions import decisions_path, edge_of, read_decisions
from knowledge_graph.review.standing import standing
from knowledge_graph.suggest.store import read_suggestions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["INPUTS", "PRIOR", "Layer", "examples_of", "learnt", "refit"]

# What the layer sees of a pair (a, b), the weight it starts with, and how far from it decisions may pull (a standard
# deviation). The weights were set by hand: none of the sets that may ship says where in a course a thing is named.
INPUTS: Mapping[str, tuple[float, float]] = {
    "constant": (-2.2, 1.5),
    "shipped log-odds": (0.6, 0.5),
    "reference distance": (1.6, 1.0),
    "order of first mention": (0.9, 0.6),
    "share of b's sentences that name a": (1.6, 1.0),
    "a inside b's name": (1.2, 0.8),
    "a named in b's definition": (1.4, 0.8),
    "near in meaning": (1.0, 0.8),
}
PRIOR = tuple(mean for mean, _ in INPUTS.values())


@dataclass(frozen=True)
class Layer:
    """A logistic layer over INPUTS; `decisions` counts what it was fitted on."""

    weights: tuple[float, ...] = PRIOR
    decisions: int = 0

    def log_odds(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Log-odds of pairs from their inputs (n, 8)."""
        import numpy as np

        return np.asarray(rows @ np.array(self.weights))


def refit(rows: Sequence[Sequence[float]], labels: Sequence[int]) -> Layer:
    """The layer of greatest posterior under the prior of INPUTS, given pairs that were accepted (1) or rejected (0)."""
    import numpy as np

    mean = np.array(PRIOR)
    precision = np.array([spread**-2 for _, spread in INPUTS.values()])
    x = np.array(rows, float).reshape(len(rows), len(INPUTS))
    y, weights = np.array(labels, float), mean.copy()
    for _ in range(50):
        said = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (y - said) - precision * (weights - mean)
        bend = (x * (said * (1 - said))[:, None]).T @ x + np.diag(precision)
        step = np.linalg.solve(bend, slope)
        weights = weights + np.clip(step, -1, 1)
        if np.abs(step).max() < 1e-9:
            break
    return Layer(tuple(round(float(one), 9) for one in weights), len(labels))


def examples_of(home: Path) -> dict[str, tuple[tuple[float, ...], int]]:
    """For each decided edge what the scorer saw and what was decided, from the record and the suggestion sets below
    `home`; what earlier sets held is remembered in `learnt.json` beside the record.
    """
    seen = _remembered(home)
    for path in sorted((home / "graph" / "suggestions").glob("*.json")):
        try:
            found = read_suggestions(path)
        except BadInput:
            continue
        seen |= {
            f"{one.before} -> {one.after}": one.features for one in found.edges if len(one.features) == len(INPUTS)
        }
    stand = standing(read_decisions(decisions_path(home)))
    decided = {key: stand.of(key) for key in stand.holding if edge_of(key)}
    labels = {
        key: int(one.kind == "accept") for key, one in decided.items() if one and one.kind in {"accept", "reject"}
    }
    return {key: (seen[key], label) for key, label in sorted(labels.items()) if key in seen}


def learnt(home: Path) -> Layer:
    """The layer after all decisions so far; what they were about is kept for when the suggestions are made anew."""
    examples = examples_of(home)
    if not examples:
        return Layer()
    _remember(home, {key: row for key, (row, _) in examples.items()})
    return refit([row for row, _ in examples.values()], [label for _, label in examples.values()])


def _remembered(home: Path) -> dict[str, tuple[float, ...]]:
    try:
        found = json.loads((home / "graph" / "learnt.json").read_text("utf-8"))
        rows = {str(key): tuple(map(float, row)) for key, row in found.items()}
        return {key: row for key, row in rows.items() if len(row) == len(INPUTS)}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _remember(home: Path, rows: Mapping[str, Sequence[float]]) -> None:
    folder = home / "graph"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({key: list(row) for key, row in sorted(rows.items())}, ensure_ascii=False) + "\n"
    with output(folder / "learnt.json") as file:
        file.write(text.encode())
