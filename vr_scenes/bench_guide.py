"""`python -m vr_scenes.bench_guide`: questions in Chinese and English on our scenes, some of which nothing in the sources answers. The
last line is JSON.

The rule kept here: the guide was fitted on other questions. `cited_right` is the share of those with an answer whose cited stop has
it (a refusal is not right); `refused_right` the share of those without one that were refused.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Sequence

from vr_scenes.guide.answer import Answer, Guide
from vr_scenes.guide.questions import Question, guide_sources, read_questions

__all__ = ["main", "measure"]


def measure(made: Guide, questions: Sequence[Question]) -> dict[str, object]:
    """The figures over `questions`, and by language."""
    told: list[tuple[Question, Answer, float]] = []
    for one in questions:
        began = time.perf_counter()
        found = made.ask(one.question, one.language)
        told.append((one, found, 1000 * (time.perf_counter() - began)))
    page: dict[str, object] = dict(_shares([(one, found) for one, found, _ in told]))
    for language in ("zh-CN", "en"):
        page[language] = _shares([(one, found) for one, found, _ in told if one.language == language])
    wrong = [one.id for one, found, _ in told if found.stop not in (one.stops or ("",))]
    return page | {"ms_p50": round(statistics.median(ms for *_, ms in told), 1), "wrong": wrong}


def _shares(told: Sequence[tuple[Question, Answer]]) -> dict[str, float]:
    answered = [found.stop in one.stops for one, found in told if one.stops]
    empty = [found.passage is None for one, found in told if not one.stops]
    said = [found.stop in one.stops for one, found in told if one.stops and found.passage]
    return {
        "questions": len(told),
        "unanswerable": len(empty),
        "cited_right": _share(answered),
        "cited_right_where_it_answered": _share(said),
        "refused_right": _share(empty),
    }


def _share(found: Sequence[bool]) -> float:
    """The share that is true; 0 of none."""
    return round(statistics.fmean(found), 4) if found else 0.0


def main() -> int:
    """Print the figures as JSON."""
    print(json.dumps({"bench": "guide", **measure(Guide(guide_sources()), read_questions("measure"))}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
