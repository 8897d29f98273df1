"""Point clouds to an octree of quantised, meshopt-compressed tiles: 3D Tiles 1.1, refined by adding.

The rule kept here: every point of the source is in exactly one tile, on the source's own grid; memory does not grow with the
cloud; nothing is left behind but a whole folder, named by its contents.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from commons.errors import BadInput
from vr_scenes.pipeline import Built, Tell
from vr_scenes.pipeline.crew import Crew, cores
from vr_scenes.pipeline.points_cloud import Cloud, open_las
from vr_scenes.pipeline.points_measure import Apart, summed
from vr_scenes.pipeline.points_pass import Spread, Tools, build_tree, spread_cloud
from vr_scenes.pipeline.points_pcd import open_pcd
from vr_scenes.pipeline.points_ply import open_ply
from vr_scenes.pipeline.points_rows import cloud_of
from vr_scenes.pipeline.points_tile import Frame
from vr_scenes.pipeline.points_tree import Node, spacing
from vr_scenes.pipeline.tileset import settle, tileset_of, write_json

__all__ = ["MOST_POINTS", "build"]

MOST_POINTS = 500_000_000
_ALONE = 300_000
"""A cloud with fewer points is built without further processes."""
_WORKERS = 4
_RANGE = 4_000_000
"""So many points are read before it is told how far it is."""


def build(source: Path, out: Path, tell: Tell) -> Built:
    """Tiles of a LAS, LAZ, COPC, PLY or PCD under `out/<sha256>/`. Raises BadInput."""
    begun = time.monotonic()
    tell("read", 0.0)
    with tempfile.TemporaryDirectory(dir=out, prefix=".points-") as scratch:
        work, folder = Path(scratch), Path(scratch) / "tiles"
        folder.mkdir()
        cloud = open_cloud(source, work)
        workers = 1 if cloud.count < _ALONE else min(cores(), _WORKERS)
        with Crew(Tools, workers) as crew:
            ranges = workers * -(-cloud.count // (workers * _RANGE))
            spread = spread_cloud(crew, cloud, work, ranges, lambda share: tell("read", 0.4 * share))
            frame = _frame(spread)
            read_s = time.monotonic() - begun
            root, measured = build_tree(
                crew, spread, frame, folder, work, lambda share: tell("tiles", 0.4 + 0.55 * share)
            )
        report = _report(spread, root, frame, measured)
        write_json(folder / "tileset.json", tileset_of(root, frame, spread.cube.bits, report["place"]))
        total = sum(path.stat().st_size for path in folder.iterdir())
        name = settle(folder, out)
        report |= {"bytes": total, "bytes_per_point": round(total / spread.count, 3)}
    report["seconds"] = {"read": round(read_s, 3), "all": round(time.monotonic() - begun, 3)}
    tell("points", 1.0)
    return Built({"kind": "points", "src": f"{name}/tileset.json", "points": spread.count, "bytes": total}, report)


def open_cloud(source: Path, work: Path) -> Cloud:
    """The cloud in a file, by its beginning. What has to be unpacked first is unpacked in `work`. Raises BadInput."""
    with source.open("rb") as file:
        head = file.read(16)
    if head[:4] == b"LASF":
        return open_las(source, MOST_POINTS)
    if head[:3] == b"ply":
        return cloud_of(open_ply(source, work, MOST_POINTS))
    if head[:1] == b"#" or head[:7] in (b"VERSION", b"FIELDS "):
        return cloud_of(open_pcd(source, work, MOST_POINTS))
    raise BadInput("neither LAS, LAZ, PLY nor PCD", where=f"{source.name}, byte 0", next="Export it as LAZ.")


def _frame(spread: Spread) -> Frame:
    # Zero is the middle of the ground, so that floats are small and a cloud stands on its floor.
    middle = (spread.low + spread.high) // 2
    zero = (int(middle[0]), int(middle[1]), int(spread.low[2]))
    return Frame(spread.cloud.space.metres, zero)


def _report(spread: Spread, root: Node, frame: Frame, measured: list[tuple[Apart, ...]]) -> dict[str, Any]:
    space = spread.cloud.space
    metres = np.array(space.metres)
    diagonal = float(np.linalg.norm((spread.high - spread.low) * metres)) or float(metres.max())
    levels: dict[int, list[Node]] = defaultdict(list)
    for node in root.walk():
        if node.written is not None:
            levels[node.level].append(node)
    last = max(levels)
    far_from = summed(measured, last)
    rows = []
    for level in sorted(levels):
        found = [one.written for one in levels[level] if one.written is not None]
        far = 0.0 if level == last else spacing(level, spread.cube.bits) * max(frame.metres)
        mean, most = far_from[level]
        rows.append(
            {"level": level, "tiles": len(found), "points": sum(one.count for one in found),
             "bytes": sum(one.bytes for one in found), "mean_distance_m": round(mean, 4),
             "mean_distance_pct": round(100 * mean / diagonal, 4), "hausdorff_m_seen": round(most, 4),
             "hausdorff_m_at_most": round(far, 4), "hausdorff_pct_at_most": round(100 * far / diagonal, 4)}
        )  # fmt: skip
    zero = [offset + at * scale for offset, at, scale in zip(space.offset, frame.zero, space.scale, strict=True)]
    if space.y_up:
        zero = [zero[0], zero[2], -zero[1]]
    place = {
        "zero": zero,
        "unit": space.unit_said,
        "metres_per_unit": list(space.unit),
        "source_up": "y" if space.y_up else "z",
    }
    return {
        "points": spread.count,
        "rows_without_a_place": spread.cloud.count - spread.count,
        "levels": rows,
        "place": place,
        "colour": spread.cloud.colour_said,
        "step_m": [float(one) for one in metres],
        "error_m_at_most": 0.0 if not space.y_up else float(metres[0]) / 2,
        "diagonal_m": round(diagonal, 3),
    }
