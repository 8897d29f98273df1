"""The bench of meshes: what it says without data, that both sides start from the same mesh, and what the statue keeps to (shown 2)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from commons.places import ROOT
from tests.vr_scenes.meshes_made import write_ball
from vr_scenes.bench_mesh import Peer, main, pack, plain_glb, statue
from vr_scenes.pipeline.meshes import build, read_mesh
from vr_scenes.pipeline.meshes_measure import Measurer

DATA = Path(os.environ.get("SHUYUAN_DATA") or ROOT.parent / "shared" / "data")


def test_show_02_without_the_data_the_bench_says_so_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SHUYUAN_DATA", str(tmp_path))
    assert main() == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert "skipped" in line and "venus.gltf" in line


def test_show_02_the_peer_is_given_the_same_mesh_and_measured_by_the_same_ruler(tmp_path: Path) -> None:
    model = read_mesh(write_ball(tmp_path, ".glb", rings=40))
    (tmp_path / "plain.glb").write_bytes(plain_glb(model, 64))
    again = read_mesh(tmp_path / "plain.glb")
    assert len(again.mesh.triangles) == len(model.mesh.triangles) and len(again.pictures) == 1
    (tmp_path / "whole.glb").write_bytes(plain_glb(model))
    assert read_mesh(tmp_path / "whole.glb").pictures == model.pictures
    measurer = Measurer(model, samples=5000)
    found = pack(tmp_path / "plain.glb", tmp_path / "peer.glb", ["-si", "0.3", "-se", "1"], measurer)
    assert isinstance(found, Peer) and found.triangles < 0.4 * len(model.mesh.triangles)
    assert 0 < found.mean_pct < 1 and found.psnr > 25


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(statue(DATA) is None, reason="no statue under SHUYUAN_DATA")
def test_show_02_the_statues_first_level_is_small_and_true(tmp_path: Path) -> None:
    source = statue(DATA)
    assert source is not None
    made = build(source, tmp_path, lambda doing, share: None)
    first, *others = made.report["levels"]
    assert first["bytes"] <= 150_000 and first["mean_pct"] <= 0.5
    assert first["texture_psnr_db"] > 24
    means = [first["mean_pct"], *(level["mean_pct"] for level in others)]
    assert means == sorted(means, reverse=True) and means[-1] < 0.005
    assert others[-1]["triangles"] == made.report["source"]["triangles"]


@pytest.mark.parametrize("name", ["whale/whale_cranium", "whale/whale_mandible"])
@pytest.mark.skipif(not (DATA / "scenes" / "meshes").is_dir(), reason="no scenes/meshes under SHUYUAN_DATA")
def test_issue6_item_02_a_draco_scan_is_read_as_its_plain_twin_is(name: str) -> None:
    folder = DATA / "scenes" / "meshes" / "iiif3d"
    plain, packed = (read_mesh(folder / f"{name}{end}.glb") for end in ("", "_draco"))
    assert len(plain.mesh.triangles) == len(packed.mesh.triangles) == 100_000
    away, _ = Measurer(plain, samples=2000).ground.nearest(packed.mesh.positions[::50])
    assert away.max() < 1e-4 * plain.mesh.diagonal
    assert set(plain.looks[0].pictures) == set(packed.looks[0].pictures) == {"normal", "occlusion"}
