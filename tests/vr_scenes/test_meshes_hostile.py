"""Hostile meshes: cut off, lying, out of range, endless, leading out; each refused with found, where and what next (issue 6, item 11)."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from commons.errors import BadInput, TooLarge
from tests.vr_scenes.meshes_made import glb, gltf, write_ball
from vr_scenes.pipeline.meshes import read_mesh
from vr_scenes.pipeline.meshes_model import Caps

PACKED = {"buffer": 0, "byteLength": 40, "byteStride": 12, "mode": "ATTRIBUTES"}
DRACO = {"bufferView": 0, "attributes": {"POSITION": 0}}
XYZ = "property float x\nproperty float y\nproperty float z\n"
Spoil = Callable[[dict[str, Any]], object]


def _refused(path: Path, caps: Caps | None = None) -> BadInput:
    with pytest.raises(BadInput) as caught:
        read_mesh(path, caps)
    error = caught.value
    assert error.found and path.name.partition(".")[0] in error.where and error.next, str(error)
    return error


def _spoilt(tmp_path: Path, spoil: Spoil) -> Path:
    document, binary = gltf(6)
    spoil(document)
    path = tmp_path / "ball.glb"
    path.write_bytes(glb(document, binary))
    return path


@pytest.mark.parametrize("ending", [".glb", ".gltf", ".obj", ".ply", ".stl"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6, 0.95])
def test_issue6_item_11_a_file_cut_off_anywhere_is_refused_or_read_as_what_is_there(
    tmp_path: Path, ending: str, share: float
) -> None:
    path = write_ball(tmp_path, ending, rings=8)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    if ending == ".obj" and share > 0.9:
        # A text without its last lines is a text: what it says is read.
        assert len(read_mesh(path).mesh.triangles) > 0
    else:
        _refused(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d["accessors"][0].update(count=10**9),
        lambda d: d["accessors"][0].update(count=-5),
        lambda d: d["accessors"][0].update(count="many"),
        lambda d: d["accessors"][0].update(componentType=9999),
        lambda d: d["accessors"][0].update(byteOffset=10**7),
        lambda d: d["accessors"][0].update(bufferView=77),
        lambda d: d["accessors"][2].update(count=10**9),
        lambda d: d["bufferViews"][0].update(byteLength=10**9),
        lambda d: d["bufferViews"][0].update(byteStride=2),
        lambda d: d["buffers"][0].update(byteLength=10**9),
        lambda d: d.update(buffers=[{"byteLength": 10, "uri": "../../etc/passwd"}]),
        lambda d: d.update(buffers=[{"byteLength": 10, "uri": "https://example.org/a.bin"}]),
        lambda d: d.update(buffers=[{"byteLength": 10, "uri": "/etc/passwd"}]),
        lambda d: d.update(buffers=[{"byteLength": 10, "uri": "%2e%2e/secret.bin"}]),
        lambda d: d.update(buffers=[{"byteLength": 10, "uri": "data:application/octet-stream;base64,@@@@"}]),
        lambda d: d.update(images=[{"uri": "file:///etc/passwd"}]),
        lambda d: d.update(nodes=[{"mesh": 0, "children": [0]}]),
        lambda d: d.update(nodes=[{"children": [1, 1]}, {"mesh": 0}]),
        lambda d: d.update(nodes=[{"mesh": 0, "matrix": [float("1e400")] * 16}]),
        lambda d: d.update(nodes=[{"mesh": 0, "scale": ["a", 1, 1]}]),
        lambda d: d.update(nodes=[{"mesh": 3}]),
        lambda d: d.update(meshes=[{"primitives": 5}]),
        lambda d: d.update(meshes=[{"primitives": [{"attributes": {"NORMAL": 0}}]}]),
        lambda d: d.update(meshes=[]),
        lambda d: d.update(asset={"version": "1.0"}),
        lambda d: d.update(extensionsRequired=["EVIL_extension"]),
        lambda d: d["bufferViews"][0].update(extensions={"EXT_meshopt_compression": PACKED | {"count": 10**9}}),
        lambda d: d["bufferViews"][0].update(extensions={"EXT_meshopt_compression": PACKED | {"count": 91}}),
        lambda d: d["meshes"][0]["primitives"][0].update(extensions={"KHR_draco_mesh_compression": DRACO}),
        lambda d: d["materials"][0]["pbrMetallicRoughness"].update(baseColorTexture={"index": 9}),
        lambda d: d["materials"][0]["pbrMetallicRoughness"].update(baseColorFactor=[1, 1]),
    ],
)  # fmt: skip
def test_issue6_item_11_a_gltf_that_lies_is_refused(tmp_path: Path, spoil: Spoil) -> None:
    _refused(_spoilt(tmp_path, spoil))


def test_issue6_item_11_what_is_not_a_number_or_out_of_range_is_named_with_its_place(tmp_path: Path) -> None:
    document, binary = gltf(6)
    spoilt = bytearray(binary)
    spoilt[24:28] = struct.pack("<f", float("nan"))
    (tmp_path / "ball.glb").write_bytes(glb(document, bytes(spoilt)))
    assert "vertex 2 is not a finite point" in _refused(tmp_path / "ball.glb").found
    start = document["bufferViews"][2]["byteOffset"]
    spoilt = bytearray(binary)
    spoilt[start + 12 : start + 16] = struct.pack("<I", 4_000_000_000)
    (tmp_path / "ball.glb").write_bytes(glb(document, bytes(spoilt)))
    assert "triangle 1 names a vertex outside" in _refused(tmp_path / "ball.glb").found


def test_issue6_item_11_json_nested_without_end_and_none_at_all_are_refused(tmp_path: Path) -> None:
    for text in (b'{"asset": ' + b"[" * 100_000, b"<script>alert(1)</script>", b"\xff\xfe\x00", b"null", b"[]", b"{}"):
        (tmp_path / "ball.gltf").write_bytes(text)
        _refused(tmp_path / "ball.gltf")


def test_issue6_item_11_a_picture_with_more_pixels_than_can_be_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    from vr_scenes.pipeline.pictures import open_picture

    made = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(made, "PNG")
    assert len(made.getvalue()) < 100_000
    with pytest.raises(TooLarge, match="pixels"):
        open_picture(made.getvalue(), "bomb.png")
    for data in (b"", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", made.getvalue()[:60]):
        with pytest.raises(BadInput):
            open_picture(data, "bomb.png")


def test_issue6_item_11_caps_on_triangles_and_bytes_hold(tmp_path: Path) -> None:
    for ending in (".glb", ".obj", ".ply", ".stl"):
        path = write_ball(tmp_path, ending, rings=8)
        assert isinstance(_refused(path, Caps(triangles=20, vertices=20)), TooLarge)
        assert isinstance(_refused(path, Caps(file_bytes=200)), TooLarge)


@pytest.mark.parametrize(
    "text",
    [
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 -9\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1/5 2/5 3/5\n",
        "v 0 0 nan\nv 1 0 0\nv 0 1 0\nf 1 2 3\n",
        "v 0 0\nf 1 1 1\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2\n",
        "v a b c\n",
        "# nothing\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nmtllib ../../../etc/passwd\nf 1 2 3\n",
        "v 0 0 0\nv 1 0 0\nv 0 1 0\nmtllib /etc/passwd\nf 1 2 3\n",
        "v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n",
    ],
)
def test_issue6_item_11_an_obj_that_lies_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "ball.obj").write_text(text)
    _refused(tmp_path / "ball.obj")


@pytest.mark.parametrize(
    "head",
    [
        f"element vertex 1000000000\n{XYZ}element face 1\nproperty list uchar int vertex_indices\n",
        "element vertex -3\nproperty float x\nproperty float y\nproperty float z\n",
        "element vertex 3\nproperty float x\nproperty float y\nelement face 1\nproperty list uchar int vertex_indices\n",
        "element vertex 3\nproperty evil x\n",
        "property float x\n",
        f"element vertex 3\n{XYZ}element face 9\nproperty list uint int vertex_indices\n",
    ],
)
@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_issue6_item_11_a_ply_whose_header_lies_is_refused(tmp_path: Path, head: str, form: str) -> None:
    body = b"\xff" * 60 if form != "ascii" else b"0 0 0\n1 0 0\n0 1 0\n3 0 1 7\n"
    (tmp_path / "ball.ply").write_bytes(f"ply\nformat {form} 1.0\n{head}end_header\n".encode() + body)
    _refused(tmp_path / "ball.ply")


def test_issue6_item_11_an_stl_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ball.stl").write_bytes(b"solid lie".ljust(80) + struct.pack("<I", 10**9) + bytes(500))
    _refused(tmp_path / "ball.stl")
    row = np.zeros(1, np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("more", "<u2")]))
    row["v"] = np.inf
    (tmp_path / "ball.stl").write_bytes(b"x".ljust(80) + struct.pack("<I", 1) + row.tobytes())
    assert "not a finite point" in _refused(tmp_path / "ball.stl").found


def test_issue6_item_11_a_link_beside_the_model_that_leads_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.bin").write_bytes(b"x" * 100)
    (tmp_path / "in" / "a.bin").symlink_to(tmp_path / "secret.bin")
    document, _ = gltf(6)
    document["buffers"] = [{"byteLength": 10, "uri": "a.bin"}]
    (tmp_path / "in" / "ball.gltf").write_text(json.dumps(document))
    assert "a link that leads out" in _refused(tmp_path / "in" / "ball.gltf").found
