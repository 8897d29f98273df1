"""A small training for these tests: synthetic answers, a network of a few numbers, and the registry it goes to."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from knowledge_graph import load_graph
from recommender.simulate_items import simulate_items
from recommender.tracing import Row
from recommender.tracing.neural import Settings
from recommender.tracing.ours import Ours
from recommender.tracing.readers import counted
from recommender.training.data import Parts, Wanted, parts
from recommender.training.registry import PLACE, SHIPPED, Registry
from recommender.training.ship import read_items

__all__ = ["FEW", "TINY", "few", "registry", "shipped"]

TINY = Settings(width=16, layers=1, heads=2, epochs=6, batch=128, rate=1e-3, window=40, patience=6, seconds=600)
FEW = Wanted(10, 100)


def few(learners: int = 40, seed: int = 0) -> Parts:
    """About 30 answers of each of so many synthetic learners."""
    return parts(rows(learners, seed))


@functools.cache
def rows(learners: int, seed: int) -> Sequence[Row]:
    return list(counted(simulate_items(load_graph(), read_items(), learners=learners, answers=30, seed=seed)))


@functools.cache
def shipped() -> Ours:
    """The tracer that ships, for tests that need any."""
    return Registry(PLACE.parent).load(SHIPPED)


def registry(tmp_path: Path) -> Registry:
    """An empty registry below `tmp_path`."""
    return Registry(tmp_path / "models" / "tracer")
