"""The tracer's network at work, in numpy: what `TracerModel` learnt, asked one answer after the other with a memory of one
learner. Serving so needs no torch, and one more answer costs a fraction of a millisecond.

It computes what `TracerModel.forward` does (a test holds them together) and can learn nothing. All numbers are float32.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Cache", "Steps", "steps_of"]


@dataclass(frozen=True)
class Cache:
    """What one learner's answers left: keys and values of each encoding layer and of the retriever, (2, H, S, D / H) with S
    at most the window, and their times (S,).
    """

    layers: tuple[NDArray, ...]
    retriever: NDArray
    times: NDArray


@dataclass(frozen=True)
class Affine:
    """x @ weight + bias, (n, in) to (n, out)."""

    weight: NDArray
    bias: NDArray

    def __call__(self, x: NDArray) -> NDArray:
        return x @ self.weight + self.bias


@dataclass(frozen=True)
class Norm:
    """Layer normalisation over the last axis."""

    weight: NDArray
    bias: NDArray

    def __call__(self, x: NDArray) -> NDArray:
        import numpy as np

        size = x.shape[-1]
        x = x - np.add.reduce(x, -1, keepdims=True) / size
        spread = np.add.reduce(x * x, -1, keepdims=True) / size
        return x / np.sqrt(spread + 1e-5) * self.weight + self.bias


@dataclass(frozen=True)
class Layer:
    """Fading attention and a feed-forward part, as `model.Layer`. `far`, `long` (H, 1, 1): how fast weights fall with
    distance and time.
    """

    q: Affine
    kv: Affine
    out: Affine
    far: NDArray
    long: NDArray
    norm: Norm
    inner: Norm
    first: Affine
    second: Affine

    def kept(self, x: NDArray) -> NDArray:
        """Keys and values of `x` (n, D): (2, H, n, D / H)."""
        return self.kv(x).reshape(len(x), 2, len(self.far), -1).transpose(1, 2, 0, 3)

    def __call__(
        self, x: NDArray, kept: NDArray, distance: NDArray, gap: NDArray, own: NDArray | None = None
    ) -> NDArray:
        """`x` (n, D) looks at `kept` (2, H, S, D / H); `distance` (1 or n, S), inf where nothing is seen; `gap` (1 or n, S).
        With `own` (2, H, n, D / H) each row looks at one more, its own, told of in a last column of distance and gap.
        """
        import numpy as np

        heads, size = len(self.far), x.shape[-1] // len(self.far)
        q = self.q(self.norm(x)).reshape(len(x), heads, size).transpose(1, 0, 2) * np.float32(size**-0.5)
        scores = q @ kept[0].transpose(0, 2, 1)
        if own is not None:
            scores = np.concatenate([scores, np.add.reduce(q * own[0], -1, keepdims=True)], -1)
        scores -= self.far * distance + self.long * gap
        scores -= np.maximum.reduce(scores, -1, keepdims=True)
        weights = np.exp(scores, out=scores)
        whole = np.add.reduce(weights, -1, keepdims=True)
        found = weights[..., : kept.shape[2]] @ kept[1]
        if own is not None:
            found += weights[..., -1:] * own[1]
        x = x + self.out((found / whole).transpose(1, 0, 2).reshape(x.shape))
        return x + self.second(_gelu(self.first(self.inner(x))))


@dataclass(frozen=True)
class Steps:
    """The weights, by part; see TracerModel. Row 0 of each embedding is what was not seen in training."""

    window: int
    concept: NDArray
    varied: NDArray
    question: NDArray
    hard: NDArray
    answer: NDArray
    answer_varied: NDArray
    text: NDArray
    counts: Affine
    wide: Affine
    mean: NDArray
    scale: NDArray
    layers: tuple[Layer, ...]
    retriever: Layer
    start: NDArray
    encoded: Norm
    out: tuple[Norm, Affine, Affine]
    memory: Affine

    def base(self, question: NDArray, concepts: NDArray, texts: NDArray) -> tuple[NDArray, NDArray]:
        """What is fixed of n questions: the item without its counts (n, D), and what a wrong and a right answer add to it
        (n, 2, D). `concepts` (n, K), 0 fills up; `texts` (n, width).
        """
        import numpy as np

        known = (concepts > 0).astype(np.float32)
        share = (known / np.maximum(known.sum(1, keepdims=True), 1))[..., None]
        hard = np.where(question > 0, self.hard[question, 0], np.float32(0))[:, None]
        named = (question > 0)[:, None] * self.question[question]
        item = (self.concept[concepts] * share).sum(1) + hard * (self.varied[concepts] * share).sum(1) + named
        return item + texts @ self.text, self.answer + hard[:, None] * self.answer_varied

    def scaled(self, counts: NDArray) -> NDArray:
        """Counts (n, F) as the network takes them."""
        import numpy as np

        return np.minimum(np.maximum((counts - self.mean) / self.scale, -6), 6)

    @cached_property
    def begun(self) -> NDArray:
        """Keys and values of the start."""
        return self.retriever.kept(self.start[None])

    def empty(self) -> Cache:
        """The cache of a learner who has answered nothing."""
        import numpy as np

        heads = len(self.retriever.far)
        none = np.zeros((2, heads, 0, self.start.shape[-1] // heads), np.float32)
        return Cache(tuple(none for _ in self.layers), none, np.zeros(0))

    def add(self, cache: Cache, answer: NDArray, time: float) -> Cache:
        """The cache after the answer (1, D) at `time`: one step, however many came before."""
        import numpy as np

        times = np.append(cache.times, time)[-self.window :]
        distance, gap = _distance(len(times)) - np.float32(0.125), _gap(np.array([time]), times)
        layers, x = [], answer
        for layer, kept in zip(self.layers, cache.layers, strict=True):
            layers.append(self._more(kept, layer.kept(layer.norm(x))))
            x = layer(x, layers[-1], distance, gap)
        return Cache(tuple(layers), self._more(cache.retriever, self.retriever.kept(self.encoded(x))), times)

    def remember(self, answers: NDArray, times: NDArray) -> Cache:
        """The cache after all `answers` (n, D) of one learner in one pass: what steps from `empty` give, where they begin
        with the first one or (layers + 1) windows back.
        """
        import numpy as np

        far = (np.arange(len(times))[:, None] - np.arange(len(times))).astype(np.float32)
        distance = np.where((far >= 0) & (far < self.window), far / 8, np.float32(np.inf))
        gap, x, layers = _gap(times, times), answers, []
        for layer in self.layers:
            layers.append(layer.kept(layer.norm(x)))
            x = layer(x, layers[-1], distance, gap)
        layers.append(self.retriever.kept(self.encoded(x)))
        last = [np.ascontiguousarray(kept[:, :, -self.window :]) for kept in layers]
        return Cache(tuple(last[:-1]), last[-1], times[-self.window :])

    def ask(self, cache: Cache, item: NDArray, counts: NDArray, time: NDArray) -> tuple[NDArray, NDArray]:
        """Log-odds (n,) of each possible next answer and log half-lives (n,). `item` (n, D) with its scaled `counts`; `time`
        (n,), or (1,) for the same of all.
        """
        import numpy as np

        found = self.retriever(
            item, *self._from_start(cache.retriever, _distance(len(cache.times)), _gap(time, cache.times))
        )
        return self._odds(item, found, counts), np.clip(self.memory(found)[:, 0], -6, 6)

    def ahead(self, cache: Cache, answers: NDArray, items: NDArray, counts: NDArray, time: float) -> NDArray:
        """Log-odds (a, m): what `ask` gives for `items` (a, m, D) with scaled `counts` (a, m, F) after `add` of row a of
        `answers` (a, D), all at `time` and without a copy of the cache.
        """
        import numpy as np

        room = self.window - 1
        kept = [one[:, :, max(0, one.shape[2] - room) :] for one in (*cache.layers, cache.retriever)]
        times = np.append(cache.times[max(0, len(cache.times) - room) :], time)
        distance, gap = _distance(len(times)), _gap(np.array([time]), times)
        x = answers
        for layer, common in zip(self.layers, kept[:-1], strict=True):
            x = layer(x, common, distance - np.float32(0.125), gap, layer.kept(layer.norm(x)))
        own = np.repeat(self.retriever.kept(self.encoded(x)), items.shape[1], axis=2)
        common, distance, gap = self._from_start(kept[-1], distance, gap)
        item, told = items.reshape(-1, items.shape[-1]), counts.reshape(-1, counts.shape[-1])
        return self._odds(item, self.retriever(item, common, distance, gap, own), told).reshape(items.shape[:2])

    def _from_start(self, kept: NDArray, distance: NDArray, gap: NDArray) -> tuple[NDArray, NDArray, NDArray]:
        """The same with a start before it that is always there."""
        import numpy as np

        first = np.zeros((len(gap), 1), np.float32)
        kept = np.concatenate([self.begun, kept], 2)
        return kept, np.concatenate([first[:1], distance], 1), np.concatenate([first, gap], 1)

    def _odds(self, item: NDArray, found: NDArray, counts: NDArray) -> NDArray:
        import numpy as np

        norm, first, second = self.out
        return (second(_gelu(first(norm(np.concatenate([found, item], -1))))) + self.wide(counts))[:, 0]

    def _more(self, kept: NDArray, one: NDArray) -> NDArray:
        import numpy as np

        return np.concatenate([kept[:, :, max(0, kept.shape[2] + 1 - self.window) :], one], 2)


def steps_of(weights: Mapping[str, NDArray], window: int) -> Steps:
    """The network of a TracerModel's state. Raises KeyError where a part is missing."""
    import numpy as np

    def affine(name: str) -> Affine:
        return Affine(np.ascontiguousarray(weights[f"{name}.weight"].T), weights[f"{name}.bias"])

    def norm(name: str) -> Norm:
        return Norm(weights[f"{name}.weight"], weights[f"{name}.bias"])

    def layer(name: str) -> Layer:
        q, kv, out = (affine(f"{name}.look.{one}") for one in ("q", "kv", "out"))
        far, long = (np.logaddexp(0, weights[f"{name}.look.{one}"])[:, None, None] for one in ("far", "long"))
        first, second = affine(f"{name}.feed.0"), affine(f"{name}.feed.2")
        return Layer(q, kv, out, far, long, norm(f"{name}.norm"), norm(f"{name}.inner"), first, second)

    count = len({name.split(".")[1] for name in weights if name.startswith("layers.")})
    width = weights["start"].shape[-1]
    text = weights["text.weight"].T if "text.weight" in weights else np.zeros((0, width), np.float32)
    return Steps(
        window,
        weights["concept.weight"],
        weights["varied.weight"],
        weights["question.weight"],
        weights["hard.weight"],
        weights["answer.weight"],
        weights["answer_varied.weight"],
        np.ascontiguousarray(text),
        affine("counts"),
        affine("wide"),
        weights["mean"],
        weights["scale"],
        tuple(layer(f"layers.{number}") for number in range(count)),
        layer("retriever"),
        weights["start"],
        norm("encoded"),
        (norm("out.0"), affine("out.1"), affine("out.4")),
        affine("memory"),
    )


def _distance(count: int) -> NDArray:
    """How far back each of `count` kept answers lies (1, count), in eights."""
    import numpy as np

    return (np.arange(count, 0, -1, dtype=np.float32) / 8)[None]


def _gap(now: NDArray, then: NDArray) -> NDArray:
    """Time between (n, S), as the network takes it; 0 where a time is not known."""
    import numpy as np

    found = (np.log1p(np.maximum(now[:, None] - then, 0)) / 5).astype(np.float32)
    return np.where(np.isnan(found), np.float32(0), found)


def _gelu(x: NDArray) -> NDArray:
    """x times the share of a normal distribution below it; erf by Abramowitz and Stegun 7.1.26, which is off by 1.5e-7 at
    most.
    """
    import numpy as np

    z = np.abs(x) * np.float32(math.sqrt(0.5))
    t = 1 / (1 + np.float32(0.3275911) * z)
    tail = np.full_like(t, 1.061405429)
    for one in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        tail = tail * t + np.float32(one)
    half = tail * t * np.exp(-z * z) / 2
    return x * np.where(x < 0, half, 1 - half)
