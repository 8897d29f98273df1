"""The ladder of detail: from a level that comes at once (150 KB with its picture) to the source's own triangles, four times a step.

The rule kept here: a step keeps the source's texture coordinates where simplification can get small enough with them;
where their seams hold it up, the level is painted anew. The last level loses nothing but the grid's rounding, and keeps its
pictures byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vr_scenes.pipeline.meshes_glb import write_level
from vr_scenes.pipeline.meshes_ground import Ground
from vr_scenes.pipeline.meshes_model import Mesh, Model, used_only
from vr_scenes.pipeline.meshes_rebake import can_rebake, painted, simplified, welded
from vr_scenes.pipeline.meshopt import Meshopt
from vr_scenes.pipeline.pictures import media_of, open_picture, smaller, webp

__all__ = ["FIRST_BYTES", "Level", "ladder"]

FIRST_BYTES = 150_000
"""What the first level takes at most, with its picture."""
_FIRST_SIDE, _FIRST_TRIANGLES, _FIRST_PLAIN, _STEP = 512, 13_000, 26_000, 4
_REACHED = 1.15
_QUALITY = 80


@dataclass(frozen=True)
class Level:
    """One .glb; `model` holds what it really shows, positions rounded as they are in the file."""

    data: bytes
    model: Model
    painted: bool


class _Maker:
    """What the levels of one model share: worked out when first asked for."""

    def __init__(self, model: Model, meshopt: Meshopt) -> None:
        self.model, self.meshopt = model, meshopt
        self._welded: Mesh | None = None
        self._ground: Ground | None = None

    def level(self, target: int, side: int, quality: int) -> Level:
        """About `target` triangles and pictures of at most `side` pixels."""
        kept = self._kept(target)
        if kept is not None:
            return self._written(self._dressed(kept, side, quality), side, painted=False)
        if self._welded is None:
            self._welded = welded(self.model)
        coarse, _ = simplified(self._welded, self.meshopt, target)
        if not any("base" in look.pictures for look in self.model.looks) and len(self.model.looks) == 1:
            look = replace(self.model.looks[0], pictures={})
            return self._written(Model(coarse, (look,)), side, painted=False)
        if self._ground is None:
            self._ground = Ground(self.model.mesh.positions, self.model.mesh.triangles)
        return self._written(painted(coarse, self.model, self._ground, side, quality), side, painted=True)

    def whole(self) -> Level:
        """The source's own triangles and pictures."""
        side = max((max(open_picture(one, "picture").size) for one in self.model.pictures), default=512)
        return self._written(
            replace(self.model, pictures=tuple(map(_carried, self.model.pictures))), side, painted=False
        )

    def _kept(self, target: int) -> Mesh | None:
        """The mesh simplified with its coordinates; None where it does not get small and may be painted anew."""
        mesh = self.model.mesh
        if target >= len(mesh.triangles):
            return mesh
        columns: list[NDArray[Any]] = [mesh.normals]
        weights = [0.2] * 3
        if any(look.pictures for look in self.model.looks):
            columns, weights = [*columns, mesh.uvs], [*weights, 0.5, 0.5]
        if mesh.colours is not None:
            columns, weights = [*columns, mesh.colours[:, :3] / 255], [*weights, 0.5, 0.5, 0.5]
        near, attributes = mesh.positions - mesh.positions.mean(axis=0), np.hstack(columns)
        for flags in ([], ["Permissive"]):
            made, _ = self.meshopt.simplify(
                mesh.triangles, near, attributes, weights, target=target, error=0.1, flags=flags
            )
            if len(made) and (len(made) <= target * _REACHED or (flags and not can_rebake(self.model))):
                return used_only(replace(mesh, triangles=made))
            if can_rebake(self.model):
                return None
        return used_only(replace(mesh, triangles=made)) if len(made) else mesh

    def _dressed(self, mesh: Mesh, side: int, quality: int) -> Model:
        """The model over a coarser mesh, with smaller pictures; the first level carries colour and glow alone."""
        roles = {"base", "emissive"} if side <= _FIRST_SIDE else {"base", "emissive", "normal", "metal", "occlusion"}
        numbers: dict[int, int] = {}
        looks = []
        for look in self.model.looks:
            kept = {role: number for role, number in look.pictures.items() if role in roles}
            rough = 1.0 if "metal" in look.pictures and "metal" not in kept else look.rough
            metal = 0.0 if "metal" in look.pictures and "metal" not in kept else look.metal
            named = {role: numbers.setdefault(number, len(numbers)) for role, number in kept.items()}
            looks.append(replace(look, pictures=named, rough=rough, metal=metal))
        pictures = tuple(
            webp(smaller(open_picture(self.model.pictures[number], f"picture {number}"), side), quality)
            for number in numbers
        )
        return Model(mesh, tuple(looks), pictures)

    def _written(self, model: Model, side: int, *, painted: bool) -> Level:
        bits = 14 if len(model.mesh.triangles) > 20_000 else 12
        data, mesh = write_level(
            model, self.meshopt, bits=bits, uv_bits=min(16, int(np.ceil(np.log2(max(side, 256)))) + 1)
        )
        return Level(data, replace(model, mesh=mesh), painted)


def ladder(model: Model, meshopt: Meshopt, tell: Callable[[str, float], None]) -> list[Level]:
    """The levels, coarse to fine. `tell` hears a word and a share."""
    maker, total = _Maker(model, meshopt), len(model.mesh.triangles)
    tell("whole", 0.1)
    whole = maker.whole()
    if len(whole.data) <= FIRST_BYTES:
        return [whole]
    tell("first level", 0.25)
    levels = [_first(maker, total)]
    target, side = len(levels[0].model.mesh.triangles) * _STEP, _FIRST_SIDE * 2
    while target < total * 0.6:
        tell(f"level of {target} triangles", 0.4 + 0.1 * len(levels))
        levels.append(maker.level(target, side, _QUALITY))
        target, side = target * _STEP, side * 2
    return [*levels, whole]


def _first(maker: _Maker, total: int) -> Level:
    """The first level within its budget: triangles first, then the picture, give way."""
    painted = any("base" in look.pictures for look in maker.model.looks)
    target, side, quality = min(total, _FIRST_TRIANGLES if painted else _FIRST_PLAIN), _FIRST_SIDE, 70
    for _ in range(8):
        made = maker.level(target, side, quality)
        pictures = sum(map(len, made.model.pictures))
        if len(made.data) <= FIRST_BYTES:
            return made
        if pictures > FIRST_BYTES * 0.4:
            side, quality = (side, 50) if quality > 50 else (max(64, side // 2), 60)
        shape = len(made.data) - pictures
        room = FIRST_BYTES - min(pictures, FIRST_BYTES * 0.4)
        target = int(len(made.model.mesh.triangles) * min(0.95, 0.94 * room / shape))
    return made


def _carried(data: bytes) -> bytes:
    """A source's picture as it is; a PNG, which is large, as WebP of high quality where that is smaller."""
    if media_of(data) != "image/png":
        return data
    packed = webp(open_picture(data, "picture"), 92)
    return packed if len(packed) < len(data) else data
