"""Everything that can be learned or visited here, read once and read again when a course's file changes. Items join it by concept.

A course that is broken is left out and named in `faults`; it never takes the other pages down.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from commons.errors import NotFound, ShuyuanError
from commons.items import Item
from commons.languages import Text
from courses.items import items as course_items
from courses.manifest import Course, load_course
from courses.places import course_folders
from courses.registry import learns_in
from knowledge_graph.links import items_by_concept
from knowledge_graph.load import graph_folders, sound_graph
from knowledge_graph.model import Graph
from knowledge_graph.search import Index
from portal.documents import documents
from recommender import Recommender
from recommender.serving import Tracing, live_place, no_tracing
from vr_scenes.publish import LIVE, live_scenes
from vr_scenes.scene import Scene, list_scenes, load_scene
from vr_scenes.scene import items as scene_items

__all__ = ["Catalogue", "Shelf", "load_catalogue"]


@dataclass(frozen=True)
class Catalogue:
    """Courses and scenes by id, the graph, and the items of both; `recommender` and `index` work over exactly these.

    `broken` names the files of the home's graph that have faults and are left out.
    """

    courses: Mapping[str, Course]
    folders: Mapping[str, Path]
    scenes: Mapping[str, Scene]
    graph: Graph
    items: Sequence[Item]
    recommender: Recommender
    index: Index
    faults: Sequence[str] = ()
    broken: Sequence[str] = ()
    by_id: Mapping[str, Item] = field(default_factory=dict)
    by_concept: Mapping[str, list[Item]] = field(default_factory=dict)

    def course(self, course_id: str) -> Course:
        """The course of that id. Raises NotFound."""
        if course_id not in self.courses:
            raise NotFound(f"there is no course '{course_id}'", next="The catalogue lists the courses.")
        return self.courses[course_id]


class Shelf:
    """Hands out the current catalogue; looks at the courses' files at most when somebody asks."""

    def __init__(self, home: Path, tracing: Tracing = no_tracing) -> None:
        self._home, self._tracing = home, tracing
        self._lock = threading.Lock()
        self._stamp = _stamp(home)
        self._current = load_catalogue(home, tracing)

    def current(self) -> Catalogue:
        """The catalogue as the files are now."""
        stamp = _stamp(self._home)
        with self._lock:
            if stamp != self._stamp:
                self._current, self._stamp = load_catalogue(self._home, self._tracing), stamp
            return self._current


def load_catalogue(home: Path, tracing: Tracing = no_tracing) -> Catalogue:
    """Read courses, scenes and graph. Raises Faults when the graph itself is broken."""
    folders = course_folders(home)
    courses, faults = _courses(folders)
    scenes = {folder.name: load_scene(folder) for folder in list_scenes()}
    scenes |= {name: one.scene for name, one in live_scenes(home / "scenes").items()}
    graph, broken, found = sound_graph(home)
    faults += [f"graph: {fault}" for fault in found]
    items = tuple(
        [item for course in courses.values() for item in course_items(course)]
        + [item for scene in scenes.values() for item in scene_items(scene)]
    )
    return Catalogue(
        courses=courses,
        folders=folders,
        scenes=scenes,
        graph=graph,
        items=items,
        recommender=Recommender(graph, items, courses_of=learns_in, names=_names(courses, scenes), tracing=tracing),
        index=Index(documents(courses.values(), graph, items)),
        faults=tuple(faults),
        broken=tuple(broken),
        by_id={item.id: item for item in items},
        by_concept=items_by_concept(items),
    )


def _courses(folders: Mapping[str, Path]) -> tuple[dict[str, Course], list[str]]:
    courses: dict[str, Course] = {}
    faults: list[str] = []
    for name, folder in folders.items():
        try:
            courses[name] = load_course(folder)
        except ShuyuanError as error:
            faults.append(f"{name}: {error}")
    return courses, faults


def _names(courses: Mapping[str, Course], scenes: Mapping[str, Scene]) -> dict[str, Text]:
    """What courses and places are called, by the tags of the recommender."""
    return {f"course:{name}": course.title for name, course in courses.items()} | {
        f"place:{name}": scene.title for name, scene in scenes.items()
    }


def _stamp(home: Path) -> tuple[tuple[str, int], ...]:
    found = []
    for name, folder in course_folders(home).items():
        path = folder / "course.yaml"
        found.append((name, path.stat().st_mtime_ns if path.exists() else 0))
    lives = sorted((home / "scenes").glob(f"*/{LIVE}"))
    for path in [*sorted(graph_folders(home)[-1].glob("*.yaml")), *lives, live_place(home)]:
        if path.exists():
            found.append((f"{path.parent.name}/{path.name}", path.stat().st_mtime_ns))
    return tuple(found)
