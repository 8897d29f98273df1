"""The small model that comes with the product: labelled synthetic, whole, fitting what ships, better than a constant."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from commons.items import Item
from commons.places import ROOT
from courses.items import items as course_items
from courses.places import load_courses
from knowledge_graph import load_graph
from knowledge_graph.vectors import embedded, ngrams
from knowledge_graph.versions import content_hash
from recommender.simulate_items import practice, simulate_items
from recommender.tracing import Answers, judge
from recommender.tracing.answers import tables
from recommender.tracing.neural import Settings
from recommender.tracing.ours import Asked
from recommender.tracing.readers import counted
from recommender.training import SHIPPED, live_tracer
from recommender.training.data import renumbered
from recommender.training.registry import PLACE, Registry
from recommender.training.sealed import checked
from recommender.training.ship import ITEMS, items_page, read_items, ship
from recommender.training.texts import item_texts
from tests.recommender.training_world import shipped

AGAIN = (
    "Make it again: shuyuan recommender items --out recommender/shipped/items.json; python -m recommender.training.ship"
)


def fresh(learners: int = 150, seed: int = 4711) -> Answers:
    """Answers of synthetic learners whom the model never saw, in its numbers."""
    rows = simulate_items(load_graph(), read_items(), learners=learners, answers=40, seed=seed)
    return renumbered(tables(counted(rows))[0], shipped().names)


def test_issue5_item_06_the_shipped_model_is_small_whole_and_labelled_synthetic() -> None:
    about = checked(PLACE)
    assert about["origin"] == "synthetic" and "nobody's real answers" in about["data"] and about["terms"]
    assert {path.suffix for path in PLACE.iterdir()} == {".json", ".safetensors"}
    assert sum(path.stat().st_size for path in PLACE.parent.rglob("*") if path.is_file()) < 1_000_000


def test_issue5_item_06_the_shipped_model_fits_the_shipped_graph_and_exercises() -> None:
    graph, exercises = load_graph(), [one for one in _shelf() if one.kind == "exercise"]
    assert ITEMS.read_text("utf-8") == items_page(exercises), AGAIN
    assert checked(PLACE)["graph"] == content_hash(graph), AGAIN
    names = shipped().names
    assert set(names.concepts) >= set(graph.concepts) and set(names.questions) >= {one.id for one in exercises}
    seen = dict(zip(names.concepts, shipped().seen.concept, strict=True))
    assert all(seen[concept] for concept in graph.concepts), "every concept was met in training"


def _shelf() -> list[Item]:
    return [item for course in load_courses().values() for item in course_items(course)]


def test_issue5_item_06_the_shipped_model_beats_the_constant_clearly_on_fresh_synthetic_learners() -> None:
    answers = fresh()
    found = judge(answers.correct, shipped().predict(answers))
    constant = judge(answers.correct, np.full(len(answers), answers.correct.mean()))
    assert found["auc"] > 0.68 > constant["auc"] + 0.1 and found["log_loss"] < constant["log_loss"] - 0.04
    assert found["ece"] < 0.04


def test_issue5_item_06_the_shipped_model_reads_texts_and_does_without(tmp_path: Path) -> None:
    graph, items = load_graph(), read_items()
    live = live_tracer(tmp_path, item_texts(graph, [*items, *practice(graph)], embedded()))
    assert live.name == SHIPPED and live.tracer.texts is not None
    answers = fresh(40)
    with_texts = live.tracer.predict(answers)
    other = live_tracer(tmp_path, item_texts(graph, items, ngrams()))
    assert np.array_equal(other.tracer.predict(answers), shipped().predict(answers)), "other vectors are not read"
    assert judge(answers.correct, with_texts)["auc"] > 0.68
    new = Asked(len(live.tracer.names.questions) + 5, (3,), text=live.tracer.texts([items[0].id])[0])
    p, half_life = live.tracer.ask(live.tracer.empty(), [new])
    assert 0 < p[0] < 1 and half_life[0] > 0


def test_issue5_item_06_the_shipped_model_loads_in_well_under_a_second() -> None:
    code = (
        "import time, torch, transformers, safetensors.numpy, recommender.tracing.model; from pathlib import Path;"
        "from recommender.training import live_tracer; begin = time.process_time();"
        "live_tracer(Path('nowhere')); print(time.process_time() - begin)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.8 and done.stderr == "", done.stderr


@pytest.mark.slow
def test_issue5_item_06_the_shipped_model_is_made_by_one_command(tmp_path: Path) -> None:
    tiny = Settings(width=8, layers=1, heads=2, epochs=1, batch=512, seconds=600)
    told = [ship(tmp_path / "tracer", learners=40, settings=tiny, seed=1)["data_sha256"] for _ in range(2)]
    assert told[0] == told[1] and checked(tmp_path / "tracer")["origin"] == "synthetic"
    assert [path.name for path in tmp_path.iterdir()] == ["tracer"]
    assert Registry(tmp_path, tmp_path / "tracer").load(SHIPPED).names.concepts
