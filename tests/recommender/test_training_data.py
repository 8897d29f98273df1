"""What a training learns from: answers of those who are here and said personal; who is held out stays held out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from commons.people import ensure_person, forget_person
from commons.records import LearningRecord, Verb, add_records
from commons.store import Store
from recommender.preferences import set_preference
from recommender.tracing import Row
from recommender.tracing.answers import Names, tables
from recommender.tracing.readers import counted
from recommender.training.data import Wanted, newest, part_of, parts, renumbered, rows_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def answered(store: Store, actor: str, *results: float, item: str = "exercise:c/u/e") -> None:
    """Answers of `actor` to one exercise, a minute apart."""
    with store.begin() as conn:
        add_records(
            conn,
            [
                LearningRecord(
                    actor, Verb.answered, item, "exercise", ("x", "y"), NOON + timedelta(minutes=at), score=one
                )
                for at, one in enumerate(results)
            ],
        )


def person(store: Store, account: str) -> str:
    with store.begin() as conn:
        return ensure_person(conn, account).actor


def learners(store: Store, until: int | None = None) -> list[str]:
    with store.read() as conn:
        return sorted({row.learner for row in rows_of(conn, until)})


def test_issue5_item_06_erased_learners_and_those_who_switched_off_drop_out_at_the_next_training(
    either_store: Store,
) -> None:
    store = either_store
    ada, bo, chen, dan = (person(store, name) for name in ("ada", "bo", "chen", "dan"))
    for actor in (ada, bo, chen, dan, "nobody-with-an-account"):
        answered(store, actor, 0.0, 1.0)
    assert learners(store) == sorted([ada, bo, chen, dan])
    with store.begin() as conn:
        set_preference(conn, ada, mode="off")
        set_preference(conn, bo, mode="topic")
        set_preference(conn, chen, mode="personal")
        forget_person(conn, dan)
    assert learners(store) == [chen]
    with store.begin() as conn:
        set_preference(conn, ada, mode="personal")
    assert learners(store) == sorted([ada, chen]), "switched on again, somebody is back"


def test_issue5_item_06_an_answer_is_one_row_and_units_are_none(store: Store) -> None:
    ada = person(store, "ada")
    answered(store, ada, 0.0, 0.4, 1.0)
    with store.begin() as conn:
        add_records(conn, [LearningRecord(ada, Verb.completed, "unit:c/u", "unit", ("x",), NOON, success=True)])
    with store.read() as conn:
        found = rows_of(conn)
    assert [row.correct for row in found] == [0, 0, 1]
    assert found[0] == Row(ada, "exercise:c/u/e", ("x", "y"), 0, NOON.timestamp())


def test_issue5_item_06_what_is_handed_in_again_after_it_was_right_is_left_out_whatever_comes_of_it() -> None:
    hour = 3600.0
    told = [(0, 0), (1, 1), (2, 1), (3, 0), (24, 0), (25.5, 0), (26, 1), (40, 0), (51, 1), (52, 0)]
    rows = [Row("ada", "e", ("x",), correct, at * hour) for at, correct in told]
    kept = [(row.time / hour, row.correct) for row in counted(rows)]
    assert kept == [(0, 0), (1, 1), (25.5, 0), (26, 1), (51, 1)]
    other = [row._replace(question="f") if at % 2 else row._replace(learner="bo") for at, row in enumerate(rows[:4])]
    assert list(counted(other)) == other[:3], "each learner and exercise by itself"
    flipped = [row._replace(correct=1 - row.correct) if at == 3 else row for at, row in enumerate(rows)]
    assert len(list(counted(flipped))) == len(kept), "what is left out does not depend on what came of it"


def test_issue5_item_06_a_training_asked_for_sees_records_up_to_then(store: Store) -> None:
    ada, bo = person(store, "ada"), person(store, "bo")
    answered(store, ada, 1.0)
    with store.read() as conn:
        until = newest(conn)
    answered(store, bo, 1.0)
    assert learners(store, until) == [ada] and learners(store) == sorted([ada, bo])
    assert learners(store, 0) == []


def test_issue5_item_06_who_is_held_out_stays_held_out_whoever_comes_or_goes() -> None:
    rows = [Row(f"l{number}", "q", ("x",), number % 2) for number in range(300)]
    first, fewer = parts(rows), parts(rows[50:200])
    shares = [len(one.learners) / 300 for one in (first.train, first.valid, first.held_out)]
    assert np.abs(np.array(shares) - [0.6, 0.2, 0.2]).max() < 0.08
    for one, other in ((first.train, fewer.train), (first.valid, fewer.valid), (first.held_out, fewer.held_out)):
        assert set(other.learners) <= set(one.learners)
    assert {part_of(one) for one in first.held_out.learners} == {2}
    assert first.sha256() == parts(reversed(rows)).sha256() != fewer.sha256()


def test_issue5_item_06_too_little_is_said() -> None:
    rows = [Row(f"l{number}", "q", ("x",), number % 2) for number in range(40)]
    assert parts(rows).lacking(Wanted(40, 40)) == ""
    assert "40 learners and 40 answers, wanted 40 and 41" in parts(rows).lacking(Wanted(40, 41))
    alike = [row._replace(correct=1) for row in rows]
    assert "alike" in parts(alike).lacking(Wanted(1, 1))
    assert "wanted 30 and 1000" in parts([]).lacking(Wanted())


def test_issue5_item_06_answers_are_told_in_another_models_numbers() -> None:
    rows = [Row("a", "q1", ("x",), 1), Row("a", "q2", ("y", "x"), 0), Row("b", "q1", ("x",), 1)]
    (answers,) = tables(rows)
    told = renumbered(answers, Names(("old", "q2"), ("z", "x")))
    assert told.names == Names(("old", "q2", "q1"), ("z", "x", "y"))
    named = [
        (told.names.questions[q], [told.names.concepts[c] for c in told.concepts_of(at)])
        for at, q in enumerate(told.question)
    ]
    assert named == [("q1", ["x"]), ("q2", ["y", "x"]), ("q1", ["x"])]
    assert told.correct.tolist() == answers.correct.tolist() and told.learners == answers.learners
