"""One training from its data to the registry: learn, judge on held-out learners beside the live model and the constant,
keep, and put into use only what is better.

Rule: the same data, seed and settings are one training. Killed at any point and begun again, it goes on where it was and
comes to the same figures; done once, it is not done again.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import Conflict
from commons.writing import told_errors
from recommender.tracing.neural import Settings
from recommender.training.data import Parts, Wanted, renumbered
from recommender.training.registry import Registry, need_torch

if TYPE_CHECKING:
    from recommender.tracing.answers import Answers
    from recommender.tracing.checkpoint import Epoch
    from recommender.tracing.ours import Ours
    from recommender.training.texts import ItemTexts

__all__ = ["Outcome", "Progress", "settings_for", "train"]

WAIT_S = 20.0
RECORDS, SYNTHETIC = "records", "synthetic"
PASSING = ("checkpoint", "tell", "seconds")  # settings that do not belong to what is trained


@dataclass(frozen=True)
class Progress:
    """How far a training is: `done` of at most `total` epochs; `auc` of the newest and the best on validation learners."""

    done: int
    total: int
    auc: float = 0.0
    best: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of a training. `name` is the model's, "" where none was made; `why` is little, again, better, not-better
    or synthetic; `said` says it in a sentence; `figures` of candidate, live and constant on held-out learners.
    """

    name: str
    promoted: bool
    why: str
    said: str
    figures: Mapping[str, Any] = field(default_factory=dict)


def settings_for(answers: int) -> Settings:
    """Sizes that so many answers can fill; no limit of time, so that the same data give the same model."""
    width, batch = (32, 512) if answers < 20_000 else (48, 2048) if answers < 100_000 else (64, 4096)
    return Settings(width=width, batch=batch, seconds=float("inf"))


def train(
    registry: Registry,
    parts: Parts,
    texts: ItemTexts | None,
    *,
    origin: str = RECORDS,
    seed: int = 0,
    settings: Settings | None = None,
    wanted: Wanted | None = None,
    tell: Callable[[Progress], None] | None = None,
) -> Outcome:
    """Train on `parts`, keep the model, and promote it where its AUC on the held-out learners is higher than that of the
    live one. `origin`: records or synthetic; a synthetic model never takes the place of one from records.

    Raises Conflict where another training holds the registry for more than 20 s, Unavailable without torch or where
    nothing can be written.
    """
    if lacking := parts.lacking(wanted or Wanted()):
        return Outcome("", False, "little", lacking)
    need_torch()
    s = settings or settings_for(parts.answers)
    told = {"origin": origin, "seed": seed, "data_sha256": parts.sha256(), "vectors": texts.name if texts else ""}
    told["settings"] = {name: value for name, value in asdict(replace(s, tell=None)).items() if name not in PASSING}
    with _alone(registry.folder):
        known = _made_before(registry, told)
        if known is None:
            tracer = _fitted(registry.folder, parts, texts, seed, s, tell)
            judged = _judged(registry, tracer, parts, texts)
            known = registry.add(tracer, {**told, **_counted(parts), **judged})
            _checkpoint(registry.folder).unlink(missing_ok=True)
            return _settled(registry, known, again=False)
        return _settled(registry, known, again=True)


def _made_before(registry: Registry, told: Mapping[str, Any]) -> str | None:
    """The sound model of this very training, if it was done before."""
    for one in registry.entries():
        if not one.fault and all(one.about.get(name) == value for name, value in told.items()):
            return one.name
    return None


def _fitted(
    folder: Path,
    parts: Parts,
    texts: ItemTexts | None,
    seed: int,
    s: Settings,
    tell: Callable[[Progress], None] | None,
) -> Ours:
    """A tracer that learnt from `parts`; how far it is lies beside the models, in .training."""
    from recommender.tracing.ours import Ours

    def heard(one: Epoch) -> None:
        if tell is not None:
            tell(Progress(one.done, one.total, round(one.score, 4), round(one.best, 4)))

    checkpoint = _checkpoint(folder)
    work = checkpoint.parent
    with told_errors(work):
        work.mkdir(exist_ok=True)
        for left in work.glob(".*.new"):
            left.unlink(missing_ok=True)
    if tell is not None:
        tell(Progress(0, s.epochs))
    tracer = Ours(replace(s, checkpoint=checkpoint, tell=heard), texts)
    tracer.fit(parts.train, parts.valid, seed)
    return tracer


def _judged(registry: Registry, tracer: Ours, parts: Parts, texts: ItemTexts | None) -> dict[str, Any]:
    """The figures on held-out learners: of the candidate, of the model in use, of the constant. `marked` is what
    live.json names, which another than the one in use may be where that one is broken.
    """
    from recommender.tracing.plain import Constant

    marked, live, constant = registry.marked(), registry.in_use(texts), Constant()
    constant.fit(parts.train, parts.valid, 0)
    theirs = _figures(live.tracer, renumbered(parts.held_out, live.tracer.names))
    return {
        "figures": _figures(tracer, parts.held_out),
        "live": {"name": live.name, "origin": live.about.get("origin", ""), "marked": marked, **theirs},
        "constant": _figures(constant, parts.held_out),
    }


def _figures(tracer: Any, held_out: Answers) -> dict[str, float]:
    from recommender.tracing.harness import judge

    found = judge(held_out.correct, tracer.predict(held_out))
    return {name: round(value, 4) for name, value in found.items()}


def _counted(parts: Parts) -> dict[str, Any]:
    held = parts.held_out
    return {
        "learners": parts.learners,
        "answers": parts.answers,
        "held_out": {"learners": len(held.learners), "answers": len(held)},
    }


def _settled(registry: Registry, name: str, *, again: bool) -> Outcome:
    """Promote the model where its figures say so, and say what became of it."""
    about = registry.about(name)
    figures = {"candidate": about["figures"], "live": about["live"], "constant": about["constant"]}
    own, other, rival = about["figures"]["auc"], about["live"]["auc"], about["live"]["name"]
    compared = f"AUC {own:.4f} on held-out learners, {rival} {other:.4f}, constant {about['constant']['auc']:.4f}"
    if again and (registry.was_live(name) or registry.marked() != about["live"]["marked"]):
        return Outcome(
            name, False, "again", f"nothing new: {name} was trained on these very answers; {compared}", figures
        )
    if about["origin"] == SYNTHETIC and about["live"]["origin"] == RECORDS:
        told = f"{name} is kept, not live: a synthetic model never takes the place of one from records; {compared}"
        return Outcome(name, False, "synthetic", told, figures)
    if own <= max(other, about["constant"]["auc"]):
        why = "again" if again else "not-better"
        return Outcome(name, False, why, f"{name} is kept, not live: it is not better; {compared}", figures)
    registry.promote(name, instead_of=about["live"]["marked"])
    return Outcome(name, True, "better", f"{name} is live: {compared}", figures)


def _checkpoint(folder: Path) -> Path:
    return folder / ".training" / "checkpoint.safetensors"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """The only training in `folder`; whoever dies lets go."""
    with told_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".training.lock").open("w")
    ends = time.monotonic() + WAIT_S
    with lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > ends:
                    told = "another training is under way"
                    raise Conflict(told, where=str(folder), next="Wait for its end, then ask again.") from None
                time.sleep(0.3)
        yield
