"""Mastery by a logistic model on counts: how likely the next answer on a concept is right, from what was
right and wrong so far.

Form (after performance factors analysis: Pavlik, Cen, Koedinger 2009), log-odds = sum of weight × feature:

bias        1 right       log(1 + right answers on the concept) wrong       log(1 + wrong answers on the
concept) below       evidence on its direct prerequisites: mean of log((right + 1) / (wrong + 1)), 0 without
prerequisites overall     the learner's evidence on everything: log((all right + 2) / (all wrong + 2))
difficulty  depth of the concept in the graph, 0 (needs nothing) to 1 (deepest)

It knows counts and the graph alone: no clock, no text, no item. The weights that ship are in
`coefficients.json`, fitted on synthetic learners (`recommender.fit`), and say so there.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from commons.errors import BadInput
from knowledge_graph.model import Graph
from knowledge_graph.queries import depths

__all__ = [
    "FEATURES",
    "KNOWN",
    "Coefficients",
    "Counts",
    "CountsModel",
    "Mastery",
    "MasteryModel",
    "difficulties",
    "evidence",
    "features",
    "load_coefficients",
    "overall_of",
]

FEATURES = ("bias", "right", "wrong", "below", "overall", "difficulty")
KNOWN = 0.7  # a concept counts as known from this probability on, once an answer on it was right


@dataclass(frozen=True)
class Counts:
    """Right and wrong answers on one concept (fractions where an answer was partly right), and when the last
    was given.
    """

    right: float
    wrong: float
    last: datetime


@dataclass(frozen=True)
class Mastery:
    """`p`: estimated probability that the next answer on the concept is right; the counts are what it rests
    on.
    """

    p: float
    right: float
    wrong: float
    last: datetime | None

    @property
    def known(self) -> bool:
        """Whether the learner has shown it: likely right again, and at least one answer's worth was right."""
        return self.p >= KNOWN and self.right >= 1


@dataclass(frozen=True)
class Coefficients:
    """One weight for each of FEATURES, and where they come from (`origin`: data, its hash, figures, terms)."""

    weights: Mapping[str, float]
    origin: Mapping[str, object]


def load_coefficients(path: Path | None = None) -> Coefficients:
    """The coefficients of `path` (default: those that ship). Raises BadInput when a weight is missing,
    strange or not finite.
    """
    path = path or Path(__file__).parent / "coefficients.json"
    try:
        page = json.loads(path.read_text("utf-8"))
        weights = {name: float(value) for name, value in page["weights"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"no coefficients can be read ({error})", where=path.name, next="Run recommender.fit."
        ) from error
    if set(weights) != set(FEATURES) or not all(math.isfinite(weight) for weight in weights.values()):
        raise BadInput("the weights are not the model's", where=path.name, next=f"Wanted {', '.join(FEATURES)}.")
    return Coefficients(weights, page.get("origin", {}))


def evidence(right: float, wrong: float, prior: float = 1.0) -> float:
    """Log-odds of what was answered, held near 0 by `prior` imagined answers on both sides.

    >>> evidence(0, 0), evidence(3, 0) > evidence(2, 0) > 0 > evidence(0, 1)
    (0.0, True)
    """
    return math.log((right + prior) / (wrong + prior))


def features(
    right: float, wrong: float, below: Sequence[tuple[float, float]], overall: float, difficulty: float
) -> tuple[float, ...]:
    """One row in the order of FEATURES; `below` are the (right, wrong) of the direct prerequisites.

    >>> features(0, 0, [], 0.0, 0.5)
    (1.0, 0.0, 0.0, 0.0, 0.0, 0.5)
    """
    prior = sum(evidence(*one) for one in below) / len(below) if below else 0.0
    return (1.0, math.log1p(right), math.log1p(wrong), prior, overall, difficulty)


def difficulties(graph: Graph) -> dict[str, float]:
    """For each concept its depth in the graph, from 0 (needs nothing) to 1 (deepest)."""
    deep = depths(graph)
    deepest = max(deep.values(), default=0) or 1
    return {concept: depth / deepest for concept, depth in deep.items()}


class MasteryModel(Protocol):
    """What estimates mastery from counts. `tests/recommender/contract.py` says what every one must keep."""

    def mastery(self, counts: Mapping[str, Counts], concepts: Collection[str] | None = None) -> dict[str, Mastery]:
        """The mastery of `concepts`, or of every concept of the graph; ids the graph lacks are left out."""


class CountsModel:
    """The model over one graph. Pure: the same counts give the same probabilities, in any order of
    answering.
    """

    def __init__(self, graph: Graph, coefficients: Coefficients) -> None:
        self._graph = graph
        self._weights = [coefficients.weights[name] for name in FEATURES]
        self._difficulty = difficulties(graph)

    def mastery(self, counts: Mapping[str, Counts], concepts: Collection[str] | None = None) -> dict[str, Mastery]:
        """The mastery of `concepts` (default: every one of the graph); counts on concepts the graph lacks
        count overall only.
        """
        overall = overall_of(counts)
        wanted = self._graph.concepts if concepts is None else [c for c in concepts if c in self._graph.concepts]
        found = {}
        for concept in wanted:
            own = counts.get(concept)
            right, wrong, last = (own.right, own.wrong, own.last) if own else (0.0, 0.0, None)
            below = [
                (counts[n].right, counts[n].wrong) if n in counts else (0.0, 0.0) for n in self._graph.needs[concept]
            ]
            row = features(right, wrong, below, overall, self._difficulty[concept])
            odds = sum(weight * value for weight, value in zip(self._weights, row, strict=True))
            found[concept] = Mastery(1 / (1 + math.exp(-max(-30.0, min(30.0, odds)))), right, wrong, last)
        return found


def overall_of(counts: Mapping[str, Counts]) -> float:
    """The learner's evidence on everything together."""
    return evidence(sum(one.right for one in counts.values()), sum(one.wrong for one in counts.values()), prior=2.0)
