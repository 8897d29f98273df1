"""A training from its data to the registry: judged on held-out learners, live only where it is better."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commons.errors import Conflict
from recommender.training import SHIPPED, Registry
from recommender.training import run as running
from recommender.training.data import Wanted, part_of
from recommender.training.run import Progress, settings_for, train
from tests.recommender.training_world import FEW, TINY, few, registry, shipped

QUICK = replace(TINY, epochs=1)


def judged(monkeypatch: pytest.MonkeyPatch, own: float, live: float) -> None:
    """Let the figures on held-out learners be these: the rule of promotion is tried, not the network."""
    told = {"auc": 0.0, "accuracy": 0.5, "log_loss": 0.7, "ece": 0.0}

    def figures(tracer: Any, _: Any) -> dict[str, float]:
        if not hasattr(tracer, "net"):
            return {**told, "auc": 0.5}
        return {**told, "auc": own if tracer.settings.tell else live}

    monkeypatch.setattr(running, "_figures", figures)


def about(one: Registry, name: str) -> dict[str, Any]:
    return json.loads((one.folder / name / "about.json").read_text("utf-8"))


def test_issue5_item_06_a_training_keeps_the_model_with_its_figures_beside_those_of_the_live_one(
    tmp_path: Path,
) -> None:
    one, told = registry(tmp_path), list[Progress]()
    done = train(one, few(), None, settings=QUICK, wanted=FEW, seed=3, tell=told.append)
    page = about(one, done.name)
    assert (page["origin"], page["seed"], page["data_sha256"]) == ("records", 3, few().sha256())
    assert page["learners"] == 40 and page["answers"] == few().answers
    assert page["figures"].keys() == {"auc", "accuracy", "log_loss", "ece"} <= page["live"].keys()
    assert page["live"]["name"] == SHIPPED and page["constant"]["auc"] == 0.5
    assert page["held_out"]["learners"] == sum(part_of(one) == 2 for one in few().held_out.learners) > 3
    assert done.promoted == (page["figures"]["auc"] > page["live"]["auc"]) == (one.live() == done.name)
    assert [one.done for one in told] == [0, 1] and told[1].total == 1 and 0 < told[1].best < 1


@pytest.mark.parametrize(
    ("own", "live", "promoted"), [(0.7001, 0.7, True), (0.7, 0.7, False), (0.6999, 0.7, False), (0.45, 0.4, False)]
)
def test_issue5_item_06_only_what_beats_the_live_model_and_the_constant_goes_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: float, live: float, promoted: bool
) -> None:
    judged(monkeypatch, own, live)
    one = registry(tmp_path)
    done = train(one, few(), None, settings=QUICK, wanted=FEW)
    assert done.promoted is promoted and one.live() == (done.name if promoted else SHIPPED)
    assert done.why == ("better" if promoted else "not-better") and f"{own:.4f}" in done.said
    assert [entry.name for entry in one.entries()] == [SHIPPED, done.name], "kept, whether live or not"


def test_issue5_item_06_the_same_data_and_seed_are_trained_on_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(monkeypatch, 0.8, 0.7)
    one, told = registry(tmp_path), list[Progress]()
    first = train(one, few(), None, settings=QUICK, wanted=FEW)
    again = train(one, few(), None, settings=QUICK, wanted=FEW, tell=told.append)
    assert (again.name, again.why, again.promoted, told) == (first.name, "again", False, [])
    assert train(one, few(), None, settings=QUICK, wanted=FEW, seed=1).name != first.name
    one.promote(SHIPPED)
    assert train(one, few(), None, settings=QUICK, wanted=FEW).promoted is False, "what was rolled back stays back"


def test_issue5_item_06_killed_before_the_promotion_the_next_run_promotes_without_training_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(monkeypatch, 0.8, 0.7)
    one, told = registry(tmp_path), list[Progress]()
    with monkeypatch.context() as cut:
        cut.setattr(Registry, "promote", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            train(one, few(), None, settings=QUICK, wanted=FEW)
    assert one.live() == SHIPPED and len(one.entries()) == 2
    done = train(one, few(), None, settings=QUICK, wanted=FEW, tell=told.append)
    assert done.promoted and one.live() == done.name and told == []


def test_issue5_item_06_a_synthetic_model_never_takes_the_place_of_one_from_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(monkeypatch, 0.9, 0.7)
    one = registry(tmp_path)
    assert train(one, few(), None, settings=QUICK, wanted=FEW, origin="synthetic").promoted
    name = one.add(shipped(), {"origin": "records"})
    one.promote(name)
    done = train(one, few(), None, settings=QUICK, wanted=FEW, origin="synthetic", seed=1)
    assert (done.promoted, done.why, one.live()) == (False, "synthetic", name)


def test_issue5_item_06_a_broken_live_model_is_replaced_by_one_that_beats_what_serves_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged(monkeypatch, 0.8, 0.7)
    one = registry(tmp_path)
    name = one.add(shipped(), {"origin": "records"})
    one.promote(name)
    (one.folder / name / "model.safetensors").write_bytes(b"")
    done = train(one, few(), None, settings=QUICK, wanted=FEW)
    assert done.promoted and one.live() == done.name and about(one, done.name)["live"]["name"] == SHIPPED


def test_issue5_item_06_too_little_data_trains_nothing_and_says_so(tmp_path: Path) -> None:
    one = registry(tmp_path)
    done = train(one, few(), None, settings=QUICK, wanted=Wanted(41, 1))
    assert (done.name, done.promoted, done.why) == ("", False, "little")
    assert "40 learners" in done.said and "wanted 41" in done.said and not one.folder.exists()


def test_issue5_item_06_two_trainings_at_once_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "WAIT_S", 0.1)
    one = registry(tmp_path)

    def another(_: Progress) -> None:
        with pytest.raises(Conflict, match="another training is under way"):
            train(one, few(), None, settings=QUICK, wanted=FEW)

    assert train(one, few(), None, settings=QUICK, wanted=FEW, tell=another).name


def test_issue5_item_06_sizes_grow_with_the_data_and_no_clock_cuts_them_off() -> None:
    sizes = [settings_for(answers) for answers in (1000, 50_000, 500_000)]
    assert [one.width for one in sizes] == sorted({one.width for one in sizes})
    assert all(one.seconds == float("inf") and one.checkpoint is None for one in sizes)
