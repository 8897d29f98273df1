"""A small scene of every kind of node, made by code, served to a real Chromium without a server: the viewer's own tests' place.

The rule kept here: everything a page asks for is answered from memory; whatever else it asks for is a failure.
"""

from __future__ import annotations

import gzip
import io
import json
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from commons.languages import load_messages
from commons.places import ROOT
from portal.apps.policy import TOURS
from vr_scenes.bundle import build_viewer, viewer_files

__all__ = [
    "HOST",
    "ViewerSite",
    "cube",
    "document",
    "glb",
    "mesh_tileset",
    "panorama",
    "points_tileset",
    "sphere",
    "spz",
    "stop",
]

HOST = "http://localhost:20999"
_MEDIA = {
    ".js": "text/javascript",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css",
    ".vtt": "text/vtt",
}
_PAGE = """<!doctype html><html lang="{language}"{more}><head><meta charset="utf-8"><title>Scene</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/page.css">
<script type="module" src="/viewer/vr-scene.js"></script></head><body><main><h1>Scene</h1>
<vr-scene src="/scene/scene.json" language="{language}" {attributes}></vr-scene></main></body></html>"""


@dataclass
class ViewerSite:
    """What is answered: path → bytes. `asked` are the paths in order, `outside` what was asked of any other host."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    policy: str = TOURS

    def __post_init__(self) -> None:
        build_viewer()
        self.files |= {f"/viewer/{path.name}": path.read_bytes() for path in viewer_files()}
        self.files["/page.css"] = (ROOT / "portal" / "static" / "shuyuan.css").read_bytes()

    def page(self, *, language: str = "en", attributes: str = "", more: str = "") -> str:
        """The address of a page with the viewer."""
        self.files["/page.html"] = _PAGE.format(language=language, attributes=attributes, more=more).encode()
        return f"{HOST}/page.html"

    def add(self, found: dict[str, bytes]) -> None:
        self.files |= {f"/scene/{name}": content for name, content in found.items()}

    def answer(self, route: Any) -> None:
        """A Playwright route handler."""
        address = urlsplit(route.request.url)
        if f"{address.scheme}://{address.netloc}" != HOST:
            self.outside.append(route.request.url)
            return route.abort()
        self.asked.append(address.path)
        body = self.files.get(address.path)
        if body is None:
            return route.fulfill(status=404, body="")
        media = _MEDIA.get(Path(address.path).suffix, "application/octet-stream")
        return route.fulfill(body=body, headers={"Content-Type": media, "Content-Security-Policy": self.policy})


def stop(name: str, position: Iterable[float], target: Iterable[float], fov: float = 55) -> dict[str, Any]:
    """A stop with words in both languages."""
    return {
        "id": name, "title": {"zh-CN": f"第{name}处", "en": f"Place {name}"},
        "caption": {"zh-CN": f"这里是{name}。", "en": f"This is {name}."},
        "concepts": [], "camera": {"position": list(position), "target": list(target), "fov": fov},
    }  # fmt: skip


def document(nodes: list[dict[str, Any]], stops: list[dict[str, Any]], **more: Any) -> bytes:
    """The viewer's document of a scene with a tour of a step at each stop."""
    steps = [
        {
            "stop": one["id"],
            "seconds": 4,
            "text": {"zh-CN": f"请看{one['id']}。这一处很安静。", "en": f"Look at {one['id']}. It is quiet here."},
        }
        for one in stops
    ]
    scene = {
        "id": "small", "title": {"zh-CN": "小景", "en": "Small"}, "stops": stops, "objects": [], "hotspots": more.pop("hotspots", []),
        "tours": [{"id": "walk", "title": {"zh-CN": "走走", "en": "Walk"}, "steps": more.pop("steps", steps)}],
    }  # fmt: skip
    words = load_messages().room("scenes.viewer")
    found = {"scene": scene, "model": "", "posters": {}, "concepts": {}, "words": words, "nodes": nodes, **more}
    return json.dumps(found, ensure_ascii=False).encode()


def glb(
    positions: np.ndarray,
    indices: np.ndarray | None = None,
    colors: np.ndarray | None = None,
    extras: dict[str, Any] | None = None,
) -> bytes:
    """A plain GLB: positions (n, 3) metres, indices (m, 3) or None for points, colors (n, 3) 0..255."""
    parts: list[tuple[bytes, dict[str, Any]]] = []
    places = positions.astype("<f4")
    bounds = {"min": places.min(0).tolist(), "max": places.max(0).tolist()}
    parts.append((places.tobytes(), {"componentType": 5126, "count": len(places), "type": "VEC3", **bounds}))
    attributes = {"POSITION": 0}
    if colors is not None:
        four = np.c_[colors, np.full(len(colors), 255)].astype("u1")
        attributes["COLOR_0"] = len(parts)
        parts.append((four.tobytes(), {"componentType": 5121, "normalized": True, "count": len(four), "type": "VEC4"}))
    primitive: dict[str, Any] = {"attributes": attributes, "mode": 0 if indices is None else 4}
    if indices is not None:
        primitive["indices"] = len(parts)
        flat = indices.astype("<u4").ravel()
        parts.append((flat.tobytes(), {"componentType": 5125, "count": len(flat), "type": "SCALAR"}))
    views, accessors, binary = [], [], b""
    for number, (content, accessor) in enumerate(parts):
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(content)})
        accessors.append({**accessor, "bufferView": number})
        binary += content + b"\0" * (-len(content) % 4)
    node = {"mesh": 0} | ({"extras": extras} if extras else {})
    made = {"asset": {"version": "2.0"}, "buffers": [{"byteLength": len(binary)}], "bufferViews": views, "accessors": accessors,
            "meshes": [{"primitives": [primitive]}], "nodes": [node], "scenes": [{"nodes": [0]}], "scene": 0}  # fmt: skip
    text = json.dumps(made).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sIIII", b"glTF", 2, 28 + len(text) + len(binary), len(text), 0x4E4F534A)
    return head + text + struct.pack("<II", len(binary), 0x004E4942) + binary


def sphere(rings: int, radius: float = 1.0, middle: tuple[float, float, float] = (0, 1, 0)) -> bytes:
    """A ball of `rings` rings as a GLB with colours; more rings are a finer level."""
    v, u = np.mgrid[0 : rings + 1, 0 : 2 * rings + 1]
    up, around = np.pi * v.ravel() / rings, np.pi * u.ravel() / rings
    places = np.c_[np.sin(up) * np.cos(around), np.cos(up), np.sin(up) * np.sin(around)] * radius + middle
    wide = 2 * rings + 1
    first = (np.arange(rings)[:, None] * wide + np.arange(2 * rings)).ravel()
    faces = np.r_[np.c_[first, first + 1, first + wide], np.c_[first + 1, first + wide + 1, first + wide]]
    colors = np.c_[120 + 60 * np.cos(up), 120 + 50 * np.sin(around), 100 + 0 * up]
    return glb(places, faces, colors)


def cube(size: float, middle: tuple[float, float, float], extras: dict[str, Any] | None = None) -> bytes:
    """A cube as a GLB."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) * size / 2 + middle
    faces = np.array(
        [
            [0, 1, 3],
            [0, 3, 2],
            [4, 6, 7],
            [4, 7, 5],
            [0, 4, 5],
            [0, 5, 1],
            [2, 3, 7],
            [2, 7, 6],
            [0, 2, 6],
            [0, 6, 4],
            [1, 5, 7],
            [1, 7, 3],
        ]
    )
    return glb(corners, faces, np.full((8, 3), 170), extras)


def points_tileset(many: int = 4000) -> dict[str, bytes]:
    """A root and two children of points (refine ADD), +Z up as the standard wants it: a coloured slab 4 m wide, and 1 m high."""
    rng = np.random.default_rng(4)
    files: dict[str, bytes] = {}

    def tile(name: str, count: int, x0: float, x1: float, error: float, **more: Any) -> dict[str, Any]:
        places = rng.uniform([x0, 0, -2], [x1, 1, 2], (count, 3))  # the content is +Y up
        files[f"{name}.glb"] = glb(
            places, None, np.c_[(places[:, 0] + 2) * 60, places[:, 1] * 250, np.full(count, 90)].clip(0, 255)
        )
        box = [(x0 + x1) / 2, 0, 0.5, (x1 - x0) / 2, 0, 0, 0, 2, 0, 0, 0, 0.5]
        return {
            "boundingVolume": {"box": box},
            "geometricError": error,
            "refine": "ADD",
            "content": {"uri": f"{name}.glb"},
            **more,
        }

    children = [tile("left", many, -2, 0, 0), tile("right", many, 0, 2, 0)]
    root = tile("root", many // 4, -2, 2, 0.1, children=children)
    files["tileset.json"] = json.dumps({"asset": {"version": "1.1"}, "geometricError": 1, "root": root}).encode()
    return {f"points/{name}": content for name, content in files.items()}


def mesh_tileset() -> dict[str, bytes]:
    """A coarse ball that a finer one replaces (refine REPLACE), +Z up as the standard wants it."""
    box = {"box": [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1]}
    fine = {"boundingVolume": box, "geometricError": 0, "content": {"uri": "fine.glb"}}
    root = {
        "boundingVolume": box,
        "geometricError": 0.2,
        "refine": "REPLACE",
        "content": {"uri": "coarse.glb"},
        "children": [fine],
    }
    tileset = {"asset": {"version": "1.1"}, "geometricError": 2, "root": root}
    files = {"tileset.json": json.dumps(tileset).encode(), "coarse.glb": sphere(4), "fine.glb": sphere(24)}
    return {f"tiles/{name}": content for name, content in files.items()}


def panorama(sizes: tuple[int, ...] = (256, 512), tile: int = 256) -> dict[str, bytes]:
    """A cube of six plain faces whose tiles are numbered by brightness, with a preview."""
    from PIL import Image

    shades = {
        "f": (166, 58, 43),
        "b": (46, 74, 98),
        "l": (111, 148, 130),
        "r": (200, 170, 90),
        "u": (180, 200, 220),
        "d": (90, 80, 60),
    }
    files: dict[str, bytes] = {}

    def picture(shade: tuple[int, ...], size: int, lift: int) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (size, size), tuple(min(255, one + lift) for one in shade)).save(out, "JPEG")
        return out.getvalue()

    levels = []
    for number, size in enumerate(sizes):
        across = math.ceil(size / tile)
        levels.append({"size": size, "tiles": across})
        for face, shade in shades.items():
            for y in range(across):
                for x in range(across):
                    files[f"{number}/{face}/{y}_{x}.jpg"] = picture(shade, min(tile, size - x * tile), 6 * (x + y))
    strip = Image.new("RGB", (64 * 6, 64))
    for number, shade in enumerate(shades.values()):
        strip.paste(shade, (64 * number, 0, 64 * number + 64, 64))
    out = io.BytesIO()
    strip.save(out, "JPEG")
    files["preview.jpg"] = out.getvalue()
    files["panorama.json"] = json.dumps(
        {
            "tile": tile,
            "levels": levels,
            "faces": "fblrud",
            "preview": "preview.jpg",
            "path": "{level}/{face}/{y}_{x}.jpg",
        }
    ).encode()
    return {f"pano/{name}": content for name, content in files.items()}


def spz(places: np.ndarray) -> bytes:
    """An SPZ file of version 2: grey, strong splats of 5 cm at places (n, 3) metres."""
    count = len(places)
    fixed = np.round(places * 4096).astype("<i4").ravel()
    threes = fixed.view("u1").reshape(-1, 4)[:, :3].tobytes()
    size = round((math.log(0.05) + 10) * 16)
    head = struct.pack("<IIIBBBB", 0x5053474E, 2, count, 0, 12, 0, 0)
    return gzip.compress(
        head + threes + b"\xff" * count + b"\xa0" * (3 * count) + bytes([size]) * (3 * count) + b"\x80" * (3 * count)
    )
