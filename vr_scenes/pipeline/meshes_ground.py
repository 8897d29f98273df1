"""The nearest place on a mesh, for error measures and for carrying colour from one mesh to another; seeded samples of a surface.

The rule kept here: exact with Open3D; without it the nearest of two million seeded samples, which is said in the report.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vr_scenes.pipeline.meshes_model import Model
from vr_scenes.pipeline.pictures import linear, open_picture, sampled, smaller, srgb

__all__ = ["Ground", "Spots", "colours_at", "sample"]

_SAMPLES = 2_000_000


@dataclass(frozen=True)
class Spots:
    """k places on a mesh: triangle numbers (k,) and weights of their corners (k, 3)."""

    triangles: NDArray[np.int64]
    weights: NDArray[np.float64]

    def of(self, rows: NDArray[Any], triangles: NDArray[Any]) -> NDArray[np.float64]:
        """A vertex attribute (n, c) at these places: (k, c)."""
        return np.einsum("kc,kcw->kw", self.weights, rows[triangles[self.triangles]].astype(np.float64))


def sample(positions: NDArray[Any], triangles: NDArray[Any], count: int, seed: int = 0) -> Spots:
    """`count` places spread evenly over the area."""
    random = np.random.default_rng(seed)
    corners = positions[triangles]
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    edges = np.cumsum(area)
    picked = np.searchsorted(edges, (np.arange(count) + random.random(count)) / count * edges[-1])
    across = random.random((count, 2))
    over = across.sum(axis=1) > 1
    across[over] = 1 - across[over]
    weights = np.concatenate([1 - across.sum(axis=1, keepdims=True), across], axis=1)
    return Spots(np.minimum(picked, len(triangles) - 1), weights)


class Ground:
    """A mesh to ask for the nearest place. `exact` tells whether Open3D answers."""

    def __init__(self, positions: NDArray[Any], triangles: NDArray[Any], threads: int = 1) -> None:
        self.middle = positions.mean(axis=0)
        self.positions, self.triangles = np.asarray(positions, np.float64), triangles
        self.exact = importlib.util.find_spec("open3d") is not None
        if self.exact:
            import open3d

            self._scene = open3d.t.geometry.RaycastingScene(nthreads=threads)
            near = np.ascontiguousarray(self.positions - self.middle, np.float32)
            tensor: Any = open3d.core.Tensor
            self._scene.add_triangles(tensor(near), tensor(np.ascontiguousarray(triangles, np.uint32)))
            self._tensor = tensor
        else:
            from scipy.spatial import cKDTree

            self._spots = sample(positions, triangles, _SAMPLES, seed=7)
            self._tree = cKDTree(self._spots.of(self.positions, triangles))

    def nearest(self, points: NDArray[Any]) -> tuple[NDArray[np.float64], Spots]:
        """Distance (k,) and place on the mesh for each of (k, 3) points."""
        if not self.exact:
            distances, numbers = self._tree.query(points)
            return distances, Spots(self._spots.triangles[numbers], self._spots.weights[numbers])
        found = self._scene.compute_closest_points(self._tensor(np.ascontiguousarray(points - self.middle, np.float32)))
        across = found["primitive_uvs"].numpy().astype(np.float64)
        weights = np.concatenate([1 - across.sum(axis=1, keepdims=True), across], axis=1)
        spots = Spots(found["primitive_ids"].numpy().astype(np.int64), weights)
        return np.linalg.norm(spots.of(self.positions, self.triangles) - points, axis=1), spots


def colours_at(model: Model, spots: Spots, *, side: int = 8192) -> NDArray[np.float64]:
    """(k, 3) sRGB colour, 0..1, that the model shows at these places without light; `side` bounds its pictures' pixels."""
    mesh = model.mesh
    looks = mesh.looks[mesh.triangles[spots.triangles, 0]]
    uvs = spots.of(mesh.uvs, mesh.triangles)
    made = np.ones((len(looks), 3))
    for number, look in enumerate(model.looks):
        here = looks == number
        if not here.any():
            continue
        colour = np.tile(np.array(look.colour[:3]), (int(here.sum()), 1))
        if "base" in look.pictures:
            picture = smaller(open_picture(model.pictures[look.pictures["base"]], "picture").convert("RGB"), side)
            colour = colour * linear(sampled(np.asarray(picture), uvs[here]) / 255)
        made[here] = colour
    if mesh.colours is not None:
        made = made * (spots.of(mesh.colours[:, :3], mesh.triangles) / 255)
    return srgb(made)
