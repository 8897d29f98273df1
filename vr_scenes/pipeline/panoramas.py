"""Builds a panorama: an equirectangular picture becomes a cube of tiles at several sizes, its preview first.

The rule kept here: the middle of the picture is ahead (−Z), its right half to the right; faces are f b l r u d, each seen
from within with +Y up. A face is worked out in strips, so memory holds the source, one face and a strip. A face that is done
is kept, so that a build that was cut off goes on. `size` of the finest face is the width over π: as sharp as the source ahead.
"""

from __future__ import annotations

import io
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline import Built, Tell
from vr_scenes.pipeline.meshes_files import read_bounded
from vr_scenes.pipeline.panoramas_hdr import read_hdr, toned
from vr_scenes.pipeline.pictures import open_picture
from vr_scenes.pipeline.tileset import settle

__all__ = ["FACES", "build", "face_rows", "read_panorama"]

TILE = 512
_PIXELS = 16400 * 8200
_BYTES = 1 << 30
_STRIP = 128
_PREVIEW = 128
_QUALITY = 82

FACES: dict[str, tuple[tuple[int, int, int], tuple[int, int, int], tuple[int, int, int]]] = {
    "f": ((0, 0, -1), (1, 0, 0), (0, -1, 0)),
    "b": ((0, 0, 1), (-1, 0, 0), (0, -1, 0)),
    "l": ((-1, 0, 0), (0, 0, -1), (0, -1, 0)),
    "r": ((1, 0, 0), (0, 0, 1), (0, -1, 0)),
    "u": ((0, 1, 0), (1, 0, 0), (0, 0, -1)),
    "d": ((0, -1, 0), (1, 0, 0), (0, 0, 1)),
}
"""Of each face: the way to its middle, and the ways in which its picture goes right and down."""


def build(source: Path, out: Path, tell: Tell) -> Built:
    """Tiles of `source` under `out/<sha256>/`, the manifest's node and a report. Raises BadInput."""
    begun = time.monotonic()
    tell("reading", 0.0)
    pixels = read_panorama(source)
    work = out / ".cube"
    work.mkdir(exist_ok=True)
    sizes = _sizes(pixels.shape[1])
    tell("preview", 0.05)
    (work / "preview.jpg").write_bytes(_preview(pixels))
    for number, face in enumerate(FACES):
        tell(f"face {face}", 0.1 + 0.85 * number / 6)
        if not (work / f".{face}").is_file():
            _face(pixels, face, sizes, work)
            (work / f".{face}").touch()
    for face in FACES:
        (work / f".{face}").unlink()
    cube = {"tile": TILE, "levels": [{"size": size, "tiles": math.ceil(size / TILE)} for size in sizes], "faces": "".join(FACES),
            "preview": "preview.jpg", "path": "{level}/{face}/{y}_{x}.jpg"}  # fmt: skip
    (work / "panorama.json").write_text(json.dumps(cube), "utf-8")
    size = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
    name = settle(work, out)
    report = {
        "source": {"width": pixels.shape[1], "height": pixels.shape[0], "bytes": source.stat().st_size},
        "levels": [{"size": one, "tiles": 6 * math.ceil(one / TILE) ** 2} for one in sizes],
        "psnr_db": round(_psnr(pixels, out / name, sizes), 2),
        "seconds": {"building": round(time.monotonic() - begun, 2)},
    }
    return Built({"kind": "panorama", "src": f"{name}/panorama.json", "bytes": size}, report)


def read_panorama(source: Path) -> NDArray[np.uint8]:
    """(h, 2 h, 3) sRGB bytes. Raises BadInput where it is no picture, or not twice as wide as high."""
    data = read_bounded(source, _BYTES)
    if source.suffix.lower() == ".hdr":
        pixels = toned(read_hdr(data, source.name))
    else:
        pixels = np.asarray(open_picture(data, source.name, pixels=_PIXELS))[..., :3]
    height, width = pixels.shape[:2]
    if height < 16 or abs(width - 2 * height) > max(2, width // 100):
        told = f"the picture is {width} × {height}; a whole panorama is twice as wide as high"
        raise BadInput(told, where=source.name, next="Export it as an equirectangular (2:1) picture.")
    return pixels


def face_rows(pixels: NDArray[np.uint8], face: str, size: int, top: int, bottom: int) -> NDArray[np.uint8]:
    """Rows `top` to `bottom` of a face of `size` pixels: (rows, size, 3), between the source's pixels, around its seam."""
    ahead, right, down = (np.array(way, np.float32) for way in FACES[face])
    across = ((np.arange(size, dtype=np.float32) + 0.5) * 2 / size - 1)[None, :, None]
    along = ((np.arange(top, bottom, dtype=np.float32) + 0.5) * 2 / size - 1)[:, None, None]
    way = ahead + across * right + along * down
    height, width = pixels.shape[:2]
    turn = np.arctan2(way[..., 0], -way[..., 2])
    rise = np.arctan2(way[..., 1], np.hypot(way[..., 0], way[..., 2]))
    x = (0.5 + turn / (2 * np.pi)) * width - 0.5
    y = np.clip((0.5 - rise / np.pi) * height - 0.5, 0, height - 1)
    left, upper = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    part_x, part_y = (x - left)[..., None], (y - upper)[..., None]
    lower = np.minimum(upper + 1, height - 1)
    west, east = left % width, (left + 1) % width
    above = pixels[upper, west] * (1 - part_x) + pixels[upper, east] * part_x
    below = pixels[lower, west] * (1 - part_x) + pixels[lower, east] * part_x
    made: NDArray[np.uint8] = np.round(above * (1 - part_y) + below * part_y).astype(np.uint8)
    return made


def _sizes(width: int) -> list[int]:
    """Sizes of the faces, coarse to fine, each twice the one before, the coarsest a single tile."""
    steps = max(0, math.ceil(math.log2(width / math.pi / TILE)))
    coarse = math.ceil(width / math.pi / (1 << steps))
    return [coarse << step for step in range(steps + 1)]


def _face(pixels: NDArray[np.uint8], face: str, sizes: list[int], work: Path) -> None:
    size = sizes[-1]
    whole = np.empty((size, size, 3), np.uint8)
    for top in range(0, size, _STRIP):
        bottom = min(size, top + _STRIP)
        whole[top:bottom] = face_rows(pixels, face, size, top, bottom)
    for level in range(len(sizes) - 1, -1, -1):
        folder = work / str(level) / face
        folder.mkdir(parents=True, exist_ok=True)
        for y in range(0, len(whole), TILE):
            for x in range(0, len(whole), TILE):
                (folder / f"{y // TILE}_{x // TILE}.jpg").write_bytes(_jpeg(whole[y : y + TILE, x : x + TILE]))
        if level:
            whole = _half(whole)


def _half(whole: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half the size, each pixel the mean of four."""
    size = len(whole) // 2
    made: NDArray[np.uint8] = np.empty((size, size, 3), np.uint8)
    for top in range(0, size, _STRIP):
        rows = whole[2 * top : 2 * min(size, top + _STRIP)].astype(np.uint16)
        made[top : top + _STRIP] = (rows[::2, ::2] + rows[::2, 1::2] + rows[1::2, ::2] + rows[1::2, 1::2] + 2) >> 2
    return made


def _preview(pixels: NDArray[np.uint8]) -> bytes:
    """All six faces side by side, small."""
    step = max(1, int(pixels.shape[1]) // (8 * _PREVIEW))
    height, width = (int(side) // step * step for side in pixels.shape[:2])
    small = pixels[:height, :width].reshape(height // step, step, width // step, step, 3)[:, step // 2, :, step // 2]
    return _jpeg(np.concatenate([face_rows(small, face, _PREVIEW, 0, _PREVIEW) for face in FACES], axis=1), 70)


def _jpeg(rows: NDArray[Any], quality: int = _QUALITY) -> bytes:
    from PIL import Image

    made = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rows), "RGB").save(
        made, "JPEG", quality=quality, optimize=True, progressive=True
    )
    return made.getvalue()


def _psnr(pixels: NDArray[np.uint8], folder: Path, sizes: list[int]) -> float:
    """The finest tiles ahead against the source at the same places, dB."""
    tile = open_picture((folder / str(len(sizes) - 1) / "f" / "0_0.jpg").read_bytes(), "tile")
    found = np.asarray(tile, np.float64)
    wanted = face_rows(pixels, "f", sizes[-1], 0, len(found))[:, : found.shape[1]]
    away = max(1e-9, float(np.mean((found - wanted) ** 2)))
    return min(99.0, 10 * math.log10(255**2 / away))
