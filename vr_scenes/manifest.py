"""What a build of a scene made, by content name, and a mark of what it was made from.

The rule kept here: reading a manifest needs neither numpy nor Open3D, so that pages stay light. `nodes` is the contract with
the viewer (docs/scenes.md) for what was built from files; `model` is the one .glb of a place that our own code modelled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

__all__ = ["MANIFEST", "Manifest", "manifest_of", "read_manifest", "source_mark"]

MANIFEST = "manifest.json"
_SOURCES = ("build.py", "glb.py", "light.py", "poster.py", "shapes.py")


@dataclass(frozen=True)
class Manifest:
    """Content names (`<sha256>.<ext>`, `<sha256>/…`) of nodes and of each stop's still; `mark` of their sources.

    `cameras` are those found for stops without one; `report` names the fidelity report beside the manifest, "" for none;
    `narration` is what was read aloud, by tour, step and language: `audio`, `captions`, `seconds`.
    """

    scene: str
    mark: str
    model: str
    posters: Mapping[str, str]
    bytes: int
    triangles: int
    nodes: Sequence[Mapping[str, Any]] = ()
    cameras: Mapping[str, Any] = field(default_factory=dict)
    report: str = ""
    narration: Mapping[str, Any] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a built scene, None when there is none."""
    try:
        return manifest_of(json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def manifest_of(page: Mapping[str, Any]) -> Manifest:
    """The manifest that `page` says. Raises TypeError where it is none."""
    made = Manifest(**page)
    return replace(made, nodes=tuple(made.nodes))


def source_mark(folder: Path) -> str:
    """A mark of everything that the model and the stills of `folder`'s scene depend on."""
    mark = hashlib.sha256()
    here = Path(__file__).parent
    files = [folder / "scene.json", *(here / name for name in _SOURCES), *sorted((here / "garden").glob("*.py"))]
    for path in files:
        mark.update(path.name.encode() + b"\0" + path.read_bytes())
    return mark.hexdigest()
