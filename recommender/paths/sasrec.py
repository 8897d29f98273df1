"""A peer: what learners did next, by a causal transformer over the items of their past (after SASRec, Kang and McAuley 2018).
It knows neither answers nor goals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recommender.tracing.answers import Answers
from recommender.tracing.nets import Block, table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.paths.learners import Answered, Learners

__all__ = ["NextItem", "fit_next_item"]

LONGEST, BATCH = 50, 64


class _Net(nn.Module):
    def __init__(self, items: int, width: int) -> None:
        super().__init__()
        self.item, self.place = table(items + 1, width), table(LONGEST, width)
        self.blocks = nn.ModuleList([Block(width, 2, 0.2, strict=False) for _ in range(2)])

    def forward(self, items: Tensor) -> Tensor:
        """Log-odds (B, T, items) of what follows each of `items` (B, T); 0 fills up."""
        x = self.item[items] + self.place[: items.shape[1]]
        for block in self.blocks:
            x = block(x, x, x)
        return x @ self.item[1:].T


@dataclass(frozen=True)
class NextItem:
    """The fitted peer as a policy: the likeliest next of the items that are `offered` (n,). Its state is each learner's
    last items (B, LONGEST), the newest last.
    """

    net: _Net
    offered: NDArray

    def begin(self, learners: Learners, steps: int) -> NDArray:
        """See Policy."""
        import numpy as np

        found = np.zeros((len(learners), LONGEST), np.int64)
        for row, own in enumerate(learners.histories):
            past = _past(own)[-LONGEST:]
            found[row, LONGEST - len(past) :] = past
        return found

    def choose(self, state: NDArray, left: int) -> NDArray:
        """See Policy."""
        import numpy as np

        count = (state > 0).sum(1)
        moved = np.array([np.roll(own, many) for own, many in zip(state, count, strict=True)])
        with torch.inference_mode():
            odds = self.net(torch.from_numpy(moved)).numpy()[np.arange(len(state)), np.maximum(count, 1) - 1]
        return np.where(self.offered, odds, -np.inf).argmax(1)

    def after(self, state: NDArray, items: NDArray, correct: NDArray) -> NDArray:
        """See Policy."""
        import numpy as np

        return np.c_[state[:, 1:], items + 1]


def _past(history: tuple[Answered, ...]) -> list[int]:
    return [one.asked.concepts[0] + 1 for one in history if one.asked.concepts]


def fit_next_item(train: Answers, offered: NDArray, seed: int, *, width: int = 64, epochs: int = 6) -> NextItem:
    """Fitted on the order in which learners met concepts (an answer on several counts for its first)."""
    rows: list[list[int]] = []
    for start, end in zip(train.starts[:-1].tolist(), train.starts[1:].tolist(), strict=True):
        own = [train.concepts_of(row)[0] + 1 for row in range(start, end) if train.concepts_of(row)]
        rows += [own[at : at + LONGEST + 1] for at in range(0, max(len(own) - 1, 0), LONGEST)]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = _Net(len(offered), width)
        steps = torch.optim.AdamW(net.parameters(), lr=2e-3)
        for _ in range(epochs):
            for group in torch.randperm(len(rows)).split(BATCH):
                full = nn.utils.rnn.pad_sequence([torch.tensor(rows[one]) for one in group], batch_first=True)
                odds = net(full[:, :-1])
                loss = F.cross_entropy(odds.flatten(0, 1), full[:, 1:].flatten() - 1, ignore_index=-1)
                steps.zero_grad()
                loss.backward()
                steps.step()
    net.eval()
    return NextItem(net, offered)
