"""Our tracer: the network of `model`, blended with a logistic model and a small forest on the same counts, and
calibrated by learners that none of them was fitted on; a learner's state moves on by one step an answer.

All of it is numbers in safetensors and JSON. It is asked with the numbers of the training table's names.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import BadInput
from commons.writing import output
from recommender.tracing.answers import Answers, Names
from recommender.tracing.counts import Counting, Hardness, features, fresh_counts, hardness_of
from recommender.tracing.many import Questions, questions, rows
from recommender.tracing.neural import Settings, traced, trained
from recommender.tracing.plain import Linear, fit_linear
from recommender.tracing.seen import MOST_CONCEPTS, Seen, known, seen_in
from recommender.tracing.steps import Cache, Steps, steps_of
from recommender.tracing.trees import Trees, fit_trees

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.tracing.model import TracerModel

__all__ = ["Asked", "Blend", "Ours", "Prepared", "State", "load"]

Texts = Callable[[Sequence[str]], "NDArray"]


@dataclass(frozen=True)
class Asked:
    """A possible next answer: numbers of the question and its concepts (beyond the names: new), seconds or nan, and the
    vector of the question's text where the tracer reads texts.
    """

    question: int
    concepts: tuple[int, ...]
    time: float = math.nan
    text: NDArray | None = None


@dataclass(frozen=True)
class State:
    """What is kept of one learner: the network's cache and the counts."""

    cache: Cache
    counts: Counting


@dataclass(frozen=True)
class Prepared:
    """n possible next answers as `Ours.prepare` puts them together. `known` (n,): whether training knew the question;
    `base` (n, D) and `answered` (n, 2, D) as `Steps.base` gives them.
    """

    counts: Questions
    known: NDArray
    base: NDArray
    answered: NDArray

    def pick(self, rows: Sequence[int]) -> Prepared:
        """Some of them, in this order."""
        return Prepared(self.counts.pick(rows), self.known[rows], self.base[rows], self.answered[rows])


@dataclass(frozen=True)
class Blend:
    """Log-odds = parts (n, 3) of network, logistic model and trees @ `weights` + `bias`: blend and calibration in one."""

    weights: tuple[float, ...] = (1.0, 0.0, 0.0)
    bias: float = 0.0

    def odds(self, parts: NDArray) -> NDArray:
        """The blended log-odds (n,)."""
        import numpy as np

        return parts @ np.array(self.weights) + self.bias


def fit_blend(parts: NDArray, y: NDArray) -> Blend:
    """Fitted on validation learners; no part may count against itself, so one that would is left out. Answers all alike
    leave the network.
    """
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    kept = list(range(parts.shape[1]))
    while len(np.unique(y)) > 1 and kept:
        found = LogisticRegression().fit(parts[:, kept], y)
        worst = int(np.argmin(found.coef_[0]))
        if found.coef_[0, worst] > 0:
            weights = np.zeros(parts.shape[1])
            weights[kept] = found.coef_[0]
            return Blend(tuple(map(float, weights)), float(found.intercept_[0]))
        kept.pop(worst)
    return Blend()


@dataclass(frozen=True)
class _Told:
    """Counts and, beside them, the text vector of each answer's question, put together when rows are asked for. `new`:
    as if every question were new.
    """

    counts: NDArray
    texts: NDArray
    question: NDArray
    new: bool = False

    def __getitem__(self, rows: NDArray) -> NDArray:
        import numpy as np

        counts = fresh_counts(self.counts[rows]) if self.new else self.counts[rows]
        return np.concatenate([counts, self.texts[self.question[rows]]], -1)


class Ours:
    """See Tracer. `texts`: gives the vectors (n, dim) of the texts of questions by their names, through
    `knowledge_graph.vectors`; without, no texts are read.
    """

    seen: Seen
    hardness: Hardness
    linear: Linear
    trees: Trees
    names: Names

    def __init__(self, settings: Settings | None = None, texts: Texts | None = None, **config: Any) -> None:
        self.settings, self.texts, self.config = settings or Settings(), texts, config
        self.blend = self.blend_new = Blend()
        self._net: TracerModel | None = None
        self._steps: Steps | None = None
        self._folder: Path | None = None

    def fit(self, train: Answers, valid: Answers, seed: int) -> None:
        """See Tracer."""
        import numpy as np
        import torch

        from recommender.tracing.model import TracerConfig, TracerModel

        self.names, self.seen, self.hardness = train.names, seen_in(train), hardness_of(train)
        counts, told = features(train, self.hardness, training=True), self._told(valid)
        self.linear = fit_linear(counts, train.correct)
        self.trees = fit_trees(counts, train.correct, (told.counts, valid.correct), seed)
        s, texts = self.settings, self._text_vectors(train)
        sizes = {"questions": self.seen.questions, "concepts": self.seen.concepts, "text": texts.shape[1]}
        own = {"width": s.width, "layers": s.layers, "heads": s.heads, "dropout": s.dropout, "window": s.window}
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self._steps, self._net = None, TracerModel(TracerConfig(**{**sizes, **own, **self.config}))
            self.net.begin_with(self.linear)
            made: Any = (_Told(counts, texts, train.question), told)
            trained(self.net, train, valid, self.seen, made, s)
        net = traced(self.net, valid, self.seen, told, s)  # type: ignore[arg-type]
        self.blend = fit_blend(self._parts(net, told.counts), valid.correct)
        unseen, fresh = replace(self.seen, question=np.zeros_like(self.seen.question)), replace(told, new=True)
        net = traced(self.net, valid, unseen, fresh, s)  # type: ignore[arg-type]
        self.blend_new = fit_blend(self._parts(net, fresh_counts(told.counts)), valid.correct)

    def predict(self, answers: Answers) -> NDArray:
        """See Tracer."""
        told = self._told(answers)
        net = traced(self.net, answers, self.seen, told, self.settings)  # type: ignore[arg-type]
        return self._blended(net, told.counts, known(self.seen.question, answers.question))

    def _blended(self, net: NDArray, counts: NDArray, question: NDArray) -> NDArray:
        """Probabilities (n,); a question that is new (0) has a blend of its own, learnt with all of them hidden."""
        import numpy as np
        from scipy.special import expit

        parts = self._parts(net, counts)
        return expit(np.where(question > 0, self.blend.odds(parts), self.blend_new.odds(parts)))

    def _parts(self, net: NDArray, counts: NDArray) -> NDArray:
        """What network, logistic model and trees say: log-odds (n, 3)."""
        import numpy as np

        return np.c_[net, self.linear.odds(counts), self.trees.odds(counts)]

    def empty(self) -> State:
        """The state of a learner who has answered nothing."""
        return State(self.steps.empty(), Counting(self.hardness.told))

    def prepare(self, asked: Sequence[Asked]) -> Prepared:
        """Possible next answers put together once, to be asked for many learners and times."""
        import numpy as np

        found = questions(self.hardness.told, [(one.question, one.concepts) for one in asked])
        texts = np.zeros((len(asked), self.text_width), np.float32)
        for row, one in zip(texts, asked, strict=True):
            row[:] = 0 if one.text is None else one.text
        concept = np.where(found.concept == found.nothing, len(self.seen.concept), found.concept)[:, :MOST_CONCEPTS]
        question = known(self.seen.question, found.question)
        return Prepared(found, question > 0, *self.steps.base(question, known(self.seen.concept, concept), texts))

    def step(self, state: State, asked: Asked, correct: int, prepared: Prepared | None = None) -> State:
        """The state after one more answer; `state` itself stays as it was. `prepared`: `asked`, where it was before."""
        import numpy as np

        one = prepared or self.prepare([asked])
        item, _ = self._items(one, rows(state.counts, one.counts, np.array([asked.time])))
        cache = self.steps.add(state.cache, item + one.answered[:, correct], asked.time)
        return State(cache, state.counts.after(asked.question, asked.concepts, correct, asked.time))

    def read(self, answers: Sequence[tuple[Asked, int]]) -> State:
        """The state after `answers` (what was asked, 1 for right) of one learner: what steps give, in one pass over the
        last of them.
        """
        import numpy as np

        if not answers:
            return self.empty()
        counts, told = Counting(self.hardness.told), []
        for one, correct in answers:
            told.append(counts.row(one.question, one.concepts, one.time))
            counts.add(one.question, one.concepts, correct, one.time)
        last = answers[-(len(self.steps.layers) + 1) * self.steps.window :]
        asked = self.prepare([one for one, _ in last])
        item, _ = self._items(asked, np.array(told[-len(last) :], np.float32))
        given = item + asked.answered[np.arange(len(last)), [correct for _, correct in last]]
        return State(self.steps.remember(given, np.array([one.time for one, _ in last])), counts)

    def ask(self, state: State, asked: Sequence[Asked]) -> tuple[NDArray, NDArray]:
        """For each of `asked` the probability that it is answered right next, and the half-life (days; tens of answers
        where times are not known): (n,) each.
        """
        import numpy as np

        return self.ask_all(state, self.prepare(asked), np.array([one.time for one in asked]))

    def ask_all(self, state: State, asked: Prepared, time: NDArray) -> tuple[NDArray, NDArray]:
        """See ask; `time` (n,), or (1,) for the same of all: seconds or nan."""
        import numpy as np

        if not len(asked.counts):
            return np.zeros(0), np.zeros(0)
        told = rows(state.counts, asked.counts, np.broadcast_to(time, len(asked.counts)))
        odds, half_life = self.steps.ask(state.cache, *self._items(asked, told), time)
        return self._blended(odds, told, asked.known), np.exp(half_life)

    def ahead(
        self, state: State, asked: Prepared, goals: int, time: NDArray, tell: Callable[[NDArray], NDArray]
    ) -> tuple[NDArray, NDArray]:
        """What `ask_all` gives now for `asked` (n + m,), and what it would give for the last m of them (`goals`) after
        each of the first n, answered wrong (0) and right (1): (n, 2, m). `time` (1,): seconds or nan, of all; `tell`
        gives, from the goals' counts now (m, F), those after each (n, 2, m, F). See `recommender.paths.lookahead`.
        """
        import numpy as np

        count = len(asked.counts) - goals
        told = rows(state.counts, asked.counts, np.broadcast_to(time, len(asked.counts)))
        item, counts = self._items(asked, told)
        odds, _ = self.steps.ask(state.cache, item, counts, time)
        later = tell(told[count:]).astype(np.float32).reshape(2 * count, goals, -1)
        scaled = self.steps.scaled(later)
        answers = (item[:count, None] + asked.answered[:count]).reshape(2 * count, -1)
        after = self.steps.ahead(
            state.cache, answers, asked.base[count:] + self.steps.counts(scaled), scaled, float(time[0])
        )
        known = np.broadcast_to(asked.known[count:], after.shape).ravel()
        then = self._blended(after.ravel(), later.reshape(-1, later.shape[-1]), known)
        return self._blended(odds, told, asked.known), then.reshape(count, 2, goals)

    def _items(self, asked: Prepared, told: NDArray) -> tuple[NDArray, NDArray]:
        """The items (n, D) with their counts `told` (n, F), and these as the network takes them."""
        counts = self.steps.scaled(told)
        return asked.base + self.steps.counts(counts), counts

    @property
    def text_width(self) -> int:
        """Width of the text vectors that it reads, 0 for none."""
        return len(self.steps.text)

    @property
    def steps(self) -> Steps:
        """The network at work, in numpy."""
        if self._steps is None:
            weights = {name: value.numpy() for name, value in self.net.state_dict().items()}
            self._steps = steps_of(weights, self.net.config.window)
        return self._steps

    @property
    def net(self) -> TracerModel:
        """The network as it learns; of a tracer that was loaded it is read when somebody asks."""
        if self._net is None:
            from transformers.utils import logging as told

            from recommender.tracing.model import TracerModel

            told.disable_progress_bar()  # nobody waits for these few files
            assert self._folder is not None
            self._net = TracerModel.from_pretrained(self._folder, local_files_only=True, use_safetensors=True).eval()
        return self._net

    def _told(self, answers: Answers) -> _Told:
        import numpy as np

        texts = self._text_vectors(answers)
        beyond = np.r_[texts, np.zeros((1, texts.shape[1]), np.float32)]
        question = np.minimum(answers.question, len(texts))
        return _Told(features(answers, self.hardness), beyond, question)

    def _text_vectors(self, answers: Answers) -> NDArray:
        import numpy as np

        if self.texts is None:
            return np.zeros((len(answers.names.questions), 0), np.float32)
        return np.asarray(self.texts(answers.names.questions), np.float32)

    def save(self, folder: Path) -> None:
        """Write the tracer into `folder` (made where absent): config.json and model.safetensors of the network, and
        tracer.json, counts.safetensors beside them. tracer.json comes last: without it the folder holds no tracer.
        """
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        self.net.save_pretrained(folder)
        save_file(self._arrays(), folder / "counts.safetensors")
        page = {
            "blend": [[*one.weights, one.bias] for one in (self.blend, self.blend_new)],
            "bias": self.linear.bias,
            "mean": self.hardness.mean,
            "questions": self.names.questions,
            "concepts": self.names.concepts,
        }
        with output(folder / "tracer.json") as file:
            file.write(json.dumps(page, ensure_ascii=False).encode())

    def _arrays(self) -> dict[str, NDArray]:
        import numpy as np

        found = {
            "seen_question": self.seen.question,
            "seen_concept": self.seen.concept,
            "hardness_question": self.hardness.question,
            "hardness_concept": self.hardness.concept,
            "mean": self.linear.mean,
            "scale": self.linear.scale,
            "weights": self.linear.weights,
        }
        found |= {f"trees_{one.name}": getattr(self.trees, one.name) for one in fields(self.trees)}
        return {name: np.ascontiguousarray(value) for name, value in found.items()}


def load(folder: Path, texts: Texts | None = None) -> Ours:
    """The tracer that `save` wrote. Raises BadInput where a file is missing or broken."""
    from safetensors.numpy import load_file

    try:
        page, config = (json.loads((folder / name).read_text("utf-8")) for name in ("tracer.json", "config.json"))
        kept = load_file(folder / "counts.safetensors")
        shape = {name: config[name] for name in ("width", "layers", "heads", "dropout", "window")}
        made = Ours(replace(Settings(), **shape), texts)
        made._folder, made._steps = folder, steps_of(load_file(folder / "model.safetensors"), config["window"])
        made.seen = Seen(kept["seen_question"], kept["seen_concept"])
        made.hardness = Hardness(kept["hardness_question"], kept["hardness_concept"], float(page["mean"]))
        made.linear = Linear(kept["mean"], kept["scale"], kept["weights"], float(page["bias"]))
        made.trees = Trees(**{one.name: kept[f"trees_{one.name}"] for one in fields(Trees)})
        made.names = Names(tuple(page["questions"]), tuple(page["concepts"]))
        made.blend, made.blend_new = (Blend(tuple(weights), bias) for *weights, bias in page["blend"])
    except Exception as error:
        raise BadInput(f"no tracer can be read: {error}", where=str(folder), next="Train it anew.") from error
    return made
