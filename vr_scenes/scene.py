"""The scene: what `scene.json` says, as values. Format 1: metres, +Y up, a language map for every text.

The rule kept here: a scene is read whole or not at all, and every fault of a file is told at once. Nothing here knows
how a scene is modelled, drawn or served.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from commons.errors import Faults, NotFound
from commons.languages import Text
from vr_scenes.check import faults_of
from vr_scenes.items import items

__all__ = [
    "CONTENT",
    "Asset",
    "Camera",
    "Hotspot",
    "Part",
    "Scene",
    "SceneObject",
    "Step",
    "Stop",
    "Tour",
    "items",
    "list_scenes",
    "load_scene",
    "scene_folder",
]

CONTENT = Path(__file__).parent / "content"


@dataclass(frozen=True)
class Camera:
    """Where the visitor's eye is, where it looks (metres), and its upright opening in degrees."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    fov: float


@dataclass(frozen=True)
class Stop:
    """A viewpoint of the tour. `unit` is "course/unit" or ""; `explode` how far the object in view stands open in the still."""

    id: str
    title: Text
    caption: Text
    description: Text
    concepts: tuple[str, ...]
    unit: str
    minutes: float
    camera: Camera
    explode: float = 0.0


@dataclass(frozen=True)
class Hotspot:
    """A place one can point at from a stop; `object` is an object's id or ""."""

    id: str
    stop: str
    title: Text
    text: Text
    concepts: tuple[str, ...]
    position: tuple[float, float, float]
    object: str = ""


@dataclass(frozen=True)
class Part:
    """A piece of an object that can be taken apart."""

    id: str
    title: Text
    text: Text


@dataclass(frozen=True)
class SceneObject:
    """A museum item of the scene, seen best from `stop`."""

    id: str
    stop: str
    title: Text
    text: Text
    concepts: tuple[str, ...]
    measures: Text
    parts: tuple[Part, ...] = ()
    view: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a tour: a stop, what is said there, for how many seconds; `explode` 0..1 opens the object in view."""

    stop: str
    seconds: float
    text: Text
    explode: float | None = None


@dataclass(frozen=True)
class Tour:
    """Ordered steps."""

    id: str
    title: Text
    steps: tuple[Step, ...]

    @property
    def seconds(self) -> float:
        return sum(step.seconds for step in self.steps)


@dataclass(frozen=True)
class Asset:
    """A file the scene needs, or the function that makes it, with whose it is and what one may do with it."""

    id: str
    media: str
    builder: str
    rights: str
    credit: Text
    source: Text


@dataclass(frozen=True)
class Scene:
    """A 3D place with its texts."""

    id: str
    title: Text
    summary: Text
    note: Text
    stops: tuple[Stop, ...]
    hotspots: tuple[Hotspot, ...]
    objects: tuple[SceneObject, ...]
    tours: tuple[Tour, ...]
    assets: tuple[Asset, ...]
    sources: tuple[Text, ...]

    def stop(self, name: str) -> Stop:
        """The stop of that id. Raises NotFound."""
        for stop in self.stops:
            if stop.id == name:
                return stop
        raise NotFound(
            f"there is no stop '{name}'", where=f"scene '{self.id}'", next="The tour's page lists every stop."
        )

    def hotspots_of(self, stop: str) -> tuple[Hotspot, ...]:
        return tuple(hotspot for hotspot in self.hotspots if hotspot.stop == stop)

    def objects_of(self, stop: str) -> tuple[SceneObject, ...]:
        return tuple(one for one in self.objects if one.stop == stop)


def list_scenes(content: Path = CONTENT) -> list[Path]:
    """The folders that hold a scene, by name."""
    return sorted(path.parent for path in content.glob("*/scene.json"))


def scene_folder(name: str, content: Path = CONTENT) -> Path:
    """The folder of the scene called `name`. Raises NotFound."""
    for folder in list_scenes(content):
        if folder.name == name:
            return folder
    raise NotFound(f"there is no scene '{name}'", where="tours", next="The list of tours names every place.")


def load_scene(folder: Path) -> Scene:
    """Read `folder`/scene.json. Raises Faults with everything that is wrong in it, NotFound when there is none."""
    path = folder / "scene.json"
    if not path.is_file():
        raise NotFound("there is no scene.json", where=str(folder), next="A scene is a folder with that file.")
    try:
        found = json.loads(path.read_text("utf-8"))
    except (ValueError, UnicodeDecodeError) as error:
        raise Faults([f"not JSON: {error}"], where=f"{folder.name}/scene.json", next="Correct the file.") from error
    faults = faults_of(found, folder.name)
    if faults:
        raise Faults(faults, where=f"{folder.name}/scene.json", next="Correct these and load the scene again.")
    return _scene(found)


def _scene(found: dict) -> Scene:
    return Scene(
        id=found["id"],
        title=found["title"],
        summary=found["summary"],
        note=found["note"],
        stops=tuple(_stop(entry) for entry in found["stops"]),
        hotspots=tuple(Hotspot(**_fixed(entry, "concepts", "position")) for entry in found["hotspots"]),
        objects=tuple(_object(entry) for entry in found["objects"]),
        tours=tuple(
            Tour(entry["id"], entry["title"], tuple(Step(**step) for step in entry["steps"]))
            for entry in found["tours"]
        ),
        assets=tuple(Asset(**entry) for entry in found["assets"]),
        sources=tuple(found["sources"]),
    )


def _stop(entry: dict) -> Stop:
    camera = Camera(**_fixed(entry["camera"], "position", "target"))
    return Stop(**(_fixed(entry, "concepts") | {"camera": camera}))


def _object(entry: dict) -> SceneObject:
    return SceneObject(**(_fixed(entry, "concepts") | {"parts": tuple(Part(**part) for part in entry["parts"])}))


def _fixed(entry: dict, *names: str) -> dict:
    return entry | {name: tuple(entry[name]) for name in names}
