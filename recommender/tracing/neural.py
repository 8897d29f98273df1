"""One loop that trains every network here, ours and the published ones, under the same rule: the AUC on validation
learners decides when to halve the rate and when to stop, and the best state is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.tracing.answers import Answers
from recommender.tracing.checkpoint import Tell

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

    from recommender.tracing.checkpoint import Run
    from recommender.tracing.seen import Seen

__all__ = ["NeuralTracer", "Settings", "published", "traced", "trained"]


@dataclass(frozen=True)
class Settings:
    """`width` of vectors; `batch` answers in a step; `patience` epochs without a better AUC before it ends; `seconds`
    after which no epoch begins and a first one is cut off, as `_since` counts them (such a run need not come out the same again);
    `window` answers at most in a sequence. `checkpoint`: a file written after each epoch, from which a run that was
    killed goes on (its seconds count on too); `tell` hears of each epoch.
    """

    width: int = 64
    layers: int = 2
    heads: int = 4
    dropout: float = 0.2
    rate: float = 2e-3
    decay: float = 1e-4
    batch: int = 4096
    epochs: int = 40
    patience: int = 4
    seconds: float = 420.0
    window: int = 200
    checkpoint: Path | None = None
    tell: Tell | None = None


def trained(
    net: nn.Module, data: Answers, valid: Answers, seen: Seen, made: tuple[NDArray, NDArray], s: Settings
) -> None:
    """Train `net` on `data` in place. `made`: features of data and valid. The caller has seeded
    torch. With `s.checkpoint` it goes on where a run that was killed stood.
    """
    import torch

    from recommender.tracing.checkpoint import Epoch, Run

    dice = torch.Generator().manual_seed(int(torch.randint(1 << 30, ()).item()))
    steps = torch.optim.AdamW(net.parameters(), lr=s.rate, weight_decay=s.decay)
    run, key = Run(net, steps, dice, _state(net)), ""
    if s.checkpoint is not None:
        key = _key(net, data, valid, made, s)
        run.go_on_from(s.checkpoint, key)
    began, before = _clocks(), run.spent
    while run.epoch < s.epochs and run.worse < s.patience:
        if run.epoch and before + _since(began) > s.seconds:
            break
        _one_epoch(run, data, seen, made[0], s, lambda: run.epoch == 0 and before + _since(began) > s.seconds)
        score = _score(valid, traced(net, valid, seen, made[1], s))
        if score > run.best + 1e-5:
            run.best, run.kept, run.worse = score, _state(net), 0
        else:
            run.worse += 1
            for group in steps.param_groups:
                group["lr"] /= 2
        run.epoch, run.spent = run.epoch + 1, before + _since(began)
        if s.checkpoint is not None:
            run.write(s.checkpoint, key)
        if s.tell is not None:
            s.tell(Epoch(run.epoch, s.epochs, score, run.best))
    net.load_state_dict(run.kept)
    net.eval()


def _clocks() -> tuple[float, float]:
    """Seconds of processor time for each thread, and on the clock."""
    import torch

    return time.process_time() / torch.get_num_threads(), time.monotonic()


def _since(began: tuple[float, float]) -> float:
    """Seconds of processor time since, counted as five sevenths of those on the clock at least: on a machine that does
    other work too, a network learns nearly as long as on a quiet one.
    """
    here, clock = _clocks()
    return max(here - began[0], (clock - began[1]) * 5 / 7)


def _one_epoch(
    run: Run, data: Answers, seen: Seen, features: NDArray, s: Settings, enough: Callable[[], bool]
) -> None:
    """All of `data` once, or as far as it comes before `enough`: the first epoch of a very large set is cut off."""
    import torch
    from torch.nn import functional as F

    from recommender.tracing.batches import batches, windows

    net = run.net.train()
    for batch in batches(data, seen, windows(data, s.window), features, s.batch, run.dice):
        odds, penalty = net(batch)
        loss = F.binary_cross_entropy_with_logits(odds[batch.asked], batch.correct[batch.asked].float()) + penalty
        run.steps.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        run.steps.step()
        if enough():
            break


def _key(net: nn.Module, data: Answers, valid: Answers, made: tuple[NDArray, NDArray], s: Settings) -> str:
    """What tells this training from any other: a checkpoint of another one is not used."""
    from recommender.tracing.checkpoint import features_sum, key_of

    same = replace(s, checkpoint=None, tell=None, seconds=0.0)
    sums = [features_sum(features, len(part)) for features, part in zip(made, (data, valid), strict=True)]
    return key_of(net, [repr(same), data.sha256(), valid.sha256(), *sums])


def traced(net: nn.Module, answers: Answers, seen: Seen, features: NDArray, s: Settings) -> NDArray:
    """Log-odds (n,) of every answer, each with at least half a window of what came before it, where there is so
    much.
    """
    import numpy as np
    import torch

    from recommender.tracing.batches import batches, windows

    net.eval()
    odds = np.zeros(len(answers))
    with torch.no_grad():
        for batch in batches(answers, seen, windows(answers, s.window, s.window // 2), features, s.batch, None):
            odds[batch.rows[batch.asked].numpy()] = net(batch)[0][batch.asked].double().numpy()
    return odds


def _state(net: nn.Module) -> dict:
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def _score(answers: Answers, odds: NDArray) -> float:
    """The AUC, or without both kinds of answers the negative log loss."""
    import numpy as np

    from recommender.figures import auc

    found = auc(answers.correct, odds) if len(answers) else float("nan")
    return found if found == found else -1.0 - float(np.abs(odds).mean() if len(odds) else 0)


class NeuralTracer:
    """A tracer around a published network: `make(questions, concepts)` builds it."""

    net: nn.Module
    seen: Seen

    def __init__(self, make: Callable[[int, int], nn.Module], settings: Settings) -> None:
        self.make, self.settings = make, settings

    def fit(self, train: Answers, valid: Answers, seed: int) -> None:
        """See Tracer."""
        import torch

        from recommender.tracing.seen import seen_in

        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.seen = seen_in(train)
            self.net = self.make(self.seen.questions, self.seen.concepts)
            trained(self.net, train, valid, self.seen, (_bare(train), _bare(valid)), self.settings)

    def predict(self, answers: Answers) -> NDArray:
        """See Tracer."""
        from scipy.special import expit

        return expit(traced(self.net, answers, self.seen, _bare(answers), self.settings))


def _bare(answers: Answers) -> NDArray:
    import numpy as np

    return np.zeros((len(answers), 0), np.float32)


def published(name: str, settings: Settings | None = None) -> NeuralTracer:
    """The tracer `name`: dkt, sakt, akt or simplekt."""
    chosen = settings or Settings()
    one = replace(chosen, layers=1) if name in ("akt", "sakt") else chosen

    def make(questions: int, concepts: int) -> nn.Module:
        from recommender.tracing import nets

        kinds: dict[str, Callable[..., nn.Module]]
        kinds = {"dkt": nets.DKT, "sakt": nets.SAKT, "akt": nets.AKT, "simplekt": nets.SimpleKT}
        return kinds[name](questions, concepts, one.width, one.layers, one.heads, one.dropout)

    return NeuralTracer(make, one)
