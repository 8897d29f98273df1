"""A coarse mesh without the source's texture seams: welded, simplified, unwrapped anew, its colour carried over by nearest place.

The rule kept here: a photogrammetry atlas of thousands of islands keeps a mesh from getting small, since every island's rim
must stay. So the rims are given up and the picture is painted again on a new, small atlas. Cut-out and see-through looks
are left to the caller, since a painted atlas would close their holes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vr_scenes.pipeline.meshes_ground import Ground, Spots, colours_at
from vr_scenes.pipeline.meshes_model import Look, Mesh, Model, smooth_normals, used_only
from vr_scenes.pipeline.meshopt import Meshopt
from vr_scenes.pipeline.pictures import webp

__all__ = ["can_rebake", "painted", "simplified", "welded"]

_PADDING = 2  # pixels between islands


def can_rebake(model: Model) -> bool:
    """Whether every look is closed and lit, so that one painted look may stand for all."""
    return all(look.alpha == "OPAQUE" and not look.unlit and "emissive" not in look.pictures for look in model.looks)


def welded(model: Model) -> Mesh:
    """The mesh with one vertex at each place and smooth normals; coordinates are given up, colours kept."""
    mesh = model.mesh
    rows = np.ascontiguousarray(mesh.positions.astype(np.float32)).view(np.dtype((np.void, 12))).ravel()
    _, first, place = np.unique(rows, return_index=True, return_inverse=True)
    triangles = place[mesh.triangles]
    rings = (triangles != np.roll(triangles, 1, axis=1)).all(axis=1)
    triangles = triangles[rings].astype(np.uint32)
    positions = mesh.positions[first]
    return Mesh(
        positions=positions,
        normals=smooth_normals(positions, triangles),
        uvs=np.zeros((len(first), 2), np.float32),
        colours=None if mesh.colours is None else mesh.colours[first],
        looks=np.zeros(len(first), np.int32),
        triangles=triangles,
    )


def painted(coarse: Mesh, source: Model, ground: Ground, side: int, quality: int) -> Model:
    """`coarse` (welded) with a new atlas of `side` pixels, painted from `source`, whose surface is `ground`."""
    import xatlas
    from PIL import Image

    atlas = xatlas.Atlas()
    middle = coarse.positions.mean(axis=0)
    near = np.ascontiguousarray(coarse.positions - middle, np.float32)
    atlas.add_mesh(near, np.ascontiguousarray(coarse.triangles, np.uint32), coarse.normals)
    charts, packing = xatlas.ChartOptions(), xatlas.PackOptions()
    charts.max_cost, packing.resolution, packing.padding = 8.0, side, _PADDING
    atlas.generate(charts, packing)
    old, triangles, uvs = atlas[0]
    mesh = replace(
        coarse,
        positions=coarse.positions[old],
        normals=coarse.normals[old],
        uvs=uvs.astype(np.float32),
        colours=None,
        looks=np.zeros(len(old), np.int32),
        triangles=triangles.reshape(-1, 3),
    )
    picture = Image.fromarray(_paint(mesh, source, ground, side * 2), "RGB").resize((side, side), Image.Resampling.BOX)
    areas = _weights(source)
    rough, metal = (float(np.dot(areas, [getattr(look, name) for look in source.looks])) for name in ("rough", "metal"))
    look = Look("painted", rough=rough, metal=metal if metal < 0.5 or "metal" not in _roles(source) else 0.0,
                two_sided=any(one.two_sided for one in source.looks), pictures={"base": 0})  # fmt: skip
    return Model(mesh, (look,), (webp(picture, quality),))


def _paint(mesh: Mesh, source: Model, ground: Ground, side: int) -> NDArray[np.uint8]:
    """(side, side, 3): each pixel of each island has the source's colour at the nearest place; the rest the nearest island's."""
    from scipy.ndimage import distance_transform_edt

    numbers = _drawn(mesh, side)
    rows, columns = np.nonzero(numbers)
    triangles = numbers[rows, columns].astype(np.int64) - 1
    weights = _weights_at(mesh, triangles, np.stack([(columns + 0.5) / side, (rows + 0.5) / side], axis=1))
    points = Spots(triangles, weights).of(mesh.positions, mesh.triangles)
    _, spots = ground.nearest(points)
    made = np.zeros((side, side, 3), np.uint8)
    made[rows, columns] = np.round(colours_at(source, spots, side=2 * side) * 255)
    _, (top, left) = distance_transform_edt(numbers == 0, return_indices=True)
    return made[top, left]


def _drawn(mesh: Mesh, side: int) -> NDArray[np.int32]:
    """(side, side): 1 + number of the triangle that covers a pixel, 0 for none."""
    from PIL import Image, ImageDraw

    canvas = Image.new("I", (side, side), 0)
    draw = ImageDraw.Draw(canvas)
    corners = mesh.uvs[mesh.triangles].astype(np.float64) * side - 0.5
    for number, corner in enumerate(corners.reshape(-1, 6).tolist()):
        draw.polygon(corner, fill=number + 1)
    return np.asarray(canvas, np.int32)


def _weights_at(mesh: Mesh, triangles: NDArray[np.int64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    """(k, 3) weights of the corners at places of the atlas, held inside the triangle."""
    a, b, c = (mesh.uvs[mesh.triangles[triangles, corner]].astype(np.float64) for corner in range(3))
    ab, ac, ap = b - a, c - a, places - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    area = np.where(np.abs(area) > 1e-18, area, 1e-18)
    second = (ap[:, 0] * ac[:, 1] - ap[:, 1] * ac[:, 0]) / area
    third = (ab[:, 0] * ap[:, 1] - ab[:, 1] * ap[:, 0]) / area
    made = np.clip(np.stack([1 - second - third, second, third], axis=1), 0, 1)
    return made / np.maximum(made.sum(axis=1, keepdims=True), 1e-12)


def _weights(model: Model) -> NDArray[np.float64]:
    """Share of the triangles that each look has."""
    found = np.bincount(model.mesh.looks[model.mesh.triangles[:, 0]], minlength=len(model.looks))
    made: NDArray[np.float64] = found / found.sum()
    return made


def _roles(model: Model) -> set[str]:
    return {role for look in model.looks for role in look.pictures}


def simplified(mesh: Mesh, meshopt: Meshopt, target: int) -> tuple[Mesh, float]:
    """A welded mesh with about `target` triangles, and the error that meshoptimizer tells (metres)."""
    weights = [0.1] * 3 + ([0.5] * 3 if mesh.colours is not None else [])
    attributes = mesh.normals if mesh.colours is None else np.hstack([mesh.normals, mesh.colours[:, :3] / 255])
    near = mesh.positions - mesh.positions.mean(axis=0)
    triangles, error = meshopt.simplify(
        mesh.triangles, near, attributes, weights, target=target, error=0.1, flags=["Prune"]
    )
    if not len(triangles):
        triangles, error = meshopt.simplify(mesh.triangles, near, attributes, weights, target=target, error=0.1)
    made = used_only(replace(mesh, triangles=triangles))
    return replace(made, normals=smooth_normals(made.positions, made.triangles)), error
