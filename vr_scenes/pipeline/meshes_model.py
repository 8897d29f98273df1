"""A mesh as the pipeline carries it: one set of vertices for all materials, looks, and pictures as encoded bytes.

The rule kept here: what leaves `joined` is sound. Every number is finite, every index in range, no triangle is
degenerate, every vertex has a unit normal. A fault is told with the number of the vertex or triangle it was found at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput, TooLarge

__all__ = ["Caps", "Look", "Mesh", "Model", "Surface", "joined", "smooth_normals", "used_only"]

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Caps:
    """What one mesh may hold at most; beyond it the file is refused before memory is."""

    file_bytes: int = 2 << 30
    json_bytes: int = 64 << 20
    vertices: int = 30_000_000
    triangles: int = 30_000_000
    picture_pixels: int = 16384 * 8192
    nodes: int = 100_000


@dataclass(frozen=True)
class Look:
    """A surface's material, in glTF's words: factors are linear; `pictures` maps a role to a picture's number.

    Roles: base, normal, metal (metallic and roughness), occlusion, emissive.
    """

    name: str = ""
    colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    metal: float = 0.0
    rough: float = 0.9
    glow: tuple[float, float, float] = (0.0, 0.0, 0.0)
    alpha: str = "OPAQUE"
    cutoff: float = 0.5
    two_sided: bool = False
    unlit: bool = False
    normal_scale: float = 1.0
    pictures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Surface:
    """Triangles of one look, as a reader found them; what is None the file did not say."""

    positions: NDArray[Any]
    """(n, 3) metres, +Y up."""
    triangles: NDArray[Any]
    """(m, 3) vertex numbers."""
    look: int = 0
    normals: NDArray[Any] | None = None
    uvs: NDArray[Any] | None = None
    colours: NDArray[Any] | None = None
    """(n, 4) linear 0..1."""


@dataclass(frozen=True)
class Mesh:
    """n vertices and m triangles of all looks together; a vertex belongs to one look."""

    positions: NDArray[np.float64]
    normals: Floats
    uvs: Floats
    """(n, 2); zero where a look has none."""
    colours: NDArray[np.uint8] | None
    looks: NDArray[np.int32]
    """(n,) number of the look."""
    triangles: NDArray[np.uint32]

    @property
    def diagonal(self) -> float:
        """Length of the box's diagonal, metres."""
        return float(np.linalg.norm(np.ptp(self.positions, axis=0)))


@dataclass(frozen=True)
class Model:
    """A mesh with its looks, the pictures these name (encoded, as found) and what was left out, in words."""

    mesh: Mesh
    looks: tuple[Look, ...]
    pictures: tuple[bytes, ...] = ()
    notes: tuple[str, ...] = ()


def joined(surfaces: Sequence[Surface], where: str, caps: Caps | None = None) -> Mesh:
    """All surfaces as one sound mesh. Raises BadInput for NaN, infinity, or an index out of range; TooLarge over a cap."""
    caps = caps or Caps()
    if not surfaces or not sum(len(one.triangles) for one in surfaces):
        raise BadInput(
            "there is no triangle in it", where=where, next="Export the surface, not curves or points alone."
        )
    vertices, triangles = sum(len(one.positions) for one in surfaces), sum(len(one.triangles) for one in surfaces)
    if vertices > caps.vertices or triangles > caps.triangles:
        told = f"{vertices} vertices and {triangles} triangles, more than {caps.vertices} and {caps.triangles}"
        raise TooLarge(told, where=where, next="Split the model, or thin it out before it comes here.")
    starts = np.cumsum([0, *(len(one.positions) for one in surfaces)])
    for number, one in enumerate(surfaces):
        _ensure_sound(one, f"{where}, surface {number + 1}")
    faces = [one.triangles.astype(np.int64) + start for one, start in zip(surfaces, starts, strict=False)]
    mesh = Mesh(
        positions=np.concatenate([np.asarray(one.positions, np.float64) for one in surfaces]),
        normals=np.concatenate([_normals(one) for one in surfaces]),
        uvs=np.concatenate([_or_zeros(one.uvs, len(one.positions), 2) for one in surfaces]),
        colours=_colours(surfaces),
        looks=np.concatenate([np.full(len(one.positions), one.look, np.int32) for one in surfaces]),
        triangles=np.concatenate(faces).astype(np.uint32),
    )
    return _whole(mesh, where)


def smooth_normals(positions: NDArray[Any], triangles: NDArray[Any]) -> Floats:
    """(n, 3) unit normals: the area-weighted mean of all triangles that meet at a place, seams in the texture or not."""
    points = np.asarray(positions, np.float64)
    corners = points[triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    _, place = np.unique(np.ascontiguousarray(points).view(np.dtype((np.void, 24))).ravel(), return_inverse=True)
    total = np.zeros((int(place.max(initial=-1)) + 1, 3))
    for axis in range(3):
        for corner in range(3):
            total[:, axis] += np.bincount(place[triangles[:, corner]], cross[:, axis], len(total))
    return _unit(total[place])


def used_only(mesh: Mesh) -> Mesh:
    """The mesh without the vertices that no triangle names."""
    used, faces = np.unique(mesh.triangles, return_inverse=True)
    return replace(
        mesh,
        positions=mesh.positions[used],
        normals=mesh.normals[used],
        uvs=mesh.uvs[used],
        colours=None if mesh.colours is None else mesh.colours[used],
        looks=mesh.looks[used],
        triangles=faces.reshape(-1, 3).astype(np.uint32),
    )


def _ensure_sound(surface: Surface, where: str) -> None:
    positions, triangles = np.asarray(surface.positions), np.asarray(surface.triangles)
    bad = ~np.isfinite(positions).all(axis=1)
    if bad.any():
        at = int(np.argmax(bad))
        raise BadInput(f"vertex {at} is not a finite point", where=where, next="Repair the model and export it again.")
    if np.abs(positions).max(initial=0) > 1e9:
        raise BadInput("it is more than a million kilometres wide", where=where, next="Export it in metres.")
    outside = (triangles < 0) | (triangles >= len(positions))
    if outside.any():
        at = int(np.argmax(outside.any(axis=1)))
        told = f"triangle {at} names a vertex outside the {len(positions)} there are"
        raise BadInput(told, where=where, next="Repair the model and export it again.")
    if surface.uvs is not None and not np.isfinite(surface.uvs).all():
        at = int(np.argmax(~np.isfinite(surface.uvs).all(axis=1)))
        told = f"the texture coordinate of vertex {at} is not finite"
        raise BadInput(told, where=where, next="Repair the model and export it again.")


def _whole(mesh: Mesh, where: str) -> Mesh:
    """Without degenerate triangles."""
    corners = mesh.positions[mesh.triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    kept = mesh.triangles[area > 0]
    if not len(kept):
        raise BadInput("every triangle is without area", where=where, next="Repair the model and export it again.")
    return used_only(replace(mesh, triangles=kept))


def _normals(surface: Surface) -> Floats:
    if surface.normals is None:
        return smooth_normals(surface.positions, surface.triangles)
    found = np.asarray(surface.normals, np.float64)
    found = np.where(np.isfinite(found).all(axis=1, keepdims=True), found, 0.0)
    if (np.abs(found).sum(axis=1) > 0).all():
        return _unit(found)
    made = smooth_normals(surface.positions, surface.triangles)
    return np.where((np.abs(found).sum(axis=1) > 0)[:, None], _unit(found), made).astype(np.float32)


def _unit(vectors: NDArray[np.float64]) -> Floats:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    up = np.array([0.0, 1.0, 0.0])
    return np.where(length > 0, vectors / np.where(length > 0, length, 1), up).astype(np.float32)


def _or_zeros(found: NDArray[Any] | None, count: int, width: int) -> Floats:
    return np.zeros((count, width), np.float32) if found is None else np.asarray(found, np.float32)


def _colours(surfaces: Sequence[Surface]) -> NDArray[np.uint8] | None:
    if all(one.colours is None for one in surfaces):
        return None
    rows = []
    for one in surfaces:
        plain = np.ones((len(one.positions), 4)) if one.colours is None else np.asarray(one.colours, np.float64)
        rows.append(np.round(np.clip(np.nan_to_num(plain), 0, 1) * 255).astype(np.uint8))
    return np.concatenate(rows)
