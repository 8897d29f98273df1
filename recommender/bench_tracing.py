"""`python -m recommender.bench_tracing`: ours and every yardstick under one protocol, on the EdNet slice or the data set
in DATA. The last line is JSON.

Settings come from the environment, as make passes them: DATA (folder or plain table), SEEDS (how many; one seed is one
split and one fit of each model), LEARNERS (a quick slice; 0 for all), MODELS (names, for some of them only), MINUTES
(for training each network at most), WIDTH. What is fitted here is thrown away.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commons.errors import BadInput
from recommender.benching import Say, beats, spread_of, tell
from recommender.tracing.answers import Answers
from recommender.tracing.harness import Tracer, judge
from recommender.tracing.neural import Settings, published
from recommender.tracing.sets import Split, read_split

__all__ = ["MODELS", "OWN", "Plan", "main", "measure", "plan_of", "summary"]

OURS = "ours"
OWN = "kt/ednet_pebg"
MODELS = ("constant", "logistic", "trees", "bkt", "dkt", "sakt", "akt", "simplekt", OURS)
FIGURES = ("auc", "accuracy", "log_loss", "ece")


@dataclass(frozen=True)
class Plan:
    """What is measured: `place` of the data, how many `seeds`, `learners` of a slice (0: all), names of `models`."""

    place: Path
    seeds: int = 1
    learners: int = 0
    models: tuple[str, ...] = MODELS
    settings: Settings = field(default_factory=Settings)


def plan_of(environment: Mapping[str, str], data: Path) -> Plan:
    """The plan that `environment` asks for; `data` is the folder of data sets. Raises BadInput with the setting that
    cannot be.
    """
    try:
        seeds, learners = int(environment.get("SEEDS") or 1), int(environment.get("LEARNERS") or 0)
        minutes, width = float(environment.get("MINUTES") or 7), int(environment.get("WIDTH") or 64)
    except ValueError as error:
        raise BadInput(f"{error}", where="SEEDS, LEARNERS, MINUTES, WIDTH", next="Numbers are wanted.") from error
    models = tuple((environment.get("MODELS") or " ".join(MODELS)).replace(",", " ").split())
    unknown = [name for name in models if name not in MODELS]
    if unknown or seeds < 1 or learners < 0 or minutes <= 0 or width < 4 or width % 4:
        raise BadInput(
            f"no model {', '.join(unknown)}" if unknown else "SEEDS, LEARNERS, MINUTES or WIDTH cannot be that",
            where="bench-tracing",
            next=f"Models: {' '.join(MODELS)}; WIDTH is a multiple of 4.",
        )
    place = Path(environment["DATA"]).expanduser() if environment.get("DATA") else data / OWN
    return Plan(place, seeds, learners, models, Settings(width=width, seconds=60 * minutes))


def tracer(name: str, settings: Settings) -> Tracer:
    """A fresh tracer of MODELS."""
    from recommender.tracing.bkt import BKT
    from recommender.tracing.ours import Ours
    from recommender.tracing.plain import Constant, LogisticCounts, TreesOnCounts

    made: dict[str, Callable[[], Tracer]] = {
        "constant": Constant,
        "logistic": LogisticCounts,
        "trees": TreesOnCounts,
        "bkt": BKT,
        OURS: lambda: Ours(settings),
    }
    return made[name]() if name in made else published(name, settings)


def measure(plan: Plan, say: Say) -> dict[str, object]:
    """Fit and judge every model of `plan` for every seed; `say` gets a line for each as it comes."""
    started = time.monotonic()
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in plan.models}
    for seed in range(plan.seeds):
        split = read_split(plan.place, seed).first(plan.learners)
        say(_told(split, seed))
        for name in plan.models:
            runs[name].append(_one(name, split, seed, plan.settings))
            say(f"  {name:9} " + "  ".join(f"{key} {value:.4f}" for key, value in runs[name][-1].items()))
    return {
        "bench": f"tracing, {split.form}",
        **summary(runs),
        "seeds": plan.seeds,
        "learners": sum(len(part.learners) for part in (split.train, split.valid, split.test)),
        "answers": sum(map(len, (split.train, split.valid, split.test))),
        "published_split": split.own,
        "width": plan.settings.width,
        "sha256": split.test.sha256(),
        "seconds": round(time.monotonic() - started, 1),
    }


def _told(split: Split, seed: int) -> str:
    sizes = [f"{len(part.learners)} learners {len(part)} answers" for part in (split.train, split.valid, split.test)]
    whose = "published" if split.own else "drawn by learner"
    return f"seed {seed}: {split.form}, split {whose}: train {sizes[0]}, valid {sizes[1]}, test {sizes[2]}"


def _one(name: str, split: Split, seed: int, settings: Settings) -> dict[str, float]:
    began = time.monotonic()
    made = tracer(name, settings)
    made.fit(split.train, split.valid, seed)
    found = scored(made, split.test)
    return found | {"seconds": round(time.monotonic() - began, 1)}


def scored(made: Tracer, test: Answers) -> dict[str, float]:
    """The figures of a fitted tracer on the answers of `test` that count."""
    return judge(test.correct[test.scored], made.predict(test)[test.scored])


def summary(runs: Mapping[str, list[dict[str, float]]]) -> dict[str, object]:
    """Mean and spread (sample standard deviation, 0 for one run) of each figure and model; how many baselines there
    are, and how many ours beats: its mean AUC is higher by more than the larger of both spreads.
    """
    models = {
        name: {key: spread_of([one[key] for one in found]) for key in (*FIGURES, "seconds")}
        for name, found in runs.items()
    }
    page: dict[str, object] = {"auc": models.get(OURS, {}).get("auc", {}).get("mean")}
    others = [name for name in models if name != OURS]
    beaten = [name for name in others if OURS in models and beats(models[OURS]["auc"], models[name]["auc"])]
    return page | {"baselines": len(others), "baselines_beaten": len(beaten), "beaten": beaten, "models": models}


def main(environment: Mapping[str, str], say: Say = print) -> int:
    """Print the figures as they come and the JSON last, or one line that says what is absent or wrong."""
    return tell(environment, OWN, lambda data: measure(plan_of(environment, data), say), say)


if __name__ == "__main__":
    sys.exit(main(os.environ))
