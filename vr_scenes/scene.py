"""The scene: what `scene.json` says, as values. Format 2: metres, +Y up, a language map for every text.

The rule kept here: a scene is read whole or not at all, and every fault of a file is told at once. Format 1 is read as
format 2. A draft lacks only what publishing needs. Nothing here knows how a scene is modelled, drawn or served.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from commons.errors import Faults, NotFound
from commons.languages import Text
from vr_scenes.annotations import hotspot_of
from vr_scenes.check import faults_of, publishing_faults
from vr_scenes.items import items
from vr_scenes.upgrade import upgraded

__all__ = [
    "CONTENT",
    "WHOLE",
    "Asset",
    "Camera",
    "Clipping",
    "Hotspot",
    "Node",
    "Part",
    "Scene",
    "SceneObject",
    "Step",
    "Stop",
    "Tour",
    "items",
    "list_scenes",
    "load_scene",
    "read_document",
    "scene_folder",
    "scene_of",
]

CONTENT = Path(__file__).parent / "content"


@dataclass(frozen=True)
class Camera:
    """Where the visitor's eye is, where it looks (metres), and its upright opening in degrees."""

    position: tuple[float, float, float]
    target: tuple[float, float, float]
    fov: float


WHOLE = Camera((0.0, 1.6, 6.0), (0.0, 1.0, 0.0), 50.0)
"""Where one stands at a stop without a camera, until a build has measured what there is to see."""


@dataclass(frozen=True)
class Clipping:
    """A plane that cuts the view open: what lies at `normal` · point > `offset` (metres) is not drawn."""

    normal: tuple[float, float, float]
    offset: float


@dataclass(frozen=True)
class Stop:
    """A viewpoint of the tour. `unit` is "course/unit" or ""; `explode` how far the object in view stands open in the still.

    `placed` is False where the document gives no camera: the build then finds one from which all is seen.
    """

    id: str
    title: Text
    caption: Text
    description: Text
    concepts: tuple[str, ...]
    unit: str
    minutes: float
    camera: Camera
    explode: float = 0.0
    placed: bool = True


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
    """One step of a tour: a stop, what is said there, for how many seconds; `explode` 0..1 opens the object in view.

    `audio` and `captions` name assets by language; `show` and `hide` name nodes; a camera of its own takes the stop's place.
    """

    stop: str
    seconds: float
    text: Text
    explode: float | None = None
    camera: Camera | None = None
    audio: Mapping[str, str] = field(default_factory=dict)
    captions: Mapping[str, str] = field(default_factory=dict)
    clipping: Clipping | None = None
    show: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()


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
    """A file of the package, or the function that makes it, with whose it is and what one may do with it."""

    id: str
    media: str
    rights: str
    credit: Text
    source: Text
    builder: str = ""
    file: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class Node:
    """Something that stands in the scene: `asset` at a position (metres), turned (quaternion x, y, z, w), scaled."""

    id: str
    kind: str
    asset: str
    position: tuple[float, float, float] = (0.0, 0.0, 0.0)
    rotation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0)
    scale: float = 1.0
    title: Text = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


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
    nodes: tuple[Node, ...] = ()

    def asset(self, name: str) -> Asset:
        """The asset of that id; a scene that was read has every asset that its nodes name."""
        return next(asset for asset in self.assets if asset.id == name)

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


def load_scene(folder: Path, *, draft: bool = False) -> Scene:
    """Read `folder`/scene.json. Raises Faults with everything that is wrong in it, NotFound when there is none.

    `draft`: rights, credit and source of assets, and texts in one of the languages, may still be missing.
    """
    return scene_of(read_document(folder), folder.resolve().name, draft=draft)


def scene_of(found: Any, name: str, *, draft: bool = False) -> Scene:
    """The scene of a parsed document of format 2 that is to be called `name`. Raises Faults with everything that is wrong in it."""
    faults = faults_of(found, name) + ([] if draft else publishing_faults(_mapping(found)))
    if faults:
        raise Faults(faults, where=f"{name}/scene.json", next="Correct these and load the scene again.")
    return _scene(found)


def read_document(folder: Path) -> Any:
    """The parsed scene.json of `folder`, as format 2. Raises Faults where it is no JSON, NotFound when there is none."""
    path = folder / "scene.json"
    if not path.is_file():
        raise NotFound("there is no scene.json", where=str(folder), next="A scene is a folder with that file.")
    try:
        return upgraded(json.loads(path.read_text("utf-8")))
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise Faults([f"not JSON: {error}"], where=f"{folder.name}/scene.json", next="Correct the file.") from error


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}


def _scene(found: dict[str, Any]) -> Scene:
    return Scene(
        id=found["id"],
        title=found["title"],
        summary=found["summary"],
        note=found.get("note", {}),
        stops=tuple(_stop(entry) for entry in found["stops"]),
        hotspots=tuple(Hotspot(**_fixed(hotspot_of(entry), "concepts", "position")) for entry in found["hotspots"]),
        objects=tuple(_object(entry) for entry in found["objects"]),
        tours=tuple(
            Tour(entry["id"], entry["title"], tuple(_step(step) for step in entry["steps"])) for entry in found["tours"]
        ),
        assets=tuple(Asset(**entry) for entry in found["assets"]),
        sources=tuple(found["sources"]),
        nodes=tuple(_node(entry) for entry in found["nodes"]),
    )


def _stop(entry: dict[str, Any]) -> Stop:
    plain = {"concepts": [], "unit": "", "minutes": 1.0} | entry
    camera = _camera(entry["camera"]) if "camera" in entry else WHOLE
    return Stop(**(_fixed(plain, "concepts") | {"camera": camera, "placed": "camera" in entry}))


def _camera(entry: dict[str, Any]) -> Camera:
    return Camera(**_fixed(entry, "position", "target"))


def _step(entry: dict[str, Any]) -> Step:
    made: dict[str, Any] = {key: value for key, value in entry.items() if key != "visibility"}
    if "camera" in made:
        made["camera"] = _camera(made["camera"])
    if "clipping" in made:
        made["clipping"] = Clipping(**_fixed(made["clipping"], "normal"))
    made |= {key: tuple(value) for key, value in entry.get("visibility", {}).items()}
    return Step(**made)


def _object(entry: dict[str, Any]) -> SceneObject:
    plain = {"concepts": [], "measures": {}, "parts": []} | entry
    return SceneObject(**(_fixed(plain, "concepts") | {"parts": tuple(Part(**part) for part in plain["parts"])}))


def _node(entry: dict[str, Any]) -> Node:
    made = _fixed(entry, *(name for name in ("position", "rotation") if name in entry))
    return Node(**(made | {"parts": tuple(Part(**part) for part in entry.get("parts", ()))}))


def _fixed(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    return entry | {name: tuple(entry[name]) for name in names}
