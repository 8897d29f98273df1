"""The garden's scene document is whole, its faults are told all at once, and its texts, items and concepts hold together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commons.errors import Faults, NotFound
from commons.languages import LANGUAGES
from knowledge_graph.load import load_graph
from vr_scenes.check import concept_faults
from vr_scenes.items import items
from vr_scenes.posters import poster_url
from vr_scenes.scene import Scene, list_scenes, load_scene, scene_folder
from vr_scenes.twin import twin_stops, twin_tours, words_of

STOPS = ["entrance", "moon-gate", "zigzag-bridge", "pond", "pavilion", "bracket-set", "rockery"]


@pytest.fixture(scope="module")
def garden() -> Scene:
    return load_scene(scene_folder("garden"))


def test_item_08_scenes_the_garden_has_its_stops_objects_and_one_tour(garden: Scene) -> None:
    assert [stop.id for stop in garden.stops] == STOPS
    assert {one.id for one in garden.objects} == {"bracket-set", "moon-gate", "lattice-window", "stone-base"}
    (tour,) = garden.tours
    assert {step.stop for step in tour.steps} == set(STOPS)
    assert 120 < tour.seconds < 600
    assert len(garden.hotspots) >= 14


def test_units_are_linked_where_the_course_measures(garden: Scene) -> None:
    units = {stop.id: stop.unit for stop in garden.stops}
    assert units["moon-gate"] == units["bracket-set"] == "heritage/u4"
    assert all(units.values())


def test_every_concept_of_the_garden_is_in_the_graph(garden: Scene) -> None:
    assert concept_faults(garden, load_graph().concepts) == []


def test_an_unknown_concept_is_named_with_its_nearest_neighbour(garden: Scene) -> None:
    (fault, *_) = concept_faults(
        garden, set(load_graph().concepts) - {"architecture.moon-gate"} | {"architecture.moon-gates"}
    )
    assert "architecture.moon-gate" in fault and "Did you mean 'architecture.moon-gates'?" in fault


def test_items_are_stops_and_objects_with_their_addresses(garden: Scene) -> None:
    found = {item.id: item for item in items(garden)}
    assert found["stop:garden/moon-gate"].url == "/tours/garden/?stop=moon-gate"
    assert found["object:garden/bracket-set"].parent == "stop:garden/bracket-set"
    assert len(found) == len(garden.stops) + len(garden.objects)


def test_all_faults_of_a_broken_scene_are_told_at_once(tmp_path: Path) -> None:
    folder = _broken(tmp_path)
    with pytest.raises(Faults) as caught:
        load_scene(folder)
    told = "\n".join(caught.value.faults)
    for part in ("title: no text in en", "stop 'pond', camera position", "minutes",
                 "there is no stop 'mon-gate'. Did you mean 'moon-gate'?",
                 "rights is not", "'extra' is not part of the format", "the id is used twice"):  # fmt: skip
        assert part in told, part


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": "other"}', '{"format": "shuyuan-scene", "version": 1}', "\x00"]
)
def test_what_is_not_a_scene_is_refused_in_words(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "ruin"
    folder.mkdir()
    (folder / "scene.json").write_text(text)
    with pytest.raises(Faults):
        load_scene(folder)


def test_a_scene_or_stop_that_is_not_there_is_said_so(garden: Scene) -> None:
    with pytest.raises(NotFound, match="atrium"):
        scene_folder("atrium")
    with pytest.raises(NotFound, match="bust"):
        garden.stop("bust")
    assert poster_url("atrium", "") == ""


def test_the_list_of_scenes_holds_the_garden() -> None:
    assert "garden" in [folder.name for folder in list_scenes()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_twin_holds_every_word_of_stops_and_tours(garden: Scene, language: str) -> None:
    stops, tours = twin_stops(garden, language), twin_tours(garden, language)
    text = json.dumps([[vars(stop) | {"objects": [vars(one) for one in stop.objects]} for stop in stops],
                       [[title, [vars(step) for step in steps]] for title, steps in tours]], ensure_ascii=False)  # fmt: skip
    elsewhere = {
        garden.title[language],
        garden.summary[language],
        garden.note[language],
        *(source[language] for source in garden.sources),
    }
    elsewhere |= {part[language] for asset in garden.assets for part in (asset.credit, asset.source)}
    missing = [
        words
        for words in words_of(garden, language)
        if words not in elsewhere and json.dumps(words, ensure_ascii=False)[1:-1] not in text
    ]
    assert missing == []


def test_chinese_texts_carry_no_latin_punctuation(garden: Scene) -> None:
    for words in words_of(garden, "zh-CN"):
        assert not any(mark in words for mark in (",", ";", "!", "?")), words


def _broken(tmp_path: Path) -> Path:
    found = json.loads((scene_folder("garden") / "scene.json").read_text("utf-8"))
    del found["title"]["en"]
    found["stops"][3]["camera"]["position"] = [0, "high"]
    found["stops"][0]["minutes"] = -1
    found["stops"][1]["extra"] = 1
    found["stops"][2]["id"] = "entrance"
    found["hotspots"][0]["target"]["scope"] = "#stop/mon-gate"
    found["assets"][0]["rights"] = "ask me"
    folder = tmp_path / "garden"
    folder.mkdir()
    (folder / "scene.json").write_text(json.dumps(found), "utf-8")
    return folder
