"""The garden builds within its budget, the same way twice; its GLB reads back; rays agree with what the stops promise."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from commons.errors import BadInput, Unavailable
from vr_scenes import build
from vr_scenes.glb import Material, Model, Part, Picture, read_glb, write_glb
from vr_scenes.manifest import Manifest, read_manifest
from vr_scenes.scene import Scene, load_scene, scene_folder
from vr_scenes.shapes import Mesh, beam, box, extrude, lathe, merge

pytest.importorskip("open3d", reason="Open3D is left out here: scenes are not built", exc_type=ImportError)


@pytest.fixture(scope="module")
def garden() -> Scene:
    return load_scene(scene_folder("garden"))


@pytest.fixture(scope="module")
def model() -> Model:
    from vr_scenes.garden.model import garden_model

    return garden_model()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Manifest]:
    out = tmp_path_factory.mktemp("scenes")
    return out, build.build_scene(scene_folder("garden"), out, finer=0.25)


@pytest.mark.slow
def test_item_08_scenes_the_garden_builds_within_the_budget_of_a_phone(
    built: tuple[Path, Manifest], garden: Scene
) -> None:
    out, made = built
    assert made.bytes <= build.BUDGET_BYTES and made.triangles <= build.BUDGET_TRIANGLES
    assert set(made.posters) == {stop.id for stop in garden.stops}
    for name in (made.model, *made.posters.values()):
        assert (out / "garden" / name).is_file()
    assert read_manifest(out / "garden") == made


@pytest.mark.slow
def test_the_glb_is_whole_and_its_pieces_can_move(built: tuple[Path, Manifest]) -> None:
    out, made = built
    document, binary = read_glb((out / "garden" / made.model).read_bytes())
    assert document["asset"]["version"] == "2.0" and document["buffers"][0]["byteLength"] == len(binary)
    triangles = 0
    for mesh in document["meshes"]:
        (primitive,) = mesh["primitives"]
        indices, positions = (
            _array(document, binary, primitive["indices"]),
            _array(document, binary, primitive["attributes"]["POSITION"]),
        )
        assert indices.max() < len(positions) and np.isfinite(positions).all()
        normals = _array(document, binary, primitive["attributes"]["NORMAL"]) / 127.0
        assert np.allclose(np.linalg.norm(normals, axis=1), 1, atol=0.03)
        triangles += len(indices) // 3
    assert triangles == made.triangles
    moving = {node["name"]: node["extras"] for node in document["nodes"] if "explode" in node.get("extras", {})}
    assert len(moving) >= 20 and all(name.startswith("bracket-set/") for name in moving)


@pytest.mark.slow
def test_every_part_named_in_the_scene_is_a_piece_of_the_model(model: Model, garden: Scene) -> None:
    named = {part.id for one in garden.objects for part in one.parts}
    assert {part.extras["part"] for part in model.parts if "part" in part.extras} == named


@pytest.mark.slow
def test_the_same_sources_give_the_same_bytes(model: Model) -> None:
    from vr_scenes.garden.model import garden_model

    assert write_glb(garden_model()) == write_glb(model)


@pytest.mark.slow
def test_rays_find_a_hidden_hotspot_and_a_camera_in_a_wall(model: Model, garden: Scene) -> None:
    from vr_scenes.rays import camera_faults, frame_faults, hotspot_faults

    assert camera_faults(model, garden) == frame_faults(garden) == []
    behind = replace(garden.hotspots[0], position=(3.4, 1.0, -13.0))
    inside = replace(garden.stops[0], camera=replace(garden.stops[0].camera, position=(-10.0, 1.5, 7.0)))
    assert frame_faults(replace(garden, hotspots=(replace(behind, position=(9.0, 1.0, 30.0)),)))
    spoiled = replace(garden, hotspots=(behind,), stops=(inside, *garden.stops[1:]))
    assert list(hotspot_faults(model, replace(garden, hotspots=(behind,))))
    assert "entrance" in camera_faults(model, spoiled)[0]


def test_a_finger_tells_every_two_hotspots_of_a_stop_apart_on_a_phone(garden: Scene) -> None:
    from vr_scenes.rays import spread_faults

    assert spread_faults(garden) == []
    one, other = garden.hotspots_of("bracket-set")
    x, y, z = one.position
    near = replace(garden, hotspots=(one, replace(other, position=(x + 0.1, y + 0.1, z))))
    (fault,) = spread_faults(near)
    assert "'cap-block' and 'crossing'" in fault and "bracket-set" in fault


def test_stills_are_pictures_with_something_in_them(built: tuple[Path, Manifest]) -> None:
    from PIL import Image

    out, made = built
    for name in made.posters.values():
        picture = Image.open(io.BytesIO((out / "garden" / name).read_bytes()))
        assert picture.size == (960, 540) and np.asarray(picture).std() > 20


def test_a_build_that_is_there_is_kept(built: tuple[Path, Manifest]) -> None:
    out, made = built
    before = (out / "garden" / made.model).stat().st_mtime_ns
    assert build.build_scene(scene_folder("garden"), out) == made
    assert (out / "garden" / made.model).stat().st_mtime_ns == before


def test_without_open3d_the_build_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "is_possible", lambda: False)
    with pytest.raises(Unavailable, match="Open3D is not installed"):
        build.build_scene(scene_folder("garden"), tmp_path)


@pytest.mark.parametrize(
    "mesh",
    [
        box((1, 2, 3)),
        beam((0, 0, 0), (3, 4, 1), 0.2, 0.3),
        extrude([[0, 0], [1, 0], [0.4, 1]], 0, 1),
        lathe([(0, 0), (1, 0), (1, 1), (0, 1)], 12),
    ],
)
def test_solids_are_closed_and_face_outwards(mesh: Mesh) -> None:
    corners = mesh.positions[mesh.triangles]
    volume = float(np.sum(corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])) / 6)
    assert volume > 0
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    solid = np.linalg.norm(facing, axis=1) > 1e-9
    assert (np.sum(facing * mesh.normals[mesh.triangles[:, 0]], 1)[solid] > 0).all()


def test_a_picture_is_kept_byte_for_byte_and_a_cut_file_is_refused() -> None:
    picture = Picture("image/png", b"\x89PNG not really")
    data = write_glb(Model((Material("one", picture=picture),), (Part("box", "one", box((1, 1, 1))),)))
    document, binary = read_glb(data)
    view = document["bufferViews"][document["images"][0]["bufferView"]]
    assert binary[view["byteOffset"] : view["byteOffset"] + view["byteLength"]] == picture.data
    for cut in (b"", data[:11], data[:40], data[:-1], b"x" * 64):
        with pytest.raises(BadInput):
            read_glb(cut)


def test_merging_nothing_is_an_empty_mesh() -> None:
    assert len(merge([]).positions) == 0


def test_the_bridge_is_made_of_three_four_five_triangles() -> None:
    from vr_scenes.garden.plan import BRIDGE

    ways = np.diff(np.array(BRIDGE), axis=0)
    assert np.allclose(np.linalg.norm(ways, axis=1), [3, 1.5, 3, 1.5, 3])
    assert np.allclose(np.sum(ways[1:] * ways[:-1], axis=1), 0)
    assert np.isclose(np.linalg.norm(np.subtract(BRIDGE[-1], BRIDGE[0])), 9.49, atol=0.005)


def test_the_pond_covers_what_its_text_says() -> None:
    from vr_scenes.garden.plan import pond_outline

    x, z = pond_outline(720).T
    area = abs(float(np.sum(x * np.roll(z, 1) - z * np.roll(x, 1)))) / 2
    assert 138 < area < 146 and round(area / (30 * 28), 2) == 0.17


def _array(document: dict, binary: bytes, number: int) -> np.ndarray:
    accessor = document["accessors"][number]
    view = document["bufferViews"][accessor["bufferView"]]
    kind = {5120: np.int8, 5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}[
        accessor["componentType"]
    ]
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}[accessor["type"]]
    item = np.dtype(kind).itemsize
    stride = view.get("byteStride", width * item)
    raw = np.frombuffer(binary, np.uint8, view["byteLength"], view["byteOffset"]).reshape(-1, stride)[:, : width * item]
    found = np.ascontiguousarray(raw).view(kind).reshape(-1, width)
    assert len(found) == accessor["count"] and json.dumps(accessor)
    return found[:, 0] if width == 1 else found
