"""Builds a scene from files: each node's asset in the sandbox, a view from which all is seen, and the fidelity report.

The rule kept here: this process reads the bytes of a file to hash them and nothing more. One damaged file does not keep the
others from being built; all faults are told together at the end.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from commons.errors import BadInput, Faults
from vr_scenes.job import build_asset, content_of_file
from vr_scenes.manifest import Manifest
from vr_scenes.pipeline import ACCEPTED
from vr_scenes.scene import Node, Scene

__all__ = ["REPORT", "Tell", "asset_path", "build_nodes", "file_faults"]

Tell = Callable[[str, float], None]

REPORT = "report.json"
_FOV = 45.0
_TILESET_BYTES = 64 << 20


def build_nodes(folder: Path, scene: Scene, target: Path, tell: Tell) -> Manifest:
    """Build every node of a scene of files into `target`. Raises Faults naming each file that was refused."""
    broken = file_faults(folder, scene)
    if broken:
        raise Faults(broken, where=f"scene '{scene.id}'", next="Correct these; `shuyuan scene check` tells them too.")
    nodes, boxes, reports, faults = [], [], {}, []
    for number, node in enumerate(scene.nodes):

        def heard(doing: str, share: float, node: Node = node, number: int = number) -> None:
            tell(f"{node.id}: {doing}", (number + share) / len(scene.nodes))

        try:
            path = asset_path(folder, scene.asset(node.asset).file)
            made = build_asset(_pipeline(node.kind, path), path, target, heard)
        except BadInput as error:
            faults.append(f"node '{node.id}': {error}")
            continue
        nodes.append(_entry(node, made["node"]))
        boxes.append(nodes[-1] | {"bounds": nodes[-1].get("bounds") or _tiles_bounds(nodes[-1], target)})
        reports[node.id] = made["report"] | {"reused": made["reused"]}
    if faults:
        raise Faults(
            faults, where=f"scene '{scene.id}'", next="Correct these files and build again; the others are kept."
        )
    (target / REPORT).write_text(json.dumps(reports, ensure_ascii=False, indent=1), "utf-8")
    camera = _whole(boxes)
    cameras = {stop.id: camera for stop in scene.stops if not stop.placed} if camera else {}
    mark = hashlib.sha256(json.dumps(nodes, sort_keys=True).encode()).hexdigest()
    size = sum(sum(level["bytes"] for level in node.get("levels", ())) + node.get("bytes", 0) for node in nodes)
    triangles = sum(int(node.get("triangles", 0)) for node in nodes)
    return Manifest(scene.id, mark, "", {}, size, triangles, nodes, cameras, REPORT)


def asset_path(folder: Path, name: str) -> Path:
    """The file of an asset. Raises BadInput for a name that leads out of the package or to a link."""
    path = folder / name
    if (
        name.startswith(("/", "\\"))
        or ".." in Path(name).parts
        or ":" in name
        or not path.resolve().is_relative_to(folder.resolve())
    ):
        told = f"asset file '{name[:80]}' leads out of the scene's folder"
        raise BadInput(told, where="scene.json", next="Put the file into the folder and name it plainly.")
    return path


def file_faults(folder: Path, scene: Scene) -> list[str]:
    """What is wrong with the files that assets name: not there, not in the package, changed since they were taken in."""
    faults = []
    for asset in scene.assets:
        if not asset.file:
            continue
        where = f"asset '{asset.id}'"
        try:
            path = asset_path(folder, asset.file)
        except BadInput as error:
            faults.append(f"{where}: {error.found}")
            continue
        if not path.is_file():
            faults.append(f"{where}: there is no file '{asset.file}'")
        elif asset.sha256 and content_of_file(path) != asset.sha256:
            faults.append(f"{where}: '{asset.file}' is not the file whose sha256 scene.json gives; "
                          "`shuyuan scene check --renew` writes the new one")  # fmt: skip
        elif not asset.sha256:
            faults.append(f"{where}: sha256 is missing; `shuyuan scene check --renew` writes it")
    return faults


def _pipeline(kind: str, path: Path) -> str:
    """The builder of a node: a mesh in a .zip of frames is fused, tiles are made of a mesh."""
    if path.suffix.lower() in ACCEPTED["fusion"]:
        return "fusion"
    return "mesh" if kind == "tiles" else kind


def _entry(node: Node, made: Mapping[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": node.id} | dict(made) | {"kind": made.get("kind", node.kind)}
    if node.position != (0.0, 0.0, 0.0):
        entry["position"] = list(node.position)
    if node.rotation != (0.0, 0.0, 0.0, 1.0):
        entry["rotation"] = list(node.rotation)
    if node.scale != 1.0:
        entry["scale"] = node.scale
    if node.title:
        entry["title"] = dict(node.title)
    if node.parts:
        entry["parts"] = [vars(part) for part in node.parts]
    return entry


def _tiles_bounds(node: Mapping[str, Any], target: Path) -> list[list[float]] | None:
    """The box of a tileset's root, +Y up (3D Tiles are +Z up); None for what is no tileset with an upright box."""
    path = target / str(node.get("src", ""))
    if path.name != "tileset.json" or path.stat().st_size > _TILESET_BYTES:
        return None
    try:
        box = [float(one) for one in json.loads(path.read_text("utf-8"))["root"]["boundingVolume"]["box"]]
        (x, y, z), half = box[:3], [sum(abs(box[3 + 3 * axis + at]) for axis in range(3)) for at in range(3)]
    except (ValueError, LookupError, TypeError):
        return None
    low, high = (x - half[0], z - half[2], -y - half[1]), (x + half[0], z + half[2], -y + half[1])
    return [list(low), list(high)]


def _whole(nodes: list[dict[str, Any]]) -> dict[str, Any] | None:
    """A camera a little above and to the side from which the boxes of all nodes are seen; None where none tells its box."""
    corners = [corner for node in nodes for corner in _corners(node)]
    if not corners:
        return None
    low, high = ([side(corner[axis] for corner in corners) for axis in range(3)] for side in (min, max))
    middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
    radius = math.dist(low, high) / 2 or 1.0
    away = radius / math.sin(math.radians(_FOV / 2)) * 1.05
    way = (0.35, 0.25, 0.9)
    length = math.hypot(*way)
    position = [round(at + step / length * away, 4) for at, step in zip(middle, way, strict=True)]
    return {"position": position, "target": [round(at, 4) for at in middle], "fov": _FOV}


def _corners(node: Mapping[str, Any]) -> list[list[float]]:
    """The eight corners of a node's box, in its place."""
    bounds = node.get("bounds")
    if not (isinstance(bounds, list) and len(bounds) == 2 and all(len(end) == 3 for end in bounds)):
        return []
    place, scale = node.get("position", (0, 0, 0)), float(node.get("scale", 1))
    x, y, z, w = node.get("rotation", (0, 0, 0, 1))
    made = []
    for number in range(8):
        px, py, pz = (bounds[number >> axis & 1][axis] * scale for axis in range(3))
        # v + 2 q × (q × v + w v)
        cx, cy, cz = y * pz - z * py + w * px, z * px - x * pz + w * py, x * py - y * px + w * pz
        turned = (px + 2 * (y * cz - z * cy), py + 2 * (z * cx - x * cz), pz + 2 * (x * cy - y * cx))
        made.append([one + at for one, at in zip(turned, place, strict=True)])
    return made
