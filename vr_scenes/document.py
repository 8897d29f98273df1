"""A scene as the viewer reads it: stops, hotspots, objects, tours and nodes in their plain shape, cameras found by the build.

The rule kept here: one place turns a scene into that shape, for pages, apps, static sites and archives alike. Whoever
serves the assets says their addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from vr_scenes.manifest import Manifest
from vr_scenes.scene import Camera, Scene, Step, Tour

__all__ = ["viewer_nodes", "viewer_scene"]


def viewer_scene(
    scene: Scene, manifest: Manifest | None = None, address: Callable[[str], str] = lambda name: name
) -> dict[str, Any]:
    """id, title, stops, hotspots, objects and tours as JSON values, with `address` put on what was read aloud."""
    cameras = manifest.cameras if manifest else {}
    spoken = manifest.narration if manifest else {}
    stops = []
    for stop in scene.stops:
        made = asdict(stop)
        placed = made.pop("placed")
        if not placed and stop.id in cameras:
            made["camera"] = cameras[stop.id]
        stops.append(made)
    return {
        "id": scene.id,
        "title": dict(scene.title),
        "stops": stops,
        "hotspots": [asdict(spot) for spot in scene.hotspots],
        "objects": [asdict(one) for one in scene.objects],
        "tours": [
            {"id": tour.id, "title": dict(tour.title), "steps": _steps(tour, spoken.get(tour.id, ()), address)}
            for tour in scene.tours
        ],
    }


def viewer_nodes(manifest: Manifest | None, address: Callable[[str], str]) -> list[dict[str, Any]]:
    """The manifest's nodes with `address` put on every src."""
    made = []
    for node in manifest.nodes if manifest else ():
        entry: dict[str, Any] = dict(node)
        if "src" in entry:
            entry["src"] = address(str(entry["src"]))
        if "levels" in entry:
            entry["levels"] = [dict(level) | {"src": address(str(level["src"]))} for level in entry["levels"]]
        made.append(entry)
    return made


def _steps(
    tour: Tour, spoken: Sequence[Mapping[str, Mapping[str, Any]]], address: Callable[[str], str]
) -> list[dict[str, Any]]:
    """The steps of a tour; those that were read aloud with their recordings and captions."""
    made = [_step(step) for step in tour.steps]
    for step, own in zip(made, spoken, strict=False):
        for name in ("audio", "captions"):
            if told := {language: address(str(one[name])) for language, one in own.items()}:
                step[name] = dict(step.get(name, {})) | told
    return made


def _step(step: Step) -> dict[str, Any]:
    """A step without what it does not say."""
    made: Mapping[str, Any] = asdict(step)
    return {key: value for key, value in made.items() if value not in (None, {}, ())}


def camera_values(camera: Camera) -> dict[str, Any]:
    """A camera as JSON values."""
    return {"position": list(camera.position), "target": list(camera.target), "fov": camera.fov}
