"""Over the real shelf: a goal that is not known leads somewhere, whatever was answered, and a failed exercise is no dead end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import pytest

from commons.records import LearningRecord, Verb
from portal.catalogue import Catalogue, load_catalogue
from recommender.history import History, extended
from recommender.learner import Learner, known_concepts
from recommender.mastery import CountsModel, load_coefficients
from recommender.moves import moves
from recommender.planner import choose
from recommender.state import fold

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ANSWERS = [(0, 0, 0, 0, 0, 0), (1, 1, 1, 1, 1, 1), (1, 0, 0, 0, 0, 1), (0, 0, 1, 0, 0, 0), (1, 1, 1, 0, 0, 1)]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    return load_catalogue(Path("/nowhere"))


def learner(answers: tuple[int, ...], goal: str = "") -> Learner:
    """Somebody who handed in the first unit of the heritage course."""
    asked = [item for item in catalogue().items if item.id.startswith("exercise:heritage/u1/")]
    records = [
        LearningRecord("ada", Verb.answered, item.id, "exercise", item.concepts, NOW, score=float(right), success=bool(right), seq=number)
        for number, (item, right) in enumerate(zip(asked, answers, strict=True), 1)
    ]  # fmt: skip
    counts = fold({}, records, frozenset())
    mastery = CountsModel(catalogue().graph, load_coefficients()).mastery(counts)
    return Learner(NOW + timedelta(minutes=5), mastery, extended(History(), records), goal=goal)


@pytest.mark.parametrize("answers", ANSWERS)
def test_issue5_item_04_every_goal_that_is_not_known_has_a_step(answers: tuple[int, ...]) -> None:
    shelf = catalogue().recommender.shelf
    known = known_concepts(learner(answers), shelf)
    goals = {concept for item in shelf.items if item.kind in ("unit", "exercise") for concept in item.concepts}
    silent = [
        goal
        for goal in sorted(goals - known)
        if not any(move.kind == "path" and move.about == goal for move in moves(shelf, learner(answers, goal)))
    ]
    assert silent == []


@pytest.mark.parametrize("answers", [one for one in ANSWERS if 0 in one])
def test_issue5_item_04_a_wrong_answer_leads_to_something_smaller_than_reading_its_unit_again(
    answers: tuple[int, ...],
) -> None:
    first = choose(moves(catalogue().recommender.shelf, learner(answers)), 1)[0]
    assert first.move.kind in ("retry", "gap") and first.move.item.kind == "exercise"
