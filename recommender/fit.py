"""Fits the model on counts: logistic regression with an L2 penalty, learners split by learner. `python -m
recommender.fit` writes the coefficients that ship, from synthetic learners alone; data of real people are
never fitted into what ships.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from commons.errors import BadInput
from knowledge_graph import load_graph
from knowledge_graph.model import Graph
from recommender.figures import figures
from recommender.mastery import FEATURES, difficulties, evidence, features
from recommender.simulate import Given, simulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Fitted", "fit", "logistic", "main", "predict", "rows", "split"]

L2 = 1.0
SEED, LEARNERS, ANSWERS = 20, 3000, 60


@dataclass(frozen=True)
class Fitted:
    """The weights by feature, the figures on held-out learners, and those of the constant baseline there."""

    weights: dict[str, float]
    held_out: dict[str, float]
    constant: dict[str, float]
    learners: int
    answers: int


def rows(
    given: Iterable[Given], needs: Mapping[str, Sequence[str]], difficulty: Mapping[str, float]
) -> list[tuple[float, ...]]:
    """The features before each answer of one learner; an answer on several concepts has the mean of their
    rows.

    A row is made before its answer is counted, so that no answer explains itself.
    """
    counts: dict[str, tuple[float, float]] = {}
    all_right = all_wrong = 0.0
    made = []
    for one in given:
        overall = evidence(all_right, all_wrong, prior=2.0)
        own = []
        for concept in one.concepts:
            below = [counts.get(need, (0.0, 0.0)) for need in needs.get(concept, ())]
            own.append(features(*counts.get(concept, (0.0, 0.0)), below, overall, difficulty.get(concept, 0.5)))
        made.append(tuple(sum(column) / len(own) for column in zip(*own, strict=True)))
        for concept in one.concepts:
            right, wrong = counts.get(concept, (0.0, 0.0))
            counts[concept] = (right + one.right, wrong + (not one.right))
            all_right, all_wrong = all_right + one.right, all_wrong + (not one.right)
    return made


def logistic(x: NDArray, y: NDArray, l2: float = L2) -> NDArray:
    """The weights (d,) for features `x` (n, d), whose first column is the bias and is not penalised, and
    answers `y` (n,) of 0 and 1.

    Raises BadInput when the search does not end well.
    """
    import numpy as np
    from scipy.optimize import minimize
    from scipy.special import expit

    kept = np.r_[0.0, np.full(x.shape[1] - 1, l2)]

    def loss(w: NDArray) -> tuple[float, NDArray]:
        odds = x @ w
        value = np.logaddexp(0, odds).sum() - y @ odds + 0.5 * kept @ (w * w)
        return float(value), x.T @ (expit(odds) - y) + kept * w

    found = minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": 500})
    if not np.isfinite(found.x).all() or not found.success:
        raise BadInput(f"the fit did not end well: {found.message}", where="recommender.fit")
    return found.x


def predict(x: NDArray, weights: NDArray) -> NDArray:
    """Probabilities (n,) for features `x` (n, d)."""
    from scipy.special import expit

    return expit(x @ weights)


def split(learners: int, seed: int, share: float = 0.2) -> NDArray:
    """Which of `learners` are held out: a boolean array (learners,), the same for the same seed."""
    import numpy as np

    order = np.random.default_rng(seed).permutation(learners)
    held = np.zeros(learners, dtype=bool)
    held[order[: max(1, round(learners * share))]] = True
    return held


def fit(
    people: Sequence[Sequence[Given]], needs: Mapping[str, Sequence[str]], difficulty: Mapping[str, float], seed: int
) -> Fitted:
    """Fit on four fifths of `people`, judge on the rest."""
    import numpy as np

    held = split(len(people), seed)
    x = np.array([row for one in people for row in rows(one, needs, difficulty)])
    y = np.array([float(answer.right) for one in people for answer in one])
    test = np.repeat(held, [len(one) for one in people])
    weights = logistic(x[~test], y[~test])
    return Fitted(
        {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)},
        figures(y[test], predict(x[test], weights)),
        figures(y[test], np.full(int(test.sum()), y[~test].mean())),
        len(people),
        len(y),
    )


def main(out: Path | None = None, *, graph: Graph | None = None, learners: int = LEARNERS, seed: int = SEED) -> Fitted:
    """Fit on synthetic learners of `graph` (default: the one that ships) and write the coefficients to
    `out`.
    """
    graph = graph or load_graph()
    people = list(simulate(graph, learners=learners, answers=ANSWERS, seed=seed))
    found = fit(people, graph.needs, difficulties(graph), seed)
    said = "".join(f"{one.concepts[0]} {one.right:d}\n" for person in people for one in person)
    page = {
        "weights": found.weights,
        "origin": {
            "data": "synthetic learners over the shipped graph (recommender/simulate.py); nobody's real answers",
            "terms": "ours, Apache-2.0",
            "sha256": hashlib.sha256(said.encode()).hexdigest(),
            "seed": seed,
            "learners": found.learners,
            "answers": found.answers,
            "l2": L2,
            "held_out": found.held_out,
            "constant": found.constant,
        },
    }
    path = out or Path(__file__).parent / "coefficients.json"
    path.write_text(json.dumps(page, indent=2, ensure_ascii=False) + "\n", "utf-8")
    return found


if __name__ == "__main__":
    sys.stdout.write(f"{main()}\n")
