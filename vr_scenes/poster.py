"""A still picture of a model from a camera, by ray casting: what a visitor without WebGL sees, and the first paint.

The rule kept here: sun, sky, shadow and water follow the viewer's own light (`SUN`, `SKY`), so the still and the live
picture agree; the same model and camera give the same bytes. Colours are linear until the last step.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from vr_scenes.glb import Model
from vr_scenes.light import open3d, raycaster
from vr_scenes.shapes import Floats

__all__ = ["SKY", "SUN", "Camera", "Stage", "poster"]

SUN = (0.46, 0.62, 0.55)
"""Direction towards the sun: a clear morning in the south-east."""
SKY = ((0.36, 0.53, 0.70), (0.83, 0.86, 0.84))
"""Linear colour of the zenith and of the horizon."""
_SUNLIGHT = np.array([2.75, 2.5, 2.1])
_AMBIENT_UP, _AMBIENT_DOWN = np.array([0.80, 0.88, 0.98]), np.array([0.40, 0.37, 0.31])
_FOG = (0.0035, np.array([0.80, 0.84, 0.84]))


@dataclass(frozen=True)
class Camera:
    """A pinhole: `fov` is the upright opening in degrees."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    fov: float = 55.0


@dataclass(frozen=True)
class _Hits:
    """What n rays met: rows of `alive` only."""

    ray: Floats
    position: Floats
    normal: Floats
    colour: Floats
    water: Floats
    unlit: Floats


class Stage:
    """A model made ready for many pictures: one set of arrays, one ray caster."""

    def __init__(self, model: Model) -> None:
        meshes = [part.mesh for part in model.parts]
        self.caster = raycaster(meshes)
        vertices = np.cumsum([0] + [len(mesh.positions) for mesh in meshes])
        self._first_triangle = np.cumsum([0] + [len(mesh.triangles) for mesh in meshes])
        self._triangles = np.concatenate(
            [mesh.triangles + start for mesh, start in zip(meshes, vertices[:-1], strict=True)]
        )
        self._normals = np.concatenate([mesh.normals for mesh in meshes]).astype(np.float32)
        self._uvs = np.concatenate([mesh.uvs for mesh in meshes]).astype(np.float32)
        self._tints = np.concatenate([mesh.tints for mesh in meshes]).astype(np.float32)
        names = [material.name for material in model.materials]
        self._material = np.array([names.index(part.material) for part in model.parts])
        self._materials = model.materials
        self._pictures = [_pixels(material.picture.data) if material.picture else None for material in model.materials]

    def cast(self, starts: Floats, ways: Floats, *, layers: int = 7) -> _Hits:
        """The first solid thing along each ray; leaves are passed through where their stencil is open."""
        pending = np.arange(len(starts))
        start = starts.copy()
        found: list[tuple[Any, ...]] = []
        for _ in range(layers):
            hit, pending, start = self._layer(starts, start, ways, pending)
            found.append(hit)
            if not len(pending):
                break
        return _Hits(*[np.concatenate([hit[column] for hit in found]) for column in range(6)])

    def blocked(self, starts: Floats, ways: Floats, *, layers: int = 3) -> Floats:
        """(n,) bool: is something solid in the way?"""
        result = np.zeros(len(starts), dtype=bool)
        result[self.cast(starts, ways, layers=layers).ray.astype(int)] = True
        return result

    def _layer(self, origin: Floats, start: Floats, ways: Floats, pending: Any) -> tuple[tuple[Any, ...], Any, Floats]:
        o3d = open3d()
        rays = np.concatenate([start[pending], ways[pending]], 1).astype(np.float32)
        answer = self.caster.cast_rays(o3d.core.Tensor(rays))
        distance = answer["t_hit"].numpy()
        met = np.isfinite(distance)
        pending, distance = pending[met], distance[met].astype(float)
        part = answer["geometry_ids"].numpy()[met].astype(np.int64)
        triangle = self._first_triangle[part] + answer["primitive_ids"].numpy()[met].astype(np.int64)
        share = answer["primitive_uvs"].numpy()[met]
        corners = self._triangles[triangle]
        weight = np.stack([1 - share.sum(1), share[:, 0], share[:, 1]], 1)[..., None]
        material = self._material[part]
        colour, solid = self._colour(
            material, (self._uvs[corners] * weight).sum(1), (self._tints[corners] * weight).sum(1)
        )
        normal = (self._normals[corners] * weight).sum(1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        position = start[pending] + ways[pending] * distance[:, None]
        names = np.array([entry.name for entry in self._materials])[material]
        hit = tuple(array[solid] for array in (pending, position, normal, colour, names == "water", names == "far"))
        again = pending[~solid]
        start[again] = position[~solid] + ways[again] * 2e-3
        return hit, again, start

    def _colour(self, material: Any, uvs: Floats, tints: Floats) -> tuple[Floats, Any]:
        colour, solid = tints.copy(), np.ones(len(tints), dtype=bool)
        for number, picture in enumerate(self._pictures):
            mine = material == number
            if not mine.any():
                continue
            colour[mine] *= np.array(self._materials[number].colour[:3])
            if picture is None:
                continue
            height, width = picture.shape[:2]
            at = uvs[mine] % 1.0
            pixel = picture[(at[:, 1] * height).astype(int) % height, (at[:, 0] * width).astype(int) % width]
            colour[mine] *= pixel[:, :3]
            if self._materials[number].cut_out:
                solid[mine] = pixel[:, 3] > 0.4
        return colour, solid


def _pixels(data: bytes) -> Floats:
    """(height, width, 4) linear colour and alpha."""
    picture = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"), dtype=np.float32) / 255
    return np.concatenate([picture[..., :3] ** 2.2, picture[..., 3:]], -1)


def poster(
    stage: Stage, camera: Camera, *, width: int = 960, height: int = 540, finer: float = 1.5, quality: int = 84
) -> bytes:
    """A JPEG of width x height; `finer` rays a pixel along each side."""
    wide, high = int(width * finer), int(height * finer)
    rows = []
    for top in range(0, high, 135):
        ways = _ways(camera, wide, high, top, min(top + 135, high))
        starts = np.broadcast_to(np.array(camera.position, dtype=float), ways.shape).copy()
        rows.append(_trace(stage, starts, ways))
    picture = _tone(np.concatenate(rows)).reshape(high, wide, 3)
    image = Image.fromarray((picture * 255 + 0.5).astype(np.uint8), "RGB").resize(
        (width, height), Image.Resampling.LANCZOS
    )
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _ways(camera: Camera, wide: int, high: int, top: int, bottom: int) -> Floats:
    forward = np.array(camera.target, dtype=float) - np.array(camera.position)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0, 1, 0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    half = np.tan(np.radians(camera.fov) / 2)
    x = (np.arange(wide) + 0.5) / wide * 2 - 1
    y = 1 - (np.arange(top, bottom) + 0.5) / high * 2
    ways = forward + (x[None, :, None] * right * wide / high + y[:, None, None] * up) * half
    return (ways / np.linalg.norm(ways, axis=-1, keepdims=True)).reshape(-1, 3)


def _sky(ways: Floats) -> Floats:
    share = np.clip(ways[:, 1:2] * 1.5, 0, 1) ** 0.55
    return np.array(SKY[1]) * (1 - share) + np.array(SKY[0]) * share


def _trace(stage: Stage, starts: Floats, ways: Floats, *, mirror: bool = True) -> Floats:
    """(n, 3) linear light that comes back along each ray."""
    light = _sky(ways)
    hits = stage.cast(starts, ways)
    ray = hits.ray.astype(int)
    towards = -ways[ray]
    facing = np.sum(hits.normal * towards, 1) < 0
    normal = np.where(facing[:, None], -hits.normal, hits.normal)
    colour = _lit(stage, hits, normal)
    wet = hits.water.astype(bool)
    if mirror and wet.any():
        colour[wet] = _water(stage, hits.position[wet], ways[ray[wet]], colour[wet])
    far = np.linalg.norm(hits.position - starts[ray], axis=1)
    fog = (1 - np.exp(-_FOG[0] * far))[:, None] * (1 - hits.unlit[:, None])
    light[ray] = colour * (1 - fog) + _FOG[1] * fog
    return light


def _lit(stage: Stage, hits: _Hits, normal: Floats) -> Floats:
    sun = np.array(SUN) / np.linalg.norm(SUN)
    slant = np.clip(normal @ sun, 0, 1)
    lit = slant > 0.01
    shadow = np.ones(len(slant))
    starts = hits.position[lit] + normal[lit] * 0.02
    shadow[lit] = 1.0 - stage.blocked(starts, np.broadcast_to(sun, starts.shape))
    up = normal[:, 1:2] * 0.5 + 0.5
    ambient = _AMBIENT_DOWN * (1 - up) + _AMBIENT_UP * up
    total = ambient * 0.95 + _SUNLIGHT * (slant * shadow)[:, None]
    return np.where(hits.unlit[:, None].astype(bool), hits.colour, hits.colour * total)


def _water(stage: Stage, position: Floats, ways: Floats, body: Floats) -> Floats:
    x, z = position[:, 0], position[:, 2]
    normal = np.stack(
        [0.012 * np.sin(x * 5.1 + 2 * np.sin(z * 3.3)), np.ones_like(x), 0.012 * np.cos(z * 6.2 + 2 * np.sin(x * 2.7))],
        1,
    )
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    mirror = ways - 2 * np.sum(ways * normal, 1, keepdims=True) * normal
    mirror[:, 1] = np.abs(mirror[:, 1]) + 1e-3
    seen = _trace(stage, position + np.array([0, 0.01, 0]), mirror, mirror=False)
    strength = (0.16 + 0.84 * (1 - np.clip(-ways[:, 1], 0, 1)) ** 3.0)[:, None]
    return body * 0.55 * (1 - strength) + seen * np.array([0.86, 0.93, 0.88]) * strength


def _tone(light: Floats) -> Floats:
    """Exposure and a filmic curve (Narkowicz's fit of ACES), then sRGB."""
    x = light * 0.72
    film = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    return np.where(film <= 0.0031308, film * 12.92, 1.055 * film ** (1 / 2.4) - 0.055)
