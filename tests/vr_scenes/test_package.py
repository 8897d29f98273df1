"""A scene package: made from a dropped file, checked whole, built in the sandbox, sent out (issue 6, items 1 and 2)."""

from __future__ import annotations

import json
import urllib.request
import zipfile
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from PIL import Image
from typer.testing import CliRunner, Result

from commons.errors import BadInput, Conflict, Faults, TooLarge
from commons.sandbox import probe
from portal.cli_scene import scene_app
from tests.vr_scenes.meshes_made import write_ball
from vr_scenes import build_files, job
from vr_scenes.annotations import annotation_of
from vr_scenes.build import build_scene
from vr_scenes.check import schema
from vr_scenes.manifest import read_manifest
from vr_scenes.package import new_scene, unpacked, write_document, write_zip
from vr_scenes.scene import CONTENT, load_scene, read_document
from vr_scenes.serve import make_server

RIGHTS = "https://creativecommons.org/publicdomain/zero/1.0/"


@pytest.fixture(scope="module", autouse=True)
def _sound() -> None:
    broken = [one for one in probe() if not one.ok]
    if broken:
        pytest.skip(f"no sandbox on this machine: {broken[0].name}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package with one built ball."""
    root = tmp_path_factory.mktemp("package")
    new_scene(root / "ball", [write_ball(root, ".obj")])
    build_scene(root / "ball", root / "ball" / "build")
    return root / "ball"


def _run(*words: str) -> Result:
    return CliRunner().invoke(scene_app, list(words))


def _licensed(folder: Path) -> Path:
    document = read_document(folder)
    both = {"zh-CN": "测试", "en": "A test"}
    for asset in document["assets"]:
        asset |= {"rights": RIGHTS, "credit": both, "source": both}
    write_document(folder, document)
    return folder


def _copy(made: Path, to: Path) -> Path:
    write_zip(made, to / "ball.zip", leave=())
    return unpacked(to / "ball.zip", to)


def test_issue6_item_01_a_dropped_file_becomes_a_scene_with_what_it_names_beside_it(tmp_path: Path) -> None:
    document = new_scene(tmp_path / "ball", [write_ball(tmp_path, ".obj")])
    assert {path.name for path in (tmp_path / "ball" / "assets" / "ball").iterdir()} == {
        "ball.obj",
        "ball.mtl",
        "skin.jpg",
    }
    assert list(Draft202012Validator(schema()).iter_errors(document)) == []
    scene = load_scene(tmp_path / "ball", draft=True)
    assert scene.nodes[0].kind == "mesh" and not scene.stops[0].placed
    with pytest.raises(Conflict):
        new_scene(tmp_path / "ball", [])


def test_issue6_item_01_publishing_refuses_an_asset_without_rights(tmp_path: Path) -> None:
    new_scene(tmp_path / "ball", [write_ball(tmp_path, ".stl")])
    with pytest.raises(Faults, match="rights is not the address of a licence"):
        load_scene(tmp_path / "ball")
    told = _run("check", str(tmp_path / "ball"))
    assert told.exit_code == 1 and "rights" in told.output and "credit" in told.output
    refused = _run("export", str(tmp_path / "ball"), str(tmp_path / "out"))
    assert isinstance(refused.exception, Faults) and not (tmp_path / "out").exists()
    _licensed(tmp_path / "ball")
    assert _run("check", str(tmp_path / "ball")).exit_code == 0


def test_issue6_item_01_every_fault_is_told_at_once_with_its_place(tmp_path: Path) -> None:
    new_scene(tmp_path / "ball", [write_ball(tmp_path, ".stl")])
    document = read_document(tmp_path / "ball")
    document["nodes"][0] |= {"kind": "hologram", "asset": "bal", "scale": 0, "rotation": [0, 0, 1]}
    document["tours"][0]["steps"].append(
        {"stop": "overviw", "seconds": -1, "text": {"en": "x"}, "audio": {"en": "voice"}}
    )
    document["assets"][0] |= {"file": "../../etc/passwd", "sha256": "no"}
    document["stops"][0]["camera"] = {"position": [0, 0, 0], "target": [0, 0, 0], "fov": 500}
    document["hotspots"].append({"id": "spot", "type": "Note"})
    write_document(tmp_path / "ball", document)
    with pytest.raises(Faults) as caught:
        load_scene(tmp_path / "ball", draft=True)
    told = "\n".join(caught.value.faults)
    for part in (
        "node 'ball', kind: found \"hologram\"",
        "there is no asset 'bal'. Did you mean 'ball'?",
        "node 'ball', scale: 0 is out of range",
        "node 'ball', rotation",
        "tour 'tour', step 2, seconds: -1 is out of range",
        "there is no stop 'overviw'. Did you mean 'overview'?",
        "tour 'tour', step 2, audio: there is no asset 'voice'",
        "stop 'overview', camera fov: 500 is out of range",
        "camera looks at itself",
        "hotspot 'spot': 'body' is missing",
        "asset 'ball', sha256",
    ):
        assert part in told, (part, told)


def test_issue6_item_01_hotspots_are_web_annotations_and_come_back_without_loss() -> None:
    garden = load_scene(CONTENT / "garden")
    raw = json.loads((CONTENT / "garden" / "scene.json").read_text("utf-8"))["hotspots"]
    assert [annotation_of(vars(spot)) for spot in garden.hotspots] == raw
    assert all(one["type"] == "Annotation" and one["target"]["selector"]["type"] == "PointSelector" for one in raw)


def test_issue6_item_01_format_1_is_read_as_format_2(tmp_path: Path) -> None:
    garden = load_scene(CONTENT / "garden")
    document = json.loads((CONTENT / "garden" / "scene.json").read_text("utf-8"))
    old = document | {"version": 1, "units": "metre", "up": "+Y", "nodes": [{"kind": "mesh", "asset": "garden.glb"}],
                      "hotspots": [dict(vars(spot)) for spot in garden.hotspots]}  # fmt: skip
    (tmp_path / "garden").mkdir()
    (tmp_path / "garden" / "scene.json").write_text(json.dumps(old, default=dict), "utf-8")
    assert load_scene(tmp_path / "garden").hotspots == garden.hotspots


def test_issue6_item_02_the_build_goes_through_the_sandbox_and_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_scene(tmp_path / "ball", [write_ball(tmp_path, ".glb")])
    ran: list[Any] = []
    real = job.sandbox.run

    def run(box: Any, argv: Any, **more: Any) -> Any:
        ran.append((box, argv))
        return real(box, argv, **more)

    monkeypatch.setattr(job.sandbox, "run", run)
    heard: list[float] = []
    first = build_scene(tmp_path / "ball", tmp_path / "out", tell=lambda doing, share: heard.append(share))
    ((box, argv),) = ran
    assert argv[1:4] == ["-m", "vr_scenes.pipeline", "mesh"]
    assert {mount.target for mount in box.mounts if mount.writable} == {"/out"}
    assert heard == sorted(heard) and heard[-1] == 1
    assert build_scene(tmp_path / "ball", tmp_path / "out") == first and len(ran) == 1
    assert first.nodes[0]["levels"][0]["bytes"] <= 150_000
    manifest = read_manifest(tmp_path / "out" / "ball")
    assert manifest == first and (tmp_path / "out" / "ball" / first.nodes[0]["levels"][0]["src"]).is_file()
    report = json.loads((tmp_path / "out" / "ball" / first.report).read_text())
    assert report["ball"]["levels"][0]["hausdorff_pct"] < 1


def test_issue6_item_02_a_stop_without_a_camera_sees_the_whole(made: Path) -> None:
    manifest = read_manifest(made / "build" / "ball")
    assert manifest is not None
    camera = manifest.cameras["overview"]
    assert camera["target"] == pytest.approx([0, 0, 0], abs=0.01)
    assert 3 < sum(x * x for x in camera["position"]) ** 0.5 < 8


def test_issue6_item_11_a_damaged_file_is_refused_in_words_and_the_others_are_built(tmp_path: Path) -> None:
    whole, broken = write_ball(tmp_path, ".glb"), tmp_path / "cut.glb"
    broken.write_bytes(whole.read_bytes()[:3000])
    new_scene(tmp_path / "two", [whole, broken])
    with pytest.raises(Faults) as caught:
        build_scene(tmp_path / "two", tmp_path / "out")
    (fault,) = caught.value.faults
    assert "node 'cut'" in fault and "cut off" in fault
    assert len(list((tmp_path / "out" / "two").glob("*.glb"))) >= 1
    assert read_manifest(tmp_path / "out" / "two") is None


def test_issue6_item_11_what_the_sandboxed_process_leaves_is_not_believed(tmp_path: Path) -> None:
    source, out = tmp_path / "a.glb", tmp_path / "out"
    out.mkdir()
    for name, content in (("f" * 64 + ".glb", b"other"), ("../evil.glb", b"x"), ("a.sh", b"x")):
        made = out / "work" / Path(name).name
        made.parent.mkdir(exist_ok=True)
        made.write_bytes(content)
        with pytest.raises(BadInput):
            job._take(made, out / Path(name).name, source)
    link = out / "work" / ("e" * 64 + ".glb")
    link.symlink_to("/etc/passwd")
    with pytest.raises(BadInput):
        job._take(link, out / link.name, source)


def test_issue6_item_01_a_changed_file_is_told_and_taken_on_when_asked(made: Path, tmp_path: Path) -> None:
    folder = _licensed(_copy(made, tmp_path))
    source = folder / "assets" / "ball" / "ball.obj"
    source.write_text(source.read_text() + "\n# changed\n")
    (fault,) = build_files.file_faults(folder, load_scene(folder))
    assert "sha256" in fault and "--renew" in fault
    assert _run("check", str(folder), "--renew").exit_code == 0


def test_issue6_item_01_a_zip_is_the_package(made: Path, tmp_path: Path) -> None:
    write_zip(made, tmp_path / "one.zip")
    write_zip(made, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    assert not any("build" in name for name in zipfile.ZipFile(tmp_path / "one.zip").namelist())
    assert load_scene(unpacked(tmp_path / "one.zip", tmp_path), draft=True) == load_scene(made, draft=True)


@pytest.mark.parametrize("name", ["../evil.txt", "/etc/evil", "a/../../evil", "C:/evil", "..\\evil"])
def test_issue6_item_11_a_zip_member_that_leads_out_is_refused_and_nothing_stays(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        archive.writestr("scene.json", "{}")
        archive.writestr(name, "x")
    (tmp_path / "into").mkdir()
    with pytest.raises(BadInput, match="leads out"):
        unpacked(tmp_path / "bad.zip", tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []


def test_issue6_item_11_a_zip_bomb_a_link_and_a_cut_zip_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("scene.json", b"0" * (120 << 20))
    with pytest.raises(TooLarge):
        unpacked(tmp_path / "bomb.zip", tmp_path)
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        info = zipfile.ZipInfo("scene.json")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(BadInput, match="no plain file"):
        unpacked(tmp_path / "link.zip", tmp_path)
    (tmp_path / "cut.zip").write_bytes((tmp_path / "bomb.zip").read_bytes()[:500])
    with pytest.raises(BadInput):
        unpacked(tmp_path / "cut.zip", tmp_path)


def test_issue6_item_01_a_static_site_holds_every_word_and_file_and_is_served(made: Path, tmp_path: Path) -> None:
    folder = _licensed(_copy(made, tmp_path))
    document = read_document(folder)
    document["stops"][0]["title"]["en"] = "<script>alert(1)</script>"
    write_document(folder, document)
    done = _run("export", str(folder), str(tmp_path / "site"))
    assert done.exit_code == 0, done.output
    page = (tmp_path / "site" / "index.en.html").read_text("utf-8")
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page
    assert 'href="http' not in page.replace(f'href="{RIGHTS}"', "") and 'src="http' not in page
    found = json.loads((tmp_path / "site" / "scene" / "scene.json").read_text("utf-8"))
    for level in found["nodes"][0]["levels"]:
        assert (tmp_path / "site" / "scene" / level["src"]).is_file()
    server = make_server(tmp_path / "site")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.server_address[1]}/scene/scene.json") as answer:
            assert json.load(answer)["scene"]["id"] == "ball"
    finally:
        server.shutdown()
        server.server_close()


def test_issue6_item_02_points_splats_and_panoramas_are_built_in_the_sandbox_too(tmp_path: Path) -> None:
    rows = np.random.default_rng(3).random((500, 3)) * [4, 2, 4]
    head = (
        "ply\nformat ascii 1.0\nelement vertex 500\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
    )
    (tmp_path / "cloud.ply").write_text(head + "\n".join(" ".join(f"{one:.4f}" for one in row) for row in rows))
    Image.new("RGB", (256, 128), (90, 120, 140)).save(tmp_path / "room.jpg")
    document = new_scene(tmp_path / "mixed", [tmp_path / "cloud.ply", tmp_path / "room.jpg"])
    assert [node["kind"] for node in document["nodes"]] == ["points", "panorama"]
    made = build_scene(tmp_path / "mixed", tmp_path / "out")
    for node in made.nodes:
        folder, _, name = node["src"].partition("/")
        assert (tmp_path / "out" / "mixed" / folder / name).is_file()
    assert made.nodes[0]["points"] == 500 and made.bytes > 0
    assert made.cameras["overview"]["target"] == pytest.approx([2, 1, 2], abs=2.5)
