"""Ambient light, baked: how much of the sky each vertex sees, by casting rays with Open3D.

The rule kept here: rays start a little off the surface and their directions come from a fixed sequence, so the same
model is always shaded the same. It knows nothing of what the model shows.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from vr_scenes.glb import Model, Part
from vr_scenes.shapes import Floats, Mesh

__all__ = ["bake", "directions", "open3d", "raycaster", "sky_seen"]


def open3d() -> Any:
    """The library, loaded now; untyped, because its stubs refuse what its functions take."""
    return importlib.import_module("open3d")


def raycaster(meshes: Sequence[Mesh]) -> Any:
    """Open3D's scene for ray casting over the meshes; geometry ids follow their order. Needs Open3D."""
    o3d = open3d()
    scene = o3d.t.geometry.RaycastingScene()
    for mesh in meshes:
        scene.add_triangles(
            o3d.core.Tensor(np.ascontiguousarray(mesh.positions, dtype=np.float32)),
            o3d.core.Tensor(np.ascontiguousarray(mesh.triangles, dtype=np.uint32)),
        )
    return scene


def directions(count: int) -> Floats:
    """(count, 3) unit vectors spread evenly over the sphere (Fibonacci lattice)."""
    number = np.arange(count) + 0.5
    height = 1 - 2 * number / count
    angle = np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - height**2)
    return np.stack([flat * np.cos(angle), height, flat * np.sin(angle)], 1)


def sky_seen(scene: Any, mesh: Mesh, *, rays: int = 96, reach: float = 3.5) -> Floats:
    """(n,) 0..1: the share of the half space before each vertex that is free, near blockers counting most."""
    ways = directions(rays)
    starts = _drawn_in(mesh) + mesh.normals * 0.012
    return np.concatenate(
        [
            _open_share(scene, starts[at : at + 4000], mesh.normals[at : at + 4000], ways, reach)
            for at in range(0, len(starts), 4000)
        ]
    )


def _open_share(scene: Any, starts: Floats, normals: Floats, ways: Floats, reach: float) -> Floats:
    o3d = open3d()
    agree = normals @ ways.T  # (n, rays)
    turned = np.where(agree[..., None] < 0, -ways, ways)  # (n, rays, 3)
    cast = np.concatenate([np.broadcast_to(starts[:, None], turned.shape), turned], -1).astype(np.float32)
    hit = scene.cast_rays(o3d.core.Tensor(cast))["t_hit"].numpy()  # (n, rays)
    weight = np.abs(agree)
    open_share = np.clip(np.where(np.isfinite(hit), hit, reach) / reach, 0, 1) ** 0.8
    return np.sum(open_share * weight, 1) / np.maximum(np.sum(weight, 1), 1e-9)


def _drawn_in(mesh: Mesh) -> Floats:
    """Each vertex a third of the way to the middle of its faces: the end of a beam lies inside its post and sees nothing."""
    centre = mesh.positions[mesh.triangles].mean(axis=1)
    total, count = np.zeros_like(mesh.positions), np.zeros((len(mesh.positions), 1))
    for corner in range(3):
        np.add.at(total, mesh.triangles[:, corner], centre)
        np.add.at(count, mesh.triangles[:, corner], 1)
    middle = np.where(count > 0, total / np.maximum(count, 1), mesh.positions)
    way = (middle - mesh.positions) * 0.33
    level = way - mesh.normals * np.sum(way * mesh.normals, axis=1, keepdims=True)  # stay on the tangent plane
    return mesh.positions + level


def bake(model: Model) -> Model:
    """The model with its vertex colours darkened where little sky reaches; parts with baked=False are left.

    Pieces that move are shaded a third of their way out, so that neither the closed nor the open state looks wrong.
    """
    placed = [_third_open(part) for part in model.parts]
    scene = raycaster([mesh for part, mesh in zip(model.parts, placed, strict=True) if part.extras.get("baked", True)])
    return replace(
        model, parts=tuple(_baked(part, mesh, scene) for part, mesh in zip(model.parts, placed, strict=True))
    )


def _third_open(part: Part) -> Mesh:
    way = part.extras.get("explode")
    return replace(part.mesh, positions=part.mesh.positions + np.array(way) / 3) if way else part.mesh


def _baked(part: Part, placed: Mesh, scene: Any) -> Part:
    if not part.extras.get("baked", True):
        return replace(part, extras={key: value for key, value in part.extras.items() if key != "baked"})
    seen = _evened(placed, sky_seen(scene, placed))
    shade = 0.22 + 0.78 * np.clip(seen, 0, 1) ** 1.15
    return replace(part, mesh=replace(part.mesh, tints=part.mesh.tints * shade[:, None]))


def _evened(mesh: Mesh, values: Floats) -> Floats:
    """One value for all vertices at the same place that face the same way, so that no seam shows between triangles."""
    keys = np.round(np.hstack([mesh.positions * 1e3, mesh.normals * 20])).astype(np.int64)
    group = np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1)
    return np.asarray((np.bincount(group, values) / np.bincount(group))[group])
