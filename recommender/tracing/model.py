"""Our tracer's network: one token an answer, causal. Here it learns; `steps` asks it.

The next question, with what was counted before it, looks back at encoded earlier answers only (after AKT's retriever);
attention fades with distance and time by rates that each head learns. It knows numbers, no names and no graph.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import PreTrainedModel
from transformers.configuration_utils import PreTrainedConfig

from recommender.tracing.batches import Batch
from recommender.tracing.counts import FEATURES, fresh_counts

if TYPE_CHECKING:
    from recommender.tracing.plain import Linear

__all__ = ["TracerConfig", "TracerModel"]

LAG, NEVER, SINCE = (FEATURES.index(name) for name in ("lag", "never", "since_concept"))
DAY, TEN_ANSWERS = math.log(86400.0), math.log(10.0)


class TracerConfig(PreTrainedConfig):
    """Sizes of the network. `questions`, `concepts`: how many numbers; `text`: width of text vectors, 0 for none;
    `window`: how many earlier answers are seen; `unnamed`: share of training answers whose question stays unnamed, so
    that new questions do well; `memory`, `following`, `hardness`: weights of what is learnt beside correctness.
    """

    model_type = "shuyuan-tracer"

    def __init__(
        self,
        questions: int = 1,
        concepts: int = 1,
        width: int = 64,
        layers: int = 2,
        heads: int = 4,
        dropout: float = 0.2,
        text: int = 0,
        window: int = 200,
        unnamed: float = 0.15,
        memory: float = 0.05,
        following: float = 0.02,
        hardness: float = 1e-4,
        **rest: object,
    ) -> None:
        self.questions, self.concepts, self.text, self.window = questions, concepts, text, window
        self.width, self.layers, self.heads, self.dropout = width, layers, heads, dropout
        self.unnamed, self.memory, self.following, self.hardness = unnamed, memory, following, hardness
        super().__init__(**rest)  # type: ignore[arg-type]


class Fading(nn.Module):
    """Attention whose weights fall exponentially with distance and with time. Keys and values are given ready, so that
    they can be kept.
    """

    def __init__(self, config: TracerConfig) -> None:
        super().__init__()
        self.heads, self.dropout = config.heads, config.dropout
        self.q, self.kv = nn.Linear(config.width, config.width), nn.Linear(config.width, 2 * config.width)
        self.out = nn.Linear(config.width, config.width)
        self.far = nn.Parameter(torch.linspace(-4.0, 1.0, config.heads))
        self.long = nn.Parameter(torch.full((config.heads,), -2.0))

    def kept(self, x: Tensor) -> Tensor:
        """Keys and values of `x` (B, S, D): (2, B, H, S, D / H)."""
        return self.kv(x).unflatten(-1, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)

    def forward(self, x: Tensor, kept: Tensor, distance: Tensor, gap: Tensor, seen: Tensor) -> Tensor:
        """`x` (B, T, D) looks at `kept`; `distance`, `gap` and `seen` (B or 1, T, S)."""
        q = self.q(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        far, long = (F.softplus(one)[:, None, None] for one in (self.far, self.long))
        bias = -(far * distance[:, None] / 8 + long * gap[:, None]).masked_fill(~seen[:, None], math.inf)
        drop = self.dropout if self.training else 0.0
        found = F.scaled_dot_product_attention(q, kept[0], kept[1], attn_mask=bias, dropout_p=drop)
        return self.out(found.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    """Pre-norm attention and feed-forward part."""

    def __init__(self, config: TracerConfig) -> None:
        super().__init__()
        width = config.width
        self.look, self.norm, self.inner = Fading(config), nn.LayerNorm(width), nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, kept: Tensor, distance: Tensor, gap: Tensor, seen: Tensor) -> Tensor:
        x = x + self.drop(self.look(self.norm(x), kept, distance, gap, seen))
        return x + self.drop(self.feed(self.inner(x)))


class TracerModel(PreTrainedModel):
    """Correctness from what is retrieved, from the item and, linearly, from counts; beside it a half-life (memory) and
    the concepts that come next.
    """

    config_class = TracerConfig
    config: TracerConfig
    mean: Tensor
    scale: Tensor

    def __init__(self, config: TracerConfig) -> None:
        super().__init__(config)
        width = config.width
        self.concept, self.varied = nn.Embedding(config.concepts, width), nn.Embedding(config.concepts, width)
        self.question, self.hard = nn.Embedding(config.questions, width), nn.Embedding(config.questions, 1)
        self.answer, self.answer_varied = nn.Embedding(2, width), nn.Embedding(2, width)
        self.text = nn.Linear(config.text, width, bias=False) if config.text else None
        self.counts, self.wide = nn.Linear(len(FEATURES), width), nn.Linear(len(FEATURES), 1)
        self.layers = nn.ModuleList([Layer(config) for _ in range(config.layers)])
        self.retriever, self.start = Layer(config), nn.Parameter(torch.zeros(width))
        self.encoded, self.drop = nn.LayerNorm(width), nn.Dropout(config.dropout)
        self.out = nn.Sequential(
            nn.LayerNorm(2 * width), nn.Linear(2 * width, width), nn.GELU(), self.drop, nn.Linear(width, 1)
        )
        self.memory, self.following = nn.Linear(width, 1), nn.Linear(width, width)
        self.register_buffer("mean", torch.zeros(len(FEATURES)))
        self.register_buffer("scale", torch.ones(len(FEATURES)))
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.05)
        elif isinstance(module, nn.LayerNorm):
            nn.init.ones_(module.weight)
            nn.init.zeros_(module.bias)
        if module is self.hard or module is self.wide:
            nn.init.zeros_(module.weight)  # type: ignore[arg-type]

    def _encoders(self) -> list[Layer]:
        return [one for one in self.layers if isinstance(one, Layer)]

    def begin_with(self, linear: Linear) -> None:
        """Begin as `linear`, the logistic model on counts, says: what the network learns is what that leaves open."""
        with torch.no_grad():
            self.mean.copy_(torch.from_numpy(linear.mean))
            self.scale.copy_(torch.from_numpy(linear.scale))
            self.wide.weight.copy_(torch.from_numpy(linear.weights)[None])
            self.wide.bias.fill_(linear.bias)
            last = self.out[-1]
            assert isinstance(last, nn.Linear)
            last.weight.zero_()

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Log-odds (B, T) of every answer from strictly earlier ones, and what to add to the loss in training."""
        item, token, counts = self._tokens(batch)
        place = torch.arange(item.shape[1])
        distance = (place[:, None] - place).float()[None]
        gap = _gap(batch.time[:, :, None], batch.time[:, None, :])
        seen = (distance >= 0) & (distance < self.config.window)
        for layer in self._encoders():
            token = layer(token, layer.look.kept(layer.norm(token)), distance, gap, seen)
        found = self._retrieve(
            item,
            self.retriever.look.kept(self.encoded(token)),
            distance,
            gap,
            (distance > 0) & (distance <= self.config.window),
        )
        penalty = self._beside(batch, item, token, found) if self.training else item.new_zeros(())
        return self._odds(item, found, counts), penalty

    def _tokens(self, batch: Batch) -> tuple[Tensor, Tensor, Tensor]:
        """The question (B, T, D) with what was counted before it, the answer to it (B, T, D), and the counts."""
        question, raw = batch.question, batch.features[..., : len(FEATURES)]
        if self.training:  # as if nobody had answered the question before
            unnamed = torch.rand(question.shape) < self.config.unnamed
            question, raw = question.masked_fill(unnamed, 0), torch.where(unnamed[..., None], fresh_counts(raw), raw)
        width, hard, named = self.config.width, self.hard(question), (question > 0)[..., None]
        concept, varied = batch.of(self.concept.weight, width), batch.of(self.varied.weight, width)
        counts = ((raw - self.mean) / self.scale).clamp(-6, 6)
        item = concept + named * (hard * varied + self.question(question)) + self.counts(counts)
        if self.text is not None:
            item = item + self.text(batch.features[..., len(FEATURES) :])
        answer = self.answer(batch.correct) + named * hard * self.answer_varied(batch.correct)
        return self.drop(item), self.drop(item + answer), counts

    def _retrieve(self, item: Tensor, kept: Tensor, distance: Tensor, gap: Tensor, seen: Tensor) -> Tensor:
        """`item` looks at the answers in `kept` and at a start that is always there."""
        start = self.retriever.look.kept(self.start.expand(item.shape[0], 1, -1))
        kept = torch.cat([start, kept], -2)
        distance, gap = F.pad(distance, (1, 0)), F.pad(gap, (1, 0))
        return self.retriever(item, kept, distance, gap, F.pad(seen, (1, 0), value=True))

    def _odds(self, item: Tensor, found: Tensor, counts: Tensor) -> Tensor:
        return self.out(torch.cat([found, item], -1)).squeeze(-1) + self.wide(counts).squeeze(-1)

    def log_half_life(self, found: Tensor) -> Tensor:
        """Natural logarithm of the half-life, in days (in tens of answers where times are not known)."""
        return self.memory(found).squeeze(-1).clamp(-6, 6)

    def _beside(self, batch: Batch, item: Tensor, token: Tensor, found: Tensor) -> Tensor:
        """Losses of memory and of the next concepts, and the penalty on hardness."""
        lag, since = batch.features[..., LAG], batch.features[..., SINCE]
        gone = torch.where(since > 0, 5 * since - DAY, lag - TEN_ANSWERS)
        kept = (-math.log(2) * (gone - self.log_half_life(found)).clamp(max=4).exp()).exp().clamp(1e-4, 1 - 1e-4)
        loss = F.binary_cross_entropy(kept, batch.correct.float(), reduction="none")
        again = batch.asked & (batch.features[..., NEVER] < 0.5)
        memory = (loss * again).sum() / again.sum().clamp(min=1)
        after = batch.concepts[:, 1:, 0]
        odds = self.following(self.encoded(token[:, :-1])) @ self.concept.weight.T
        next_up = F.cross_entropy(odds.flatten(0, 1), after.flatten(), reduction="none", ignore_index=0)
        known = (after > 0).sum().clamp(min=1)
        hardness = self.hard(batch.question).square()[batch.asked].mean()
        config = self.config
        return config.memory * memory + config.following * next_up.sum() / known + config.hardness * hardness


def _gap(now: Tensor, then: Tensor) -> Tensor:
    if bool(now.isnan().all()):  # one row for all of the batch spares most of the work
        return torch.zeros(1, now.shape[1], then.shape[2])
    return torch.nan_to_num((now - then).clamp(min=0).log1p().float() / 5, nan=0.0)
