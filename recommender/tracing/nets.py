"""The published networks that ours is held against, each from its paper and in few lines: DKT (Piech 2015), SAKT
(Pandey and Karypis 2019), AKT (Ghosh, Heffernan, Lan 2020), simpleKT (Liu 2023).

An answer on several concepts has the mean of their embeddings. Each net gives log-odds (B, T) for every answer, from
strictly earlier ones, and a penalty to add to the loss.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recommender.tracing.batches import Batch

__all__ = ["AKT", "DKT", "SAKT", "Net", "SimpleKT"]

LONGEST = 1024  # answers in a window


class Net(nn.Module, ABC):
    """`questions`, `concepts`: how many numbers there are; `width` of vectors, `layers`, `heads`, `dropout`."""

    def __init__(self, questions: int, concepts: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.width, self.heads, self.layers = width, heads, layers
        self.drop = nn.Dropout(dropout)

    @abstractmethod
    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Log-odds (B, T) and a penalty ()."""


def table(count: int, width: int) -> nn.Parameter:
    """Embeddings (count, width), small at first."""
    return nn.Parameter(torch.randn(count, width) * 0.05)


def before(x: Tensor) -> Tensor:
    """Each place gets what stood one place earlier, the first one zeros: (B, T, D)."""
    return F.pad(x, (0, 0, 1, 0))[:, :-1]


class DKT(Net):
    """An LSTM over interactions; its state is read out at the concepts of the next answer."""

    def __init__(self, questions: int, concepts: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__(questions, concepts, width, layers, heads, dropout)
        self.wrong, self.right = table(concepts, width), table(concepts, width)
        self.cell = nn.LSTM(width, width, batch_first=True)
        self.out, self.bias = table(concepts, width), nn.Parameter(torch.zeros(concepts))
        self.always = nn.Parameter(torch.zeros(()))

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        right = batch.correct[..., None].bool()
        x = torch.where(right, batch.of(self.right, self.width), batch.of(self.wrong, self.width))
        state = before(self.drop(self.cell(x)[0]))
        odds = (state * batch.of(self.out, self.width)).sum(-1) + batch.of(self.bias, 0) + self.always
        return odds, odds.new_zeros(())


class Attention(nn.Module):
    """Attention of several heads. `strict`: to earlier places only (the first gets zeros), else also to the own one.
    `decay`: AKT's monotonic attention, whose weights fall with a distance that the scores themselves measure.
    """

    def __init__(self, width: int, heads: int, dropout: float, *, strict: bool, decay: bool = False) -> None:
        super().__init__()
        self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
        self.heads, self.strict, self.dropout = heads, strict, dropout
        self.fall = nn.Parameter(torch.zeros(heads, 1, 1)) if decay else None

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        length = query.shape[1]
        q, k, v = (self._split(one) for one in (self.q(query), self.k(key), self.v(value)))
        seen = torch.ones(length, length, dtype=torch.bool).tril(-1 if self.strict else 0)
        if self.strict:
            seen[0, 0] = True  # a softmax needs something; what it gives is put out below
        if self.fall is None:
            found = F.scaled_dot_product_attention(
                q, k, v, attn_mask=seen, dropout_p=self.dropout if self.training else 0.0
            )
        else:
            found = self._falling(q, k, seen) @ v
        if self.strict:
            found = F.pad(found[:, :, 1:], (0, 0, 1, 0))
        return self.out(found.transpose(1, 2).flatten(2))

    def _falling(self, q: Tensor, k: Tensor, seen: Tensor) -> Tensor:
        scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
        scores = scores.masked_fill(~seen, -1e9)
        with torch.no_grad():
            weights = scores.softmax(-1) * seen
            passed = weights.cumsum(-1)
            place = torch.arange(q.shape[2])
            gap = (place[:, None] - place).abs()
            far = ((passed[..., -1:] - passed) * gap).clamp(min=0).sqrt()
        assert self.fall is not None
        effect = (-F.softplus(self.fall) * far).exp().clamp(1e-5, 1e5)
        weights = (scores * effect).masked_fill(~seen, -1e9).softmax(-1)
        return F.dropout(weights, self.dropout, self.training)

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Block(nn.Module):
    """Attention and a feed-forward part, each added and normalised (post-norm, as in the papers)."""

    def __init__(
        self, width: int, heads: int, dropout: float, *, strict: bool, decay: bool = False, feed: bool = True
    ) -> None:
        super().__init__()
        self.attention = Attention(width, heads, dropout, strict=strict, decay=decay)
        self.first, self.second, self.drop = nn.LayerNorm(width), nn.LayerNorm(width), nn.Dropout(dropout)
        inner = (nn.Linear(width, 4 * width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(4 * width, width))
        self.feed = nn.Sequential(*inner) if feed else None

    def forward(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        x = self.first(query + self.drop(self.attention(query, key, value)))
        return x if self.feed is None else self.second(x + self.drop(self.feed(x)))


class SAKT(Net):
    """The next answer's concepts attend to earlier interactions."""

    def __init__(self, questions: int, concepts: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__(questions, concepts, width, layers, heads, dropout)
        self.wrong, self.right, self.asked = (table(concepts, width) for _ in range(3))
        self.place = table(LONGEST, width)
        self.block = Block(width, heads, dropout, strict=True)
        self.out = nn.Linear(width, 1)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        right = batch.correct[..., None].bool()
        x = torch.where(right, batch.of(self.right, self.width), batch.of(self.wrong, self.width))
        x = self.drop(x + self.place[: x.shape[1]])
        odds = self.out(self.block(batch.of(self.asked, self.width), x, x)).squeeze(-1)
        return odds, odds.new_zeros(())


class _Rasch(Net):
    """Concepts shifted by how hard the question is, for AKT and simpleKT."""

    def __init__(self, questions: int, concepts: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__(questions, concepts, width, layers, heads, dropout)
        self.concept, self.varied = table(concepts, width), table(concepts, width)
        self.answer, self.answer_varied = table(2, width), table(2, width)
        self.hard = nn.Parameter(torch.zeros(questions, 1))
        inner = (nn.Linear(2 * width, width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(width, 1))
        self.out = nn.Sequential(*inner)

    def embedded(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """Questions and interactions (B, T, D), and the penalty on hardness."""
        concept, hard = batch.of(self.concept, self.width), self.hard[batch.question]
        varied = batch.of(self.varied, self.width)
        x = concept + hard * varied
        y = concept + self.answer[batch.correct] + hard * (varied + self.answer_varied[batch.correct])
        return x, y, 1e-5 * hard.square().sum()


class AKT(_Rasch):
    """Questions and interactions are encoded in context, then retrieved, all by monotonic attention."""

    def __init__(self, questions: int, concepts: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__(questions, concepts, width, layers, heads, dropout)

        def block(strict: bool, feed: bool = True) -> Block:
            return Block(width, heads, dropout, strict=strict, decay=True, feed=feed)

        self.interactions = nn.ModuleList([block(False) for _ in range(layers)])
        self.asked = nn.ModuleList([block(False, feed=False) for _ in range(layers)])
        self.retrieved = nn.ModuleList([block(True) for _ in range(layers)])

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        q, y, penalty = self.embedded(batch)
        x = q
        for block in self.interactions:
            y = block(y, y, y)
        for own, earlier in zip(self.asked, self.retrieved, strict=True):
            x = own(x, x, x)
            x = earlier(x, x, y)
        return self.out(torch.cat([x, q], -1)).squeeze(-1), penalty


class SimpleKT(_Rasch):
    """Plain attention from questions to earlier questions, whose values are the interactions."""

    def __init__(self, questions: int, concepts: int, width: int, layers: int, heads: int, dropout: float) -> None:
        super().__init__(questions, concepts, width, layers, heads, dropout)
        self.place = table(LONGEST, width)
        self.blocks = nn.ModuleList([Block(width, heads, dropout, strict=True) for _ in range(layers)])

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        q, y, penalty = self.embedded(batch)
        place = self.place[: q.shape[1]]
        x, y = q + place, y + place
        for block in self.blocks:
            x = block(x, x, y)
        return self.out(torch.cat([x, q], -1)).squeeze(-1), penalty
