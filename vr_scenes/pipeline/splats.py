"""Gaussian splats to SPZ levels, coarse to fine.

The rule kept here: the finest level is every splat that was given; each coarser one puts one splat of the same mass, middle and
spread where a cell of an octree held several. A set that brings its own levels keeps them.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline import Built, Tell
from vr_scenes.pipeline.points_grid import spread_table
from vr_scenes.pipeline.splats_cloud import Splats, grouped
from vr_scenes.pipeline.splats_read import read_ply, read_splat
from vr_scenes.pipeline.splats_sog import files_of, read_levels, read_sog
from vr_scenes.pipeline.splats_spz import fraction_bits, read_spz, write_spz

__all__ = ["MOST_SPLATS", "build", "read_splats"]

MOST_SPLATS = 8_000_000
FIRST = 8_000
"""The coarsest level has about as many splats, or fewer."""
_DEPTH = 16
_RATIO = 0.45


def build(source: Path, out: Path, tell: Tell) -> Built:
    """SPZ levels of a .ply (3DGS), .splat, .spz, .sog, or a SOG folder or meta.json, under `out`. Raises BadInput."""
    begun = time.monotonic()
    tell("read", 0.0)
    given = read_splats(source)
    read_s = time.monotonic() - begun
    tell("levels", 0.4)
    finest, order = _in_order(given[0])
    made = [(finest, 0.0, 0.0)]
    if len(given) > 1:
        made.extend((one, float("nan"), float("nan")) for one in given[1:])
    else:
        made.extend(_coarser(finest, order))
    rows, levels = [], []
    for number, (splats, mean, far) in enumerate(reversed(made)):
        bits = fraction_bits(splats)
        name, size = _write(out, splats, bits)
        levels.append({"src": name, "bytes": size, "splats": len(splats)})
        rows.append(_row(splats, finest, bits, size, mean, far))
        tell("write", 0.5 + 0.5 * (number + 1) / len(made))
    report: dict[str, Any] = {
        "splats": len(finest),
        "levels": rows,
        "own_levels": len(given) > 1,
        "source_bytes": _size(source),
        "seconds": {"read": round(read_s, 3), "all": round(time.monotonic() - begun, 3)},
    }
    # Where all but stray splats lie, for whoever looks for a place to stand.
    bounds = np.quantile(finest.place, [0.01, 0.99], axis=0).tolist()
    return Built({"kind": "splat", "levels": levels, "bounds": bounds}, report)


def read_splats(source: Path) -> list[Splats]:
    """The splats of a file, fine to coarse where it brings levels. Raises BadInput."""
    ending = source.suffix.lower()
    if source.is_dir() or ending in (".sog", ".zip", ".json"):
        files, first = files_of(source)
        if first.endswith("lod-meta.json"):
            return read_levels(files, first, MOST_SPLATS)
        return [read_sog(files, first, MOST_SPLATS)]
    readers = {".ply": read_ply, ".splat": read_splat, ".spz": read_spz}
    if ending not in readers:
        raise BadInput(f"'{ending}' holds no splats", where=source.name, next="Give .ply, .splat, .spz or .sog.")
    return [readers[ending](source, MOST_SPLATS)]


def _size(source: Path) -> int:
    if source.is_file() and source.suffix.lower() != ".json":
        return source.stat().st_size
    folder = source if source.is_dir() else source.parent
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())


def _in_order(splats: Splats) -> tuple[Splats, NDArray[np.uint64]]:
    """In Morton order, which packs well, and the Morton numbers."""
    low, high = np.quantile(splats.place, (0.001, 0.999), axis=0)
    edge = max(float((high - low).max()) * 1.02, 1e-6)
    # What lies outside shares the border's cells.
    at = np.clip((splats.place - low) / edge * (1 << _DEPTH), 0, (1 << _DEPTH) - 1).astype(np.uint16)
    table = spread_table(_DEPTH)
    key = np.zeros(len(splats), np.uint64)
    for axis in range(3):
        key = (key << np.uint64(1)) | table[at[:, axis]]
    order = np.argsort(key, kind="stable")
    return splats.at(order), key[order]


def _coarser(finest: Splats, keys: NDArray[np.uint64]) -> list[tuple[Splats, float, float]]:
    made = []
    last = len(finest)
    for depth in range(_DEPTH - 1, 1, -1):
        cells = keys >> np.uint64(3 * (_DEPTH - depth))
        starts = np.flatnonzero(np.r_[True, cells[1:] != cells[:-1]])
        if last <= FIRST:
            break
        if len(starts) <= last * _RATIO:
            made.append(grouped(finest, starts))
            last = len(starts)
    return made


def _write(out: Path, splats: Splats, bits: int) -> tuple[str, int]:
    with tempfile.TemporaryDirectory(dir=out, prefix=".splats-") as scratch:
        path = Path(scratch) / "level.spz"
        size = write_spz(path, splats, bits)
        with path.open("rb") as file:
            name = f"{hashlib.file_digest(file, 'sha256').hexdigest()}.spz"
        os.replace(path, out / name)
    return name, size


def _row(splats: Splats, finest: Splats, bits: int, size: int, mean: float, far: float) -> dict[str, Any]:
    diagonal = float(np.linalg.norm(np.ptp(finest.place, axis=0))) or 1.0
    row: dict[str, Any] = {"splats": len(splats), "bytes": size, "bytes_per_splat": round(size / len(splats), 2)}
    row["harmonics"] = {0: 0, 9: 1, 24: 2, 45: 3}[splats.sh.shape[1]]
    row["step"] = 2.0**-bits
    if np.isfinite(mean):
        row |= {"mean_distance": round(mean, 6), "hausdorff": round(far, 6)}
        row |= {"mean_distance_pct": round(100 * mean / diagonal, 4), "hausdorff_pct": round(100 * far / diagonal, 4)}
    return row
