"""Scenes that curators publish: each publishing is a version of its own, one of which is live; going back is choosing another.

The rule kept here: a version is one file that holds scene and manifest together, written when all of its assets lie there, and
what is live is named by one file that is replaced whole. So a visitor sees the old version or the new one and never a part. What
lacks rights, credit, a source or a language is not published.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import BadInput, Conflict, Faults, NotFound
from commons.writing import output
from vr_scenes.check import concept_faults
from vr_scenes.manifest import MANIFEST, Manifest, manifest_of
from vr_scenes.scene import CONTENT, Scene, list_scenes, load_scene, read_document, scene_of

if TYPE_CHECKING:
    from vr_scenes.build_files import Tell
    from vr_scenes.voices import Voice

__all__ = ["LIVE", "Published", "live_scenes", "publish", "published", "roll_back", "versions"]

LIVE, VERSIONS = "live.json", "versions"


@dataclass(frozen=True)
class Published:
    """A version: its number (from 1), when it was published, the scene and what was built of it. Assets lie in `folder`."""

    number: int
    time: datetime
    scene: Scene
    manifest: Manifest
    folder: Path


def publish(folder: Path, root: Path, concepts: Collection[str], tell: Tell, voice: Voice | None = None) -> Published:
    """Build the package `folder` and make it the live version under `root`. Raises Faults with everything that keeps it from being
    published, Conflict where the name is that of a scene that ships, and what a build raises.
    """
    from vr_scenes.build import build_scene

    scene = load_scene(folder)
    faults = concept_faults(scene, concepts)
    if faults:
        raise Faults(faults, where=f"scene '{scene.id}'", next="Correct these and publish again.")
    if scene.id in [one.name for one in list_scenes(CONTENT)]:
        raise Conflict(f"a scene '{scene.id}' ships with the platform", where=scene.id, next="Give yours another id and folder.")
    place = root / scene.id
    (place / VERSIONS).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".build-") as work:
        made = build_scene(folder, Path(work), tell=tell, voice=voice)
        for path in sorted((Path(work) / scene.id).iterdir()):
            if path.name != MANIFEST and not (place / path.name).exists():
                _moved(path, place / path.name)
    number = max(versions(root, scene.id), default=0) + 1
    page = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "scene": read_document(folder),
        "manifest": vars(made),
    }
    with output(place / VERSIONS / f"{number}.json") as out:
        out.write(json.dumps(page, ensure_ascii=False).encode())
    _go_live(place, number)
    return published(root, scene.id)


def versions(root: Path, name: str) -> list[int]:
    """The versions of a published scene, the oldest first."""
    found = (root / name / VERSIONS).glob("*.json")
    return sorted(int(path.stem) for path in found if path.stem.isdigit())


def roll_back(root: Path, name: str) -> Published:
    """Make the version before the live one live. Raises NotFound for an unknown scene or where there is none before."""
    now = published(root, name).number
    before = [one for one in versions(root, name) if one < now]
    if not before:
        raise NotFound(f"there is no version before {now}", where=f"scene '{name}'", next="Publish another one.")
    _go_live(root / name, before[-1])
    return published(root, name)


def published(root: Path, name: str) -> Published:
    """The live version of a scene. Raises NotFound where none was published, BadInput where its files are broken."""
    place = root / name
    try:
        number = int(json.loads((place / LIVE).read_text("utf-8"))["version"])
        page = json.loads((place / VERSIONS / f"{number}.json").read_text("utf-8"))
        return Published(
            number, datetime.fromisoformat(page["time"]), scene_of(page["scene"], name), manifest_of(page["manifest"]), place
        )
    except FileNotFoundError as error:
        raise NotFound(f"no scene '{name}' was published", where=str(root), next="shuyuan scene publish FOLDER") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput("its version cannot be read", where=str(place), next="Publish the scene again.") from error


def live_scenes(root: Path) -> Mapping[str, Published]:
    """Every published scene that can be read, by name."""
    found: dict[str, Published] = {}
    for path in sorted(root.glob(f"*/{LIVE}")):
        try:
            found[path.parent.name] = published(root, path.parent.name)
        except (BadInput, NotFound):
            continue
    return found


def _go_live(place: Path, number: int) -> None:
    told: dict[str, Any] = {"version": number}
    with output(place / LIVE) as out:
        out.write(json.dumps(told).encode())


def _moved(source: Path, target: Path) -> None:
    """One asset or tree to its place; named by content, it is the same wherever it is."""
    try:
        os.replace(source, target)
    except OSError:
        shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
