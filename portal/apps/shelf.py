"""The places to tour, with everything their pages need: scene, built assets, concept labels, titles of linked units.

The rule kept here: read on demand and kept while the files stay the same; a broken course or graph costs its links, not the tour.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from commons.errors import NotFound, ShuyuanError
from commons.languages import Text
from courses.manifest import load_course
from courses.places import course_folders
from knowledge_graph.load import load_graph
from vr_scenes.assemble import built_folder
from vr_scenes.bundle import bundle_path, core_files
from vr_scenes.manifest import Manifest, read_manifest
from vr_scenes.posters import STILLS
from vr_scenes.publish import LIVE, Published, live_scenes
from vr_scenes.scene import CONTENT, Scene, Stop, list_scenes, load_scene

__all__ = ["Place", "Shelf"]


@dataclass(frozen=True)
class Place:
    """A scene, the folder of its built assets ("" when there is none) and what is built of it."""

    scene: Scene
    folder: Path
    manifest: Manifest | None

    @property
    def cover(self) -> Stop:
        """The stop whose picture stands for the place: the third, when one is inside, else the last there is."""
        return self.scene.stops[min(2, len(self.scene.stops) - 1)]

    @property
    def minutes(self) -> int:
        """How long a visit takes: its first tour, else all stops."""
        tours, stops = self.scene.tours, self.scene.stops
        return max(1, round(tours[0].seconds / 60 if tours else sum(stop.minutes for stop in stops)))

    def model_url(self) -> str:
        """The address of the model, "" when it is not built."""
        return f"/tours/assets/{self.manifest.model}" if self.manifest and self.manifest.model else ""

    def picture_url(self, stop: str) -> str:
        """The address of a stop's still: of the build, else the small one that comes with the scene, else ""."""
        if self.manifest and stop in self.manifest.posters:
            return f"/tours/assets/{self.manifest.posters[stop]}"
        return f"/tours/{self.scene.id}/still/{stop}.jpg" if self.still(stop).is_file() else ""

    def still(self, stop: str) -> Path:
        """The small still that comes with the scene."""
        return CONTENT / self.scene.id / STILLS / f"{stop}.jpg"


class Shelf:
    """Finds places, units and labels; `home` may hold builds newer than the shipped ones."""

    def __init__(self, home: Path, built: Path | None = None) -> None:
        self.home = home
        self.roots = (home / "scenes", built or built_folder())

    def places(self) -> list[Place]:
        """Every place: those that ship, then those that were published, each in order of name."""
        return [*(self.place(folder.name) for folder in list_scenes()), *map(_of, self._published().values())]

    def place(self, name: str) -> Place:
        """The place of that name. Raises NotFound."""
        for folder in list_scenes():
            if folder.name == name:
                scene = _scene(folder, (folder / "scene.json").stat().st_mtime_ns)
                return Place(scene, *self._built(name))
        if found := self._published().get(name):
            return _of(found)
        raise NotFound(f"there is no place '{name}'", where="tours", next="See /tours/ for every place.")

    def asset(self, name: str) -> Path:
        """The file of a content name, or of "tree/path" inside a tree of files. Raises NotFound."""
        for root in self.roots:
            for path in root.glob(f"*/{name}"):
                if path.is_file():
                    return path
        raise NotFound(
            f"there is no asset {name}", where="tours", next="Load the tour's page again: it names the current ones."
        )

    def viewer(self) -> Path:
        """The viewer's bundle. Raises NotFound when it was not made."""
        if not bundle_path().is_file():
            raise NotFound("the viewer is not built", where="build/viewer", next="Run `python -m vr_scenes.assemble`.")
        return bundle_path()

    def viewer_mark(self) -> str:
        """Ten letters that change with the bundle, "" when there is none."""
        path = bundle_path()
        return _file_mark(path, path.stat().st_mtime_ns) if path.is_file() else ""

    def viewer_core(self) -> tuple[str, ...]:
        """The names of the chunks that the bundle fetches at once, for pages to ask for them beforehand."""
        path = bundle_path()
        return _core(path, path.stat().st_mtime_ns) if path.is_file() else ()

    def concepts(self) -> Mapping[str, Text]:
        """Label of every concept; empty when the graph cannot be read."""
        return _labels()

    def unit(self, name: str) -> Text | None:
        """Title of the unit "course/unit", None when there is no such unit."""
        course, _, unit = name.partition("/")
        return _units(str(self.home), course).get(unit)

    def _published(self) -> Mapping[str, Published]:
        root = self.roots[0]
        return _live(root, tuple(path.stat().st_mtime_ns for path in sorted(root.glob(f"*/{LIVE}"))))

    def _built(self, name: str) -> tuple[Path, Manifest | None]:
        for root in self.roots:
            found = read_manifest(root / name)
            if found and (root / name / found.model).is_file():
                return root / name, found
        return self.roots[-1] / name, None


def _of(found: Published) -> Place:
    return Place(found.scene, found.folder, found.manifest)


@lru_cache(maxsize=4)
def _live(root: Path, stamps: tuple[int, ...]) -> Mapping[str, Published]:
    return live_scenes(root)


@lru_cache(maxsize=32)
def _scene(folder: Path, stamp: int) -> Scene:
    return load_scene(folder)


@lru_cache(maxsize=4)
def _file_mark(path: Path, stamp: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


@lru_cache(maxsize=4)
def _core(path: Path, stamp: int) -> tuple[str, ...]:
    return tuple(one.name for one in core_files() if one != path)


@lru_cache(maxsize=1)
def _labels() -> Mapping[str, Text]:
    try:
        return {name: concept.label for name, concept in load_graph().concepts.items()}
    except ShuyuanError:
        return {}


@lru_cache(maxsize=16)
def _units(home: str, course: str) -> Mapping[str, Text]:
    try:
        folder = course_folders(Path(home))[course]
        return {unit.id: unit.title for unit in load_course(folder).units}
    except (ShuyuanError, KeyError):
        return {}
