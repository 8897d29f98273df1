"""Builds a scene: each node by its own builder, and the manifest that names what they made by content.

The rule kept here: an asset's name is the SHA-256 of its bytes and the manifest is written last, so a reader finds a
whole scene or none; the same sources give the same names. A file is built by `build_files`, in the sandbox; a place of our own
is modelled, lit and drawn here, by a function of this project alone. Needs Open3D (`is_possible`), no network.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import importlib.util
import json
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from commons.errors import Faults, ShuyuanError, Unavailable
from vr_scenes.build_files import Tell, build_nodes
from vr_scenes.glb import Model, write_glb
from vr_scenes.light import bake
from vr_scenes.manifest import MANIFEST, Manifest, read_manifest, source_mark
from vr_scenes.narration import narrate
from vr_scenes.poster import Camera, Stage, poster
from vr_scenes.rays import camera_faults, frame_faults, hotspot_faults, spread_faults
from vr_scenes.scene import Scene, Stop, load_scene, scene_folder
from vr_scenes.voices import Voice

__all__ = ["BUDGET_BYTES", "BUDGET_TRIANGLES", "build_scene", "is_possible", "opened"]

BUDGET_BYTES, BUDGET_TRIANGLES = 3_000_000, 60_000
"""What a phone takes in good time."""
_BUILDER = re.compile(r"vr_scenes\.[a-z_]+\.model:[a-z_]+_model")


def is_possible() -> bool:
    """Whether this machine can build scenes (Open3D is installed)."""
    return importlib.util.find_spec("open3d") is not None


def build_scene(
    folder: Path, out: Path, *, finer: float = 1.3, tell: Tell = lambda doing, share: None, voice: Voice | None = None
) -> Manifest:
    """Build the scene of `folder` into `out`/<scene>/; what is there already of the same sources is kept. Its tours are read
    aloud where there is a `voice`.

    Raises Faults when the scene or its budget is broken, BadInput for a file that is damaged, Unavailable without Open3D.
    `finer`: rays a still's pixel; `tell` hears a node with what is done to it, and a share.
    """
    scene = load_scene(folder, draft=True)
    target = out / scene.id
    if not any(asset.builder for asset in scene.assets):
        target.mkdir(parents=True, exist_ok=True)
        made = build_nodes(folder, scene, target, tell)
    else:
        mark = source_mark(folder)
        found = read_manifest(target)
        made = found if found and found.mark == mark else _modelled(scene, target, mark, finer)
    if voice:
        made = replace(made, narration=narrate(scene, target, voice, tell))
    made = replace(made, nodes=tuple(made.nodes))
    _write(target / MANIFEST, json.dumps(vars(made), indent=1, sort_keys=True).encode())
    return made


def _modelled(scene: Scene, target: Path, mark: str, finer: float) -> Manifest:
    """A place of our own: model, baked light, one .glb, a still for each stop."""
    if not is_possible():
        raise Unavailable(
            "Open3D is not installed, so scenes cannot be built",
            where=f"scene '{scene.id}'",
            next="Install open3d-cpu, or go on with the text version and the small stills.",
        )
    model = _model(scene)
    placed = frame_faults(scene) + spread_faults(scene)
    _refuse(placed + hotspot_faults(_see_through(model), scene) + camera_faults(model, scene), scene)
    baked = bake(model)
    data = write_glb(baked)
    _refuse(_over_budget(data, baked), scene)
    target.mkdir(parents=True, exist_ok=True)
    stages = {share: Stage(opened(baked, share)) for share in sorted({stop.explode for stop in scene.stops})}
    posters = {stop.id: _store(target, _still(stages[stop.explode], stop, finer), "jpg") for stop in scene.stops}
    name = _store(target, data, "glb")
    return Manifest(scene.id, mark, name, posters, len(data), baked.triangles)


def opened(model: Model, share: float) -> Model:
    """The model with every movable piece carried `share` (0..1) of its way."""
    if not share:
        return model
    parts = []
    for part in model.parts:
        way = part.extras.get("explode")
        moved = part.mesh.positions + np.array(way) * share if way else part.mesh.positions
        parts.append(replace(part, mesh=replace(part.mesh, positions=moved)))
    return replace(model, parts=tuple(parts))


def _model(scene: Scene) -> Model:
    builder = next(asset.builder for asset in scene.assets if asset.media == "model/gltf-binary")
    module, _, name = builder.partition(":")
    if not _BUILDER.fullmatch(builder):
        raise Faults(
            [f"builder {builder!r} is not part of this project"],
            where=f"scene '{scene.id}'",
            next="Name a model of vr_scenes (vr_scenes.<place>.model:<place>_model), or give a file.",
        )
    made = getattr(importlib.import_module(module), name)()
    assert isinstance(made, Model)
    return made


def _see_through(model: Model) -> Model:
    return replace(
        model,
        parts=tuple(
            replace(part, extras=part.extras | {"see_through": part.material == "leaf"}) for part in model.parts
        ),
    )


def _still(stage: Stage, stop: Stop, finer: float) -> bytes:
    camera = Camera(stop.camera.position, stop.camera.target, stop.camera.fov)
    return poster(stage, camera, finer=finer)


def _over_budget(data: bytes, model: Model) -> list[str]:
    faults = []
    if len(data) > BUDGET_BYTES:
        faults.append(f"the model has {len(data)} bytes, more than {BUDGET_BYTES}")
    if model.triangles > BUDGET_TRIANGLES:
        faults.append(f"the model has {model.triangles} triangles, more than {BUDGET_TRIANGLES}")
    return faults


def _refuse(faults: list[str], scene: Scene) -> None:
    if faults:
        raise Faults(faults, where=f"scene '{scene.id}'", next="Change the scene and build again.")


def _store(folder: Path, data: bytes, kind: str) -> str:
    """Write bytes under their own name; a .glb gets a gzip sibling for clients that take it."""
    name = f"{hashlib.sha256(data).hexdigest()}.{kind}"
    _write(folder / name, data)
    if kind == "glb":
        _write(folder / f"{name}.gz", gzip.compress(data, 9, mtime=0))
    return name


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)


def main(arguments: list[str]) -> int:
    """`python -m vr_scenes.build <scene> <out>`: 0 when built, 1 with the faults on standard error."""
    try:
        build_scene(scene_folder(arguments[0]), Path(arguments[1]))
    except ShuyuanError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
