"""Every published form is read, with its faults told at once; tables are one row an answer; no learner is in two parts."""

from __future__ import annotations

import math
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from commons.errors import BadInput, Faults
from commons.records import LearningRecord, Verb
from commons.settings import load_settings
from recommender.tracing.answers import Row, parts_of, tables
from recommender.tracing.counts import FEATURES, features, hardness_of
from recommender.tracing.readers import read_akt, read_gervet, read_pykt, read_records, read_table
from recommender.tracing.sets import read_split
from tests.recommender.tracing_contract import world


def test_issue5_item_02_an_answer_on_three_concepts_is_one_row() -> None:
    (one,) = tables([Row("a", "q", ("x", "y", "z"), 1), Row("b", "r", (), 0), Row("a", "r", ("z",), 0)])
    assert len(one) == 3 and one.concepts_of(0) == [0, 1, 2] and one.concepts_of(2) == []
    assert one.learner.tolist() == [0, 0, 1] and one.names.questions == ("q", "r")
    picked = one.pick([1, 0])
    assert picked.learners == ("b", "a") and picked.concepts_of(1) == [0, 1, 2] and picked.starts.tolist() == [0, 1, 3]


def test_issue5_item_02_pykt_rows_with_padding_several_concepts_and_repeats(tmp_path: Path) -> None:
    path = tmp_path / "train_valid_sequences.csv"
    path.write_text(
        "fold,uid,questions,concepts,responses,timestamps,selectmasks,is_repeat\n"
        '0,7,"5,5,6,-1","1,2,1_3,-1","1,1,0,-1","1000,1000,3000,-1","1,1,1,-1","0,1,0,-1"\n'
        '1,8,"5,6,5,6","1,1,1,1","1,1,0,0","1000,2000,3000,4000","1,1,1,-1","0,0,0,0"\n'
    )
    rows = read_pykt(path)
    assert rows[:2] == [Row("7", "5", ("1", "2"), 1, 1.0, False), Row("7", "6", ("1", "3"), 0, 3.0, True)]
    assert [row.scored for row in rows[2:]] == [False, True, True, False]
    assert {row.learner for row in read_pykt(path, {1})} == {"8"}


def test_issue5_item_02_pykt_without_questions_and_with_faults(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text('fold,uid,concepts,responses,cidxs\n-1,3,"4,4","1,0","0,1"\n')
    assert [(row.question, row.concepts) for row in read_pykt(path)] == [("c4", ("4",))] * 2
    path.write_text('fold,uid,concepts,responses\n-1,3,"4,4","1"\n-1,4,"1,2","1,2"\n')
    with pytest.raises(Faults) as caught:
        read_pykt(path)
    assert caught.value.faults == (
        "line 2: concepts do not fit responses",
        "line 3: answer '2' is neither 0 nor 1",
    )
    path.write_text("uid,concepts\n")
    with pytest.raises(BadInput, match="no column responses"):
        read_pykt(path)


def test_issue5_item_02_akt_with_and_without_problems(tmp_path: Path) -> None:
    path = tmp_path / "x_train1.csv"
    path.write_text("1,77\n10,11\n3,4_5\n1,0\n2,78\n10\n3\n1\n")
    assert [row[1:4] for row in read_akt(path)] == [("10", ("3",), 1), ("11", ("4", "5"), 0), ("10", ("3",), 1)]
    path.write_text("1,77\n3,4,\n1,0,\n")
    assert [row[1:4] for row in read_akt(path)] == [("3", ("3",), 1), ("4", ("4",), 0)]
    path.write_text("1,77\n10,11\n3\n1,0\n2,78\n10\n3\n1\n")
    with pytest.raises(Faults, match="line 1: 2, 1, 2 values do not fit"):
        read_akt(path)
    path.write_text("1\n2\n")
    with pytest.raises(BadInput, match="three or four"):
        read_akt(path)


def test_issue5_item_02_gervet_with_combinations_and_with_a_q_matrix(tmp_path: Path) -> None:
    from scipy.sparse import csr_matrix, save_npz

    path = tmp_path / "preprocessed_data.csv"
    path.write_text("user_id\titem_id\ttimestamp\tcorrect\tskill_id\n5\t1\t0\t0\t41\n5\t0\t0\t1\t7\n")
    rows = read_gervet(path)
    assert [row.concepts for row in rows] == [("41",), ("7",)] and all(math.isnan(row.time) for row in rows)
    save_npz(tmp_path / "q_mat.npz", csr_matrix(np.array([[1, 0, 1], [0, 1, 0]])))
    path.write_text("user_id\titem_id\ttimestamp\tcorrect\n5\t0\t3\t0\n5\t1\t9\t1\n5\t2\t9\t1\n")
    with pytest.raises(Faults, match="line 4"):
        read_gervet(path)
    path.write_text("user_id\titem_id\ttimestamp\tcorrect\n5\t0\t3\t0\n5\t1\t9\t1\n")
    assert [(row.concepts, row.time) for row in read_gervet(path)] == [(("0", "2"), 3.0), (("1",), 9.0)]


def test_issue5_item_02_plain_tables_are_put_in_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("learner,question,concepts,correct,time\na,q,x;y,1,5\na,r,x,0,2\nb,q,,1,3\n")
    assert [(row.question, row.concepts) for row in read_table(path)] == [("r", ("x",)), ("q", ()), ("q", ("x", "y"))]
    path.write_text("learner,question,concepts,correct,time\na,q,x,yes,5\n,r,x,0,2\na,q,x,1,soon\n")
    with pytest.raises(Faults) as caught:
        read_table(path)
    assert [fault.split(":")[0] for fault in caught.value.faults] == ["line 2", "line 3", "line 4"]


def test_issue5_item_02_our_own_records() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    kept = LearningRecord("a", Verb.answered, "e1", "exercise", ("x",), noon, score=0.5)
    seen = LearningRecord("a", Verb.experienced, "s1", "stop", ("x",), noon)
    assert read_records([seen, kept]) == [Row("a", "e1", ("x",), 1, noon.timestamp())]


def test_issue5_item_02_splits_are_by_learner_and_by_seed() -> None:
    whole = world()
    parts, again, other = (parts_of(whole, (0.7, 0.1, 0.2), seed) for seed in (3, 3, 4))
    people = [set(part.learners) for part in parts]
    assert set.union(*people) == set(whole.learners) and sum(map(len, people)) == len(whole.learners)
    assert [part.learners for part in parts] == [part.learners for part in again] != [one.learners for one in other]
    assert sum(map(len, parts)) == len(whole)
    assert [len(part.learners) for part in parts_of(whole.first(3), (0.98, 0.01, 0.01), 0)] == [1, 1, 1]
    with pytest.raises(BadInput, match="2 learners"):
        parts_of(whole.first(2), (0.7, 0.1, 0.2), 0)


def test_issue5_item_02_a_publishers_split_is_kept_and_refused_where_it_leaks(tmp_path: Path) -> None:
    head = "fold,uid,concepts,responses\n"
    (tmp_path / "train_valid.csv").write_text(head + "".join(f'{one},{one},"4,4","1,0"\n' for one in range(5)))
    (tmp_path / "test.csv").write_text(head + '-1,9,"4,6","1,0"\n')
    found = read_split(tmp_path, 6)
    assert (found.form, found.own, found.valid.learners, found.test.learners) == ("pykt", True, ("1",), ("9",))
    assert found.train.names is found.test.names and len(found.train.learners) == 4
    (tmp_path / "test.csv").write_text(head + '-1,3,"4,6","1,0"\n')
    with pytest.raises(BadInput, match="two parts"):
        read_split(tmp_path, 6)
    with pytest.raises(BadInput, match="no data set of a known form"):
        read_split(tmp_path / "nowhere", 0)


def test_issue5_item_02_akt_folds_go_by_seed(tmp_path: Path) -> None:
    for part, skill in (("train", 1), ("valid", 2), ("test", 3)):
        (tmp_path / f"set_{part}2.csv").write_text(f"{skill},1\n{skill}\n1\n")
    found = read_split(tmp_path, 1)
    assert found.form == "akt" and found.test.names.questions == ("1", "2", "3")
    (tmp_path / "set_train2.csv").unlink()
    with pytest.raises(BadInput, match="no such fold file"):
        read_split(tmp_path, 1)
    for fold in (1, 3, 4, 5):  # the fold that validates is another's test
        (tmp_path / f"set_test{fold}.csv").write_text(f"{fold * 10 if fold > 1 else 2},1\n4\n1\n")
    found = read_split(tmp_path, 1)
    assert found.train.learners == ("30,1", "40,1", "50,1") and found.valid.learners == ("2,1",)
    (tmp_path / "set_train2.csv").write_text("3,1\n4\n1\n")
    with pytest.raises(BadInput, match="two parts"):
        read_split(tmp_path, 1)


def test_a_training_learner_never_sees_how_hard_their_own_answer_made_a_question() -> None:
    (train,) = tables([Row(f"l{one}", f"q{one}", ("x",), one % 2) for one in range(20)])
    told = features(train, hardness_of(train), training=True)[:, FEATURES.index("question_ease")]
    right = train.correct == 1
    # One answer a question, so that whatever a question seems to tell is the answer itself.
    assert abs(told[right].mean() - told[~right].mean()) < 0.5
    leaking = features(train, hardness_of(train))[:, FEATURES.index("question_ease")]
    assert leaking[right].min() > leaking[~right].max()


@pytest.mark.slow
def test_issue5_item_02_the_ednet_slice_is_read() -> None:
    folder = load_settings(os.environ).data / "kt" / "ednet_pebg"
    if not (folder / "data.txt").is_file():
        pytest.skip(f"no kt/ednet_pebg in {folder.parent.parent}")
    found = read_split(folder, 0)
    assert sum(map(len, (found.train, found.valid, found.test))) == 222_141
    assert len(found.train.names.questions) == 10_779 and len(found.train.names.concepts) == 188
    assert found.first(60).train.learners == found.train.learners[:42]


@pytest.mark.parametrize("head", [True, False])
def test_issue5_item_02_a_table_that_is_not_utf_8_is_told_in_words(tmp_path: Path, head: bool) -> None:
    file = tmp_path / "answers.csv"
    rows = "learner,question,concepts,correct,time\n小李,q1,均值,1,5\n"
    file.write_bytes((("学生," if head else "") + rows).encode("gbk"))
    with pytest.raises(BadInput, match=r"not UTF-8.*answers\.csv.*UTF-8"):
        read_table(file)
