"""The published networks keep the contract that ours keeps, at a size that trains in a moment."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from recommender.tracing import Tracer, neural
from recommender.tracing.neural import Settings, published
from tests.recommender.tracing_contract import TracerContract, split

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


def test_issue5_show_01_a_first_epoch_that_takes_too_long_is_cut_off_and_the_network_still_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[int] = []
    clip = torch.nn.utils.clip_grad_norm_

    def counted(parameters: Any, most: float) -> object:
        steps.append(1)
        return clip(parameters, most)

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", counted)
    monkeypatch.setattr(neural, "_since", lambda began: 1e9)
    train, valid, test = split()
    made = published("dkt", TINY)
    made.fit(train, valid, 0)
    assert len(steps) == 1
    assert np.isfinite(made.predict(test)).all()
