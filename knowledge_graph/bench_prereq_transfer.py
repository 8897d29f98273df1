"""Prerequisites from one set to another: the logistic model that ships, fitted on one free set and judged on each other.

Rule: these sets publish edges alone, so negatives are made as in training (each edge turned round, and two pairs without
a path for each edge); all-positive has an AP of .25 and a direction of .5.
"""

from __future__ import annotations

from pathlib import Path

from knowledge_graph.suggest.features import things
from knowledge_graph.suggest.train import Example, examples, figures, free_sets
from knowledge_graph.suggest.weights import fit_weights
from knowledge_graph.vectors import Vectors

__all__ = ["transfer"]


def transfer(root: Path, vectors: Vectors) -> dict[str, dict[str, dict[str, float]]]:
    """Trained on → tested on → AP, AUC and the share of edges that score above their reverse; {} where a set is absent."""
    if not all((root / name).is_dir() for name in ("metacademy", "mooccube", "kcs4edu")):
        return {}
    sets = free_sets(root)
    made: list[Example] = [(things(one.names, one.texts, vectors), *examples(one)) for one in sets]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for source, example in zip(sets, made, strict=True):
        weights = fit_weights([example], vectors.name)
        others = [(one, other) for one, other in zip(sets, made, strict=True) if one.key != source.key]
        found[source.key] = {one.key: figures(weights, other) for one, other in others}
    rest = {one.key: [other for key, other in zip(sets, made, strict=True) if key.key != one.key] for one in sets}
    found["all others"] = {
        one.key: figures(fit_weights(rest[one.key], vectors.name), example)
        for one, example in zip(sets, made, strict=True)
    }
    return found
