"""The published networks keep the contract that ours keeps, at a size that trains in a moment."""

from __future__ import annotations

from recommender.tracing import Tracer
from recommender.tracing.neural import Settings, published
from tests.recommender.tracing_contract import TracerContract

TINY = Settings(width=16, heads=2, epochs=6, batch=256, rate=1e-2, dropout=0.0)


class TestDKT(TracerContract):
    def make(self) -> Tracer:
        return published("dkt", TINY)


class TestSAKT(TracerContract):
    def make(self) -> Tracer:
        return published("sakt", TINY)


class TestAKT(TracerContract):
    def make(self) -> Tracer:
        return published("akt", TINY)


class TestSimpleKT(TracerContract):
    def make(self) -> Tracer:
        return published("simplekt", TINY)
