"""Reads glTF 2.0 (.glb, .gltf), plain, with Draco or with meshopt, in its resting pose: transforms are worked into the vertices.

The rule kept here: the tree of nodes is walked once, so that neither a ring nor a node named twice can multiply it. What a
still model cannot carry (lines, points, skins, cameras) is left out and said so.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput, TooLarge
from vr_scenes.pipeline.meshes_accessors import Document, read_document
from vr_scenes.pipeline.meshes_looks import Looks, moved_uvs
from vr_scenes.pipeline.meshes_model import Caps, Model, Surface, joined

__all__ = ["read_gltf"]

_KNOWN = {
    "KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression", "KHR_mesh_quantization",
    "KHR_texture_transform", "EXT_texture_webp", "KHR_materials_unlit", "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_ior", "KHR_materials_specular", "KHR_materials_emissive_strength", "KHR_lights_punctual",
    "KHR_materials_clearcoat", "KHR_materials_transmission", "KHR_materials_sheen", "KHR_materials_volume",
}  # fmt: skip
_DRACO = "KHR_draco_mesh_compression"


def read_gltf(path: Path, caps: Caps | None = None) -> Model:
    """The model of a .glb or .gltf file. Raises BadInput (found, where, what next) for what lies or is damaged."""
    caps = caps or Caps()
    document = read_document(path, caps)
    try:
        return _model(document, caps)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        told = f"its JSON is not what glTF allows ({type(error).__name__}: {str(error)[:120]})"
        raise BadInput(told, where=path.name, next="Export the model again; it is damaged.") from error
    finally:
        document.close()


def _model(document: Document, caps: Caps) -> Model:
    strange = sorted(document.used - _KNOWN)
    if strange:
        told = f"it cannot be read without {', '.join(strange)}"
        raise BadInput(told, where=document.name, next="Export it without that extension.")
    notes: dict[str, None] = {}
    looks = Looks(document)
    surfaces: list[Surface] = []
    total = 0
    for mesh, matrix in _placed(document, caps):
        for number, primitive in enumerate(document.entry("meshes", mesh)["primitives"]):
            surface = _surface(document, primitive, matrix, looks, f"meshes[{mesh}].primitives[{number}]", notes)
            total += len(surface.triangles) if surface else 0
            if total > caps.triangles:
                told = f"more than {caps.triangles} triangles"
                raise TooLarge(told, where=document.name, next="Split the model, or thin it out.")
            surfaces += [surface] if surface else []
    for kind, told in (("skins", "a skeleton: its resting pose is shown"), ("animations", "movements are left out")):
        if document.found.get(kind):
            notes[told] = None
    mesh = joined(surfaces, document.name, caps)
    return Model(mesh, tuple(looks.made), tuple(looks.pictures), (*notes, *looks.notes))


def _placed(document: Document, caps: Caps) -> Iterator[tuple[object, NDArray[np.float64]]]:
    """Each mesh with the matrix of its place."""
    found = document.found
    if "scenes" in found:
        roots = document.entry("scenes", found.get("scene", 0)).get("nodes", [])
    else:
        children = {child for node in found.get("nodes", []) for child in node.get("children", [])}
        roots = [number for number in range(len(found.get("nodes", []))) if number not in children]
    seen: set[int] = set()
    todo = [(number, np.eye(4)) for number in reversed(roots)]
    while todo:
        number, above = todo.pop()
        node = document.entry("nodes", number)
        if number in seen or len(seen) >= caps.nodes:
            document.refuse(f"nodes[{number}] hangs in two places, or in a ring, or is one of too many")
        seen.add(number)
        matrix = above @ _matrix(node, f"nodes[{number}]", document)
        if "mesh" in node:
            yield node["mesh"], matrix
        todo += [(child, matrix) for child in reversed(node.get("children", []))]


def _matrix(node: Mapping[str, Any], where: str, document: Document) -> NDArray[np.float64]:
    if "matrix" in node:
        made = np.array(node["matrix"], float).reshape(4, 4).T
    else:
        x, y, z, w = (float(part) for part in node.get("rotation", (0, 0, 0, 1)))
        length = math.sqrt(x * x + y * y + z * z + w * w) or 1.0
        x, y, z, w = x / length, y / length, z / length, w / length
        turn = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        made = np.eye(4)
        made[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), float)
        made[:3, 3] = np.array(node.get("translation", (0, 0, 0)), float)
    if not np.isfinite(made).all():
        document.refuse(f"{where}: its place is not finite")
    return made


def _surface(
    document: Document,
    primitive: Mapping[str, Any],
    matrix: NDArray[np.float64],
    looks: Looks,
    where: str,
    notes: dict[str, None],
) -> Surface | None:
    mode = primitive.get("mode", 4)
    if mode not in (4, 5, 6):
        notes["lines or points among the triangles are left out"] = None
        return None
    look = looks.number(primitive.get("material"))
    wanted = {"POSITION": "POSITION", "NORMAL": "NORMAL", "COLOR": "COLOR_0", "UV": f"TEXCOORD_{looks.uv_set(look)}"}
    if _DRACO in primitive.get("extensions", {}):
        found, corners = _draco(document, primitive["extensions"][_DRACO], wanted, where)
    else:
        found = {
            name: document.array(primitive["attributes"][key])
            for name, key in wanted.items()
            if key in primitive["attributes"]
        }
        corners = _corners(document, primitive, len(found.get("POSITION", ())))
    if "POSITION" not in found or found["POSITION"].shape[1] != 3:
        document.refuse(f"{where} has no positions")
    if any(len(rows) != len(found["POSITION"]) for rows in found.values()):
        document.refuse(f"{where}: its attributes are not of one length")
    return _moved(found, _triangles(corners, mode), matrix, look, looks)


def _corners(document: Document, primitive: Mapping[str, Any], count: int) -> NDArray[Any]:
    if primitive.get("indices") is None:
        return np.arange(count)
    return document.array(primitive["indices"], whole=True).ravel().astype(np.int64)


def _triangles(corners: NDArray[Any], mode: int) -> NDArray[Any]:
    if mode == 4:
        return corners[: len(corners) // 3 * 3].reshape(-1, 3)
    if len(corners) < 3:
        return np.zeros((0, 3), np.int64)
    if mode == 5:
        made = np.stack([corners[:-2], corners[1:-1], corners[2:]], axis=1)
        made[1::2] = made[1::2, [1, 0, 2]]
        return made
    return np.stack([np.full(len(corners) - 2, corners[0]), corners[1:-1], corners[2:]], axis=1)


def _moved(
    found: dict[str, NDArray[Any]], triangles: NDArray[Any], matrix: NDArray[np.float64], look: int, looks: Looks
) -> Surface:
    turn = matrix[:3, :3]
    with np.errstate(all="ignore"):
        positions = found["POSITION"].astype(np.float64) @ turn.T + matrix[:3, 3]
        mirrored = np.linalg.det(turn) < 0
        normals = found.get("NORMAL")
        if normals is not None and normals.shape[1] == 3 and abs(np.linalg.det(turn)) > 0:
            normals = normals.astype(np.float64) @ np.linalg.inv(turn)
        else:
            normals = None
    colours = found.get("COLOR")
    if colours is not None and colours.shape[1] == 3:
        colours = np.concatenate([colours, np.ones((len(colours), 1), colours.dtype)], axis=1)
    uvs = found.get("UV")
    if uvs is not None:
        uvs = moved_uvs(uvs, looks.transform(look))
    return Surface(positions, triangles[:, ::-1] if mirrored else triangles, look, normals, uvs, colours)


def _draco(
    document: Document, packed: Mapping[str, Any], wanted: Mapping[str, str], where: str
) -> tuple[dict[str, NDArray[Any]], NDArray[Any]]:
    """Attributes and corners of a Draco block. The library is C++: this is a reason for the sandbox."""
    import DracoPy

    data = document.view(packed.get("bufferView"))
    try:
        mesh = DracoPy.decode(data)
    except Exception as error:
        told = f"{where}: its Draco block cannot be read ({str(error)[:100]})"
        raise BadInput(told, where=document.name, next="Export the model again; it is damaged.") from error
    found = {}
    for name, key in wanted.items():
        if key in packed.get("attributes", {}):
            rows = np.asarray(mesh.get_attribute_by_unique_id(packed["attributes"][key])["data"])
            scale = np.iinfo(rows.dtype).max if rows.dtype.kind in "ui" and name in ("COLOR", "UV") else 1
            found[name] = rows.astype(np.float32) / scale
    return found, np.asarray(getattr(mesh, "faces", np.zeros((0, 3))), np.int64).ravel()
