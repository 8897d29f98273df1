"""Builds a mesh: reads it whole or refuses it, makes its ladder of detail, measures each level against the source.

The rule kept here: the levels are content-addressed files under `out`, coarse to fine; `error` (metres) is the larger of what
99 of 100 places keep to and of the size of a picture's dot on the surface, so that a viewer asks for the finer picture too.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import numpy as np

from commons.errors import BadInput
from vr_scenes.pipeline import Built, Tell
from vr_scenes.pipeline.meshes_ladder import Level, ladder
from vr_scenes.pipeline.meshes_measure import Measurer
from vr_scenes.pipeline.meshes_model import Caps, Mesh, Model
from vr_scenes.pipeline.meshes_tiles import LARGE, write_tiles
from vr_scenes.pipeline.meshopt import Meshopt
from vr_scenes.pipeline.pictures import open_picture

__all__ = ["build", "read_mesh"]


def build(source: Path, out: Path, tell: Tell) -> Built:
    """Levels of `source` under `out`, the manifest's node and the fidelity report. Raises BadInput for what is damaged."""
    begun = time.monotonic()
    tell("reading", 0.0)
    model = read_mesh(source)
    for number, picture in enumerate(model.pictures):
        open_picture(picture, f"{source.name}, picture {number}")
    with Meshopt() as meshopt:
        levels = ladder(model, meshopt, tell)
        made = time.monotonic()
        tiled = len(model.mesh.triangles) > LARGE and not model.pictures
        entries, figures = _measured(model, levels, None if tiled else out, tell)
        measured = time.monotonic()
        node: dict[str, Any] = {"kind": "mesh", "levels": entries}
        tiles = 0
        if tiled:
            tell("tiles", 0.9)
            errors = [entry["error"] for entry in entries]
            name, tiles, size = write_tiles([level.model for level in levels], errors, out, meshopt)
            node = {"kind": "tiles", "src": f"{name}/tileset.json", "bytes": size}
    low, high = model.mesh.positions.min(axis=0), model.mesh.positions.max(axis=0)
    node |= {"triangles": len(model.mesh.triangles), "bounds": [low.tolist(), high.tolist()]}
    report = {
        "source": {"triangles": len(model.mesh.triangles), "vertices": len(model.mesh.positions),
                   "diagonal_m": model.mesh.diagonal, "bytes": source.stat().st_size},
        "levels": figures,
        "tiles": tiles,
        "notes": [*model.notes, *_size_notes(model.mesh)],
        "seconds": {"building": round(made - begun, 2), "measuring": round(measured - made, 2),
                    "tiling": round(time.monotonic() - measured, 2)},
    }  # fmt: skip
    return Built(node, report)


def _measured(
    model: Model, levels: list[Level], out: Path | None, tell: Tell
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The manifest's entries and the report's figures of the levels, whose files are written where there is an `out`."""
    measurer, finest = Measurer(model), _dot(levels[-1].model)
    entries: list[dict[str, Any]] = []
    figures: list[dict[str, Any]] = []
    for number, level in enumerate(levels):
        tell(f"measuring level {number}", 0.7 + 0.2 * number / len(levels))
        figure = measurer.report(level.model)
        entries.append(_entry(level, figure, out, finest))
        figures.append(entries[-1] | figure | {"painted_anew": level.painted})
    return entries, figures


def read_mesh(source: Path, caps: Caps | None = None) -> Model:
    """The model of a .glb, .gltf, .obj, .ply or .stl file. Raises BadInput (found, where, what next)."""
    ending = source.suffix.lower()
    if ending in (".glb", ".gltf"):
        from vr_scenes.pipeline.meshes_gltf import read_gltf as read
    elif ending == ".obj":
        from vr_scenes.pipeline.meshes_obj import read_obj as read
    elif ending == ".ply":
        from vr_scenes.pipeline.meshes_ply import read_ply as read
    elif ending == ".stl":
        from vr_scenes.pipeline.meshes_stl import read_stl as read
    else:
        raise BadInput(f"'{ending}' is no mesh", where=source.name, next="Give .glb, .gltf, .obj, .ply or .stl.")
    return read(source, caps)


def _entry(level: Level, figure: dict[str, Any], out: Path | None, finest: float) -> dict[str, Any]:
    """The manifest's entry; the file is written where there is an `out`."""
    name = f"{hashlib.sha256(level.data).hexdigest()}.glb"
    if out is not None:
        part = out / f".{name}.part"
        part.write_bytes(level.data)
        part.replace(out / name)
    dot = _dot(level.model)
    error = max(figure["p99_m"], dot if dot > 1.1 * finest else 0.0)
    return {"src": name, "bytes": len(level.data), "triangles": len(level.model.mesh.triangles),
            "error": float(f"{error:.4g}")}  # fmt: skip


def _dot(model: Model) -> float:
    """The size of a dot of the colour pictures on the surface, metres; 0 without a picture."""
    mesh, worst = model.mesh, 0.0
    for number, look in enumerate(model.looks):
        triangles = mesh.triangles[mesh.looks[mesh.triangles[:, 0]] == number]
        if "base" not in look.pictures or not len(triangles):
            continue
        picture = open_picture(model.pictures[look.pictures["base"]], "picture")
        a, b, c = (mesh.positions[triangles[:, corner]] for corner in range(3))
        surface = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
        a, b, c = (mesh.uvs[triangles[:, corner]].astype(np.float64) for corner in range(3))
        flat = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum()
        worst = max(worst, float(np.sqrt(surface / max(flat * picture.width * picture.height, 1.0))))
    return worst


def _size_notes(mesh: Mesh) -> list[str]:
    if mesh.diagonal > 500:
        return [f"it is {mesh.diagonal:.0f} m across: if its unit is the millimetre, give the node a scale of 0.001"]
    if mesh.diagonal < 0.005:
        return [f"it is {mesh.diagonal * 1000:.2f} mm across: is its unit the metre?"]
    return []
