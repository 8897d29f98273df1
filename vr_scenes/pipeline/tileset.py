"""An explicit 3D Tiles 1.1 tileset of points, and the folder named by its contents.

The rule kept here: boxes hold exactly what is in the tiles at and below them, in the +Z-up frame that 3D Tiles prescribes (the
GLBs are +Y up, as glTF prescribes; a viewer turns them). Source: OGC 22-025r4.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vr_scenes.pipeline.points_tile import Frame
from vr_scenes.pipeline.points_tree import Node, spacing

__all__ = ["folder_mark", "settle", "tileset_of"]

Bounds = tuple[NDArray[np.int64], NDArray[np.int64]]


def tileset_of(root: Node, frame: Frame, bits: int, extras: Mapping[str, Any]) -> dict[str, Any]:
    """The tileset of a tree of tiles whose cube is 2^bits steps wide; geometric errors in metres."""
    step = max(frame.metres)
    tile, (low, high) = _tile(root, frame, bits, step)
    whole = float(np.linalg.norm((high - low) * np.array(frame.metres))) or step
    tile["refine"] = "ADD"
    return {
        "asset": {"version": "1.1", "extras": dict(extras)},
        "geometricError": max(whole, tile["geometricError"]),
        "root": tile,
    }


def _tile(node: Node, frame: Frame, bits: int, step: float) -> tuple[dict[str, Any], Bounds]:
    below = [_tile(child, frame, bits, step) for child in node.children]
    lows, highs = [low for _, (low, _) in below], [high for _, (_, high) in below]
    if node.written is not None:
        lows.append(np.array(node.written.low))
        highs.append(np.array(node.written.high))
    low, high = np.min(lows, axis=0), np.max(highs, axis=0)
    metres = np.array(frame.metres)
    middle = ((low + high) / 2 - np.array(frame.zero)) * metres
    half = np.maximum((high - low) / 2, 0.5) * metres
    box = [*middle.tolist(), half[0], 0, 0, 0, half[1], 0, 0, 0, half[2]]
    made: dict[str, Any] = {
        "boundingVolume": {"box": [round(float(one), 6) for one in box]},
        "geometricError": round(spacing(node.level, bits) * step, 6) if below else 0,
    }
    if node.written is not None:
        made["content"] = {"uri": f"{node.name}.glb"}
    if below:
        made["children"] = [child for child, _ in below]
    return made, (low, high)


def folder_mark(folder: Path) -> str:
    """SHA-256 over the names, in order, and the SHA-256 of each file."""
    mark = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        mark.update(f"{path.relative_to(folder).as_posix()}\0{found}\n".encode())
    return mark.hexdigest()


def settle(folder: Path, out: Path) -> str:
    """Move a finished folder to its content name under `out`; the name. What is there already is the same and stays."""
    name = folder_mark(folder)
    target = out / name
    if target.exists():
        shutil.rmtree(folder)
    else:
        os.replace(folder, target)
    return name


def write_json(path: Path, value: object) -> None:
    """Compact UTF-8."""
    path.write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")), "utf-8")
