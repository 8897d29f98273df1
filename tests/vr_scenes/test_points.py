"""Point clouds: every point comes out once, where it was, in tiles whose boxes and errors are true; read back by another decoder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from commons.settings import load_settings
from vr_scenes.bench_points import OWN, compare, decoded, main, plain_las
from vr_scenes.pipeline import Built
from vr_scenes.pipeline.points import build
from vr_scenes.pipeline.points_cloud import linear_table
from vr_scenes.pipeline.points_pcd import open_pcd, unpack_lzf

KINECT = "scenes/rgbd/pcl_pairwise/capture0001.pcd"


def quiet(_doing: str, _share: float) -> None:
    """Nobody listens."""


def terrain(count: int, seed: int = 0) -> NDArray[np.float64]:
    """(count, 3) places on rolling ground, 300 by 200 by about 30."""
    draw = np.random.default_rng(seed)
    x, y = draw.uniform(0, 300, count), draw.uniform(0, 200, count)
    return np.stack([x, y, 10 * np.sin(x / 40) + 8 * np.cos(y / 25) + draw.normal(0, 0.1, count)], axis=1)


def write_las(path: Path, places: NDArray[np.float64], *, form: int = 3, deep: bool = False, scale: float = 0.01,
              offset: tuple[float, float, float] = (5e5, 4e6, 100.0)) -> Path:  # fmt: skip
    """A LAS or LAZ, by laspy; colours follow the place."""
    import laspy

    header = laspy.LasHeader(version="1.4" if form > 5 else "1.2", point_format=form)
    header.scales, header.offsets = np.full(3, scale), np.array(offset)
    las = laspy.LasData(header)
    las.x, las.y, las.z = (places + np.array(offset)).T
    las.intensity = (places[:, 0] * 3).astype(np.uint16)
    if "red" in set(las.point_format.dimension_names):
        high = 257 if deep else 1
        las.red, las.green, las.blue = (((places[:, axis] * 7).astype(np.int64) % 256) * high for axis in range(3))
    las.write(path)
    return path


def tiles(folder: Path, built: Built) -> Iterator[dict[str, Any]]:
    """Every tile of the tileset."""
    todo = [json.loads((folder / built.node["src"]).read_text("utf-8"))["root"]]
    while todo:
        yield (tile := todo.pop())
        todo.extend(tile.get("children", []))


@pytest.mark.parametrize(("name", "form", "deep"), [("a.las", 3, False), ("b.laz", 7, True), ("c.las", 2, True)])
def test_issue6_item_02_no_point_is_lost_moved_or_discoloured(tmp_path: Path, name: str, form: int, deep: bool) -> None:
    source = write_las(tmp_path / name, terrain(90_000), form=form, deep=deep)
    built = build(source, tmp_path, quiet)
    found = compare(source, tmp_path, built)
    assert found["points_in"] == found["points_out"] == built.node["points"] == 90_000
    assert found["lost"] == 0 and found["leaf_error_of_scale"] < 1e-3


def test_issue6_item_02_boxes_hold_their_points_and_errors_are_true(tmp_path: Path) -> None:
    from scipy.spatial import cKDTree

    source = write_las(tmp_path / "a.las", terrain(110_000))
    built = build(source, tmp_path, quiet)
    everything = decoded(tmp_path / built.node["src"])["place"]
    root = json.loads((tmp_path / built.node["src"]).read_text("utf-8"))["root"]
    assert root["refine"] == "ADD" and len(list(tiles(tmp_path, built))) > 3
    shown: list[NDArray[np.float64]] = []
    for number, tile in enumerate(tiles(tmp_path, built)):
        alone = tmp_path / built.node["src"]
        single = alone.with_name(f"only-{number}.json")
        single.write_text(json.dumps({"root": {"content": tile["content"]}}), "utf-8")
        places = decoded(single)["place"]
        middle, half = np.array(tile["boundingVolume"]["box"][:3]), np.array(tile["boundingVolume"]["box"])[[3, 7, 11]]
        assert (np.abs(places - middle) <= half + 1e-5).all()
        inside = everything[(np.abs(everything - middle) < half).all(axis=1)]
        shown.append(places)
        if tile is root or number == 0:
            # What the root leaves out has a neighbour in it, no farther than its error says.
            assert cKDTree(places).query(inside)[0].max() <= tile["geometricError"]
        for child in tile.get("children", []):
            low, high = (np.array(child["boundingVolume"]["box"][:3]) + sign * np.array(
                child["boundingVolume"]["box"])[[3, 7, 11]] for sign in (-1, 1))  # fmt: skip
            assert (low >= middle - half - 1e-5).all() and (high <= middle + half + 1e-5).all()
            assert child["geometricError"] < tile["geometricError"]
    assert sum(map(len, shown)) == len(everything) == 110_000


def test_issue6_item_02_the_same_cloud_gives_the_same_folder_and_nothing_is_left_behind(tmp_path: Path) -> None:
    source = write_las(tmp_path / "a.las", terrain(5_000))
    first, again = build(source, tmp_path, quiet), build(source, tmp_path, quiet)
    assert first.node == again.node
    folder = first.node["src"].split("/")[0]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a.las", folder])


def test_issue6_item_02_a_large_cloud_is_built_by_several_processes(tmp_path: Path) -> None:
    source = write_las(tmp_path / "a.las", terrain(320_000))
    seen: list[float] = []
    built = build(source, tmp_path, lambda _, share: seen.append(share))
    assert compare(source, tmp_path, built)["lost"] == 0
    assert seen == sorted(seen) and seen[-1] == 1.0 and len(seen) > 4


def test_issue6_item_02_bounds_and_colours_that_the_header_gets_wrong_are_measured(tmp_path: Path) -> None:
    places = terrain(60_000)
    source = write_las(tmp_path / "a.las", places, deep=True)
    data = bytearray(source.read_bytes())
    # The header says that all lies within a metre; and the first, last and middle points are dark.
    data[179:227] = np.array([5e5 + 1, 5e5, 4e6 + 1, 4e6, 101, 100], "<f8").tobytes()
    start = int.from_bytes(data[96:100], "little")
    rows = np.frombuffer(data, np.dtype([("rest", "V28"), ("colour", "<u2", (3,))]), 60_000, start).copy()
    rows["colour"][:20_000] //= 257
    rows["colour"][20_000] = 65535
    data[start:] = rows.tobytes()
    source.write_bytes(data)
    assert compare(source, tmp_path, build(source, tmp_path, quiet))["lost"] == 0


def test_issue6_item_02_a_country_and_a_thousand_points_in_one_place(tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    far = draw.uniform(-1e7, 1e7, (300, 3))
    near = np.repeat(np.array([[1.0, 2.0, 3.0]]), 130_000, axis=0)
    source = write_las(tmp_path / "a.las", np.concatenate([far, near]), offset=(0.0, 0.0, 0.0))
    found = compare(source, tmp_path, build(source, tmp_path, quiet))
    assert found["lost"] == 0 and found["leaf_error_of_scale"] < 1e-3


def test_issue6_item_02_an_overfull_cell_is_spooled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vr_scenes.pipeline import points_pass, points_spool

    monkeypatch.setattr(points_pass, "MOST", 10_000)
    monkeypatch.setattr(points_spool.plan_buckets, "__defaults__", (10_000,))
    draw = np.random.default_rng(4)
    places = np.concatenate(
        [draw.uniform(0, 1000, (2_000, 3)), draw.normal(500, 0.5, (60_000, 3)), np.full((15_000, 3), 7.0)]
    )
    source = write_las(tmp_path / "a.las", places)
    assert compare(source, tmp_path, build(source, tmp_path, quiet))["lost"] == 0


@pytest.mark.parametrize("count", [1, 2, 7])
def test_issue6_item_02_a_handful_of_points(tmp_path: Path, count: int) -> None:
    source = write_las(tmp_path / "a.las", terrain(count))
    assert compare(source, tmp_path, build(source, tmp_path, quiet))["lost"] == 0


def test_issue6_item_02_without_colour_intensity_is_shown(tmp_path: Path) -> None:
    source = write_las(tmp_path / "a.las", terrain(4_000), form=0)
    built = build(source, tmp_path, quiet)
    rows = decoded(tmp_path / built.node["src"])
    assert built.report["colour"].startswith("intensity")
    assert (rows["colour"][:, 0] == rows["colour"][:, 2]).all() and len(np.unique(rows["colour"])) > 20


def test_issue6_item_02_feet_become_metres(tmp_path: Path) -> None:
    import laspy

    source = write_las(tmp_path / "a.las", terrain(4_000))
    las = laspy.read(source)
    wkt = b'PROJCS["x",GEOGCS["y",UNIT["degree",0.0174532925199433]],UNIT["foot",0.3048]]\0'
    las.header.vlrs.append(laspy.VLR("LASF_Projection", 2112, "", wkt))
    las.write(source)
    built = build(source, tmp_path, quiet)
    assert built.report["place"]["unit"] == "foot" and built.report["step_m"][0] == pytest.approx(0.003048)
    assert compare(source, tmp_path, built)["lost"] == 0
    assert np.ptp(decoded(tmp_path / built.node["src"])["place"][:, 0]) == pytest.approx(300 * 0.3048, rel=0.01)


def test_issue6_item_02_degrees_become_metres_at_their_latitude(tmp_path: Path) -> None:
    import laspy

    places = terrain(2_000) * np.array([1e-5, 1e-5, 1])
    source = write_las(tmp_path / "a.las", places, scale=1e-7, offset=(116.0, 60.0, 0.0))
    las = laspy.read(source)
    wkt = b'GEOGCS["WGS 84",DATUM["WGS_1984"],UNIT["degree",0.0174532925199433]]\0'
    las.header.vlrs.append(laspy.VLR("LASF_Projection", 2112, "", wkt))
    las.write(source)
    built = build(source, tmp_path, quiet)
    across = np.ptp(decoded(tmp_path / built.node["src"])["place"], axis=0)
    assert across[:2] == pytest.approx([300 * 0.5566, 200 * 1.1132], rel=0.01)
    assert compare(source, tmp_path, built)["lost"] == 0


PLY_TYPES = {"x": "float", "y": "float", "z": "float", "red": "uchar", "green": "uchar", "blue": "uchar"}


def write_ply(path: Path, places: NDArray[np.float32], form: str) -> Path:
    """A PLY with grey colours that grow."""
    head = f"ply\nformat {form} 1.0\ncomment own\nelement vertex {len(places)}\n"
    head += "".join(f"property {kind} {name}\n" for name, kind in PLY_TYPES.items()) + "end_header\n"
    order = ">" if "big" in form else "<"
    rows = np.zeros(
        len(places), [(name, order + ("f4" if kind == "float" else "u1")) for name, kind in PLY_TYPES.items()]
    )
    for axis, name in enumerate("xyz"):
        rows[name] = places[:, axis]
    for name in ("red", "green", "blue"):
        rows[name] = np.arange(len(places)) % 256
    body = rows.tobytes() if form != "ascii" else "".join(
        " ".join(repr(one) for one in row.tolist()) + "\n" for row in rows).encode()  # fmt: skip
    path.write_bytes(head.encode() + body)
    return path


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_issue6_item_02_ply_stays_upright(tmp_path: Path, form: str) -> None:
    from scipy.spatial import cKDTree

    places = terrain(3_000)[:, [0, 2, 1]].astype(np.float32)
    built = build(write_ply(tmp_path / "a.ply", places, form), tmp_path, quiet)
    rows = decoded(tmp_path / built.node["src"])
    # The decoder gives +Z up; the file was +Y up and its zero is told in its own axes.
    back = rows["place"][:, [0, 2, 1]] * np.array([1, 1, -1]) + np.array(built.report["place"]["zero"])
    distance, nearest = cKDTree(places).query(back)
    assert distance.max() <= built.report["error_m_at_most"] * np.sqrt(3) + 1e-9
    assert sorted(nearest.tolist()) == list(range(3_000))
    assert (rows["colour"][:, 0] == linear_table(256, 255)[nearest % 256]).all()


def test_issue6_item_02_a_kinect_cloud_without_its_holes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vr_scenes.pipeline.points._ALONE", 10**9)
    source = load_settings({}).data / KINECT
    if not source.is_file():
        pytest.skip(f"no {KINECT}; set SHUYUAN_DATA")
    built = build(source, tmp_path, quiet)
    assert built.node["points"] + built.report["rows_without_a_place"] == 307_200 and built.node["points"] == 249_647
    rows = open_pcd(source, tmp_path, 10**7)
    raw = np.fromfile(rows.path, rows.dtype)
    found = decoded(tmp_path / built.node["src"])["place"] + 0.0
    zero = np.array(built.report["place"]["zero"])
    # Camera axes (y down, z forward) stand upright: x, -y, -z.
    assert (found[:, 2] + zero[1]).max() == pytest.approx(-np.nanmin(raw["y"]), abs=1e-5)
    assert (-found[:, 1] + zero[2]).min() == pytest.approx(-np.nanmax(raw["z"]), abs=1e-5)


def test_packed_pcd_unpacks_overlapping_repeats() -> None:
    assert unpack_lzf(bytes([0, 7, 0xE0, 10, 0]), 20, "here") == b"\x07" * 20


def test_issue6_show_01_the_bench_skips_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main({"DATA": "no/such.laz"}) == 0
    assert capsys.readouterr().out.startswith("skipped: no no/such.laz")


def test_issue6_show_01_real_laser_points_are_exact_and_small(tmp_path: Path) -> None:
    source = load_settings({}).data / OWN
    if not source.is_file():
        pytest.skip(f"no {OWN}; set SHUYUAN_DATA")
    las = tmp_path / "slice.las"
    plain_las(source, las, 150_000)
    found = compare(las, tmp_path, build(las, tmp_path, quiet))
    assert found["lost"] == 0 and found["points_out"] == 150_000 and found["leaf_error_of_scale"] <= 0.5
    assert found["bytes_per_point"] < 9
