"""The bench prints every model under one protocol, with its figures as JSON last, and says in one line what is wrong."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from commons.settings import load_settings
from recommender.bench_tracing import MODELS, main, plan_of, summary
from tests.recommender.tracing_contract import world


def table(path: Path) -> Path:
    """The world as a plain table."""
    answers = world(40)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["learner", "question", "concepts", "correct", "time"])
        for at, learner in enumerate(answers.learner):
            names = ";".join(answers.names.concepts[one] for one in answers.concepts_of(at))
            writer.writerow(
                [learner, answers.names.questions[answers.question[at]], names, answers.correct[at], answers.time[at]]
            )
    return path


@pytest.mark.slow
def test_issue5_item_03_all_baselines_are_printed_beside_ours(tmp_path: Path) -> None:
    said: list[str] = []
    place = table(tmp_path / "world.csv")
    assert main({"DATA": str(place), "WIDTH": "8", "MINUTES": "0.02", "SEEDS": "2"}, said.append) == 0
    found = json.loads(said[-1])
    assert tuple(found["models"]) == MODELS and found["baselines"] == 8 and found["seeds"] == 2
    assert isinstance(found["baselines_beaten"], int) and 0 <= found["baselines_beaten"] <= 8
    assert found["auc"] == found["models"]["ours"]["auc"]["mean"]
    assert len(said) == 2 * (1 + len(MODELS)) + 1 and found["learners"] == 40


def test_beaten_is_what_lies_below_by_more_than_the_spread() -> None:
    def run(auc: float) -> dict[str, float]:
        return {"auc": auc, "accuracy": 0.7, "log_loss": 0.5, "ece": 0.01, "seconds": 1.0}

    found = summary({"a": [run(0.70), run(0.72)], "b": [run(0.735), run(0.737)], "ours": [run(0.74), run(0.75)]})
    assert found["beaten"] == ["a", "b"] and found["auc"] == 0.745
    found = summary({"b": [run(0.74), run(0.742)], "ours": [run(0.74), run(0.75)]})
    assert (found["baselines"], found["baselines_beaten"]) == (1, 0)
    assert summary({"a": [run(0.7)]})["auc"] is None


@pytest.mark.parametrize("wrong", [{"SEEDS": "0"}, {"SEEDS": "x"}, {"MODELS": "dkt,oracle"}, {"WIDTH": "10"}])
def test_a_setting_that_cannot_be_is_told_in_one_line(wrong: dict[str, str], tmp_path: Path) -> None:
    said: list[str] = []
    assert main({"DATA": str(tmp_path), **wrong}, said.append) == 1 and len(said) == 1


def test_without_data_it_says_so_in_one_line(tmp_path: Path) -> None:
    said: list[str] = []
    assert main({"SHUYUAN_DATA": str(tmp_path)}, said.append) == 0
    assert len(said) == 1 and said[0].startswith("skipped: no kt/ednet_pebg")
    assert main({"DATA": str(tmp_path)}, said.append) == 1 and "known form" in said[1]


@pytest.mark.slow
def test_issue5_item_03_a_slice_of_real_answers_end_to_end() -> None:
    data = load_settings(os.environ).data
    if not (data / "kt" / "ednet_pebg" / "data.txt").is_file():
        pytest.skip(f"no kt/ednet_pebg in {data}")
    said: list[str] = []
    settings = {"SHUYUAN_DATA": str(data), "LEARNERS": "60", "MODELS": "constant logistic dkt ours", "MINUTES": "0.05"}
    assert main(settings, said.append) == 0
    found = json.loads(said[-1])
    assert found["models"]["logistic"]["auc"]["mean"] > 0.5 and 55 <= found["learners"] <= 65
    assert plan_of(settings, data).learners == 60
