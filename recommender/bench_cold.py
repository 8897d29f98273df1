"""`python -m recommender.bench_cold`: a course that the model never saw. A fifth of the concepts is the new course: training has
no answer on any of its questions, and of a test learner only what they answered in it is known. How well is their next answer
foretold after 0, 1, 3 and 5 answers, beside a logistic model and a constant? The last line is JSON.

Settings: DATA (as for bench_tracing), SEEDS (splits and choices of concepts, 3), LEARNERS, WIDTH, MINUTES.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from commons.errors import BadInput
from recommender.bench_tracing import OURS, OWN, plan_of, tracer
from recommender.benching import Say, spread_of, tell
from recommender.figures import auc
from recommender.tracing.answers import Answers
from recommender.tracing.neural import Settings
from recommender.tracing.sets import Split, read_split

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["AFTER", "course_of", "main", "measure", "rows_where"]

AFTER = (0, 1, 3, 5)
NEXT = 3  # answers that are foretold after each of AFTER
SHARE = 0.2
MODELS = ("constant", "logistic", OURS)


def rows_where(answers: Answers, kept: NDArray) -> Answers:
    """The rows where `kept` (n,) holds; learners without any are left out."""
    import numpy as np

    sizes = np.bincount(answers.learner[kept], minlength=len(answers.learners))
    moved, there = answers.reordered(np.nonzero(kept)[0]), np.nonzero(sizes)[0]
    names = tuple(answers.learners[one] for one in there)
    return replace(moved, learners=names, starts=np.r_[0, np.cumsum(sizes[there])].astype(np.int64))


def course_of(split: Split, seed: int) -> tuple[Answers, Answers, Answers]:
    """Training and validation answers outside the new course, and the test learners' answers inside it. An answer is inside
    where all its concepts are the course's, and outside where none is.
    """
    import numpy as np

    count = len(split.train.names.concepts)
    new = np.zeros(count, bool)
    new[np.random.default_rng(1000 + seed).permutation(count)[: max(1, round(SHARE * count))]] = True
    found = []
    for part, inside in ((split.train, False), (split.valid, False), (split.test, True)):
        row = np.repeat(np.arange(len(part)), np.diff(part.edges))
        hits = np.bincount(row, new[part.concept].astype(float), minlength=len(part))
        sizes = np.diff(part.edges)
        found.append(rows_where(part, (sizes > 0) & (hits == (sizes if inside else 0))))
    train, valid, test = found
    if min(len(train), len(valid), len(test)) == 0:
        raise BadInput(
            "too few answers inside or outside the new course", where="bench-cold", next="Take more LEARNERS."
        )
    return train, valid, test


def measure(environment: Mapping[str, str], data: Path, say: Say) -> dict[str, object]:
    """The figures over all seeds."""
    import numpy as np

    plan = plan_of({"SEEDS": "3", **{k: v for k, v in environment.items() if v}}, data)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in MODELS}
    for seed in range(plan.seeds):
        train, valid, test = course_of(read_split(plan.place, seed).first(plan.learners), seed)
        place = np.arange(len(test)) - np.repeat(test.starts[:-1], np.diff(test.starts))
        say(
            f"seed {seed}: train {len(train)} answers outside, test {len(test)} inside by {len(test.learners)} learners"
        )
        for name in MODELS:
            runs[name].append(_one(name, train, valid, test, place, seed, plan.settings))
            say(f"  {name:9} " + "  ".join(f"{key} {value:.4f}" for key, value in runs[name][-1].items()))
    page = {name: {key: spread_of([one[key] for one in found]) for key in found[0]} for name, found in runs.items()}
    best = sum(page[OURS][key]["mean"] > page["logistic"][key]["mean"] for key in page[OURS])
    return {
        "bench": "cold start",
        "better_than_logistic": best,
        "of": len(page[OURS]),
        "models": page,
        "seeds": plan.seeds,
    }


def _one(
    name: str, train: Answers, valid: Answers, test: Answers, place: NDArray, seed: int, settings: Settings
) -> dict[str, float]:
    made = tracer(name, settings)
    made.fit(train, valid, seed)
    p = made.predict(test)
    asked = {after: (place >= after) & (place < after + NEXT) for after in AFTER}
    return {f"auc_after_{after}": float(auc(test.correct[rows], p[rows])) for after, rows in asked.items()}


def main(environment: Mapping[str, str], say: Say = print) -> int:
    """Print the figures as they come and the JSON last, or one line that says what is absent or wrong."""
    return tell(environment, OWN, lambda data: measure(environment, data, say), say)


if __name__ == "__main__":
    sys.exit(main(os.environ))
