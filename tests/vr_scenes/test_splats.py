"""Splats: every format gives the same splats, upright, as SPZ levels that the viewer's own reader reads; hostile files are refused."""

from __future__ import annotations

import gzip
import json
import struct
import subprocess
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from commons.errors import BadInput
from commons.places import ROOT
from commons.settings import load_settings
from tests.vr_scenes.hostile import damaged, refusals
from vr_scenes.pipeline.splats import FIRST, build, read_splats
from vr_scenes.pipeline.splats_cloud import Splats, flipped, grouped
from vr_scenes.pipeline.splats_spz import read_spz, write_spz

DATA = "scenes/splats"
C0 = 0.28209479177387814


def quiet(_doing: str, _share: float) -> None:
    """Nobody listens."""


def made(count: int, harmonics: int = 0, seed: int = 1) -> dict[str, NDArray[np.float32]]:
    """Splats on a sphere as a 3DGS training would have them: y down, logarithms, logits."""
    draw = np.random.default_rng(seed)
    place = draw.normal(size=(count, 3))
    place *= (2 + draw.normal(0, 0.01, (count, 1))) / np.linalg.norm(place, axis=1, keepdims=True)
    columns = {name: place[:, axis] for axis, name in enumerate("xyz")}
    columns |= {f"f_dc_{axis}": draw.uniform(-1, 1, count) for axis in range(3)}
    columns |= {f"f_rest_{one}": draw.uniform(-0.4, 0.4, count) for one in range(harmonics)}
    columns |= {"opacity": draw.normal(1, 1, count)} | {
        f"scale_{axis}": draw.uniform(-5, -3, count) for axis in range(3)
    }
    columns |= {f"rot_{part}": draw.normal(size=count) for part in range(4)}
    return {name: values.astype(np.float32) for name, values in columns.items()}


def write_ply(path: Path, columns: dict[str, NDArray[np.float32]]) -> Path:
    """A binary 3DGS PLY."""
    count = len(columns["x"])
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {count}\n"
    head += "".join(f"property float {name}\n" for name in columns) + "end_header\n"
    path.write_bytes(head.encode() + np.stack(list(columns.values()), axis=1).astype("<f4").tobytes())
    return path


def write_splat(path: Path, columns: dict[str, NDArray[np.float32]]) -> Path:
    """A .splat of the same."""
    rows = np.zeros(len(columns["x"]), [("p", "<f4", 3), ("s", "<f4", 3), ("c", "u1", 4), ("r", "u1", 4)])
    turn = np.stack([columns[f"rot_{part}"] for part in range(4)], axis=1)
    turn /= np.linalg.norm(turn, axis=1, keepdims=True)
    for axis, name in enumerate("xyz"):
        rows["p"][:, axis] = columns[name]
        rows["s"][:, axis] = np.exp(columns[f"scale_{axis}"])
        rows["c"][:, axis] = np.clip((columns[f"f_dc_{axis}"] * C0 + 0.5) * 255, 0, 255)
    rows["c"][:, 3] = 255 / (1 + np.exp(-columns["opacity"]))
    rows["r"] = np.clip(turn * 128 + 128, 0, 255)
    path.write_bytes(rows.tobytes())
    return path


def viewers_eye(path: Path) -> dict[str, Any]:
    """What the viewer's own reader finds in an SPZ."""
    script = """
      import { readFileSync } from "node:fs"; import { gunzipSync } from "node:zlib";
      const { readSpz } = await import(process.argv[1]);
      const { count, positions, colors, alphas, sizes } = readSpz(new Uint8Array(gunzipSync(readFileSync(process.argv[2]))));
      console.log(JSON.stringify({ count, positions: [...positions], colors: [...colors], alphas: [...alphas], sizes: [...sizes] }));
    """
    reader = (ROOT / "vr_scenes" / "viewer" / "spz.js").as_uri()
    command = ["node", "--input-type=module", "-e", script, reader, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def near(found: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """Which of the wanted each of the found is, each taken once."""
    from scipy.spatial import cKDTree

    distance, number = cKDTree(wanted).query(found)
    assert distance.max() < 0.01 and len(np.unique(number)) == len(wanted)
    return number


@pytest.mark.parametrize("ending", ["ply", "splat"])
def test_issue6_item_02_every_splat_comes_out_upright_for_the_viewers_reader(tmp_path: Path, ending: str) -> None:
    columns = made(3_000)
    source = (write_ply if ending == "ply" else write_splat)(tmp_path / f"a.{ending}", columns)
    node = build(source, tmp_path, quiet).node
    found = viewers_eye(tmp_path / node["levels"][-1]["src"])
    assert found["count"] == node["levels"][-1]["splats"] == 3_000
    # 3DGS is y down, z forward; SPZ and the scene are y up, z back.
    wanted = np.stack([columns["x"], -columns["y"], -columns["z"]], axis=1)
    number = near(np.array(found["positions"]).reshape(-1, 3), wanted)
    alpha = 255 / (1 + np.exp(-columns["opacity"][number]))
    assert np.abs(np.array(found["alphas"]) - alpha).max() <= 2
    red = np.clip(columns["f_dc_0"][number] * C0 + 0.5, 0, 1) * 255
    assert np.abs(np.array(found["colors"]).reshape(-1, 3)[:, 0] - red).max() <= 4


def test_issue6_item_02_levels_go_from_coarse_to_fine_and_cover_the_same(tmp_path: Path) -> None:
    built = build(write_ply(tmp_path / "a.ply", made(60_000, 45)), tmp_path, quiet)
    counts = [level["splats"] for level in built.node["levels"]]
    assert counts == sorted(counts) and counts[0] <= FIRST and counts[-1] == 60_000 and len(counts) >= 2
    assert [row["harmonics"] for row in built.report["levels"]] == [0] * (len(counts) - 1) + [3]
    assert all((tmp_path / level["src"]).stat().st_size == level["bytes"] for level in built.node["levels"])
    assert built.node["levels"][0]["bytes"] <= 150_000
    means = [row["mean_distance_pct"] for row in built.report["levels"]]
    assert means == sorted(means, reverse=True) and means[-1] == 0 and means[0] < 3
    coarse = read_spz(tmp_path / built.node["levels"][0]["src"], 10**6)
    assert np.linalg.norm(coarse.place, axis=1).mean() == pytest.approx(2, rel=0.03)


def test_a_group_becomes_one_splat_of_its_mass_middle_and_spread() -> None:
    flat = np.log(np.array([0.3, 0.3, 0.01], np.float32))
    place = np.array([[-1, 0, 0], [1, 0, 0], [5, 5, 5]], np.float32)
    turn = np.tile(np.array([0, 0, 0, 1], np.float32), (3, 1))
    splats = Splats(place, np.tile(flat, (3, 1)), turn, np.full(3, 0.5, np.float32), np.array([[0, 0, 0], [1, 1, 1], [2, 2, 2]],
                    np.float32), np.empty((3, 0), np.uint8))  # fmt: skip
    one, mean, far = grouped(splats, np.array([0, 2]))
    assert one.place.tolist() == [[0, 0, 0], [5, 5, 5]] and one.colour[0].tolist() == [0.5, 0.5, 0.5]
    assert np.sort(np.exp(one.scale[0])) == pytest.approx([0.01, 0.3, np.sqrt(1 + 0.09)], rel=1e-3)
    assert one.alpha[0] == pytest.approx(2 * 0.5 * 0.09 / (0.3 * np.sqrt(1.09)), rel=1e-3)
    assert one.alpha[1] == np.float32(0.5) and np.allclose(one.scale[1], flat)
    assert far == pytest.approx(1) and mean == pytest.approx(2 / 3)


def test_spz_read_again_is_what_was_written(tmp_path: Path) -> None:
    given = read_splats(write_ply(tmp_path / "a.ply", made(2_000, 24)))[0]
    write_spz(tmp_path / "a.spz", given, 14)
    again = read_splats(tmp_path / "a.spz")[0]
    assert np.abs(again.place - given.place).max() <= 2**-15 + 1e-6
    assert (again.sh == given.sh).all() and np.abs(again.scale - given.scale).max() <= 1 / 32 + 1e-5
    same = np.abs((again.turn * given.turn).sum(axis=1))
    assert same.min() > 0.999
    # Half a turn about x twice is none.
    twice = flipped(flipped(again))
    assert (twice.place == again.place).all() and (twice.turn == again.turn).all()
    assert np.abs(twice.sh.astype(int) - again.sh).max() <= 1


def data_of(name: str) -> Path:
    found = load_settings({}).data / DATA / name
    if not found.exists():
        pytest.skip(f"no {DATA}/{name}; set SHUYUAN_DATA")
    return found


def test_issue6_item_02_a_streamed_set_keeps_its_own_levels(tmp_path: Path) -> None:
    source = data_of("playbot_sog_lod/lod-meta.json")
    small = tmp_path / "set"
    head = json.loads(source.read_text("utf-8"))
    for name in ("4_0", "5_0", "6_0"):
        (small / name).mkdir(parents=True)
        for file in (source.parent / name).iterdir():
            (small / name / file.name).write_bytes(file.read_bytes())
    for child in head["tree"]["children"]:
        child["lods"] = {level: one for level, one in child["lods"].items() if level in "456"}
    (small / "lod-meta.json").write_text(json.dumps(head), "utf-8")
    built = build(small, tmp_path, quiet)
    assert [level["splats"] for level in built.node["levels"]] == [1_873, 3_000, 8_406]
    archive = tmp_path / "set.sog"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in sorted(small.rglob("*.*")):
            packed.write(file, f"inner/{file.relative_to(small)}")
    assert build(archive, tmp_path, quiet).node == built.node
    # The figure stands on its feet: its floor is the lowest, thinly over nought.
    finest = read_spz(tmp_path / built.node["levels"][-1]["src"], 10**6)
    assert finest.place[:, 1].max() > 0.9 and finest.place[:, 1].min() > -0.1 and finest.sh.shape[1] == 24


def test_issue6_item_02_a_real_plant_in_levels(tmp_path: Path) -> None:
    built = build(data_of("plant/plant.splat"), tmp_path, quiet)
    assert built.node["levels"][-1]["splats"] == 113_648 and built.node["levels"][0]["bytes"] <= 150_000
    assert built.report["levels"][0]["mean_distance_pct"] < 1


@pytest.mark.parametrize("ending", ["ply", "splat", "spz"])
def test_issue6_item_11_damaged_splats_are_read_or_refused(tmp_path: Path, ending: str) -> None:
    columns = made(200, 9)
    source = write_ply(tmp_path / "a.ply", columns)
    if ending == "splat":
        source = write_splat(tmp_path / "a.splat", columns)
    elif ending == "spz":
        write_spz(tmp_path / "a.spz", read_splats(source)[0], 12)
        source = tmp_path / "a.spz"
    refused = refusals(read_splats, tmp_path / f"bad.{ending}", damaged(source.read_bytes(), 120, head=500))
    assert 0 < refused <= 120


def test_issue6_item_11_a_damaged_sog_is_read_or_refused(tmp_path: Path) -> None:
    source = data_of("playbot_sog_lod/6_0")
    good = tmp_path / "a.sog"
    with zipfile.ZipFile(good, "w") as packed:
        for file in source.iterdir():
            packed.write(file, file.name)
    refused = refusals(read_splats, tmp_path / "bad.sog", damaged(good.read_bytes(), 40, head=50_000))
    assert 0 < refused <= 40
    head = json.loads((source / "meta.json").read_text("utf-8"))
    for key, value in (("count", 10**9), ("means", {"files": ["../../secret", "x"], "mins": [0] * 3, "maxs": [1] * 3}),
                       ("scales", {"codebook": [float("nan")] * 256, "files": ["scales.webp"]}), ("sh0", None), ("quats", 5)):  # fmt: skip
        worse = tmp_path / "worse.sog"
        with zipfile.ZipFile(worse, "w") as packed:
            for file in source.glob("*.webp"):
                packed.write(file, file.name)
            packed.writestr("meta.json", json.dumps(head | {key: value}))
        with pytest.raises(BadInput) as refusal:
            read_splats(worse)
        assert refusal.value.where and refusal.value.next


def test_issue6_item_11_splats_that_lie_or_are_no_numbers(tmp_path: Path) -> None:
    header = struct.pack("<IIIBBBB", 0x5053474E, 3, 7_999_999, 3, 12, 0, 0)
    columns = made(50)
    columns["scale_1"][17] = np.nan
    write_ply(tmp_path / "nan.ply", columns)
    good = write_ply(tmp_path / "g.ply", made(3)).read_bytes()
    cases = {
        "lie.spz": gzip.compress(header), "bomb.spz": gzip.compress(header + b"\0" * 3_000_000), "none.spz": b"", "s.splat": b"1" * 33,
        "lie.ply": good.replace(b"vertex 3", b"vertex 8000000"), "nan.ply": (tmp_path / "nan.ply").read_bytes(), "odd.sog": b"PK",
        "many.ply": good.replace(b"vertex 3", b"vertex 1000000000"), "e.splat": b"",
    }  # fmt: skip
    for name, data in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        tracemalloc.start()
        with pytest.raises(BadInput) as refusal:
            build(path, tmp_path, quiet)
        assert tracemalloc.get_traced_memory()[1] < 120e6, name
        tracemalloc.stop()
        assert refusal.value.where and refusal.value.next, name
        if name == "nan.ply":
            assert "splat 17" in str(refusal.value)
