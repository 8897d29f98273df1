"""One tile of points: whole places and linear colours to a meshopt-compressed, quantised GLB.

The rule kept here: places are kept as the whole numbers they are. A tile no wider than 65,535 steps has them as uint16; a
wider one as floats of 24 bits through meshopt's exponential filter, exponent 0. The node's scale is the step in metres.
Source: glTF 2.0, KHR_mesh_quantization, EXT_meshopt_compression.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vr_scenes.pipeline.meshopt import Meshopt

__all__ = ["Frame", "Written", "glb_of_tile", "write_tile"]

_UBYTE, _USHORT, _FLOAT = 5121, 5123, 5126
_ARRAY_BUFFER = 34962
_USHORT_MOST = 65535
_GROUP_BITS = 6
# glTF is +Y up: (x, y, z) of our +Z-up places is (x, z, -y) there.
_TURN = (0, 2, 1)


@dataclass(frozen=True)
class Frame:
    """The step in metres along x, y, z (+Z up), and the place that is the tileset's zero."""

    metres: tuple[float, float, float]
    zero: tuple[int, int, int]


@dataclass(frozen=True)
class Written:
    """A tile on disk: its bytes, its points and their bounds in steps."""

    bytes: int
    count: int
    low: tuple[int, int, int]
    high: tuple[int, int, int]


def write_tile(meshopt: Meshopt, path: Path, points: NDArray[Any], frame: Frame) -> Written:
    """Write RECORDs, given in Morton order, as a GLB."""
    points = np.take(points, _packing_order(points["colour"]))
    columns = [np.ascontiguousarray(points["place"][:, axis]) for axis in range(3)]
    low, high = (int(one.min()) for one in columns), (int(one.max()) for one in columns)
    (a, b, c), (d, e, f) = low, high
    data = glb_of_tile(meshopt, columns, points["colour"], ((a, d), (b, e), (c, f)), frame)
    path.write_bytes(data)
    return Written(len(data), len(points), (a, b, c), (d, e, f))


def _packing_order(colours: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Neighbours stay near, and within each 64 of them grey rises and falls in turn: the order that packs smallest."""
    # Two bits are for the sum of three.
    grey = colours[:, 0].astype(np.uint64)
    grey += colours[:, 1]
    grey += colours[:, 2]
    number = np.arange(len(colours), dtype=np.uint64)
    group = number >> np.uint64(_GROUP_BITS)
    falling = (group & np.uint64(1)) == 1
    grey[falling] = np.uint64(1023) - grey[falling]
    packed = ((group << np.uint64(10)) | grey) << np.uint64(20) | number
    packed.sort()
    return (packed & np.uint64((1 << 20) - 1)).astype(np.int64)


def glb_of_tile(
    meshopt: Meshopt,
    columns: list[NDArray[np.int32]],
    colours: NDArray[np.uint8],
    bounds: Sequence[tuple[int, int]],
    frame: Frame,
) -> bytes:
    """The GLB of points: their x, y and z in steps, (n, 4) colours, and the least and greatest along each axis."""
    count = len(colours)
    fits = max(high - low for low, high in bounds) <= _USHORT_MOST
    # The tile's own corner, or middle. The turned axis counts down from the far side.
    (x, _), (_, y), (z, _) = bounds
    at = (x, y, z) if fits else tuple((low + high) // 2 for low, high in bounds)
    turned, ends = [], []
    for axis in _TURN:
        (low, high), column = bounds[axis], columns[axis]
        turned.append(at[axis] - column if axis == 1 else column - at[axis])
        ends.append((at[axis] - high, at[axis] - low) if axis == 1 else (low - at[axis], high - at[axis]))
    if fits:
        rows = np.zeros((count, 4), np.uint16)
        for axis in range(3):
            rows[:, axis] = turned[axis]
        packed = meshopt.encode(rows, "ATTRIBUTES")
    else:
        words = np.empty((count, 3), np.uint32)
        for axis in range(3):
            words[:, axis] = turned[axis].view(np.uint32) & np.uint32(0xFFFFFF)
        packed = meshopt.encode(words, "ATTRIBUTES")
    packed_colours = meshopt.encode(colours, "ATTRIBUTES")
    shift = [(at[axis] - frame.zero[axis]) * frame.metres[axis] for axis in range(3)]
    place = [shift[0], shift[2], -shift[1]]
    scale = [frame.metres[axis] for axis in _TURN]
    return _glb(count, (packed, packed_colours), ends, place, scale, fits)


def _glb(
    count: int,
    blocks: tuple[bytes, bytes],
    ends: list[tuple[int, int]],
    place: list[float],
    scale: list[float],
    fits: bool,
) -> bytes:
    strides = (8 if fits else 12, 4)
    views, at, fallback = [], 0, 0
    for block, stride, filters in zip(blocks, strides, (None if fits else "EXPONENTIAL", None), strict=True):
        packing: dict[str, Any] = {"buffer": 0, "byteOffset": at, "byteLength": len(block), "byteStride": stride}
        packing |= {"count": count, "mode": "ATTRIBUTES"} | ({"filter": filters} if filters else {})
        views.append(
            {"buffer": 1, "byteOffset": fallback, "byteLength": count * stride, "byteStride": stride,
             "target": _ARRAY_BUFFER, "extensions": {"EXT_meshopt_compression": packing}}
        )  # fmt: skip
        at += -(-len(block) // 4) * 4
        fallback += count * stride
    kind = _USHORT if fits else _FLOAT
    low, high = [one for one, _ in ends], [one for _, one in ends]
    head = {
        "asset": {"version": "2.0"},
        "extensionsUsed": ["EXT_meshopt_compression", "KHR_mesh_quantization"],
        "extensionsRequired": ["EXT_meshopt_compression", "KHR_mesh_quantization"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "translation": place, "scale": scale}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "COLOR_0": 1}, "mode": 0}]}],
        "accessors": [
            {"bufferView": 0, "componentType": kind, "count": count, "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, "componentType": _UBYTE, "count": count, "type": "VEC4", "normalized": True},
        ],
        "bufferViews": views,
        "buffers": [
            {"byteLength": at},
            {"byteLength": fallback, "extensions": {"EXT_meshopt_compression": {"fallback": True}}},
        ],
    }
    text = json.dumps(head, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    body = b"".join(block + b"\0" * (-len(block) % 4) for block in blocks)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(body), 0x004E4942) + body
    return struct.pack("<III", 0x46546C67, 2, 12 + len(chunks)) + chunks
