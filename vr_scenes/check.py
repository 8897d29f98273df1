"""What is wrong with a scene document: every fault, in words, with its place.

The rule kept here: a check never stops at the first fault and never raises for what a file may hold. Concepts are
checked against the graph by `concept_faults`, apart, so that a scene can be read without one.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from commons.languages import text_faults

if TYPE_CHECKING:
    from vr_scenes.scene import Scene

__all__ = ["FORMAT", "VERSION", "concept_faults", "faults_of"]

FORMAT, VERSION = "shuyuan-scene", 1

_LISTS = ("stops", "hotspots", "objects", "tours", "assets", "sources")
_TEXTS = {
    "stops": ("title", "caption", "description"),
    "hotspots": ("title", "text"),
    "objects": ("title", "text", "measures"),
    "tours": ("title",),
    "assets": ("credit", "source"),
}
_FIELDS = {
    "stops": {"id", "title", "caption", "description", "concepts", "unit", "minutes", "camera", "explode"},
    "hotspots": {"id", "stop", "title", "text", "concepts", "position", "object"},
    "objects": {"id", "stop", "title", "text", "concepts", "measures", "parts", "view"},
    "tours": {"id", "title", "steps"},
    "assets": {"id", "media", "builder", "rights", "credit", "source"},
}
_OPTIONAL = {"explode", "object", "view"}


def faults_of(found: Any, folder: str) -> list[str]:
    """All faults of the parsed document of the scene in `folder`; an empty list when it is whole."""
    if not isinstance(found, Mapping):
        return [f"found {type(found).__name__}, wanted an object"]
    if found.get("format") != FORMAT or found.get("version") != VERSION:
        return [
            f"format is {found.get('format')!r} version {found.get('version')!r}, wanted {FORMAT!r} version {VERSION}"
        ]
    missing = [f"'{name}' is missing or not a list" for name in _LISTS if not isinstance(found.get(name), list)]
    if missing:
        return missing
    faults = [] if found.get("id") == folder else [f"id is {found.get('id')!r}, the folder is {folder!r}"]
    for name in ("title", "summary", "note"):
        faults += text_faults(found.get(name), name)
    for kind, fields in _FIELDS.items():
        faults += _entries(found[kind], kind, fields)
    for number, source in enumerate(found["sources"]):
        faults += text_faults(source, f"source {number + 1}")
    return faults + _links(found)


def concept_faults(scene: Scene, known: Iterable[str]) -> list[str]:
    """Concept ids of the scene that the graph does not have, each with the nearest one it has."""
    names = set(known)
    faults = []
    for kind, entries in (("stop", scene.stops), ("hotspot", scene.hotspots), ("object", scene.objects)):
        for entry in entries:
            for concept in entry.concepts:
                if concept not in names:
                    near = difflib.get_close_matches(concept, names, 1)
                    hint = f" Did you mean '{near[0]}'?" if near else ""
                    faults.append(
                        f"Scene '{scene.id}', {kind} '{entry.id}': concept '{concept}' is not in the graph.{hint}"
                    )
    return faults


def _entries(entries: list[Any], kind: str, fields: set[str]) -> list[str]:
    faults, seen = [], set()
    for number, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            faults.append(f"{kind} {number + 1}: found {type(entry).__name__}, wanted an object")
            continue
        where = f"{kind[:-1]} '{entry.get('id', number + 1)}'"
        faults += [f"{where}: '{name}' is missing" for name in sorted(fields - _OPTIONAL - set(entry))]
        faults += [f"{where}: '{name}' is not part of the format" for name in sorted(set(entry) - fields)]
        if entry.get("id") in seen:
            faults.append(f"{where}: the id is used twice")
        seen.add(entry.get("id"))
        for name in _TEXTS[kind]:
            if name in entry:
                faults += text_faults(entry[name], f"{where}, {name}")
        faults += _particular(kind, entry, where)
    return faults


def _particular(kind: str, entry: Mapping[str, Any], where: str) -> list[str]:
    if kind == "stops":
        return (
            _camera(entry.get("camera"), where)
            + _positive(entry.get("minutes"), f"{where}, minutes")
            + _names(entry, where)
        )
    if kind == "hotspots":
        return _point(entry.get("position"), f"{where}, position") + _names(entry, where)
    if kind == "objects":
        return _parts(entry.get("parts"), where) + _names(entry, where)
    if kind == "tours":
        return _steps(entry.get("steps"), where)
    rights = entry.get("rights")
    return (
        []
        if isinstance(rights, str) and rights.startswith("https://")
        else [f"{where}: rights is not the address of a licence"]
    )


def _names(entry: Mapping[str, Any], where: str) -> list[str]:
    concepts = entry.get("concepts")
    if isinstance(concepts, list) and concepts and all(isinstance(name, str) for name in concepts):
        return []
    return [f"{where}: concepts must be a list with at least one concept id"]


def _camera(camera: Any, where: str) -> list[str]:
    if not isinstance(camera, Mapping):
        return [f"{where}: camera is missing"]
    faults = _point(camera.get("position"), f"{where}, camera position") + _point(
        camera.get("target"), f"{where}, camera target"
    )
    fov = camera.get("fov")
    if not isinstance(fov, int | float) or not 10 <= fov <= 120:
        faults.append(f"{where}: camera fov is {fov!r}, wanted 10 to 120 degrees")
    if not faults and list(camera["position"]) == list(camera["target"]):
        faults.append(f"{where}: camera looks at itself")
    return faults


def _point(point: Any, where: str) -> list[str]:
    if (
        isinstance(point, list)
        and len(point) == 3
        and all(isinstance(x, int | float) and math.isfinite(x) for x in point)
    ):
        return []
    return [f"{where}: wanted three finite numbers (metres)"]


def _positive(value: Any, where: str) -> list[str]:
    if isinstance(value, int | float) and math.isfinite(value) and value > 0:
        return []
    return [f"{where}: {value!r} is not a positive number"]


def _parts(parts: Any, where: str) -> list[str]:
    if not isinstance(parts, list):
        return [f"{where}: parts is not a list"]
    faults: list[str] = []
    for part in parts:
        for name in ("title", "text"):
            faults += text_faults(part.get(name), f"{where}, part '{part.get('id')}', {name}")
    return faults


def _steps(steps: Any, where: str) -> list[str]:
    if not isinstance(steps, list) or not steps:
        return [f"{where}: a tour has at least one step"]
    faults: list[str] = []
    for number, step in enumerate(steps):
        at = f"{where}, step {number + 1}"
        faults += text_faults(step.get("text"), f"{at}, text") + _positive(step.get("seconds"), f"{at}, seconds")
        if not 0 <= step.get("explode", 0) <= 1:
            faults.append(f"{at}: explode is not between 0 and 1")
    return faults


def _links(found: Mapping[str, Any]) -> list[str]:
    """Names that point at something which is not there."""
    stops, objects = _ids(found["stops"]), _ids(found["objects"])
    pointers = [
        (f"hotspot '{entry.get('id')}'", entry.get("stop"), stops, "stop") for entry in _maps(found["hotspots"])
    ]
    pointers += [(f"object '{entry.get('id')}'", entry.get("stop"), stops, "stop") for entry in _maps(found["objects"])]
    pointers += [
        (f"hotspot '{entry.get('id')}'", entry["object"], objects, "object")
        for entry in _maps(found["hotspots"])
        if entry.get("object")
    ]
    for tour in _maps(found["tours"]):
        steps = tour.get("steps") if isinstance(tour.get("steps"), list) else []
        pointers += [
            (f"tour '{tour.get('id')}', step {number + 1}", step.get("stop"), stops, "stop")
            for number, step in enumerate(_maps(steps))
        ]
    faults = []
    for where, name, known, kind in pointers:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, 1)
            faults.append(f"{where}: there is no {kind} '{name}'." + (f" Did you mean '{near[0]}'?" if near else ""))
    return faults


def _maps(entries: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in entries if isinstance(entry, Mapping)]


def _ids(entries: Any) -> list[str]:
    return [str(entry.get("id")) for entry in _maps(entries)]
