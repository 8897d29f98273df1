"""The prerequisite bench judges on concepts held out: no label about one reaches a scorer, and the published sets are read
as they are published.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from commons.settings import load_settings
from knowledge_graph.bench_prereq import main, split, won
from knowledge_graph.bench_prereq_models import Ready, best_threshold, forest, ours, ready, reference_distance
from knowledge_graph.bench_prereq_sets import PairSet, al_cpl, kcs4edu, metacademy, mooccube, university_course
from knowledge_graph.suggest.train import examples, train
from knowledge_graph.suggest.weights import read_weights, write_weights
from knowledge_graph.vectors import ngrams


def made(count: int = 24, seed: int = 0) -> PairSet:
    """A set whose concepts have a height; the lower one comes first, and the features tell it with noise."""
    draw = np.random.default_rng(seed)
    names = [f"{word} {number}" for number, word in zip(range(count), ["point", "line", "curve"] * count, strict=False)]
    height = draw.normal(size=count)
    pairs = [(a, b) for a in range(count) for b in range(count) if a != b and draw.random() < 0.6]
    first, second = np.array(pairs).T
    gap = height[first] - height[second]
    x = np.c_[gap + draw.normal(0, 0.7, len(gap)), draw.normal(size=(len(gap), 2))]
    y = (gap > 0.3).astype(np.int64)
    return PairSet("made", names, first, second, y, x, np.c_[height + draw.normal(0, 0.3, count)], refd=0)


def held_out(data: Ready, seed: int = 3) -> np.ndarray:  # type: ignore[type-arg]
    held = np.zeros(len(data.set.names), bool)
    held[np.random.default_rng(seed).permutation(len(held))[: len(held) // 5]] = True
    return held


@pytest.fixture(scope="module")
def data() -> Ready:
    return ready(made(), ngrams(64))


@pytest.fixture(scope="module")
def root() -> Path:
    folder = load_settings(os.environ).data / "kg"
    if not (folder / "al-cpl").is_dir():
        pytest.skip(f"no al-cpl in {folder}; set SHUYUAN_DATA")
    return folder


def test_issue4_item_06_no_training_pair_touches_a_held_out_concept(data: Ready) -> None:
    held = held_out(data)
    train_pairs, test_pairs = split(data, held)
    assert not held[data.set.first[train_pairs]].any() and not held[data.set.second[train_pairs]].any()
    assert (held[data.set.first[test_pairs]] | held[data.set.second[test_pairs]]).all()
    assert sorted([*train_pairs, *test_pairs]) == list(range(len(data.set.y)))


@pytest.mark.parametrize("scorer", [ours, forest, reference_distance])
def test_issue4_item_06_no_label_about_a_held_out_concept_reaches_a_scorer(data: Ready, scorer: object) -> None:
    train_pairs, test_pairs = split(data, held_out(data))
    score = scorer(data, train_pairs, test_pairs, 0)  # type: ignore[operator]
    turned = data.set.y.copy()
    turned[test_pairs] = 1 - turned[test_pairs]
    from dataclasses import replace

    other = ready(replace(data.set, y=turned), ngrams(64))
    assert np.allclose(score, scorer(other, train_pairs, test_pairs, 0))  # type: ignore[operator]


def test_issue4_item_06_which_pairs_are_listed_beside_one_does_not_change_its_score(data: Ready) -> None:
    train_pairs, test_pairs = split(data, held_out(data))
    whole = ours(data, train_pairs, test_pairs, 0)
    assert np.allclose(whole[::3], ours(data, train_pairs, test_pairs[::3], 0))


def test_ours_finds_what_can_be_found_and_the_threshold_is_a_good_one(data: Ready) -> None:
    from sklearn.metrics import average_precision_score, f1_score

    train_pairs, test_pairs = split(data, held_out(data))
    y, scores = data.set.y[test_pairs], ours(data, train_pairs, test_pairs, 0)
    assert average_precision_score(y, scores) > y.mean() + 0.25
    best = max(f1_score(y, scores > level) for level in np.linspace(0.05, 0.95, 50))
    assert f1_score(y, scores > best_threshold(y, scores)) > best - 0.05


def test_a_set_is_won_only_by_more_than_the_spread() -> None:
    def row(us: float, them: float) -> dict[str, dict[str, float]]:
        return {"ours": {"f1": us}, "forest": {"f1": them}}

    assert won([row(0.8, 0.7), row(0.7, 0.61), row(0.9, 0.79)])["forest"] > 1
    assert won([row(0.9, 0.5), row(0.6, 0.7), row(0.6, 0.7)])["forest"] < 1
    assert won([row(0.5, 0.6), row(0.5, 0.61)])["forest"] < 0


def test_issue4_item_06_the_published_sets_are_read_as_they_are_published(root: Path) -> None:
    sizes = {name: (len(one.names), len(one.y), int(one.y.sum())) for name, one in _al_cpl(root).items()}
    assert sizes == {
        "data_mining": (120, 826, 292),
        "geometry": (89, 1681, 524),
        "physics": (153, 1962, 487),
        "precalculus": (224, 2060, 699),
    }
    free = [metacademy(root), mooccube(root), kcs4edu(root, "DBE-KT22"), kcs4edu(root, "WDKG-KnowledgePoints")]
    assert [len(one.edges) for one in free[1:]] == [1605, 101, 285] and len(free[0].edges) == 629


@pytest.mark.slow
def test_university_course_has_its_published_pairs(root: Path) -> None:
    found = university_course(root)
    assert (len(found.names), len(found.y), int(found.y.sum())) == (521, 3544, 1007)
    assert np.isfinite(found.x).all() and found.x.std(0).min() > 0


def _al_cpl(root: Path) -> dict[str, PairSet]:
    return {name: al_cpl(root, name) for name in ("data_mining", "geometry", "physics", "precalculus")}


def test_made_negatives_are_reverses_and_pairs_without_a_path(root: Path) -> None:
    import networkx as nx

    given = metacademy(root)
    pairs, labels = examples(given)
    graph = nx.DiGraph(given.edges)
    assert len(pairs) == 4 * sum(labels) and examples(given) == (pairs, labels)
    for at in range(0, 400, 4):
        assert pairs[at] in set(given.edges) and pairs[at + 1] == pairs[at][::-1]
        for a, b in pairs[at + 2 : at + 4]:
            linked = a in graph and b in graph and (nx.has_path(graph, a, b) or nx.has_path(graph, b, a))
            assert not linked


@pytest.mark.slow
def test_the_weights_are_fitted_to_the_same_bytes(root: Path, tmp_path: Path) -> None:
    for name in ("one.json", "two.json"):
        write_weights(tmp_path / name, train(root, ngrams(64)))
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert read_weights(tmp_path / "one.json").about["sets"] == ["metacademy", "mooccube", "dbe_kt22"]


def test_the_bench_says_in_one_line_what_is_absent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("skipped: no al-cpl and cpr-recover in")


@pytest.mark.slow
def test_issue4_item_06_the_last_line_is_json_with_sets_won_and_transfer(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("SHUYUAN_HOME", str(tmp_path))
    monkeypatch.setattr("knowledge_graph.bench_prereq.AL_CPL", ("data_mining",))
    monkeypatch.setattr("knowledge_graph.bench_prereq.SEEDS", (0, 1))
    monkeypatch.setattr("knowledge_graph.bench_prereq.university_course", lambda _: made(40))
    assert main([str(root)]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["sets"] == 2 and type(found["sets_won"]) is int and found["sets_won"] >= found["sets_won_also_tuned"]
    assert found["data_mining"]["ours"]["f1"][0] > found["data_mining"]["all_positive"]["f1"][0]
    assert set(found["transfer"]["metacademy"]) == {"mooccube", "dbe_kt22", "wdkg"}
