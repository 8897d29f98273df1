"""Writes and reads binary glTF 2.0 (.glb): our own plain writer, so that pictures are kept byte for byte.

The rule kept here: what is written is exactly what was given (no re-encoding, no decimation), in a fixed order, so
that the same model gives the same bytes. Source: Khronos glTF 2.0, sections 3 and 4.4. It knows nothing of gardens.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.shapes import Mesh

__all__ = ["Material", "Model", "Part", "Picture", "container", "read_glb", "write_glb"]

_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
_UINT, _USHORT, _UBYTE, _FLOAT = 5125, 5123, 5121, 5126
_BYTE = 5120


@dataclass(frozen=True)
class Picture:
    """An encoded picture: PNG or JPEG bytes, written as they are."""

    media: str
    data: bytes


@dataclass(frozen=True)
class Material:
    """A surface: base colour factor (linear rgba), roughness 0..1, an optional picture."""

    name: str
    colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    roughness: float = 0.9
    picture: Picture | None = None
    cut_out: bool = False
    """Leaves: the picture's alpha is a stencil, and both sides are seen."""
    unlit: bool = False


@dataclass(frozen=True)
class Part:
    """A named node with one mesh; `extras` are carried for the viewer."""

    name: str
    material: str
    mesh: Mesh
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Model:
    """Materials and parts; a part names its material."""

    materials: tuple[Material, ...]
    parts: tuple[Part, ...]

    @property
    def triangles(self) -> int:
        return sum(len(part.mesh.triangles) for part in self.parts)


class _Buffer:
    """The binary chunk while it grows: views are 4-byte aligned (glTF 3.6.2.4)."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, data: bytes, target: int | None = None, stride: int | None = None) -> int:
        self.data.extend(b"\0" * (-len(self.data) % 4))
        view: dict[str, Any] = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)}
        if target:
            view["target"] = target
        if stride:
            view["byteStride"] = stride
        self.data.extend(data)
        self.views.append(view)
        return len(self.views) - 1

    def accessor(
        self, array: NDArray[Any], kind: str, component: int, *, index: bool = False, normalized: bool = False
    ) -> int:
        stride = None if index else array.shape[1] * array.dtype.itemsize
        view = self.view(np.ascontiguousarray(array).tobytes(), 34963 if index else 34962, stride)
        made: dict[str, Any] = {"bufferView": view, "componentType": component, "count": len(array), "type": kind}
        if normalized:
            made["normalized"] = True
        if kind == "VEC3" and component == _FLOAT:
            made["min"] = [float(x) for x in array.min(axis=0)]
            made["max"] = [float(x) for x in array.max(axis=0)]
        self.accessors.append(made)
        return len(self.accessors) - 1


def write_glb(model: Model, *, generator: str = "Shuyuan") -> bytes:
    """The model as one .glb file. Normals take a byte each (KHR_mesh_quantization), colours likewise."""
    buffer = _Buffer()
    numbers = {material.name: number for number, material in enumerate(model.materials)}
    images, materials = _materials(model.materials, buffer)
    meshes = [
        {"name": part.name, "primitives": [_primitive(part.mesh, numbers[part.material], buffer)]}
        for part in model.parts
    ]
    nodes = [_node(part, number) for number, part in enumerate(model.parts)]
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": generator},
        "extensionsUsed": ["KHR_materials_unlit", "KHR_mesh_quantization"],
        "extensionsRequired": ["KHR_mesh_quantization"],
        "scene": 0,
        "scenes": [{"nodes": list(range(len(nodes)))}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": materials,
        "accessors": buffer.accessors,
        "bufferViews": buffer.views,
    }
    if images:
        document["images"] = images
        document["textures"] = [{"source": number, "sampler": 0} for number in range(len(images))]
        document["samplers"] = [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}]
    buffer.data.extend(b"\0" * (-len(buffer.data) % 4))
    document["buffers"] = [{"byteLength": len(buffer.data)}]
    return container(document, bytes(buffer.data))


def read_glb(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The JSON document and the binary chunk of a .glb file. Raises BadInput where the container lies."""
    if len(data) < 20:
        raise BadInput("the file is shorter than a glTF header", where=".glb", next="Build the scene again.")
    magic, version, length, json_length, json_kind = struct.unpack_from("<5I", data)
    if magic != _MAGIC or version != 2 or length != len(data) or json_kind != _JSON or 20 + json_length > length:
        raise BadInput("the header is not that of a whole glTF 2.0 file", where=".glb", next="Build the scene again.")
    document = json.loads(data[20 : 20 + json_length])
    rest = data[20 + json_length :]
    if len(rest) < 8:
        return document, b""
    size, kind = struct.unpack_from("<2I", rest)
    if kind != _BIN or size + 8 > len(rest):
        raise BadInput("the binary chunk is cut off", where=".glb", next="Build the scene again.")
    return document, rest[8 : 8 + size]


def container(document: dict[str, Any], binary: bytes) -> bytes:
    """A .glb file of a document and its binary chunk, whose length is a multiple of four (glTF 4.4)."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    text += b" " * (-len(text) % 4)
    length = 12 + 8 + len(text) + 8 + len(binary)
    return (
        struct.pack("<3I", _MAGIC, 2, length)
        + struct.pack("<2I", len(text), _JSON)
        + text
        + struct.pack("<2I", len(binary), _BIN)
        + binary
    )


def _primitive(mesh: Mesh, material: int, buffer: _Buffer) -> dict[str, Any]:
    normals = np.zeros((len(mesh.normals), 4), dtype=np.int8)
    normals[:, :3] = np.round(mesh.normals * 127)
    colours = np.full((len(mesh.tints), 4), 255, dtype=np.uint8)
    colours[:, :3] = np.round(np.clip(mesh.tints, 0, 1) * 255)
    small = len(mesh.positions) <= 65535
    indices = mesh.triangles.reshape(-1).astype(np.uint16 if small else np.uint32)
    attributes = {
        "POSITION": buffer.accessor(mesh.positions.astype(np.float32), "VEC3", _FLOAT),
        "NORMAL": _padded_normals(normals, buffer),
        "TEXCOORD_0": buffer.accessor(mesh.uvs.astype(np.float32), "VEC2", _FLOAT),
        "COLOR_0": buffer.accessor(colours, "VEC4", _UBYTE, normalized=True),
    }
    return {
        "attributes": attributes,
        "material": material,
        "indices": buffer.accessor(indices, "SCALAR", _USHORT if small else _UINT, index=True),
    }


def _padded_normals(normals: NDArray[np.int8], buffer: _Buffer) -> int:
    number = buffer.accessor(normals, "VEC4", _BYTE, normalized=True)
    buffer.accessors[number]["type"] = "VEC3"  # three bytes and one of padding: the stride stays 4
    return number


def _materials(materials: Sequence[Material], buffer: _Buffer) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    images: list[dict[str, Any]] = []
    made: list[dict[str, Any]] = []
    for material in materials:
        surface: dict[str, Any] = {
            "baseColorFactor": list(material.colour),
            "metallicFactor": 0.0,
            "roughnessFactor": material.roughness,
        }
        if material.picture:
            surface["baseColorTexture"] = {"index": len(images)}
            images.append({"bufferView": buffer.view(material.picture.data), "mimeType": material.picture.media})
        entry: dict[str, Any] = {"name": material.name, "pbrMetallicRoughness": surface}
        if material.cut_out:
            entry |= {"alphaMode": "MASK", "alphaCutoff": 0.4, "doubleSided": True}
        if material.unlit:
            entry["extensions"] = {"KHR_materials_unlit": {}}
        made.append(entry)
    return images, made


def _node(part: Part, mesh: int) -> dict[str, Any]:
    node: dict[str, Any] = {"name": part.name, "mesh": mesh}
    return node | {"extras": part.extras} if part.extras else node
