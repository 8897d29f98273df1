"""Writes one level of a mesh as .glb: quantised, packed with meshopt, pictures as they are given.

The rule kept here: every row is a whole number of the fewest bits that its level needs, and the numbers say so. Sources:
glTF 2.0; KHR_mesh_quantization; KHR_texture_transform; EXT_meshopt_compression; EXT_texture_webp.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vr_scenes.glb import container
from vr_scenes.pipeline.meshes_model import Look, Mesh, Model
from vr_scenes.pipeline.meshopt import Meshopt
from vr_scenes.pipeline.pictures import media_of

__all__ = ["Grid", "grid_of", "write_level"]

_ARRAY, _ELEMENT = 34962, 34963
_BYTE, _UBYTE, _USHORT, _UINT = 5120, 5121, 5123, 5125


@dataclass(frozen=True)
class Grid:
    """Where quantised positions lie: `low` + whole number × `step`, metres."""

    low: NDArray[np.float64]
    step: float

    def snapped(self, positions: NDArray[Any]) -> NDArray[np.uint16]:
        return np.round((positions - self.low) / self.step).astype(np.uint16)


def grid_of(positions: NDArray[Any], bits: int) -> Grid:
    """A grid of 2^bits steps along the longest side."""
    low = positions.min(axis=0)
    extent = float(np.ptp(positions, axis=0).max())
    return Grid(low, (extent or 1.0) / ((1 << bits) - 1))


class _Packed:
    """The binary chunk, packed, and beside it the plain buffer that is promised and never there."""

    def __init__(self, meshopt: Meshopt) -> None:
        self.meshopt, self.data, self.plain = meshopt, bytearray(), 0
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def raw(self, data: bytes) -> int:
        """A view of bytes kept as they are."""
        self.views.append({"buffer": 0, "byteOffset": self._put(data), "byteLength": len(data)})
        return len(self.views) - 1

    def rows(self, rows: NDArray[Any], kind: str, component: int, **more: Any) -> int:
        """An accessor over packed rows; `filter` and `normalized` in `more`."""
        filter = more.pop("filter", "NONE")
        view = self._view(self.meshopt.encode(rows, "ATTRIBUTES"), len(rows), rows[0].nbytes, "ATTRIBUTES", filter)
        return self._accessor(view, kind, component, len(rows), more)

    def triangles(self, triangles: NDArray[Any], vertices: int) -> int:
        small = vertices <= 65535
        flat = triangles.reshape(-1).astype(np.uint16 if small else np.uint32)
        view = self._view(self.meshopt.encode(flat, "TRIANGLES"), len(flat), flat.itemsize, "TRIANGLES", "NONE")
        return self._accessor(view, "SCALAR", _USHORT if small else _UINT, len(flat), {})

    def _view(self, packed: bytes, count: int, stride: int, mode: str, filter: str) -> int:
        inner = {"buffer": 0, "byteOffset": self._put(packed), "byteLength": len(packed), "byteStride": stride,
                 "count": count, "mode": mode} | ({} if filter == "NONE" else {"filter": filter})  # fmt: skip
        self.plain += -self.plain % 4
        view: dict[str, Any] = {"buffer": 1, "byteOffset": self.plain, "byteLength": count * stride,
                                "target": _ARRAY if mode == "ATTRIBUTES" else _ELEMENT,
                                "extensions": {"EXT_meshopt_compression": inner}}  # fmt: skip
        self.plain += count * stride
        self.views.append(view | ({"byteStride": stride} if mode == "ATTRIBUTES" else {}))
        return len(self.views) - 1

    def _accessor(self, view: int, kind: str, component: int, count: int, more: Mapping[str, Any]) -> int:
        entry = {"bufferView": view, "type": kind, "componentType": component, "count": count}
        self.accessors.append(entry | dict(more))
        return len(self.accessors) - 1

    def _put(self, data: bytes) -> int:
        self.data.extend(b"\0" * (-len(self.data) % 4))
        self.data.extend(data)
        return len(self.data) - len(data)


def write_level(model: Model, meshopt: Meshopt, *, bits: int = 14, uv_bits: int = 12) -> tuple[bytes, Mesh]:
    """The .glb, and the mesh with the positions that it really holds. A vertex keeps position, normal, coordinates, colour."""
    mesh, packed = model.mesh, _Packed(meshopt)
    grid = grid_of(mesh.positions, bits)
    pictures = [{"bufferView": packed.raw(data), "mimeType": media_of(data)} for data in model.pictures]
    primitives: list[dict[str, Any]] = []
    materials: list[dict[str, Any]] = []
    for number, look in enumerate(model.looks):
        triangles = mesh.triangles[mesh.looks[mesh.triangles[:, 0]] == number]
        if not len(triangles):
            continue
        ordered, old = meshopt.reorder(triangles)
        attributes, placing = _attributes(mesh, old, look, grid, uv_bits, packed)
        indices = packed.triangles(ordered, len(old))
        primitives.append({"attributes": attributes, "indices": indices, "material": len(materials)})
        materials.append(_material(look, placing))
    document = _document(primitives, materials, pictures, grid, packed)
    packed.data.extend(b"\0" * (-len(packed.data) % 4))
    document["buffers"][0]["byteLength"] = len(packed.data)
    return container(document, bytes(packed.data)), _snapped(mesh, grid)


def _attributes(
    mesh: Mesh, old: NDArray[Any], look: Look, grid: Grid, uv_bits: int, packed: _Packed
) -> tuple[dict[str, int], dict[str, Any]]:
    rows = np.zeros((len(old), 4), np.uint16)
    rows[:, :3] = grid.snapped(mesh.positions[old])
    low, high = rows[:, :3].min(axis=0).tolist(), rows[:, :3].max(axis=0).tolist()
    made = {"POSITION": packed.rows(rows, "VEC3", _USHORT, min=low, max=high)}
    if not look.unlit:
        normals = packed.meshopt.octahedral(mesh.normals[old], 8)
        made["NORMAL"] = packed.rows(normals, "VEC3", _BYTE, normalized=True, filter="OCTAHEDRAL")
    placing: dict[str, Any] = {}
    if look.pictures:
        uvs = mesh.uvs[old].astype(np.float64)
        start, span = uvs.min(axis=0), np.maximum(np.ptp(uvs, axis=0), 1e-9)
        top = (1 << min(16, uv_bits)) - 1
        made["TEXCOORD_0"] = packed.rows(
            np.round((uvs - start) / span * top).astype(np.uint16), "VEC2", _USHORT, normalized=True
        )
        scale = [float(part) * 65535 / top for part in span]
        placing = {"offset": [float(part) for part in start], "scale": scale}
    if mesh.colours is not None:
        made["COLOR_0"] = packed.rows(mesh.colours[old], "VEC4", _UBYTE, normalized=True)
    return made, placing


def _material(look: Look, placing: Mapping[str, Any]) -> dict[str, Any]:
    def texture(role: str, **more: Any) -> dict[str, Any]:
        found = {"index": look.pictures[role], "extensions": {"KHR_texture_transform": dict(placing)}}
        return found | more

    surface: dict[str, Any] = {"baseColorFactor": list(look.colour), "metallicFactor": look.metal,
                               "roughnessFactor": look.rough}  # fmt: skip
    if "base" in look.pictures:
        surface["baseColorTexture"] = texture("base")
    if "metal" in look.pictures:
        surface["metallicRoughnessTexture"] = texture("metal")
    made: dict[str, Any] = {"pbrMetallicRoughness": surface}
    if "normal" in look.pictures:
        made["normalTexture"] = texture("normal", scale=look.normal_scale)
    for role in ("occlusion", "emissive"):
        if role in look.pictures:
            made[f"{role}Texture"] = texture(role)
    if any(look.glow):
        made["emissiveFactor"] = [min(1.0, max(0.0, part)) for part in look.glow]
    if look.alpha != "OPAQUE":
        made["alphaMode"] = look.alpha
    if look.alpha == "MASK":
        made["alphaCutoff"] = look.cutoff
    if look.two_sided:
        made["doubleSided"] = True
    if look.unlit:
        made["extensions"] = {"KHR_materials_unlit": {}}
    return made | ({"name": look.name} if look.name else {})


def _document(
    primitives: list[Any], materials: list[Any], pictures: list[Any], grid: Grid, packed: _Packed
) -> dict[str, Any]:
    used = {"KHR_mesh_quantization", "EXT_meshopt_compression"}
    required = set(used)
    document: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "Shuyuan"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "translation": grid.low.tolist(), "scale": [grid.step] * 3}],
        "meshes": [{"primitives": primitives}],
        "materials": materials,
        "accessors": packed.accessors,
        "bufferViews": packed.views,
        "buffers": [
            {"byteLength": 0},
            {"byteLength": packed.plain, "extensions": {"EXT_meshopt_compression": {"fallback": True}}},
        ],
    }
    if pictures:
        document["images"] = pictures
        document["samplers"] = [{"magFilter": 9729, "minFilter": 9987, "wrapS": 10497, "wrapT": 10497}]
        document["textures"] = [_texture(number, one["mimeType"]) for number, one in enumerate(pictures)]
        used.add("KHR_texture_transform")
        required.add("KHR_texture_transform")
        if any(one["mimeType"] == "image/webp" for one in pictures):
            used.add("EXT_texture_webp")
            required.add("EXT_texture_webp")
    if any("extensions" in one for one in materials):
        used.add("KHR_materials_unlit")
    return document | {"extensionsUsed": sorted(used), "extensionsRequired": sorted(required)}


def _texture(number: int, media: str) -> dict[str, Any]:
    if media == "image/webp":
        return {"sampler": 0, "extensions": {"EXT_texture_webp": {"source": number}}}
    return {"sampler": 0, "source": number}


def _snapped(mesh: Mesh, grid: Grid) -> Mesh:
    from dataclasses import replace

    return replace(mesh, positions=grid.snapped(mesh.positions).astype(np.float64) * grid.step + grid.low)
