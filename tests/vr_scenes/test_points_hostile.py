"""Point clouds nobody trusts: cut off, lying, with NaN, with 10⁹ points: read well, or refused with found, where and what next."""

from __future__ import annotations

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from commons.errors import BadInput
from tests.vr_scenes.hostile import damaged, refusals
from tests.vr_scenes.test_points import quiet, terrain, write_las, write_ply
from vr_scenes.pipeline.crew import Crew
from vr_scenes.pipeline.points import build, open_cloud
from vr_scenes.pipeline.points_pass import Tools, spread_cloud


def read_all(path: Path) -> int:
    """Every point read and spooled, as the build does before it writes tiles."""
    work = path.parent / "work"
    work.mkdir(exist_ok=True)
    with Crew(Tools, 1) as crew:
        return spread_cloud(crew, open_cloud(path, work), work, 2, lambda _: None).count


def pcd(places: np.ndarray, kind: str, count: int | None = None) -> bytes:
    """A PCD of (n, 3) float32."""
    many = len(places) if count is None else count
    head = f"# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {many}\nHEIGHT 1\n"
    head += f"VIEWPOINT 0 0 0 1 0 0 0\nPOINTS {many}\nDATA {kind}\n"
    if kind == "ascii":
        return head.encode() + "".join(" ".join(map(str, row)) + "\n" for row in places.tolist()).encode()
    plain = places.astype("<f4").tobytes()
    if kind == "binary":
        return head.encode() + plain
    columns = places.astype("<f4").T.tobytes()
    packed = b"".join(
        bytes([len(part) - 1]) + part for part in (columns[at : at + 32] for at in range(0, len(columns), 32))
    )
    return head.encode() + struct.pack("<II", len(packed), len(columns)) + packed


@pytest.mark.parametrize(
    ("name", "form", "rounds"), [("a.las", 3, 80), ("a.las", 7, 40), ("a.laz", 3, 60), ("a.laz", 7, 60)]
)
def test_issue6_item_11_damaged_laser_files_are_read_or_refused(
    tmp_path: Path, name: str, form: int, rounds: int
) -> None:
    good = write_las(tmp_path / name, terrain(3_000), form=form).read_bytes()
    refused = refusals(read_all, tmp_path / f"bad-{name}", damaged(good, rounds, head=600))
    assert 0 < refused < rounds


@pytest.mark.parametrize("form", ["ascii", "binary_little_endian"])
def test_issue6_item_11_damaged_ply_is_read_or_refused(tmp_path: Path, form: str) -> None:
    good = write_ply(tmp_path / "a.ply", terrain(400).astype(np.float32), form).read_bytes()
    assert 0 < refusals(read_all, tmp_path / "bad.ply", damaged(good, 100, head=300)) < 100


@pytest.mark.parametrize("kind", ["ascii", "binary", "binary_compressed"])
def test_issue6_item_11_damaged_pcd_is_read_or_refused(tmp_path: Path, kind: str) -> None:
    good = pcd(terrain(300), kind)
    (tmp_path / "a.pcd").write_bytes(good)
    assert read_all(tmp_path / "a.pcd") == 300
    assert 0 < refusals(read_all, tmp_path / "bad.pcd", damaged(good, 100, head=250)) < 100


def lying(path: Path) -> dict[str, bytes]:
    """Headers that say 10⁹ points, and hold a hundred bytes."""
    las = bytearray(write_las(path / "l.las", terrain(10)).read_bytes())
    struct.pack_into("<I", las, 107, 1_000_000_000)
    laz = bytearray(write_las(path / "l.laz", terrain(10)).read_bytes())
    struct.pack_into("<I", laz, 107, 400_000_000)
    table = bytearray(write_las(path / "t.laz", terrain(10)).read_bytes())
    start = int.from_bytes(table[96:100], "little")
    struct.pack_into("<I", table, int.from_bytes(table[start : start + 8], "little") + 4, 0xFFFFFFFF)
    ply = b"ply\nformat binary_little_endian 1.0\nelement vertex 1000000000\nproperty float x\nproperty float y\nproperty float z\n"
    text = ply.replace(b"binary_little_endian", b"ascii").replace(b"1000000000", b"400000000")
    ply = ply.replace(b"1000000000", b"400000000")
    bomb = pcd(np.zeros((8, 3)), "binary_compressed", 20_000_000)
    at = bomb.index(b"binary_compressed\n") + 18
    bomb = bomb[:at] + struct.pack("<II", len(bomb) - at - 8, 240_000_000) + bomb[at + 8 :]
    end = b"end_header\n" + b"1 2 3\n" * 16
    return {
        "l.las": bytes(las), "l.laz": bytes(laz), "t.laz": bytes(table), "b.ply": ply + end, "t.ply": text + end,
        "n.ply": ply.replace(b"400000000", b"-5") + end, "b.pcd": pcd(np.zeros((8, 3)), "binary", 400_000_000),
        "c.pcd": bomb, "t.pcd": pcd(np.zeros((8, 3)), "ascii", 400_000_000), "e.las": b"LASF", "e.ply": b"ply\n", "o.xyz": b"hm",
        "w.ply": text.replace(b"400000000", b"5") + b"end_header\n" + b"7" * 3_000_000,
    }  # fmt: skip


def test_issue6_item_11_memory_does_not_grow_with_the_lie(tmp_path: Path) -> None:
    for name, data in lying(tmp_path).items():
        path = tmp_path / f"bad-{name}"
        path.write_bytes(data)
        tracemalloc.start()
        with pytest.raises(BadInput) as refused:
            build(path, tmp_path, quiet)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert refused.value.where and refused.value.next, name
        assert peak < 40e6, f"{name}: {peak / 1e6:.0f} MB"
    assert not [path for path in tmp_path.iterdir() if path.is_dir()], "something was left behind"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_issue6_item_11_a_place_that_is_no_place_is_told_by_its_row(tmp_path: Path, bad: float) -> None:
    places = terrain(500).astype(np.float32)
    places[321, 1] = bad
    with pytest.raises(BadInput, match="row 321"):
        build(write_ply(tmp_path / "a.ply", places, "binary_little_endian"), tmp_path, quiet)
    # In a PCD a place that is NaN says "no point"; an infinite one says nothing.
    (tmp_path / "a.pcd").write_bytes(pcd(places, "binary"))
    if np.isnan(bad):
        assert read_all(tmp_path / "a.pcd") == 499
    else:
        with pytest.raises(BadInput, match="row 321"):
            read_all(tmp_path / "a.pcd")


def test_issue6_item_11_layers_that_lie_are_refused_before_lazrs_makes_room(tmp_path: Path) -> None:
    data = bytearray(write_las(tmp_path / "a.laz", terrain(2_000), form=7).read_bytes())
    start = int.from_bytes(data[96:100], "little")
    record = int.from_bytes(data[105:107], "little")
    struct.pack_into("<I", data, start + 8 + record + 4, 0xFFFFFFF0)
    (tmp_path / "bad.laz").write_bytes(data)
    with pytest.raises(BadInput, match="layers"):
        read_all(tmp_path / "bad.laz")


def test_issue6_item_02_chunks_of_different_lengths_as_in_copc(tmp_path: Path) -> None:
    import lazrs

    plain = write_las(tmp_path / "a.las", terrain(5_000), form=7).read_bytes()
    start = int.from_bytes(plain[96:100], "little")
    vlr = lazrs.LazVlr.new_for_compression(7, 0, True)
    record = bytes(vlr.record_data())
    head = bytearray(plain[:start])
    head[104] |= 0x80
    struct.pack_into("<II", head, 96, start + 54 + len(record), int.from_bytes(head[100:104], "little") + 1)
    path = tmp_path / "a.copc.laz"
    with path.open("wb") as file:
        file.write(head + struct.pack("<H16sHH32s", 0, b"laszip encoded", 22204, len(record), b"") + record)
        packer = lazrs.LasZipCompressor(file, vlr)
        for first, last in ((0, 1_000), (1_000, 1_700), (1_700, 5_000)):
            packer.compress_many(plain[start + 36 * first : start + 36 * last])
            packer.finish_current_chunk()
        packer.done()
    assert read_all(path) == 5_000
