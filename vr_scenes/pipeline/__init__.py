"""Builders of assets: one for each kind, each a function of a file that nobody trusts.

The rule kept here: a builder is pure of the platform. It reads `source`, writes under `out` and tells how far it is; it is
run only as a process of its own, `python -m vr_scenes.pipeline <kind> <source> <out>`, inside the sandbox (`job`). The
server's processes import this module for its names and never a builder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commons.errors import BadInput

__all__ = ["ACCEPTED", "BUILT", "KINDS", "Built", "Tell", "builder", "kind_of"]

Tell = Callable[[str, float], None]
"""What is being done (a word), and how far it is, 0..1."""

BUILT = "built.json"
"""The result of a build, written last into its folder."""

KINDS = ("mesh", "points", "splat", "panorama", "fusion")

ACCEPTED = {
    "mesh": (".glb", ".gltf", ".obj", ".ply", ".stl"),
    "points": (".las", ".laz", ".ply", ".pcd"),
    "splat": (".splat", ".spz", ".sog", ".ply"),
    "panorama": (".jpg", ".jpeg", ".png", ".webp", ".hdr"),
    "fusion": (".zip",),
}
_HEADER_BYTES = 65536


@dataclass(frozen=True)
class Built:
    """What a builder made: the node of the manifest (without its id), and the fidelity report."""

    node: dict[str, Any]
    report: dict[str, Any] = field(default_factory=dict)


def kind_of(name: str, head: bytes = b"") -> str:
    """The kind of asset a file is, by its name; a .ply by its header, of which `head` is the beginning.

    >>> kind_of("Statue.GLB"), kind_of("cloud.laz"), kind_of("hall.jpg"), kind_of("a.copc.laz")
    ('mesh', 'points', 'panorama', 'points')

    Raises BadInput for what no builder reads, saying what they do read.
    """
    ending = Path(name).suffix.lower()
    if ending == ".ply":
        return _ply_kind(head[:_HEADER_BYTES])
    for kind, endings in ACCEPTED.items():
        if ending in endings:
            return kind
    known = ", ".join(dict.fromkeys(end[1:] for endings in ACCEPTED.values() for end in endings))
    raise BadInput(f"no builder reads '{ending or name}' files", where=Path(name).name, next=f"Give one of: {known}.")


def _ply_kind(head: bytes) -> str:
    """A .ply holds splats where it has their scales, a mesh where it has faces, else points."""
    text = head.partition(b"end_header")[0]
    if b"f_dc_0" in text and b"scale_0" in text:
        return "splat"
    words = text.split()
    faces = [words[at + 2] for at in range(len(words) - 2) if words[at : at + 2] == [b"element", b"face"]]
    strips = b"tristrips" in text
    return "mesh" if strips or any(count != b"0" for count in faces) else "points"


def builder(kind: str) -> Callable[[Path, Path, Tell], Built]:
    """The function that builds a kind. Raises BadInput for an unknown kind."""
    import importlib

    modules = {"mesh": "meshes", "points": "points", "splat": "splats", "panorama": "panoramas", "fusion": "fusion"}
    if kind not in modules:
        raise BadInput(f"there is no kind '{kind}'", where="pipeline", next=f"Kinds are {', '.join(modules)}.")
    try:
        module = importlib.import_module(f"vr_scenes.pipeline.{modules[kind]}")
    except ModuleNotFoundError as error:
        missing = str(error.name)
        raise BadInput(f"'{kind}' cannot be built here: {missing} is not installed", where="pipeline",
                       next="Run `make setup` without leaving it out.") from error  # fmt: skip
    made: Callable[[Path, Path, Tell], Built] = module.build
    return made
