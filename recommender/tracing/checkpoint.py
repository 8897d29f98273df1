"""Where a training stands between two epochs, as one file of safetensors that is written whole or not at all.

A run that was killed goes on from it and comes to the same numbers as one that never was. What belongs to other data,
another seed or other settings, or cannot be read, is not used: the training then begins anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.writing import output

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn

__all__ = ["Epoch", "Run", "Tell", "features_sum", "key_of"]

ROWS = 8192


@dataclass(frozen=True)
class Epoch:
    """What is told after an epoch: it is number `done` (from 1) of `total` at most; `score` is its AUC on validation
    learners, `best` the best so far.
    """

    done: int
    total: int
    score: float
    best: float


Tell = Callable[[Epoch], None]


@dataclass
class Run:
    """A training in its course: the network, its optimiser and dice, and the best state so far with its score; `worse`
    epochs since then, `epoch` done, `spent` seconds.
    """

    net: nn.Module
    steps: torch.optim.Optimizer
    dice: torch.Generator
    kept: dict[str, Tensor] = field(default_factory=dict)
    best: float = -math.inf
    worse: int = 0
    epoch: int = 0
    spent: float = 0.0

    def write(self, file: Path, key: str) -> None:
        """Put it into `file`, in place of what was there. Raises Unavailable where it cannot be written."""
        from safetensors.torch import save

        tensors = {name: value.contiguous() for name, value in self._tensors().items()}
        page = {"key": key, "best": self.best, "worse": self.worse, "epoch": self.epoch, "spent": self.spent}
        page["rates"] = [group["lr"] for group in self.steps.param_groups]
        text = json.dumps(page)
        with output(file) as out:
            out.write(save(tensors, {"run": text, "sum": _sum(text, tensors)}))

    def go_on_from(self, file: Path, key: str) -> bool:
        """Take up what `file` holds, where that is of the training `key`; else nothing changes and it gives False."""
        if not file.is_file():
            return False
        try:
            tensors, text = _read(file)
            page = json.loads(text)
            if page["key"] != key:
                return False
            self._take(tensors, page)
        except Exception as error:
            logging.getLogger("shuyuan.recommender").warning("a checkpoint cannot be read: %s (%s)", error, file)
            return False
        return True

    def _tensors(self) -> dict[str, Tensor]:
        import torch

        found = {f"net.{name}": value.detach().clone() for name, value in self.net.state_dict().items()}
        found |= {f"kept.{name}": value for name, value in self.kept.items()}
        for number, own in self.steps.state_dict()["state"].items():
            found |= {f"steps.{number}.{name}": torch.as_tensor(value) for name, value in own.items()}
        return found | {"random.torch": torch.get_rng_state(), "random.dice": self.dice.get_state()}

    def _take(self, tensors: Mapping[str, Tensor], page: Mapping[str, Any]) -> None:
        import torch

        def part(head: str) -> dict[str, Tensor]:
            return {name.removeprefix(head): value for name, value in tensors.items() if name.startswith(head)}

        steps = self.steps.state_dict()
        steps["state"] = {}
        for name, value in part("steps.").items():
            number, _, what = name.partition(".")
            steps["state"].setdefault(int(number), {})[what] = value
        for group, rate in zip(steps["param_groups"], page["rates"], strict=True):
            group["lr"] = rate
        self.net.load_state_dict(part("net."))
        self.steps.load_state_dict(steps)
        self.kept, self.best, self.worse = part("kept."), page["best"], page["worse"]
        self.epoch, self.spent = page["epoch"], page["spent"]
        self.dice.set_state(tensors["random.dice"])
        torch.set_rng_state(tensors["random.torch"])


def key_of(net: nn.Module, parts: Iterable[str]) -> str:
    """A hash of a training before its first step: the network as it begins, the random state, and `parts` (what the
    tables, their features and the settings are).
    """
    import torch

    found = hashlib.sha256("\n".join([torch.__version__, *parts]).encode())
    found.update(torch.get_rng_state().numpy().tobytes())
    for name, value in net.state_dict().items():
        found.update(name.encode() + value.detach().contiguous().numpy().tobytes())
    return found.hexdigest()


def features_sum(features: NDArray, count: int) -> str:
    """A hash of the rows 0..count of `features`, an array or what gives rows as one does."""
    import numpy as np

    found = hashlib.sha256()
    for start in range(0, count, ROWS):
        found.update(np.ascontiguousarray(features[np.arange(start, min(start + ROWS, count))]).tobytes())
    return found.hexdigest()


def _read(file: Path) -> tuple[dict[str, Tensor], str]:
    from safetensors import safe_open

    with safe_open(file, framework="pt") as found:
        meta = found.metadata() or {}
        tensors = {name: found.get_tensor(name) for name in found.keys()}  # noqa: SIM118
    if meta.get("sum") != _sum(meta.get("run", ""), tensors):
        raise ValueError("it is not as it was written")
    return tensors, meta["run"]


def _sum(text: str, tensors: Mapping[str, Tensor]) -> str:
    found = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        found.update(name.encode() + tensors[name].contiguous().numpy().tobytes())
    return found.hexdigest()
