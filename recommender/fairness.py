"""Whether the model judges everybody alike: how its probabilities, each given before an answer, fit the answers that came,
by size of the course, by answers so far, by language and by course.

Only learners in mode "personal" are looked at. Of fewer than SMALLEST learners nothing is said, for their privacy and
because it would mean nothing; where a single small group could be worked out from the others, one more is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from commons.people import person
from commons.records import LearningRecord, records_of
from recommender.mastery import Counts, MasteryModel
from recommender.preferences import preference
from recommender.state import fold, result

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.serving.traced import Traced

__all__ = [
    "SMALLEST", "Figures", "Forecast", "Group", "Judged", "Report", "by_counts", "by_tracer", "collect", "report",
]  # fmt: skip

SMALLEST = 10  # learners in a group before anything is said of it
WORKED_OUT = 0.02  # of all answers: a smaller share cannot be worked out from figures of two decimals
SLIGHT = 0.03  # a gap of less is none, whatever its spread
WIDE = 0.15  # of an interval that holds 0: a gap that matters may be in it
DRAWS, BINS = 400, 10
ACTIVITY = ((0, 4), (5, 19), (20, 49), (50, None))
SIZES = ((1, 9), (10, 29), (30, 99), (100, None))

# One learner's answers in order, those handed in together as one batch; gives for each the probability that it is right,
# from what came before its batch alone, or None where the model cannot say.
Forecast = Callable[[Sequence[Sequence[LearningRecord]]], Sequence[Sequence[float | None]]]


@dataclass(frozen=True)
class Judged:
    """One answer: `p` as given before it, and `share` of it right, both in 0..1; `before` counts the learner's answers up
    to then, `people` the learners of the course (0: it is no longer here).
    """

    learner: str
    course: str
    language: str
    people: int
    before: int
    p: float
    share: float


@dataclass(frozen=True)
class Figures:
    """`expected`: the mean probability; `came`: the mean share right; `error`: their mean squared difference (Brier);
    `calibration`: the mean gap over tenths of probability. Intervals hold 95 of 100 bootstrap draws over learners.
    """

    learners: int
    answers: int
    expected: float
    came: float
    error: float
    calibration: float
    gap_between: tuple[float, float]
    error_between: tuple[float, float]

    @property
    def gap(self) -> float:
        """How much more was expected than came."""
        return self.expected - self.came

    @property
    def word(self) -> str:
        """What the gap says: "high" where more is expected than comes, "low" where less, "fits" where it is slight or may be
        chance, "unsure" where the interval is so wide that it says nothing.
        """
        low, high = self.gap_between
        if low <= 0 <= high and high - low > WIDE:
            return "unsure"
        if abs(self.gap) < SLIGHT or low <= 0 <= high:
            return "fits"
        return "high" if self.gap > 0 else "low"


@dataclass(frozen=True)
class Group:
    """`by` is "size", "activity", "language" or "course"; `name` says which. Without `figures` it is too small to say,
    or, where `hidden`, left out so that a smaller one cannot be worked out.
    """

    by: str
    name: str
    figures: Figures | None
    hidden: bool = False


@dataclass(frozen=True)
class Report:
    """Everybody together (None: too few), and each group."""

    whole: Figures | None
    groups: tuple[Group, ...] = field(default=())

    def unfair(self) -> list[Group]:
        """The groups for which the model expects clearly too much or too little."""
        return [one for one in self.groups if one.figures and one.figures.word in ("high", "low")]


def by_counts(model: MasteryModel) -> Forecast:
    """The forecast of a model on counts: the mean over the concepts that an answer is on."""

    def forecast(batches: Sequence[Sequence[LearningRecord]]) -> list[list[float | None]]:
        counts: dict[str, Counts] = {}
        solved: set[str] = set()
        given: list[list[float | None]] = []
        for batch in batches:
            mastery = model.mastery(counts, {concept for one in batch for concept in one.concepts})
            found = [[mastery[concept].p for concept in one.concepts if concept in mastery] for one in batch]
            given.append([sum(one) / len(one) if one else None for one in found])
            counts = fold(counts, batch, solved)
            solved = _solved(solved, batch)
        return given

    return forecast


def by_tracer(traced: Traced) -> Forecast:
    """The forecast of the tracer that serves: its state before each batch, asked at the time of the answer."""

    def forecast(batches: Sequence[Sequence[LearningRecord]]) -> list[list[float | None]]:
        from recommender.tracing.readers import read_records

        state, solved, given = traced.read([]), dict[str, float](), []
        for batch in batches:
            rows = [read_records([one], solved) for one in batch]
            given.append([traced.chance(state, traced.prepared(row[0]), row[0].time) if row else None for row in rows])
            state = traced.grown(state, [row[0] for row in rows if row])
        return given

    return forecast


def collect(
    conn: Connection, forecast: Forecast, learners: Iterable[str], sizes: Mapping[str, int], course: str = ""
) -> list[Judged]:
    """The answers of `learners` (actors) whose mode is "personal", each with the probability given before it; those of one
    `course` where it is named. `sizes` are the learners of each course. An exercise that stands right is not asked
    again: what comes to it before a wrong answer is left out.
    """
    query = select(person.c.actor, person.c.language)
    languages: dict[str, str] = {row.actor: row.language for row in conn.execute(query)}
    found: list[Judged] = []
    for actor in sorted(set(learners)):
        if preference(conn, actor).mode == "personal":
            batches = _batches(records_of(conn, actor))
            judged = _judged(actor, languages.get(actor, ""), batches, forecast(batches), sizes)
            found += [one for one in judged if one.course == course or not course]
    return found


def report(judged: Sequence[Judged], *, draws: int = DRAWS, seed: int = 0) -> Report:
    """The figures of everybody and of each group. The same answers and seed give the same report."""
    kinds: tuple[tuple[str, Callable[[Judged], str]], ...] = (
        ("size", lambda one: _step(one.people, SIZES)),
        ("activity", lambda one: _step(one.before, ACTIVITY)),
        ("language", lambda one: one.language),
        ("course", lambda one: one.course),
    )
    groups = [group for by, name in kinds for group in _split(by, name, judged, draws, seed)]
    return Report(_figures(judged, draws, seed), tuple(groups))


def _judged(
    actor: str, language: str, batches: Sequence[Sequence[LearningRecord]],
    given: Sequence[Sequence[float | None]], sizes: Mapping[str, int],
) -> Iterable[Judged]:  # fmt: skip
    before, solved = 0, set[str]()
    for batch, chances in zip(batches, given, strict=True):
        for one, p in zip(batch, chances, strict=True):
            share, course = result(one), one.item.partition(":")[2].partition("/")[0]
            if p is not None and share is not None and one.item not in solved:
                yield Judged(actor, course, language, sizes.get(course, 0), before, p, share)
        before += len(batch)
        solved = _solved(solved, batch)


def _batches(records: Iterable[LearningRecord]) -> list[list[LearningRecord]]:
    """The answers with a result; those of one attempt were handed in together."""
    answers = [one for one in records if result(one) is not None]
    return [list(batch) for _, batch in groupby(answers, key=lambda one: one.attempt or one.id)]


def _solved(solved: set[str], batch: Iterable[LearningRecord]) -> set[str]:
    found = set(solved)
    for one in batch:
        (found.add if result(one) == 1 else found.discard)(one.item)
    return found


def _split(by: str, name: Callable[[Judged], str], judged: Sequence[Judged], draws: int, seed: int) -> list[Group]:
    parts: dict[str, list[Judged]] = {}
    for one in judged:
        parts.setdefault(name(one), []).append(one)
    order = [_step(low, steps) for steps in (SIZES, ACTIVITY) for low, _ in steps]
    names = sorted(parts, key=lambda one: (order.index(one) if one in order else -1, one))
    small = [one for one in names if _learners(parts[one]) < SMALLEST]
    hidden: str | None = None
    if len(small) == 1 and len(parts[small[0]]) > WORKED_OUT * len(judged):
        others = [one for one in names if one not in small]
        hidden = min(others, key=lambda one: len(parts[one]), default=None)
    return [
        Group(by, one, None if one == hidden else _figures(parts[one], draws, seed), hidden=one == hidden)
        for one in names
    ]


def _step(number: int, steps: Sequence[tuple[int, int | None]]) -> str:
    """The step that `number` falls in, as "5–19" or "50+"; "" below the first."""
    found = next(((low, high) for low, high in reversed(steps) if number >= low), None)
    return "" if found is None else f"{found[0]}+" if found[1] is None else f"{found[0]}–{found[1]}"


def _learners(judged: Sequence[Judged]) -> int:
    return len({one.learner for one in judged})


def _figures(judged: Sequence[Judged], draws: int, seed: int) -> Figures | None:
    """None for fewer than SMALLEST learners."""
    import numpy as np

    names = {learner: place for place, learner in enumerate(dict.fromkeys(one.learner for one in judged))}
    if len(names) < SMALLEST:
        return None
    who = np.array([names[one.learner] for one in judged])
    p, share = np.array([one.p for one in judged]), np.array([one.share for one in judged])
    told = np.stack([np.bincount(who, each, len(names)) for each in (np.ones_like(p), p, share, (p - share) ** 2)])
    weights = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), draws)
    drawn = told @ weights.T
    gaps, errors = (drawn[1] - drawn[2]) / drawn[0], drawn[3] / drawn[0]
    answers, expected, came, error = (float(one) for one in told.sum(axis=1))
    between = [(float(np.quantile(one, 0.025)), float(np.quantile(one, 0.975))) for one in (gaps, errors)]
    return Figures(
        len(names), int(answers), expected / answers, came / answers, error / answers, _calibration(p, share), *between
    )


def _calibration(p: NDArray, share: NDArray) -> float:
    import numpy as np

    places = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = np.bincount(places, p - share, BINS)
    return float(np.abs(gaps).sum() / len(p))
