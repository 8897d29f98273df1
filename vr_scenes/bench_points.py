"""Millions of airborne laser points built by us and by py3dtiles, from the same LAS file; and by us from the LAZ.

Rule: each builder is a command in processes of its own, timed from start to end, with its memory the sum over all of them.
What we built is read back by another reader (npm's decoder) and held against the source as laspy reads it: no point may be
lost, none moved. py3dtiles lives in an environment of its own under build/, and is tried on a small cloud first, so that
what it compiles is compiled. Last line: JSON.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import ShuyuanError, Unavailable
from commons.places import ROOT
from commons.settings import load_settings
from vr_scenes.pipeline import BUILT, Built
from vr_scenes.pipeline.meshopt import find_node
from vr_scenes.pipeline.points_cloud import linear_table

__all__ = ["Ran", "compare", "decoded", "main", "run_watched"]

OWN = "scenes/pointclouds/autzen_10.6M.laz"
PEER = "py3dtiles==12.1.1"
RUNS = 3
SMALL = 20_000
_DECODER = ROOT / "vr_scenes" / "pipeline" / "points_decode.mjs"
_ROW = np.dtype([("place", "<f8", (3,)), ("colour", "u1", (3,))])
_CHUNK = 1_000_000


@dataclass(frozen=True)
class Ran:
    """How a command went: seconds, the greatest sum of resident memory over its processes, and their processor time."""

    seconds: float
    peak_mb: float
    processor_s: float


def run_watched(command: Sequence[str], env: Mapping[str, str] | None = None) -> Ran:
    """Run a command to its end. Raises Unavailable with its last words when it fails."""
    import psutil

    with tempfile.TemporaryFile() as words:
        before = _processor_s()
        begun = time.monotonic()
        process = subprocess.Popen(command, stdout=words, stderr=subprocess.STDOUT, cwd=ROOT, env=env)
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident(psutil.Process(process.pid)))
            time.sleep(0.05)
        seconds = time.monotonic() - begun
        words.seek(0)
        said = words.read()[-600:].decode("utf-8", "replace")
    if process.returncode:
        raise Unavailable(
            f"{command[0]} ended with {process.returncode}: {said}", where="bench", next="Try it by hand."
        )
    return Ran(seconds, peak / 1e6, _processor_s() - before)


def _processor_s() -> float:
    """Processor time of all processes that were started and waited for, and of theirs: it knows nothing of who else is busy."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _resident(process: Any) -> int:
    import psutil

    total = 0
    try:
        for one in [process, *process.children(recursive=True)]:
            total += one.memory_info().rss
    except psutil.Error:
        # One ended while it was being looked at.
        return total
    return total


def plain_las(source: Path, target: Path, most: int | None = None) -> int:
    """Decode a LAS or LAZ into a plain LAS with laspy; its number of points."""
    import laspy

    with laspy.open(source) as reader:
        header = reader.header
        left = header.point_count if most is None else min(most, header.point_count)
        total = left
        with laspy.open(target, mode="w", header=header, do_compress=False) as writer:
            while left > 0:
                points = reader.read_points(min(left, _CHUNK))
                writer.write_points(points)
                left -= len(points)
    return total


def built_by_us(source: Path, out: Path) -> Ran:
    """Our build as the platform starts it."""
    shutil.rmtree(out, ignore_errors=True)
    return run_watched([sys.executable, "-m", "vr_scenes.pipeline", "points", str(source), str(out)])


def built_by_peer(program: Path, source: Path, out: Path) -> Ran:
    """py3dtiles' build as it comes: as many jobs as there are processors, .pnts tiles."""
    shutil.rmtree(out, ignore_errors=True)
    return run_watched([str(program), "convert", str(source), "--out", str(out)])


def peer_program(folder: Path) -> Path:
    """py3dtiles in an environment of its own, made once. Raises Unavailable where it cannot be had."""
    program = folder / "bin" / "py3dtiles"
    if not program.exists():
        venv.create(folder, with_pip=True)
        done = subprocess.run(
            [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", PEER, "laspy"],
            capture_output=True,
            text=True,
        )
        if done.returncode or not program.exists():
            shutil.rmtree(folder, ignore_errors=True)
            raise Unavailable(f"{PEER} could not be installed: {done.stderr[-300:]}", next="Is there a package index?")
    return program


def decoded(tileset: Path) -> NDArray[Any]:
    """Every point of a tileset, by npm's decoder: `place` in metres from its zero, +Z up, and `colour`."""
    with tempfile.TemporaryDirectory() as scratch:
        rows = Path(scratch) / "rows.bin"
        program = find_node(os.environ.get("PATH", os.defpath))
        subprocess.run([program, str(_DECODER), str(tileset), str(rows)], check=True)
        return np.fromfile(rows, _ROW)


def compare(source: Path, folder: Path, built: Built) -> dict[str, Any]:
    """Points in, out, lost, and the worst error as a share of the source's scale, by readers that did not build."""
    node, place = built.node, built.report["place"]
    found = decoded(folder / node["src"])
    want, scale, offset = _source_keys(source)
    steps = (found["place"] / np.array(place["metres_per_unit"]) + np.array(place["zero"]) - offset) / scale
    whole = np.rint(steps)
    error = float(np.abs(steps - whole).max(initial=0))
    got = _keys(whole.astype(np.int64), found["colour"])
    return {
        "points_in": len(want),
        "points_out": len(got),
        "lost": _missing(want, got),
        "leaf_error_of_scale": round(error, 9),
        "bytes_per_point": round(node["bytes"] / len(want), 3),
        "tiles": sum(level["tiles"] for level in built.report["levels"]),
    }


def _source_keys(source: Path) -> tuple[NDArray[Any], NDArray[np.float64], NDArray[np.float64]]:
    import laspy

    made = []
    with laspy.open(source) as reader:
        scale, offset = np.array(reader.header.scales), np.array(reader.header.offsets)
        coloured = "red" in set(reader.header.point_format.dimension_names)
        for points in reader.chunk_iterator(_CHUNK):
            colours = np.zeros((len(points), 3), np.int64)
            if coloured:
                colours = np.stack([np.asarray(points[name]) for name in ("red", "green", "blue")], axis=1)
            made.append((np.stack([points.X, points.Y, points.Z], axis=1).astype(np.int64), colours))
    colours = np.concatenate([one for _, one in made])
    deep = colours.max(initial=0) > 255
    linear = linear_table(65536 if deep else 256, 65535 if deep else 255)[colours]
    return _keys(np.concatenate([one for one, _ in made]), linear), scale, offset


def _keys(places: NDArray[np.int64], colours: NDArray[np.uint8]) -> NDArray[Any]:
    """Sorted pairs of 64 bits for place and colour: equal clouds have equal keys."""
    packed = places.astype(np.int32).view(np.uint32).astype(np.uint64)
    grey = colours.astype(np.uint64)
    made = np.empty(len(places), [("a", "<u8"), ("b", "<u8")])
    made["a"] = packed[:, 0] << np.uint64(32) | packed[:, 1]
    made["b"] = packed[:, 2] << np.uint64(24) | grey[:, 0] << np.uint64(16) | grey[:, 1] << np.uint64(8) | grey[:, 2]
    return made[np.lexsort((made["b"], made["a"]))]


def _missing(want: NDArray[Any], got: NDArray[Any]) -> int:
    """How many of the wanted have no match of their own."""
    if len(want) == len(got) and bool((want == got).all()):
        return 0
    every, place = np.unique(np.concatenate([want, got]), return_inverse=True)
    wanted = np.bincount(place[: len(want)], minlength=len(every))
    return int(np.maximum(wanted - np.bincount(place[len(want) :], minlength=len(every)), 0).sum())


def measure(source: Path, folder: Path, peers: Path) -> dict[str, Any]:
    """All figures; `folder` is for what is built, `peers` for what the peer is installed in."""
    program = peer_program(peers / PEER.replace("==", "-"))
    las, small = folder / "cloud.las", folder / "small.las"
    count = plain_las(source, las)
    plain_las(source, small, SMALL)
    built_by_peer(program, small, folder / "warm")
    peer = built_by_peer(program, las, folder / "peer")
    ours = [built_by_us(las, folder / "ours") for _ in range(RUNS)]
    result = json.loads((folder / "ours" / BUILT).read_text("utf-8"))
    found = compare(source, folder / "ours", Built(result["node"], result["report"]))
    packed = built_by_us(source, folder / "laz") if source.suffix.lower() == ".laz" else None
    seconds = statistics.median(one.seconds for one in ours)
    peer_bytes = sum(one.stat().st_size for one in (folder / "peer").rglob("*") if one.is_file())
    return {
        "ours_mpts_s": round(count / seconds / 1e6, 3),
        "peer_mpts_s": round(count / peer.seconds / 1e6, 3),
        "ratio": round(peer.seconds / seconds, 2),
        "bytes_per_point": found["bytes_per_point"],
        "peak_mb": round(max(one.peak_mb for one in [*ours, *([packed] if packed else [])]), 1),
        "points_in": found["points_in"],
        "points_out": found["points_out"],
        "lost": found["lost"],
        "leaf_error_of_scale": found["leaf_error_of_scale"],
        "laz_mpts_s": round(count / packed.seconds / 1e6, 3) if packed else None,
        "tiles": found["tiles"],
        "ours_s": [round(one.seconds, 2) for one in ours],
        "peer_s": round(peer.seconds, 2),
        "ours_processor_s": round(statistics.median(one.processor_s for one in ours), 2),
        "peer_processor_s": round(peer.processor_s, 2),
        "peer_bytes_per_point": round(peer_bytes / count, 2),
        "peer_peak_mb": round(peer.peak_mb, 1),
    }


def main(environment: Mapping[str, str]) -> int:
    """0 when measured or skipped."""
    data = load_settings(environment).data
    source = Path(environment.get("DATA") or data / OWN)
    if not source.is_file():
        print(f"skipped: no {source}; name a LAS or LAZ file with DATA, or set SHUYUAN_DATA")
        return 0
    if not (ROOT / "node_modules" / "meshoptimizer").is_dir():
        print("skipped: meshoptimizer is not installed; run `npm ci`")
        return 0
    bench = ROOT / "build" / "bench"
    bench.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=bench) as folder:
            print(json.dumps(measure(source, Path(folder), bench)))
    except ShuyuanError as error:
        print(str(error))
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(os.environ))
