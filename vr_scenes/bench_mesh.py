"""`make bench-mesh`: the ladder of a statue of 597,703 triangles, beside npm's gltfpack at the same error, measured by one ruler.

The rule kept here: both start from the same mesh and picture; the peer is given, for each of our levels, the picture's size
and the fewest triangles with which it is as true as ours (the mean distance, ours being the bound), with and without its
permissive mode, whichever is smaller. It reads no Draco and, as npm has it, writes no WebP: so it is given the model
unpacked, with its picture already as small as ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from commons.places import ROOT
from vr_scenes.glb import container
from vr_scenes.pipeline.meshes import build, read_mesh
from vr_scenes.pipeline.meshes_measure import Measurer
from vr_scenes.pipeline.meshes_model import Model
from vr_scenes.pipeline.meshopt import find_node
from vr_scenes.pipeline.pictures import media_of, open_picture, smaller, webp

__all__ = ["main", "statue"]

_STATUE = "scenes/meshes/aton_venus_cc0/venus.gltf"
_TRIES = 5
_SIDES = (512, 1024, 2048)


@dataclass(frozen=True)
class Peer:
    """What gltfpack made: bytes, triangles, how true, with which of its options."""

    bytes: int
    triangles: int
    mean_pct: float
    psnr: float
    seconds: float
    options: str


def statue(data: Path) -> Path | None:
    """The statue's file, None where the data are not there."""
    path = data / _STATUE
    return path if path.is_file() else None


def plain_glb(model: Model, side: int | None = None) -> bytes:
    """The model with floats and whole indices, nothing packed; its pictures as WebP of `side` pixels, or as they are."""
    mesh = model.mesh
    blocks = [mesh.positions.astype(np.float32), mesh.normals, mesh.uvs.astype(np.float32)]
    kinds, primitives = ("VEC3", "VEC3", "VEC2"), []
    data, views, accessors = bytearray(), [], []

    def put(raw: bytes) -> int:
        views.append({"buffer": 0, "byteOffset": len(data), "byteLength": len(raw)})
        data.extend(raw + b"\0" * (-len(raw) % 4))
        return len(views) - 1

    for rows, kind in zip(blocks, kinds, strict=True):
        entry = {"bufferView": put(rows.tobytes()), "componentType": 5126, "count": len(rows), "type": kind}
        accessors.append(entry | ({"min": rows.min(0).tolist(), "max": rows.max(0).tolist()} if kind == "VEC3" else {}))
    for number in range(len(model.looks)):
        flat = mesh.triangles[mesh.looks[mesh.triangles[:, 0]] == number].ravel()
        accessors.append(
            {"bufferView": put(flat.tobytes()), "componentType": 5125, "count": len(flat), "type": "SCALAR"}
        )
        attributes = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}
        primitives.append({"attributes": attributes, "indices": len(accessors) - 1, "material": number})
    pictures = [webp(smaller(open_picture(one, "picture"), side), 80) if side else one for one in model.pictures]
    images = [{"bufferView": put(one), "mimeType": media_of(one)} for one in pictures]
    surfaces = [{"metallicFactor": look.metal} | ({"baseColorTexture": {"index": look.pictures["base"]}} if look.pictures else {})
                for look in model.looks]  # fmt: skip
    document = {"asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
                "meshes": [{"primitives": primitives}], "accessors": accessors, "bufferViews": views,
                "materials": [{"pbrMetallicRoughness": surface} for surface in surfaces], "images": images,
                "textures": [{"source": number} if not side else {"extensions": {"EXT_texture_webp": {"source": number}}}
            for number in range(len(images))],
        "extensionsUsed": ["EXT_texture_webp"] if side else [],
                "buffers": [{"byteLength": len(data)}]}  # fmt: skip
    return container(document, bytes(data))


def pack(source: Path, out: Path, options: list[str], measurer: Measurer) -> Peer | None:
    """One run of gltfpack, measured; None where it made nothing of it."""
    script = ROOT / "node_modules" / "gltfpack" / "cli.js"
    argv = [
        find_node(os.environ.get("PATH", os.defpath)),
        str(script),
        "-i",
        str(source),
        "-o",
        str(out),
        "-cc",
        *options,
    ]
    begun = time.monotonic()
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    if done.returncode or not out.is_file():
        sys.stdout.write(f"gltfpack {' '.join(options)}: {done.stderr.strip()[:200]}\n")
        return None
    model = read_mesh(out)
    found = measurer.report(model)
    return Peer(out.stat().st_size, len(model.mesh.triangles), found["mean_pct"], found["texture_psnr_db"], seconds,
                " ".join(options))  # fmt: skip


def as_true(source: Path, out: Path, level: dict[str, Any], total: int, measurer: Measurer) -> Peer | None:
    """The peer's smallest file whose mean distance is at most the level's."""
    if level["triangles"] == total:
        return pack(source, out, [], measurer)
    best: Peer | None = None
    for mode in ([], ["-sp"]):
        low, high = np.log(level["triangles"] / total / 4), np.log(min(1.0, 6 * level["triangles"] / total))
        for _ in range(_TRIES):
            ratio = float(np.exp((low + high) / 2))
            found = pack(source, out, ["-si", f"{ratio:.5f}", "-se", "1", *mode], measurer)
            if found is None:
                break
            if found.mean_pct <= level["mean_pct"]:
                high = np.log(ratio)
                best = found if best is None or found.bytes < best.bytes else best
            else:
                low = np.log(ratio)
    return best


def main() -> int:
    """0; the last line is one JSON object, or one line says why nothing was measured."""
    source = statue(Path(os.environ.get("SHUYUAN_DATA") or ROOT.parent / "shared" / "data"))
    if source is None:
        print(f"bench-mesh: skipped, {_STATUE} is not under SHUYUAN_DATA")
        return 0
    with tempfile.TemporaryDirectory(prefix="shuyuan-bench-mesh-") as folder:
        out = Path(folder)
        begun = time.monotonic()
        made = build(source, out, lambda doing, share: None)
        seconds = time.monotonic() - begun
        model = read_mesh(source)
        measurer = Measurer(model)
        peers = []
        levels = made.report["levels"]
        for number, level in enumerate(levels):
            side = None if level is levels[-1] else _SIDES[min(number, 2)]
            (out / "plain.glb").write_bytes(plain_glb(model, side))
            peers.append(as_true(out / "plain.glb", out / "peer.glb", level, len(model.mesh.triangles), measurer))
            _tell(number, level, peers[-1])
    print(json.dumps(_summary(made.report, peers, seconds), ensure_ascii=False))
    return 0


def _tell(number: int, level: dict[str, Any], peer: Peer | None) -> None:
    print(f"level {number}: {level['triangles']} triangles, {level['bytes']} bytes, mean {level['mean_pct']} %, "
          f"Hausdorff {level['hausdorff_pct']} % of the diagonal, picture {level['texture_psnr_db']} dB"
          f"{', painted anew' if level['painted_anew'] else ''}")  # fmt: skip
    if peer is None:
        print("  gltfpack: never as true")
    else:
        print(f"  gltfpack {peer.options}: {peer.triangles} triangles, {peer.bytes} bytes, mean {peer.mean_pct} %, "
              f"picture {peer.psnr} dB, {peer.seconds:.1f} s")  # fmt: skip


def _summary(report: dict[str, Any], peers: list[Peer | None], seconds: float) -> dict[str, Any]:
    levels = report["levels"]
    return {
        "first_level_kb": round(levels[0]["bytes"] / 1000, 1),
        "first_level_error_pct": levels[0]["mean_pct"],
        "ladder_bytes": sum(level["bytes"] for level in levels),
        "peer_bytes": None if None in peers else sum(peer.bytes for peer in peers if peer),
        "levels": [level["bytes"] for level in levels],
        "peer_levels": [peer.bytes if peer else None for peer in peers],
        "psnr_db": [level["texture_psnr_db"] for level in levels],
        "peer_psnr_db": [peer.psnr if peer else None for peer in peers],
        "error_pct": [level["mean_pct"] for level in levels],
        "seconds": round(seconds, 1),
        "building_seconds": report["seconds"]["building"],
    }


if __name__ == "__main__":
    raise SystemExit(main())
