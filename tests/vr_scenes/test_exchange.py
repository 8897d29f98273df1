"""Scenes out to IIIF 4 and schema.org and in from IIIF 4 and Voyager: whole, or refused with the reason (issue 6, item 1)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commons.errors import BadInput, ShuyuanError
from commons.places import ROOT
from tests.vr_scenes.meshes_made import write_ball
from vr_scenes.exchange import export_text, import_file, read_imports
from vr_scenes.exchange.iiif_out import iiif_manifest
from vr_scenes.exchange.imported import placed, quaternion
from vr_scenes.exchange.schema_org import schema_org
from vr_scenes.package import new_scene, write_document
from vr_scenes.scene import CONTENT, load_scene, read_document

BASE = "https://example.org/ball"
IIIF = Path(os.environ.get("SHUYUAN_DATA") or ROOT.parent / "shared" / "data") / "scenes" / "iiif"
NO_DATA = pytest.mark.skipif(not IIIF.is_dir(), reason="no scenes/iiif under SHUYUAN_DATA")

SVX: dict[str, Any] = {
    "asset": {"type": "application/si-dpo-3d.document+json", "version": "1.0", "copyright": "(c) A museum"},
    "scene": 0,
    "scenes": [{"units": "cm", "nodes": [0, 2], "meta": 0, "setup": 0}],
    "nodes": [
        {"name": "Bowl", "model": 0, "translation": [100, 0, 0]},
        {"name": "Inner", "model": 0},
        {"name": "Lamp", "light": 0},
    ],
    "models": [
        {
            "units": "mm",
            "rotation": [0, 1, 0, 0],
            "derivatives": [
                {"usage": "Web3D", "quality": "Low", "assets": [{"uri": "low.glb", "type": "Model"}]},
                {"usage": "Web3D", "quality": "High", "assets": [{"uri": "bowl.glb", "type": "Model"}]},
                {"usage": "Image2D", "quality": "High", "assets": [{"uri": "bowl.jpg", "type": "Image"}]},
            ],
            "annotations": [
                {
                    "id": "a1",
                    "titles": {"EN": "Rim", "ES": "Borde"},
                    "lead": "<b>Worn</b> rim.",
                    "position": [1000, 500, 0],
                },
                {"id": "a2", "title": "Foot", "articleId": "x", "position": [0, 0, 0]},
            ],
        }
    ],
    "metas": [
        {
            "collection": {"titles": {"EN": "A bowl"}},
            "articles": [{"id": "x", "uri": "x.html", "leads": {"EN": "The foot."}}],
        }
    ],
    "setups": [{"tours": [{"id": "t", "titles": {"EN": "Round"}, "steps": [{"id": "s", "titles": {"EN": "First"}}]}]}],
}


def _ball(tmp_path: Path) -> Path:
    new_scene(tmp_path / "ball", [write_ball(tmp_path, ".glb", rings=6)])
    document = read_document(tmp_path / "ball")
    both = {"zh-CN": "测试", "en": "A test"}
    document["assets"][0] |= {
        "rights": "https://creativecommons.org/publicdomain/zero/1.0/",
        "credit": both,
        "source": both,
    }
    turn = [0.1825742, 0.3651484, 0.5477226, 0.7302967]
    document["nodes"][0] |= {"position": [1, 2, 3], "rotation": turn, "scale": 2}
    document["stops"][0]["camera"] = {"position": [0, 1, 5], "target": [1, 2, 3], "fov": 40}
    garden = read_document(CONTENT / "garden")["hotspots"][0]
    garden["target"]["scope"], garden["id"] = "#stop/overview", "spot"
    garden["body"] = [one for one in garden["body"] if one["type"] == "TextualBody"]
    document["hotspots"] = [garden]
    write_document(tmp_path / "ball", document)
    return tmp_path / "ball"


def _strings(found: Any) -> set[str]:
    if isinstance(found, Mapping):
        return {text for value in found.values() for text in _strings(value)}
    if isinstance(found, list):
        return {text for value in found for text in _strings(value)}
    return {found} if isinstance(found, str) else set()


def test_issue6_item_01_a_scene_goes_out_as_iiif_and_comes_back_the_same(tmp_path: Path) -> None:
    ball = _ball(tmp_path)
    before = load_scene(ball)
    export_text(ball, "iiif", BASE, tmp_path / "iiif.json")
    (tmp_path / "again").mkdir()
    taken = import_file(tmp_path / "iiif.json", tmp_path / "again" / "ball", ball / "assets" / "ball")
    assert taken.notes == ()
    after = load_scene(taken.folders[0], draft=True)
    assert after.title == before.title and after.summary == before.summary
    assert after.nodes[0].position == before.nodes[0].position and after.nodes[0].scale == pytest.approx(2)
    assert after.nodes[0].rotation == pytest.approx(before.nodes[0].rotation, abs=1e-6)
    assert after.stops[0].camera == before.stops[0].camera and after.stops[0].title == before.stops[0].title
    assert (after.hotspots[0].title, after.hotspots[0].text) == (before.hotspots[0].title, before.hotspots[0].text)
    assert after.hotspots[0].position == before.hotspots[0].position
    assert [step.text for step in after.tours[0].steps] == [step.text for step in before.tours[0].steps]
    assert after.assets[0].sha256 == before.assets[0].sha256 and after.assets[0].rights == before.assets[0].rights


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_issue6_item_01_every_word_of_the_garden_is_in_both_exports(language: str) -> None:
    garden = load_scene(CONTENT / "garden")
    words = {garden.title[language], garden.summary[language]}
    for stop in garden.stops:
        words |= {stop.title[language], stop.caption[language], stop.description[language]}
    words |= {step.text[language] for step in garden.tours[0].steps}
    assert words <= _strings(schema_org(garden, BASE))
    words |= {text[language] for spot in garden.hotspots for text in (spot.title, spot.text)}
    assert words <= _strings(iiif_manifest(garden, BASE))


@NO_DATA
def test_issue6_item_01_each_sample_is_taken_in_or_refused_with_the_reason(tmp_path: Path) -> None:
    taken, refused = [], []
    for number, path in enumerate(sorted(IIIF.rglob("*.json"))):
        try:
            found = import_file(path, tmp_path / f"scene-{number}")
        except ShuyuanError as error:
            assert error.found and error.where and error.next, path
            refused.append(path.name)
            continue
        taken.append(path.name)
        for folder in found.folders:
            scene = load_scene(folder, draft=True)
            assert scene.nodes and scene.stops
    assert len(taken) >= 40 and len(taken) + len(refused) == len(list(IIIF.rglob("*.json")))
    assert "model_transform_negative_scale_position.json" in refused and "whale_comment_camera.json" in taken


@NO_DATA
def test_issue6_item_01_the_camera_of_a_sample_looks_at_what_it_says() -> None:
    (found,) = read_imports(IIIF / "iiif3d_p4" / "9_commenting_annotations" / "whale_comment_camera.json")
    view, spot = found.views[0], found.spots[0]
    way = np.subtract(view.target, view.position)
    wanted = np.subtract(spot.point, view.position)
    assert way @ wanted / np.linalg.norm(way) / np.linalg.norm(wanted) > 0.98
    assert {tuple(model.place[:3, 3]) for model in found.models} == {(0, 0.03, 0.05), (0, 0.18, 0)}


def test_issue6_item_01_a_voyager_document_is_taken_in_metres_with_its_words(tmp_path: Path) -> None:
    (tmp_path / "bowl.svx.json").write_text(json.dumps(SVX))
    taken = import_file(tmp_path / "bowl.svx.json", tmp_path / "bowl")
    scene = load_scene(tmp_path / "bowl", draft=True)
    assert scene.title == {"en": "A bowl"} and scene.nodes[0].position == pytest.approx((1, 0, 0))
    assert scene.nodes[0].scale == pytest.approx(0.001) and scene.nodes[0].rotation == pytest.approx((0, 1, 0, 0))
    assert scene.assets[0].file.endswith("/bowl.glb")
    rim, foot = scene.hotspots
    assert rim.title == {"en": "Rim", "es": "Borde"} and rim.text == {"en": "Worn rim."}
    assert rim.position == pytest.approx((0, 0.5, 0)) and foot.text == {"en": "The foot."}
    assert any("lights" in note for note in taken.notes) and any("bowl.glb" in note for note in taken.notes)


@pytest.mark.parametrize(
    "change",
    [
        {"scene": 5},
        {"nodes": [{"children": [0]}]},
        {"models": [{"units": "mm", "derivatives": []}]},
        {"models": "none"},
        {"nodes": [{"model": 0, "scale": [1, 2, 1]}, {}, {}]},
        {"scenes": [{"nodes": ["x"]}]},
    ],
)
def test_issue6_item_11_a_voyager_document_that_lies_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / "bowl.svx.json").write_text(json.dumps(SVX | change))
    with pytest.raises(BadInput) as caught:
        import_file(tmp_path / "bowl.svx.json", tmp_path / "bowl")
    assert caught.value.where and caught.value.next and not (tmp_path / "bowl").exists()


def test_issue6_item_11_words_with_scripts_come_in_as_words(tmp_path: Path) -> None:
    changed = json.loads(json.dumps(SVX))
    changed["models"][0]["annotations"][0]["lead"] = (
        "<img src=x onerror=alert(1)>Worn &lt;b&gt;<script>alert(1)</script>"
    )
    (tmp_path / "bowl.svx.json").write_text(json.dumps(changed))
    import_file(tmp_path / "bowl.svx.json", tmp_path / "bowl")
    assert load_scene(tmp_path / "bowl", draft=True).hotspots[0].text == {"en": "Worn <b>alert(1)"}


def test_a_place_is_taken_apart_and_a_mirror_is_refused() -> None:
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]], float)
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn * 3, (1, 2, 3)
    made = placed(matrix, "x")
    assert made["scale"] == 3 and made["position"] == [1, 2, 3]
    assert made["rotation"] == pytest.approx([0, 0, 0.70710678, 0.70710678])
    assert quaternion(np.diag([1.0, -1.0, -1.0])) == pytest.approx((1, 0, 0, 0))
    with pytest.raises(BadInput, match="one positive scale"):
        placed(np.diag([-1.0, 1.0, 1.0, 1.0]), "x")
