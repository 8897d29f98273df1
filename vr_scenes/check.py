"""What is wrong with a scene document: every fault, in words, with its place.

The rule kept here: schema/scene-2.json says what a document may hold, and this module says its faults in words, then what no
schema can: languages, names that lead nowhere, rights. A check never stops at the first fault and never raises for what a
file may hold. Concepts are checked against the graph by `concept_faults`, apart, so that a scene can be read without one.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.languages import text_faults
from vr_scenes.annotations import hotspot_of

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from vr_scenes.scene import Scene

__all__ = ["FORMAT", "VERSION", "concept_faults", "faults_of", "publishing_faults", "schema"]

FORMAT, VERSION = "shuyuan-scene", 2

_SINGLE = {"stops": "stop", "hotspots": "hotspot", "objects": "object", "tours": "tour", "assets": "asset",
           "nodes": "node", "steps": "step", "parts": "part", "sources": "source"}  # fmt: skip
_TEXTS = {"stops": ("title", "caption", "description"), "hotspots": ("title", "text"), "objects": ("title", "text"),
          "tours": ("title",)}  # fmt: skip
_MANY = 200


def schema() -> dict[str, Any]:
    """The JSON Schema of format 2."""
    found: dict[str, Any] = json.loads((Path(__file__).parent / "schema" / "scene-2.json").read_text("utf-8"))
    return found


def faults_of(found: Any, folder: str) -> list[str]:
    """All faults of the parsed document of the scene in `folder`; an empty list when it is whole. What publishing needs is apart."""
    if not isinstance(found, Mapping):
        return [f"found {type(found).__name__}, wanted an object"]
    if found.get("format") != FORMAT or found.get("version") != VERSION:
        return [
            f"format is {found.get('format')!r} version {found.get('version')!r}, wanted {FORMAT!r} version {VERSION}"
        ]
    faults = [] if found.get("id") == folder else [f"id is {found.get('id')!r}, the folder is {folder!r}"]
    return faults + _schema_faults(found) + _links(found)


def publishing_faults(found: Mapping[str, Any]) -> list[str]:
    """What keeps a whole document from being published: a text without a language; assets without rights, credit, source."""
    faults = _text_faults(found)
    for asset in _maps(found.get("assets")):
        where = f"asset '{asset.get('id')}'"
        rights = asset.get("rights")
        if not isinstance(rights, str) or not rights.startswith(("https://", "http://")):
            faults.append(f"{where}: rights is not the address of a licence; without it the scene is not published")
        for name in ("credit", "source"):
            faults += text_faults(asset.get(name), f"{where}, {name}")
    return faults


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


def _schema_faults(found: Mapping[str, Any]) -> list[str]:
    from jsonschema import Draft202012Validator

    faults = []
    try:
        for error in Draft202012Validator(schema()).iter_errors(found):
            faults.append(f"{_place(found, list(error.absolute_path))}{_said(error)}")
            if len(faults) >= _MANY:
                faults.append("and more")
                break
    except RecursionError:
        faults.append("it is nested too deep")
    return faults


def _said(error: ValidationError) -> str:
    value, rule = error.instance, error.validator
    shown = json.dumps(value, ensure_ascii=False, default=str)[:60]
    if rule == "required":
        # An error for each missing name, which the message alone tells.
        return f"'{error.message.split(chr(39))[1]}' is missing"
    if rule == "additionalProperties":
        known = error.schema.get("properties", {})  # type: ignore[union-attr]
        strange = [name for name in value if name not in known]  # type: ignore[union-attr]
        return f"'{strange[0] if strange else '?'}' is not part of the format"
    if rule in ("exclusiveMinimum", "minimum", "maximum"):
        return f"{shown} is out of range ({rule} {error.validator_value})"
    if rule == "type":
        return f"found {shown}, wanted {error.validator_value}"
    if rule in ("const", "enum"):
        return f"found {shown}, wanted {error.validator_value!r}"
    if rule in ("minItems", "maxItems") and error.schema.get("items", {}).get("type") == "number":  # type: ignore[union-attr]
        return f"found {shown}, wanted {error.validator_value} numbers"
    if rule == "oneOf":
        return f"{shown} is none of what may stand here, or more than one"
    return f"{shown} does not keep '{rule}' ({str(error.validator_value)[:60]})"


def _place(found: Any, path: list[str | int]) -> str:
    """Where a path leads, by ids where there are any: `stop 'pond', camera position: `."""
    said: list[str] = []
    at = found
    for step in path:
        at = at[step]
        if isinstance(step, int):
            kind = _SINGLE.get(said.pop(), "entry") if said else "entry"
            name = at.get("id") if isinstance(at, Mapping) else None
            said.append(f"{kind} '{name}'" if isinstance(name, str) else f"{kind} {step + 1}")
        elif said and said[-1] == "camera":
            said[-1] = f"camera {step}"
        else:
            said.append(step)
    return ", ".join(said) + ": " if said else ""


def _text_faults(found: Mapping[str, Any]) -> list[str]:
    faults = []
    for name in ("title", "summary"):
        faults += text_faults(found.get(name), name)
    for number, source in enumerate(_list(found.get("sources"))):
        faults += text_faults(source, f"source {number + 1}")
    for kind, names in _TEXTS.items():
        for entry in _maps(found.get(kind)):
            plain = _plain(entry) if kind == "hotspots" else entry
            for name in names if plain is not None else ():
                faults += text_faults(plain.get(name), f"{_SINGLE[kind]} '{entry.get('id')}', {name}")  # type: ignore[union-attr]
    for one in _maps(found.get("objects")):
        for part in _maps(one.get("parts")):
            for name in ("title", "text"):
                faults += text_faults(part.get(name), f"object '{one.get('id')}', part '{part.get('id')}', {name}")
    for tour in _maps(found.get("tours")):
        for number, step in enumerate(_maps(tour.get("steps"))):
            faults += text_faults(step.get("text"), f"tour '{tour.get('id')}', step {number + 1}, text")
    return faults


def _links(found: Mapping[str, Any]) -> list[str]:
    """Names that point at something which is not there, ids used twice, cameras that look at themselves."""
    faults = [fault for kind in _SINGLE for fault in _twice(found, kind)]
    for where, name, known, kind in _pointers(found):
        if name not in known:
            near = difflib.get_close_matches(str(name), known, 1)
            faults.append(f"{where}: there is no {kind} '{name}'." + (f" Did you mean '{near[0]}'?" if near else ""))
    for stop in _maps(found.get("stops")):
        camera = stop.get("camera")
        if isinstance(camera, Mapping) and "target" in camera and camera.get("position") == camera["target"]:
            faults.append(f"stop '{stop.get('id')}': camera looks at itself")
    return faults


def _pointers(found: Mapping[str, Any]) -> Iterator[tuple[str, Any, list[str], str]]:
    stops, objects, assets = (_ids(found.get(name)) for name in ("stops", "objects", "assets"))
    for node in _maps(found.get("nodes")):
        yield f"node '{node.get('id')}'", node.get("asset"), assets, "asset"
    for one in _maps(found.get("hotspots")):
        spot = _plain(one)
        if spot is not None:
            yield f"hotspot '{one.get('id')}'", spot["stop"], stops, "stop"
            if spot.get("object"):
                yield f"hotspot '{one.get('id')}'", spot["object"], objects, "object"
    for one in _maps(found.get("objects")):
        yield f"object '{one.get('id')}'", one.get("stop"), stops, "stop"
    nodes = _ids(found.get("nodes"))
    for tour in _maps(found.get("tours")):
        for number, step in enumerate(_maps(tour.get("steps"))):
            where = f"tour '{tour.get('id')}', step {number + 1}"
            yield where, step.get("stop"), stops, "stop"
            for name in ("audio", "captions"):
                if isinstance(step.get(name), Mapping):
                    yield from ((f"{where}, {name}", asset, assets, "asset") for asset in step[name].values())
            if isinstance(step.get("visibility"), Mapping):
                for names in step["visibility"].values():
                    yield from ((f"{where}, visibility", name, nodes, "node") for name in _list(names))


def _twice(found: Mapping[str, Any], kind: str) -> Iterator[str]:
    seen = set()
    for name in [str(entry["id"]) for entry in _maps(found.get(kind)) if "id" in entry]:
        if name in seen:
            yield f"{_SINGLE[kind]} '{name}': the id is used twice"
        seen.add(name)


def _plain(annotation: Mapping[str, Any]) -> dict[str, Any] | None:
    """A hotspot of an annotation, None where its shape is broken, which the schema has said."""
    try:
        return hotspot_of(annotation)
    except (LookupError, TypeError, AttributeError):
        return None


def _list(entries: Any) -> list[Any]:
    return entries if isinstance(entries, list) else []


def _maps(entries: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in _list(entries) if isinstance(entry, Mapping)]


def _ids(entries: Any) -> list[str]:
    return [str(entry.get("id")) for entry in _maps(entries)]
