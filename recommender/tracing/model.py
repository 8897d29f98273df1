"""Our tracer's network: one token an answer, causal, with a memory that one more answer adds one step to.

The next question, with what was counted before it, looks back at encoded earlier answers only (after AKT's retriever);
attention fades with distance and time by rates that each head learns. It knows numbers, no names and no graph.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
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

__all__ = ["Cache", "TracerConfig", "TracerModel"]

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

    def beside(self, x: Tensor, kept: Tensor, own: Tensor, distance: Tensor, gap: Tensor) -> Tensor:
        """As `forward`, for B copies of one learner: all look at the same `kept` (2, 1, H, S, D / H), which is not
        copied, and each at its `own` last answer (2, B, H, 1, D / H); `distance` and `gap` (B or 1, T or 1, S + 1).
        """
        q = self.q(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
        q = q / q.shape[-1] ** 0.5
        common = (q.transpose(0, 1).flatten(1, 2) @ kept[0, 0].transpose(-1, -2)).unflatten(1, q.shape[::2])
        far, long = (F.softplus(one)[:, None, None] for one in (self.far, self.long))
        scores = torch.cat([common.transpose(0, 1), (q * own[0]).sum(-1, keepdim=True)], -1)
        weights = (scores - (far * distance[:, None] / 8 + long * gap[:, None])).softmax(-1)
        common = (weights[..., :-1].transpose(0, 1).flatten(1, 2) @ kept[1, 0]).unflatten(1, q.shape[::2])
        found = common.transpose(0, 1) + weights[..., -1:] * own[1]
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

    def beside(self, x: Tensor, kept: Tensor, own: Tensor, distance: Tensor, gap: Tensor) -> Tensor:
        """As `forward`, for copies of one learner, without dropout: see `Fading.beside`."""
        x = x + self.look.beside(self.norm(x), kept, own, distance, gap)
        return x + self.feed(self.inner(x))


@dataclass(frozen=True)
class Cache:
    """What one learner's answers left: keys and values of each encoding layer and of the retriever, (2, 1, H, S, D / H)
    with S at most the window, and their times (S,).
    """

    layers: tuple[Tensor, ...]
    retriever: Tensor
    times: Tensor


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

    def empty(self) -> Cache:
        """The cache of a learner who has answered nothing."""
        none = torch.zeros(2, 1, self.config.heads, 0, self.config.width // self.config.heads)
        return Cache(tuple(none for _ in self.layers), none, torch.zeros(0, dtype=torch.float64))

    def remember(self, batch: Batch) -> list[Cache]:
        """The cache of each of B learners after all answers in `batch` (B, T), in one pass: what steps from `empty` give,
        as long as a learner's answers begin with the first or (layers + 1) windows back.
        """
        _, token, _ = self._tokens(batch)
        place = torch.arange(token.shape[1])
        distance = (place[:, None] - place).float()[None]
        gap = _gap(batch.time[:, :, None], batch.time[:, None, :])
        seen = (distance >= 0) & (distance < self.config.window)
        kept = []
        for layer in self._encoders():
            kept.append(layer.look.kept(layer.norm(token)))
            token = layer(token, kept[-1], distance, gap, seen)
        retriever = self.retriever.look.kept(self.encoded(token))
        found = []
        for one, end in enumerate(batch.there.sum(1).tolist()):
            last = slice(max(0, end - self.config.window), end)
            own = [keys[:, one : one + 1, :, last].clone() for keys in (*kept, retriever)]
            found.append(Cache(tuple(own[:-1]), own[-1], batch.time[one, last].clone()))
        return found

    def ask(self, cache: Cache, batch: Batch) -> tuple[Tensor, Tensor]:
        """Log-odds (B,) of each of B possible next answers in `batch` (B, 1), and log half-lives (B,)."""
        item, _, counts = self._tokens(batch)
        distance, gap = self._since(cache.times, batch.time[:, 0])
        # The questions stand side by side over one learner's keys, which are so not copied for each.
        gap = gap.transpose(0, 1)
        found = self._retrieve(item.transpose(0, 1), cache.retriever, distance, gap, distance > 0).transpose(0, 1)
        return self._odds(item, found, counts)[:, 0], self.log_half_life(found)[:, 0]

    def add(self, cache: Cache, batch: Batch) -> Cache:
        """The cache after the one answer in `batch` (1, 1): one step, however many came before."""
        _, token, _ = self._tokens(batch)
        times = torch.cat([cache.times, batch.time[0]])[-self.config.window :]
        distance, gap = self._since(times, batch.time[:, 0])
        distance, seen = distance - 1, torch.ones_like(distance, dtype=torch.bool)
        layers = []
        for layer, kept in zip(self._encoders(), cache.layers, strict=True):
            layers.append(self._more(kept, layer.look.kept(layer.norm(token))))
            token = layer(token, layers[-1], distance, gap, seen)
        retriever = self._more(cache.retriever, self.retriever.look.kept(self.encoded(token)))
        return Cache(tuple(layers), retriever, times)

    def _more(self, kept: Tensor, one: Tensor) -> Tensor:
        return torch.cat([kept, one], -2)[..., -self.config.window :, :]

    def _since(self, times: Tensor, now: Tensor) -> tuple[Tensor, Tensor]:
        """Distance (1, 1, S) of the next answer to each kept one, and gap in time (B, 1, S)."""
        distance = torch.arange(len(times), 0, -1).float()[None, None]
        return distance, _gap(now[:, None, None], times[None, None])

    def ahead(self, cache: Cache, answers: Batch, goals: Batch) -> Tensor:
        """Log-odds (B, M): what `ask` gives for row b of `goals` (B, M) after `add` of row b of `answers` (B, 1), for
        all rows at once and without a copy of the cache.
        """
        _, token, _ = self._tokens(answers)
        item, _, counts = self._tokens(goals)
        room = self.config.window - 1
        times = torch.cat([cache.times[-room:].expand(len(answers.time), -1), answers.time], -1)[:, None]
        place = torch.arange(times.shape[-1] - 1, -1, -1).float()[None, None]
        gap = _gap(answers.time[:, :, None], times)
        for layer, common in zip(self._encoders(), cache.layers, strict=True):
            own = layer.look.kept(layer.norm(token))
            token = layer.beside(token, common[..., -room:, :], own, place, gap)
        start = self.retriever.look.kept(self.start.expand(1, 1, -1))
        kept = torch.cat([start, cache.retriever[..., -room:, :]], -2)
        gap = F.pad(_gap(goals.time[:, :, None], times), (1, 0))
        own = self.retriever.look.kept(self.encoded(token))
        return self._odds(item, self.retriever.beside(item, kept, own, F.pad(place + 1, (1, 0)), gap), counts)


def _gap(now: Tensor, then: Tensor) -> Tensor:
    if bool(now.isnan().all()):  # one row for all of the batch spares most of the work
        return torch.zeros(1, now.shape[1], then.shape[2])
    return torch.nan_to_num((now - then).clamp(min=0).log1p().float() / 5, nan=0.0)
