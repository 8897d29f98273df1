"""Panoramas become cubes of tiles whose faces meet; light is toned; what is cut off or lies is refused (issue 6, item 2)."""

from __future__ import annotations

import io
import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from commons.errors import BadInput
from vr_scenes.pipeline.panoramas import FACES, TILE, build, face_rows, read_panorama
from vr_scenes.pipeline.panoramas_hdr import read_hdr


def _world(width: int) -> NDArray[np.uint8]:
    """A picture whose colour is the way one looks: x, y, z as red, green, blue."""
    u, v = np.meshgrid((np.arange(width) + 0.5) / width, (np.arange(width // 2) + 0.5) / (width // 2))
    turn, rise = (u - 0.5) * 2 * np.pi, (0.5 - v) * np.pi
    way = np.stack([np.sin(turn) * np.cos(rise), np.sin(rise), -np.cos(turn) * np.cos(rise)], axis=-1)
    return np.round((way + 1) * 127).astype(np.uint8)


def _saved(path: Path, pixels: NDArray[np.uint8]) -> Path:
    Image.fromarray(pixels).save(path)
    return path


def _hdr(width: int = 64, height: int = 32) -> bytes:
    rows = bytearray(f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n".encode())
    for row in range(height):
        rows += b"\x02\x02" + width.to_bytes(2, "big")
        for value in (200 if row < height // 2 else 20, 100, 50, 130):
            rows += bytes([128 + width, value])
    return bytes(rows)


@pytest.mark.parametrize("face", list(FACES))
def test_issue6_item_02_every_face_shows_what_lies_in_its_way(face: str) -> None:
    rows = face_rows(_world(512), face, 64, 0, 64).astype(float) / 127 - 1
    ahead, right, down = (np.array(way, float) for way in FACES[face])
    for y, x in ((0, 0), (31, 31), (10, 60), (63, 63)):
        way = ahead + right * ((x + 0.5) / 32 - 1) + down * ((y + 0.5) / 32 - 1)
        assert np.allclose(rows[y, x], way / np.linalg.norm(way), atol=0.03)


def test_issue6_item_02_neighbouring_faces_meet_without_a_seam(tmp_path: Path) -> None:
    pixels = _world(1024)
    front, right, up = (face_rows(pixels, face, 256, 0, 256).astype(int) for face in "fru")
    assert np.abs(front[:, -1] - right[:, 0]).max() <= 3
    assert np.abs(front[0] - up[-1]).max() <= 3
    back, left = (face_rows(pixels, face, 256, 0, 256).astype(int) for face in "bl")
    assert np.abs(back[:, -1] - left[:, 0]).max() <= 3


def test_issue6_item_02_the_cube_has_every_tile_it_promises(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    made = build(_saved(tmp_path / "room.png", _world(4096)), out, lambda doing, share: None)
    folder = out / made.node["src"].partition("/")[0]
    cube = json.loads((folder / "panorama.json").read_text())
    assert cube["tile"] == TILE and cube["levels"][-1]["size"] == math.ceil(4096 / math.pi)
    for number, level in enumerate(cube["levels"]):
        for face in cube["faces"]:
            for y in range(level["tiles"]):
                for x in range(level["tiles"]):
                    path = folder / cube["path"].format(level=number, face=face, y=y, x=x)
                    with Image.open(path) as tile:
                        assert tile.size == tuple(min(TILE, level["size"] - at * TILE) for at in (x, y))
    assert len({path.stat().st_size for path in folder.rglob("*.jpg")}) > 1
    assert made.report["psnr_db"] > 35
    with Image.open(folder / "preview.jpg") as preview:
        assert preview.width == 6 * preview.height


def test_issue6_item_02_light_is_toned_so_that_bright_and_dark_are_seen(tmp_path: Path) -> None:
    (tmp_path / "sky.hdr").write_bytes(_hdr())
    pixels = read_panorama(tmp_path / "sky.hdr")
    assert pixels.shape == (32, 64, 3)
    assert 255 >= pixels[0, 0, 0] > pixels[31, 0, 0] + 40 > 40


@pytest.mark.parametrize("cut", [10, 60, 200, -1])
def test_issue6_item_11_an_hdr_that_is_cut_off_names_its_byte(cut: int) -> None:
    with pytest.raises(BadInput) as caught:
        read_hdr(_hdr()[:cut], "sky.hdr")
    assert caught.value.where == "sky.hdr" and caught.value.next


@pytest.mark.parametrize("size", [b"-Y 99999 +X 199998\n", b"-Y 0 +X 64\n", b"-Y 9 +X\n", b"+Y 32 +X 64\n"])
def test_issue6_item_11_an_hdr_whose_header_lies_is_refused(size: bytes) -> None:
    with pytest.raises(BadInput):
        read_hdr(_hdr().replace(b"-Y 32 +X 64\n", size), "sky.hdr")


def test_issue6_item_11_a_run_beyond_its_row_is_refused() -> None:
    data = _hdr()
    at = data.index(b"\x02\x02\x00\x40") + 4
    with pytest.raises(BadInput, match="beyond its row"):
        read_hdr(data[:at] + bytes([128 + 127]) + data[at + 1 :], "sky.hdr")


def test_issue6_item_11_a_picture_of_the_wrong_shape_or_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="twice as wide"):
        read_panorama(_saved(tmp_path / "wall.png", _world(64)[:, :40]))
    whole = io.BytesIO()
    Image.fromarray(_world(256)).save(whole, "JPEG")
    (tmp_path / "cut.jpg").write_bytes(whole.getvalue()[:-200])
    (tmp_path / "none.jpg").write_bytes(b"<svg onload=alert(1)>")
    for name in ("cut.jpg", "none.jpg"):
        with pytest.raises(BadInput, match="cannot be read"):
            read_panorama(tmp_path / name)
