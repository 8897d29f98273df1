"""glTF's materials, textures and pictures as looks; texture transforms are worked into the coordinates.

The rule kept here: one set of coordinates a look, that of its colour picture. A picture that lies elsewhere or cannot be
carried is left out with a note; one that cannot be read is refused.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline.meshes_accessors import Document
from vr_scenes.pipeline.meshes_model import Look

__all__ = ["Looks", "moved_uvs"]

_TRANSFORM = "KHR_texture_transform"


def moved_uvs(uvs: NDArray[Any], transform: Mapping[str, Any]) -> NDArray[np.float32]:
    """Coordinates after KHR_texture_transform's offset, rotation and scale."""
    rows = np.asarray(uvs, np.float32)[:, :2]
    if not transform:
        return rows
    turn = float(transform.get("rotation", 0))
    scale = np.array(transform.get("scale", (1, 1)), np.float64)
    cos, sin = math.cos(turn), math.sin(turn)
    made = (rows * scale) @ np.array([[cos, -sin], [sin, cos]]) + np.array(transform.get("offset", (0, 0)), float)
    return made.astype(np.float32)


class Looks:
    """Materials are read as primitives ask for them; each picture is kept once."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.made: list[Look] = []
        self.pictures: list[bytes] = []
        self.notes: dict[str, None] = {}
        self._numbers: dict[object, int] = {}
        self._images: dict[int, int] = {}
        self._placing: list[tuple[int, Mapping[str, Any]]] = []

    def number(self, material: object) -> int:
        """The number of the look of a material (None: glTF's default)."""
        if material not in self._numbers:
            entry = {} if material is None else self.document.entry("materials", material)
            self._placing.append((0, {}))
            self._numbers[material] = len(self._placing) - 1
            self.made.append(self._look(entry, f"materials[{material}]"))
        return self._numbers[material]

    def uv_set(self, look: int) -> int:
        return self._placing[look][0]

    def transform(self, look: int) -> Mapping[str, Any]:
        return self._placing[look][1]

    def _look(self, entry: Mapping[str, Any], where: str) -> Look:
        more = entry.get("extensions", {})
        surface = entry.get("pbrMetallicRoughness", {})
        gloss = more.get("KHR_materials_pbrSpecularGlossiness")
        if gloss and not surface:
            surface = {"baseColorFactor": gloss.get("diffuseFactor", (1, 1, 1, 1)), "metallicFactor": 0,
                       "roughnessFactor": 1 - float(gloss.get("glossinessFactor", 1)) * 0.5}  # fmt: skip
            surface |= {"baseColorTexture": gloss["diffuseTexture"]} if "diffuseTexture" in gloss else {}
        left = sorted(
            name for name in more if name not in ("KHR_materials_unlit", "KHR_materials_pbrSpecularGlossiness")
        )
        if left:
            self.notes[f"left out of a material: {', '.join(str(name) for name in left)[:200]}"] = None
        asked = {"base": surface.get("baseColorTexture"), "metal": surface.get("metallicRoughnessTexture"),
                 "normal": entry.get("normalTexture"), "occlusion": entry.get("occlusionTexture"),
                 "emissive": entry.get("emissiveTexture")}  # fmt: skip
        pictures = self._roles({role: one for role, one in asked.items() if one is not None}, where)
        return Look(
            name=str(entry.get("name", ""))[:80],
            colour=_numbers(surface.get("baseColorFactor", (1, 1, 1, 1)), 4),  # type: ignore[arg-type]
            metal=_share(surface.get("metallicFactor", 1)),
            rough=_share(surface.get("roughnessFactor", 1)),
            glow=_numbers(entry.get("emissiveFactor", (0, 0, 0)), 3),  # type: ignore[arg-type]
            alpha=str(entry["alphaMode"]) if entry.get("alphaMode") in ("MASK", "BLEND") else "OPAQUE",
            cutoff=_share(entry.get("alphaCutoff", 0.5)),
            two_sided=entry.get("doubleSided") is True,
            unlit="KHR_materials_unlit" in more,
            normal_scale=float(entry.get("normalTexture", {}).get("scale", 1)),
            pictures=pictures,
        )

    def _roles(self, asked: Mapping[str, Mapping[str, Any]], where: str) -> dict[str, int]:
        pictures, first = {}, True
        for role, one in asked.items():
            transform = one.get("extensions", {}).get(_TRANSFORM, {})
            placing = (int(transform.get("texCoord", one.get("texCoord", 0))), transform)
            if first:
                self._placing[-1], first = placing, False
            if placing != self._placing[-1]:
                self.notes[f"{where}: its {role} picture lies on other coordinates and is left out"] = None
                continue
            pictures[role] = self._picture(one.get("index"), where)
        return pictures

    def _picture(self, texture: object, where: str) -> int:
        entry = self.document.entry("textures", texture)
        source = entry.get("extensions", {}).get("EXT_texture_webp", {}).get("source", entry.get("source"))
        if source is None:
            told = f"{where}: a texture has no JPEG, PNG or WebP picture"
            raise BadInput(told, where=self.document.name, next="Export it with JPEG, PNG or WebP textures.")
        image = self.document.entry("images", source)
        if source not in self._images:
            named = image.get("uri")
            where = f"images[{source}]"
            data = (
                self.document.named(named, where)
                if isinstance(named, str)
                else self.document.view(image.get("bufferView"))
            )
            self._images[source] = len(self.pictures)
            self.pictures.append(data)
        return self._images[source]


def _numbers(found: Any, count: int) -> tuple[float, ...]:
    made = tuple(float(one) for one in found)
    if len(made) != count or not all(math.isfinite(one) for one in made):
        raise ValueError(f"wanted {count} finite numbers")
    return made


def _share(found: Any) -> float:
    made = float(found)
    if not math.isfinite(made):
        raise ValueError("wanted a finite number")
    return min(1.0, max(0.0, made))
