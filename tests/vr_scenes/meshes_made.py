"""Small meshes in every format, written by the tests themselves: a ball with a picture on it, whole or damaged.

The rule kept here: the shape is known (radius one), so that what a reader or a level gives can be held against it.
"""

from __future__ import annotations

import base64
import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Ball = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint32]]


def ball(rings: int = 24) -> Ball:
    """Positions, texture coordinates and triangles of a ball of radius one."""
    across = rings * 2
    turn, fall = np.meshgrid(np.linspace(0, 1, across + 1), np.linspace(0, 1, rings + 1))
    theta, phi = turn * 2 * np.pi, fall * np.pi
    points = np.stack([np.sin(phi) * np.cos(theta), np.cos(phi), np.sin(phi) * np.sin(theta)], axis=-1)
    at = np.arange((rings + 1) * (across + 1)).reshape(rings + 1, across + 1)
    a, b, c, d = at[:-1, :-1].ravel(), at[:-1, 1:].ravel(), at[1:, :-1].ravel(), at[1:, 1:].ravel()
    triangles = np.concatenate([np.stack([a, b, d], 1)[across:], np.stack([a, d, c], 1)[:-across]])
    uvs = np.stack([turn, fall], axis=-1).reshape(-1, 2)
    return points.reshape(-1, 3).astype(np.float32), uvs.astype(np.float32), triangles.astype(np.uint32)


def picture(side: int = 128) -> bytes:
    """A JPEG of two slow waves of colour."""
    x, y = np.meshgrid(np.linspace(0, 2 * np.pi, side), np.linspace(0, np.pi, side))
    rows = np.stack([127 + 100 * np.sin(x), 127 + 100 * np.cos(y), 127 + 60 * np.sin(x + y)], axis=-1)
    made = io.BytesIO()
    Image.fromarray(rows.astype(np.uint8)).save(made, "JPEG", quality=92)
    return made.getvalue()


def gltf(rings: int = 24, **changes: Any) -> tuple[dict[str, Any], bytes]:
    """Document and binary chunk of the ball; `changes` replace entries of the document."""
    positions, uvs, triangles = ball(rings)
    blocks = [positions.tobytes(), uvs.tobytes(), triangles.tobytes(), picture()]
    views, at = [], 0
    for block in blocks:
        views.append({"buffer": 0, "byteOffset": at, "byteLength": len(block)})
        at += len(block) + -len(block) % 4
    document: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 3, "mimeType": "image/jpeg"}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(positions), "type": "VEC3"},
            {"bufferView": 1, "componentType": 5126, "count": len(uvs), "type": "VEC2"},
            {"bufferView": 2, "componentType": 5125, "count": triangles.size, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": at}],
    }
    binary = b"".join(block + b"\0" * (-len(block) % 4) for block in blocks)
    return document | changes, binary


def glb(document: dict[str, Any], binary: bytes) -> bytes:
    """A .glb of a document and its chunk."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    length = 28 + len(text) + len(binary)
    head = struct.pack("<5I", 0x46546C67, 2, length, len(text), 0x4E4F534A)
    return head + text + struct.pack("<2I", len(binary), 0x004E4942) + binary


def write_ball(folder: Path, ending: str, rings: int = 24) -> Path:
    """The ball as a file of that ending, with whatever lies beside it."""
    path = folder / f"ball{ending}"
    positions, uvs, triangles = ball(rings)
    (folder / "skin.jpg").write_bytes(picture())
    if ending == ".glb":
        path.write_bytes(glb(*gltf(rings)))
    elif ending == ".gltf":
        document, binary = gltf(rings)
        document["buffers"] = [
            {
                "byteLength": len(binary),
                "uri": "data:application/octet-stream;base64," + base64.b64encode(binary).decode(),
            }
        ]
        document["images"] = [{"uri": "skin.jpg"}]
        path.write_text(json.dumps(document))
    elif ending == ".obj":
        lines = ["mtllib ball.mtl", "usemtl skin"]
        lines += [f"v {x:.6f} {y:.6f} {z:.6f}" for x, y, z in positions] + [f"vt {u:.6f} {1 - v:.6f}" for u, v in uvs]
        lines += [f"f {a + 1}/{a + 1} {b + 1}/{b + 1} {c + 1}/{c + 1}" for a, b, c in triangles]
        path.write_text("\n".join(lines))
        (folder / "ball.mtl").write_text("newmtl skin\nKd 0.8 0.8 0.8\nmap_Kd -s 1 1 1 skin.jpg\n")
    elif ending == ".ply":
        head = f"ply\nformat binary_little_endian 1.0\ncomment TextureFile skin.jpg\nelement vertex {len(positions)}\n"
        head += "".join(f"property float {name}\n" for name in "xyzst")
        head += f"element face {len(triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
        rows = np.concatenate([positions, uvs * [1, -1] + [0, 1]], axis=1).astype("<f4").tobytes()
        faces = np.zeros(len(triangles), np.dtype([("n", "u1"), ("v", "<i4", 3)]))
        faces["n"], faces["v"] = 3, triangles
        path.write_bytes(head.encode() + rows + faces.tobytes())
    elif ending == ".stl":
        rows = np.zeros(len(triangles), np.dtype([("n", "<f4", 3), ("v", "<f4", (3, 3)), ("more", "<u2")]))
        rows["v"] = positions[triangles]
        path.write_bytes(b"ball".ljust(80) + struct.pack("<I", len(triangles)) + rows.tobytes())
    return path
