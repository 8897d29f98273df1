"""The fit finds weights that are there, the shipped ones can be made again and say where they are from, and
EdNet is only measured.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from commons.errors import BadInput, Faults
from commons.places import ROOT
from commons.settings import load_settings
from knowledge_graph import load_graph
from recommender import bench, fit
from recommender.ednet import read_ednet
from recommender.figures import expected_calibration_error, figures
from recommender.mastery import FEATURES, Coefficients, load_coefficients
from recommender.simulate import Given, simulate


def test_the_fit_finds_the_weights_that_made_the_answers() -> None:
    dice = np.random.default_rng(0)
    x = np.c_[np.ones(20_000), dice.normal(size=(20_000, 2))]
    true = np.array([0.5, -1.0, 2.0])
    y = (dice.random(20_000) < fit.predict(x, true)).astype(float)
    assert np.abs(fit.logistic(x, y) - true).max() < 0.1


def test_a_row_never_knows_its_own_answer_nor_a_later_one() -> None:
    graph = load_graph()
    people = list(simulate(graph, learners=3, answers=30, seed=1))
    for given in people:
        turned = [*given[:10], *(Given(one.concepts, not one.right) for one in given[10:])]
        made, other = fit.rows(given, graph.needs, {}), fit.rows(turned, graph.needs, {})
        assert made[:11] == other[:11] and made[11:] != other[11:]


def test_learners_are_split_by_learner_and_the_same_way_each_time() -> None:
    held = fit.split(100, 3)
    assert held.sum() == 20 and (held == fit.split(100, 3)).all() and (held != fit.split(100, 4)).any()


def test_synthetic_learners_are_the_same_for_the_same_seed_and_know_the_graph_only() -> None:
    graph = load_graph()
    first, again, other = (list(simulate(graph, learners=4, answers=20, seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert {concept for one in first for given in one for concept in given.concepts} <= graph.concepts.keys()
    assert all(len(one) == 20 for one in first)


@pytest.mark.slow
def test_item_07_recommender_shipped_weights_are_made_again_from_synthetic_learners(tmp_path: Path) -> None:
    shipped = load_coefficients()
    assert "synthetic learners" in str(shipped.origin["data"])
    made = fit.main(tmp_path / "made.json")
    again = load_coefficients(tmp_path / "made.json")
    assert again.origin["sha256"] == shipped.origin["sha256"], "graph or simulator changed: run recommender.fit"
    assert all(abs(again.weights[name] - shipped.weights[name]) < 0.01 for name in FEATURES)
    assert made.held_out["auc"] > made.constant["auc"] + 0.1
    assert made.held_out["log_loss"] < made.constant["log_loss"]


def test_shipped_weights_point_the_right_way() -> None:
    weights = load_coefficients().weights
    assert weights["right"] > 0 and weights["below"] > 0 and weights["overall"] > 0
    assert weights["wrong"] < 0 and weights["difficulty"] < 0


@pytest.mark.parametrize(
    "text", ["{", "{}", '{"weights": {"bias": 1}}', '{"weights": 3}', '{"weights": {"bias": NaN}}']
)
def test_coefficients_that_are_not_the_models_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    with pytest.raises(BadInput):
        load_coefficients(tmp_path / "c.json")
    assert Coefficients({}, {}).weights == {}


def test_figures_of_perfect_constant_and_reversed_probabilities() -> None:
    right = np.array([0.0, 0.0, 1.0, 1.0])
    assert figures(right, right)["auc"] == 1 and figures(right, 1 - right)["auc"] == 0
    assert figures(right, np.full(4, 0.5)) == {"auc": 0.5, "accuracy": 0.5, "log_loss": 0.6931, "ece": 0.0}
    assert np.isnan(figures(np.ones(3), np.full(3, 0.9))["auc"])
    assert expected_calibration_error(np.zeros(2), np.ones(2)) == 1
    with pytest.raises(BadInput):
        figures(right, np.ones(3))


def test_a_slice_of_the_published_form_is_read_and_a_broken_one_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "skill_id_dict.txt").write_text("{'19;2': 5, '7': 6}")
    (tmp_path / "data.txt").write_text("[2]\n[5, 6]\n[1, 2]\n[0, 1]\n")
    data = read_ednet(tmp_path)
    assert data.people == [[Given(("19", "2"), False), Given(("7",), True)]]
    assert data.sha256 == hashlib.sha256((tmp_path / "data.txt").read_bytes()).hexdigest()
    (tmp_path / "data.txt").write_text("[2]\n[5]\n[1, 2]\n[0, 1]\n[1]\n[9]\n[1]\n[0]\n")
    with pytest.raises(Faults) as caught:
        read_ednet(tmp_path)
    assert caught.value.faults == ("line 1: the four lists do not fit each other", "line 6: unknown tag set 9")
    (tmp_path / "data.txt").write_text("[2]\n")
    with pytest.raises(BadInput, match="wanted four a learner"):
        read_ednet(tmp_path)


def test_difficulty_is_the_share_of_wrong_answers_pulled_to_the_middle() -> None:
    people = [[Given(("a",), False)] * 6, [Given(("b",), True)]]
    assert bench.tag_difficulty(people) == {"a": 0.8, "b": 0.4}


def test_without_data_the_bench_says_so_in_one_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "recommender.bench", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("skipped: no kt/ednet_pebg/data.txt") and done.stdout.count("\n") == 1


@pytest.mark.slow
def test_item_07_recommender_counts_beat_the_constant_on_real_answers(capsys: pytest.CaptureFixture[str]) -> None:
    data = load_settings(os.environ).data
    if not (data / "kt" / "ednet_pebg" / "data.txt").is_file():
        pytest.skip(f"no kt/ednet_pebg in {data}")
    assert bench.main([str(data)]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["auc"] > 0.64 and found["log_loss"] < found["constant"]["log_loss"] - 0.03
    assert found["ece"] < 0.03 and found["learners"] == 5002
