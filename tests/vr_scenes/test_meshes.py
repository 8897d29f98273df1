"""Meshes of every format become a ladder: first level small, coordinates and picture kept, each level measured (issue 6, item 2)."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from commons.places import ROOT
from tests.vr_scenes.meshes_made import ball, write_ball
from vr_scenes.pipeline import BUILT, Built, kind_of
from vr_scenes.pipeline.meshes import build, read_mesh
from vr_scenes.pipeline.meshes_ladder import FIRST_BYTES
from vr_scenes.pipeline.meshes_stl import creased


def _built(path: Path, out: Path) -> Built:
    out.mkdir()
    return build(path, out, lambda doing, share: None)


@pytest.mark.parametrize("ending", [".glb", ".gltf", ".obj", ".ply", ".stl"])
def test_issue6_item_02_each_format_is_read_with_shape_normals_and_picture(tmp_path: Path, ending: str) -> None:
    model = read_mesh(write_ball(tmp_path, ending))
    mesh = model.mesh
    assert np.allclose(np.linalg.norm(mesh.positions, axis=1), 1, atol=1e-5)
    assert np.einsum("ij,ij->i", mesh.normals, mesh.positions).min() > 0.98
    assert len(mesh.triangles) == 24 * 48 * 2 - 48 * 2
    if ending != ".stl":
        assert len(model.pictures) == 1 and model.looks[0].pictures == {"base": 0}
        across = mesh.uvs[np.argmax(mesh.positions[:, 2])]
        assert np.allclose(across, [0.25, 0.5], atol=0.03)


def test_issue6_item_02_a_level_read_again_is_the_ball_with_its_coordinates(tmp_path: Path) -> None:
    made = _built(write_ball(tmp_path, ".glb"), tmp_path / "out")
    again = read_mesh(tmp_path / "out" / made.node["levels"][-1]["src"])
    assert np.abs(np.linalg.norm(again.mesh.positions, axis=1) - 1).max() < 1e-3
    assert len(again.mesh.triangles) == made.node["levels"][-1]["triangles"]
    expected = np.arccos(np.clip(again.mesh.positions[:, 1], -1, 1)) / np.pi
    assert np.abs(again.mesh.uvs[:, 1] - expected).max() < 0.01
    assert again.pictures == read_mesh(tmp_path / "ball.glb").pictures


def test_issue6_item_02_the_ladder_goes_from_a_small_first_level_to_the_whole(tmp_path: Path) -> None:
    made = _built(write_ball(tmp_path, ".obj", rings=120), tmp_path / "out")
    levels = made.node["levels"]
    assert len(levels) >= 2 and levels[0]["bytes"] <= FIRST_BYTES
    assert [level["triangles"] for level in levels] == sorted(level["triangles"] for level in levels)
    assert levels[-1]["triangles"] == made.node["triangles"]
    assert all(coarse["error"] > fine["error"] for coarse, fine in itertools.pairwise(levels))
    for figure in made.report["levels"]:
        assert figure["mean_pct"] <= figure["hausdorff_pct"] < 1
        assert figure["texture_psnr_db"] > 30
        assert (tmp_path / "out" / figure["src"]).stat().st_size == figure["bytes"]


def test_issue6_item_02_islands_that_hold_simplification_up_are_painted_anew(tmp_path: Path) -> None:
    """Every triangle an island of its own, as the worst of atlases has it."""
    positions, _, triangles = ball(60)
    lines = [
        "mtllib ball.mtl",
        "usemtl skin",
        *(f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in positions[triangles.ravel()]),
    ]
    middle = positions[triangles].mean(axis=1)
    turn, fall = (
        (np.arctan2(middle[:, 2], middle[:, 0]) / (2 * np.pi)) % 1,
        np.arccos(np.clip(middle[:, 1], -1, 1)) / np.pi,
    )
    for u, v in zip(turn, 1 - fall, strict=True):
        lines += [f"vt {u:.5f} {v:.5f}", f"vt {u + 0.004:.5f} {v:.5f}", f"vt {u:.5f} {v + 0.004:.5f}"]
    lines += [f"f {n}/{n} {n + 1}/{n + 1} {n + 2}/{n + 2}" for n in range(1, 3 * len(triangles), 3)]
    write_ball(tmp_path, ".obj")
    (tmp_path / "ball.obj").write_text("\n".join(lines))
    made = _built(tmp_path / "ball.obj", tmp_path / "out")
    first = made.report["levels"][0]
    assert first["painted_anew"] and first["bytes"] <= FIRST_BYTES
    assert first["mean_pct"] < 0.5 and first["texture_psnr_db"] > 25


def test_a_box_keeps_its_edges_and_a_ball_stays_round() -> None:
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = np.array([part for a, b, c, d in faces for part in ((a, b, c), (a, c, d))])
    box = creased(corners, triangles)
    assert len(box.positions) == 24
    assert box.normals is not None and set(np.abs(np.round(box.normals)).sum(axis=1)) == {1.0}


def test_the_kind_is_told_by_name_and_a_ply_by_its_header() -> None:
    head = b"ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\n"
    assert kind_of("a.ply", head + b"element face 1\nend_header\n") == "mesh"
    assert kind_of("a.ply", head + b"element face 0\nend_header\n") == "points"
    assert kind_of("a.ply", head + b"property float f_dc_0\nproperty float scale_0\nend_header\n") == "splat"


def test_the_process_tells_how_far_it_is_and_leaves_its_result(tmp_path: Path) -> None:
    source = write_ball(tmp_path, ".glb")
    argv = [sys.executable, "-m", "vr_scenes.pipeline", "mesh", str(source), str(tmp_path / "out")]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1] == {"doing": "done", "share": 1.0}
    assert [line["share"] for line in lines] == sorted(line["share"] for line in lines)
    assert json.loads((tmp_path / "out" / BUILT).read_text())["node"]["kind"] == "mesh"
