"""The benches of serving, cold start and review run end to end on small input, and say what they could not do."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from commons.errors import BadInput
from recommender import bench_cold, bench_recommend, bench_review
from recommender.review import scheduler
from recommender.tracing.answers import Row, tables
from recommender.tracing.sets import Split


def test_issue5_show_02_the_bench_of_serving_asks_two_thousand_items_and_gives_its_figures() -> None:
    _, items = bench_recommend.catalogue()
    assert len(items) == 2000 and {item.kind for item in items} == {"unit", "exercise", "stop"}
    found = bench_recommend.measure(rounds=4, learners=10)
    assert found["items"] == 2000 and found["answers"] == 200
    assert found["ratio"] > 0 and found["next_items_p95_ms"] > 0 and found["learner_kb"] > 0


def small_split() -> Split:
    dice = random.Random(0)
    rows = [
        Row(f"l{learner}", f"q{place % 30}", (f"c{place % 10}",) if place % 7 else (f"c{place % 10}", "c0"), dice.randrange(2))
        for learner in range(30)
        for place in range(40)
    ]
    whole = tables(rows)[0]
    return Split("made", False, whole.pick(range(20)), whole.pick(range(20, 24)), whole.pick(range(24, 30)))


def test_issue5_show_04_a_new_course_shares_no_concept_and_no_question_with_what_is_trained_on() -> None:
    split = small_split()
    train, valid, test = bench_cold.course_of(split, 3)
    inside, outside = set(test.concept.tolist()), set(train.concept.tolist()) | set(valid.concept.tolist())
    assert inside and outside and not inside & outside
    assert not set(test.question.tolist()) & set(train.question.tolist())
    assert [len(test.names.concepts), test.starts[-1]] == [len(split.train.names.concepts), len(test)]
    kept = bench_cold.rows_where(split.test, np.arange(len(split.test)) < 3)
    assert kept.learners == split.test.learners[:1] and len(kept) == 3


def test_issue5_show_04_cold_start_is_told_after_0_1_3_and_5_answers(tmp_path: Path) -> None:
    dice = random.Random(1)
    lines = ["learner,question,concepts,correct,time"]
    for learner in range(30):
        able = dice.random()
        lines += [f"l{learner},q{dice.randrange(30)},c{dice.randrange(10)},{int(dice.random() < able)}," for _ in range(40)]
    table = tmp_path / "answers.csv"
    table.write_text("\n".join(lines) + "\n", "utf-8")
    said: list[str] = []
    assert bench_cold.main({"DATA": str(table), "SEEDS": "1", "MINUTES": "0.02", "WIDTH": "8"}, said.append) == 0
    page = json.loads(said[-1])
    assert set(page["models"]) == {"constant", "logistic", "ours"}
    assert list(page["models"]["ours"]) == [f"auc_after_{count}" for count in (0, 1, 3, 5)]
    assert page["models"]["logistic"]["auc_after_5"]["mean"] > page["models"]["constant"]["auc_after_5"]["mean"] == 0.5


def reviews(path: Path, cards: int) -> Path:
    dice, start = random.Random(2), datetime(2026, 1, 1, tzinfo=UTC)
    lines = ["card_id,review_rating,review_time,review_duration"]
    for card in range(cards):
        days = 0.0
        for _ in range(8):
            lines.append(f"{card},{dice.choice((1, 3, 3, 4))},{(start + timedelta(days=days)).isoformat()},1000")
            days += dice.choice((0.01, 1.5, 4.0))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_issue5_item_08_the_tracer_is_held_beside_fsrs_on_reviews_a_day_apart(tmp_path: Path) -> None:
    path, said = reviews(tmp_path / "reviews.csv", 30), list[str]()
    assert bench_review.main({"DATA": str(path)}, said.append) == 0
    page = json.loads(said[-1])
    assert set(page["models"]) == {"constant", "fsrs", "ours"} and page["cards"] == 30 and page["reviews"] == 240
    cards = bench_review.read_reviews(path)
    answers, expected = bench_review.cards_of(cards), bench_review.fsrs_says(cards)
    assert len(expected) == len(answers) and not answers.scored[answers.starts[:-1]].any()
    gaps = np.diff(answers.time)
    assert (answers.scored[1:] <= (gaps >= 86400)).all()


def test_issue5_item_08_a_broken_table_of_reviews_is_told_with_its_line(tmp_path: Path) -> None:
    path = reviews(tmp_path / "reviews.csv", 1)
    path.write_text(path.read_text("utf-8").replace(",3,", ",7,", 1), "utf-8")
    with pytest.raises(BadInput, match="rating 7"):
        bench_review.read_reviews(path)
    said: list[str] = []
    assert bench_review.main({"DATA": str(tmp_path / "none.csv")}, said.append) == 1 and "no such table" in said[0]
    assert bench_review.main({"SHUYUAN_DATA": str(tmp_path)}, said.append) == 0
    assert said[1].startswith("skipped: no kt/fsrs_anki_one_user/review_logs.csv in ")


def test_issue5_item_08_fsrs_throws_no_dice() -> None:
    from fsrs import Card, Rating

    now = datetime(2026, 1, 1, tzinfo=UTC)
    due = {scheduler().review_card(Card(card_id=1, due=now), Rating.Good, now)[0].due for _ in range(5)}
    assert len(due) == 1
