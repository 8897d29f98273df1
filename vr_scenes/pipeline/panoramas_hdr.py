"""Radiance HDR (.hdr, RGBE) as linear light, and light as a picture one can look at.

The rule kept here: every run is held against the row it fills and the bytes that are there; a fault names its byte. Source:
Greg Ward, "Real Pixels", Graphics Gems II, and the Radiance file format; tone curve: Reinhard et al. 2002, eq. 4.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput, TooLarge
from vr_scenes.pipeline.pictures import srgb

__all__ = ["read_hdr", "toned"]

_PIXELS = 8192 * 4096
_NEXT = "Export the panorama again; it is damaged."


def read_hdr(data: bytes, name: str) -> NDArray[np.float32]:
    """(height, width, 3) linear light of an .hdr file. Raises BadInput (found, where, what next)."""
    head = data.find(b"\n\n", 0, 65536)
    size = re.compile(rb"-Y (\d{1,6}) \+X (\d{1,6})\n").match(data, head + 2) if head > 0 else None
    if not data.startswith((b"#?RADIANCE", b"#?RGBE")) or size is None:
        raise BadInput("it has no whole Radiance header (-Y … +X …)", where=name, next=_NEXT)
    if b"FORMAT=32-bit_rle_xyze" in data[:head]:
        raise BadInput("its colours are XYZ", where=name, next="Save it as RGBE.")
    height, width = int(size[1]), int(size[2])
    if not height or not width or height * width > _PIXELS:
        told = f"{width} × {height} pixels, more than {_PIXELS}"
        raise TooLarge(told, where=name, next="Save it at 8192 × 4096, or as a JPEG.")
    if len(data) < height * 4:
        raise BadInput(f"it promises {height} rows and has {len(data)} bytes", where=name, next=_NEXT)
    rows = np.zeros((height, width, 4), np.uint8)
    at = size.end()
    for row in range(height):
        at = _row(data, at, rows[row], name)
    scale = np.ldexp(np.float32(1), rows[..., 3].astype(np.int32) - 136) * (rows[..., 3] > 0)
    return rows[..., :3].astype(np.float32) * scale[..., None].astype(np.float32)


def toned(light: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(h, w, 3) sRGB bytes: the mean brightness becomes a middle grey, the brightest half per cent white."""
    grey = light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    mean = float(np.exp(np.mean(np.log(grey[::4, ::4] + 1e-4))))
    scale = 0.18 / max(mean, 1e-6)
    white = max(1.0, float(np.quantile(grey[::4, ::4], 0.995)) * scale)
    made = np.empty(light.shape, np.uint8)
    for top in range(0, len(light), 256):
        part = slice(top, top + 256)
        bright = grey[part] * scale
        share = (1 + bright / white**2) / (1 + bright) * scale
        made[part] = np.round(srgb(light[part] * share[..., None]) * 255).astype(np.uint8)
    return made


def _row(data: bytes, at: int, row: NDArray[np.uint8], name: str) -> int:
    """Fill one row from byte `at`; gives where the next begins."""
    width = len(row)
    if data[at : at + 2] == b"\x02\x02" and 8 <= width < 32768 and data[at + 2 : at + 4] == width.to_bytes(2, "big"):
        at += 4
        for channel in range(4):
            at = _runs(data, at, row[:, channel], name)
        return at
    if at + 4 * width > len(data):
        raise BadInput(f"byte {at}: it is cut off", where=name, next=_NEXT)
    row[:] = np.frombuffer(data, np.uint8, 4 * width, at).reshape(width, 4)
    if (row[:, :3] == 1).all(axis=1).any():
        raise BadInput(f"byte {at}: rows packed in the old way are not read", where=name, next="Save it anew as .hdr.")
    return at + 4 * width


def _runs(data: bytes, at: int, values: NDArray[np.uint8], name: str) -> int:
    filled, width = 0, len(values)
    while filled < width:
        if at + 1 >= len(data):
            raise BadInput(f"byte {at}: it is cut off", where=name, next=_NEXT)
        count = data[at]
        repeated = count > 128
        count -= 128 if repeated else 0
        if not count or filled + count > width or (not repeated and at + 1 + count > len(data)):
            raise BadInput(f"byte {at}: a run of {count} goes beyond its row", where=name, next=_NEXT)
        if repeated:
            values[filled : filled + count] = data[at + 1]
            at += 2
        else:
            values[filled : filled + count] = np.frombuffer(data, np.uint8, count, at + 1)
            at += 1 + count
        filled += count
    return at
