"""The pictures on the surfaces, painted with numbers: whitewash, grey tile, timber, stone, pebbles, moss, leaves.

The rule kept here: every picture repeats without a seam, is drawn from a fixed seed, and is our own work.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageDraw

from vr_scenes.glb import Picture
from vr_scenes.shapes import Floats

__all__ = ["bark", "leaf_sheet", "moss", "pebbles", "plaster", "rock", "stone", "tile", "timber", "wood"]


def _noise(size: int, cells: int, seed: int) -> Floats:
    """(size, size) smooth noise 0..1 that repeats; `cells` bumps across."""
    random = np.random.default_rng(seed)
    lattice = random.random((cells, cells))
    at = np.arange(size) * cells / size
    low = at.astype(int)
    share = at - low
    share = share * share * (3 - 2 * share)
    high = (low + 1) % cells
    rows = lattice[low] * (1 - share[:, None]) + lattice[high] * share[:, None]
    return rows[:, low] * (1 - share) + rows[:, high] * share


def _cloud(size: int, cells: int, seed: int, octaves: int = 4) -> Floats:
    total = sum(_noise(size, cells * 2**level, seed + level) * 0.5**level for level in range(octaves))
    return np.asarray(total) / (2 - 0.5 ** (octaves - 1))


def _jpeg(colour: Floats, quality: int = 82) -> Picture:
    out = io.BytesIO()
    Image.fromarray(np.clip(colour * 255, 0, 255).astype(np.uint8), "RGB").save(
        out, "JPEG", quality=quality, optimize=True
    )
    return Picture("image/jpeg", out.getvalue())


def _mix(dark: tuple[float, float, float], light: tuple[float, float, float], share: Floats) -> Floats:
    return np.asarray(dark) * (1 - share[..., None]) + np.asarray(light) * share[..., None]


def plaster(size: int = 512) -> Picture:
    """Lime whitewash: almost white, with the soft grey that rain leaves."""
    share = 0.62 * _cloud(size, 3, 1) + 0.2 * _cloud(size, 24, 2) + 0.18 * np.repeat(_noise(size, 16, 3)[:1], size, 0)
    return _jpeg(_mix((0.83, 0.83, 0.815), (0.975, 0.968, 0.95), np.clip(share * 1.5, 0, 1)))


def tile(size: int = 256) -> Picture:
    """Fired grey tile: courses every third of the picture, each tile its own grey."""
    random = np.random.default_rng(7)
    rows, columns = np.mgrid[0:size, 0:size]
    course = (rows * 4 // size).astype(int)
    own = random.uniform(-0.06, 0.06, (4, 4))[course, columns * 4 // size]
    joint = np.where((rows % (size // 4)) < size // 36, -0.13, 0.0)
    share = 0.5 + own * 2 + joint * 2 + (_cloud(size, 8, 8) - 0.5) * 0.9
    return _jpeg(_mix((0.20, 0.21, 0.225), (0.47, 0.48, 0.49), np.clip(share, 0, 1)))


def timber(size: int = 256) -> Picture:
    """Chestnut-brown painted timber with its grain."""
    grain = _noise(size, 32, 9) * 0.3 + np.repeat(_noise(size, 32, 10)[:1], size, 0) * 0.45 + _cloud(size, 4, 11) * 0.35
    return _jpeg(_mix((0.25, 0.155, 0.12), (0.43, 0.29, 0.225), np.clip(grain, 0, 1)))


def wood(size: int = 256) -> Picture:
    """Bare planed fir, pale and warm, for pieces meant to be looked at closely."""
    rings = 0.5 + 0.5 * np.sin(
        2 * np.pi * (6 * np.linspace(0, 1, size, endpoint=False)[None] + 0.5 * _cloud(size, 2, 24))
    )
    grain = 0.3 * rings**3 + 0.4 * np.repeat(_noise(size, 64, 25)[:1], size, 0) + 0.3 * _cloud(size, 6, 26)
    return _jpeg(_mix((0.76, 0.60, 0.42), (0.60, 0.42, 0.27), np.clip(grain, 0, 1)))


def stone(size: int = 256) -> Picture:
    """Granite and limestone slabs: pale grey with fine specks."""
    share = 0.55 * _cloud(size, 4, 12) + 0.45 * np.random.default_rng(13).random((size, size))
    return _jpeg(_mix((0.50, 0.50, 0.475), (0.80, 0.79, 0.76), share))


def rock(size: int = 512) -> Picture:
    """Taihu stone: grey-white, pitted and veined by water."""
    veins = np.abs(_cloud(size, 5, 14) - 0.5) * 4
    pits = np.clip((_cloud(size, 18, 15) - 0.42) * 5, 0, 1)
    share = np.clip(0.25 + 0.4 * veins, 0, 1) * (0.45 + 0.55 * pits)
    return _jpeg(_mix((0.40, 0.405, 0.395), (0.80, 0.795, 0.765), np.clip(share * 1.2, 0, 1)))


def bark(size: int = 128) -> Picture:
    """Rough bark, furrowed along the trunk."""
    share = np.repeat(_noise(size, 16, 16)[:1], size, 0) * 0.5 + _cloud(size, 8, 17) * 0.5
    return _jpeg(_mix((0.33, 0.29, 0.24), (0.66, 0.61, 0.53), share))


def moss(size: int = 512) -> Picture:
    """Low grass and moss with earth showing."""
    share = np.clip(_cloud(size, 6, 18, 5) * 0.7 + np.random.default_rng(19).random((size, size)) * 0.42, 0, 1)
    green = _mix((0.18, 0.215, 0.115), (0.40, 0.43, 0.25), share)
    earth = np.clip((_cloud(size, 5, 20) - 0.56) * 5, 0, 1)[..., None]
    return _jpeg(
        green * (1 - 0.7 * earth) + np.array([0.42, 0.36, 0.25]) * 0.7 * earth * (0.7 + 0.5 * share[..., None]), 76
    )


def pebbles(size: int = 512) -> Picture:
    """Patterned pebble paving (huajie pudi): cells of small stones, framed by upright tile edges."""
    random = np.random.default_rng(23)
    side = 30
    seeds = (np.moveaxis(np.mgrid[0:side, 0:side], 0, -1) + random.uniform(0.15, 0.85, (side, side, 2))) / side
    flat = seeds.reshape(-1, 2)
    rows, columns = np.mgrid[0:size, 0:size] / size
    near, second, which = _two_nearest(rows, columns, seeds, side)
    dome = np.clip((second - near) * side * 2.6, 0, 1)
    tone = random.uniform(0.0, 1.0, side * side)[which]
    x, y = (flat[which, 1] * 2) % 1, (flat[which, 0] * 2) % 1
    diamond = np.abs(x - 0.5) + np.abs(y - 0.5) < 0.27
    colour = _mix((0.43, 0.42, 0.39), (0.68, 0.65, 0.58), tone)
    colour[diamond] = _mix((0.60, 0.46, 0.34), (0.80, 0.74, 0.62), tone)[diamond]
    shade = (0.36 + 0.64 * dome**0.6)[..., None]
    edge = np.abs(np.abs((columns * 2) % 1 - 0.5) + np.abs((rows * 2) % 1 - 0.5) - 0.5) < 0.018
    made = colour * shade
    made[edge] = np.array([0.27, 0.275, 0.28])
    return _jpeg(made, 78)


def _two_nearest(rows: Floats, columns: Floats, seeds: Floats, side: int) -> tuple[Floats, Floats, np.ndarray]:
    """Distances to the nearest and second seed on a repeating sheet, and the number of the nearest."""
    near = np.full(rows.shape, 9.0)
    second = np.full(rows.shape, 9.0)
    which = np.zeros(rows.shape, dtype=int)
    cell_row, cell_column = (rows * side).astype(int), (columns * side).astype(int)
    for dr in (-1, 0, 1):
        for dc in (-1, 0, 1):
            r, c = cell_row + dr, cell_column + dc
            wrap = np.stack([np.asarray((r - r % side) / side), np.asarray((c - c % side) / side)], -1)
            point = seeds[r % side, c % side] + wrap
            far = np.hypot(point[..., 0] - rows, point[..., 1] - columns)
            closer = far < near
            second = np.where(closer, near, np.minimum(second, far))
            which = np.where(closer, (r % side) * side + c % side, which)
            near = np.where(closer, far, near)
    return near, second, which


def leaf_sheet(size: int = 512) -> Picture:
    """Four leaf pictures in one PNG with a stencil: bamboo, willow, broad leaves, pine."""
    sheet = Image.new("RGBA", (size * 2, size * 2), (190, 200, 170, 0))
    draw = ImageDraw.Draw(sheet)
    random = np.random.default_rng(29)
    for painter, left, top in ((_bamboo, 0, 0), (_willow, size, 0), (_broad, 0, size), (_pine, size, size)):
        painter(draw, left, top, size, random)
    small = sheet.resize((size, size), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.quantize(96, method=Image.Quantize.FASTOCTREE).save(out, "PNG", optimize=True)
    return Picture("image/png", out.getvalue())


def _leaf(
    draw: ImageDraw.ImageDraw, x: float, y: float, length: float, width: float, angle: float, tone: float
) -> None:
    share = np.linspace(0, 1, 9)
    half = width * np.sin(np.pi * share**0.8)
    along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    left = np.array([x, y]) + along * (share * length)[:, None] + across * half[:, None]
    right = np.array([x, y]) + along * (share * length)[:, None] - across * half[:, None]
    light, dark = int(150 + 95 * tone), int(118 + 80 * tone)
    draw.polygon([tuple(p) for p in np.vstack([left, right[::-1]])], fill=(light, light, int(light * 0.94), 255))
    spine = np.array([x, y]) + along * (share * length)[:, None]
    draw.polygon([tuple(p) for p in np.vstack([left, spine[::-1]])], fill=(dark, dark, int(dark * 0.94), 255))


def _bamboo(draw: ImageDraw.ImageDraw, left: int, top: int, size: int, random: np.random.Generator) -> None:
    for _ in range(17):
        x, y = left + size * random.uniform(0.36, 0.64), top + size * random.uniform(0.06, 0.5)
        _leaf(
            draw,
            x,
            y,
            size * random.uniform(0.3, 0.42),
            size * 0.026,
            random.uniform(0.25, np.pi - 0.25),
            random.random(),
        )


def _willow(draw: ImageDraw.ImageDraw, left: int, top: int, size: int, random: np.random.Generator) -> None:
    for strand in range(4):
        x = left + size * (0.2 + 0.2 * strand)
        draw.line(
            [(x, top + size * 0.02), (x + size * 0.02, top + size * (0.88 - 0.12 * (strand % 2)))],
            fill=(165, 160, 120, 255),
            width=4,
        )
        for number in range(26):
            y = top + size * (0.02 + 0.032 * number) * (0.95 - 0.1 * (strand % 2))
            for side in (-1, 1):
                _leaf(
                    draw,
                    x,
                    y,
                    size * random.uniform(0.08, 0.12),
                    size * 0.012,
                    np.pi / 2 - side * random.uniform(0.4, 0.75),
                    random.random(),
                )


def _broad(draw: ImageDraw.ImageDraw, left: int, top: int, size: int, random: np.random.Generator) -> None:
    for _ in range(95):
        angle, reach = random.uniform(0, 2 * np.pi), random.uniform(0, 1) ** 0.6 * 0.37
        x, y = left + size * (0.5 + reach * np.cos(angle)), top + size * (0.5 + reach * np.sin(angle))
        _leaf(
            draw, x, y, size * random.uniform(0.08, 0.13), size * 0.028, random.uniform(0, 2 * np.pi), random.random()
        )


def _pine(draw: ImageDraw.ImageDraw, left: int, top: int, size: int, random: np.random.Generator) -> None:
    for _ in range(26):
        angle, reach = random.uniform(0, 2 * np.pi), random.uniform(0, 1) ** 0.5 * 0.3
        x, y = left + size * (0.5 + reach * np.cos(angle)), top + size * (0.5 + reach * np.sin(angle))
        tone = random.uniform(0.2, 1)
        for ray in np.linspace(0, 2 * np.pi, 24, endpoint=False):
            value = int(130 + 110 * tone * random.uniform(0.6, 1))
            far = size * random.uniform(0.1, 0.14)
            draw.line(
                [(x, y), (x + far * np.cos(ray), y + far * np.sin(ray))],
                fill=(value, value, int(value * 0.95), 255),
                width=5,
            )
