"""`python -m recommender.bench [DATA]`: how the model on counts does on real answers, beside a constant. The
last line is JSON.

The model's *form* is fitted on four fifths of the learners and judged on the rest; the fit is thrown away.
On these data a tag's difficulty is its share of wrong answers among the training learners, and there are no
prerequisites, so `below` is 0.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from commons.settings import load_settings
from recommender.ednet import read_ednet
from recommender.fit import fit, split
from recommender.simulate import Given

__all__ = ["main", "measure", "tag_difficulty"]

SEED = 0


def tag_difficulty(people: Sequence[Sequence[Given]]) -> dict[str, float]:
    """For each tag the share of wrong answers among `people`, with two imagined ones of each kind."""
    wrong: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for one in people:
        for answer in one:
            seen.update(answer.concepts)
            wrong.update(answer.concepts if not answer.right else ())
    return {tag: (wrong[tag] + 2) / (count + 4) for tag, count in seen.items()}


def measure(folder: Path, *, seed: int = SEED) -> dict[str, object]:
    """The figures of the model and of the constant on the EdNet slice in `folder`."""
    start = time.monotonic()
    data = read_ednet(folder)
    held = split(len(data.people), seed)
    training = [one for one, out in zip(data.people, held, strict=True) if not out]
    found = fit(data.people, {}, tag_difficulty(training), seed)
    return {
        "bench": "mastery on counts, EdNet slice",
        **found.held_out,
        "constant": found.constant,
        "weights": found.weights,
        "learners": found.learners,
        "answers": found.answers,
        "seed": seed,
        "sha256": data.sha256,
        "seconds": round(time.monotonic() - start, 1),
    }


def main(arguments: Sequence[str]) -> int:
    """Print the figures, or one line that says what is absent."""
    root = Path(arguments[0]) if arguments else load_settings(os.environ).data
    folder = next((one for one in (root / "kt" / "ednet_pebg", root) if (one / "data.txt").is_file()), None)
    if folder is None:
        print(f"skipped: no kt/ednet_pebg/data.txt in {root}; name the folder, or set SHUYUAN_DATA")
        return 0
    print(json.dumps(measure(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
