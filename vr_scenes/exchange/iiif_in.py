"""Scenes of a IIIF Presentation 4 manifest (draft): models, perspective cameras, comments, ranges.

The rule kept here: a manifest without a scene or a model is refused and told why; lights, sound, canvases and other things
that a package has no place for are named in the notes. RotateTransform is Rx · Ry · Rz (degrees), the order in which the
draft's own examples look at what they say they look at. Source: IIIF Presentation API 4.0, release candidate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from commons.languages import Text
from vr_scenes.exchange.imported import Imported, Model, Spot, View, plain_text, slug

__all__ = ["scenes_of_iiif"]

_DEEP, _MANY = 8, 5000
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_AHEAD = np.array([0.0, 0.0, -1.0])
_LOST = {
    "AmbientLight": "lights", "DirectionalLight": "lights", "PointLight": "lights", "SpotLight": "lights",
    "ImageBasedLight": "lights", "AmbientAudio": "sound in space", "PointAudio": "sound in space",
    "SpotAudio": "sound in space", "OrthographicCamera": "cameras without perspective", "Canvas": "flat canvases",
    "Image": "flat pictures", "Video": "video", "Audio": "sound", "Sound": "sound",
}  # fmt: skip


@dataclass
class _Reading:
    """What has been found of one scene so far."""

    models: list[Model] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    places: dict[str, tuple[float, ...]] = field(default_factory=dict)
    cameras: dict[str, str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    said: dict[str, list[str]] = field(default_factory=dict)


def scenes_of_iiif(found: Any, where: str) -> list[Imported]:
    """Every scene of a parsed manifest that has a model. Raises BadInput with the reason where there is none."""
    if not isinstance(found, Mapping):
        raise BadInput("it is not an object", where=where, next="Give a IIIF Presentation 4 manifest.")
    kind = found.get("type", found.get("@type"))
    if kind != "Manifest":
        told = f"this is a {kind or 'document without a type'}, not a Manifest"
        raise BadInput(told, where=where, next="Give the manifest of one 3D scene.")
    if "presentation/4" not in str(found.get("@context")):
        told = f"its context is {str(found.get('@context'))[:80]}, not Presentation 4"
        raise BadInput(told, where=where, next="Give a IIIF Presentation 4 manifest; 3 knows no scenes.")
    items = found.get("items")
    if not items:
        raise BadInput("the manifest has no items: it is an empty draft", where=where, next="Give one with a scene.")
    scenes = [item for item in items if isinstance(item, Mapping) and item.get("type") == "Scene"]
    if not scenes:
        kinds = ", ".join(sorted({str(item.get("type")) for item in items if isinstance(item, Mapping)}))
        told = f"it holds {kinds} alone: there is no 3D scene in it"
        raise BadInput(
            told, where=where, next="Objects without a third dimension are imported as records, not as scenes."
        )
    made = [one for scene in scenes if (one := _scene(scene, found, scenes)) is not None]
    if not made:
        raise BadInput(_empty(scenes), where=where, next="A scene needs a model, a point cloud, splats or a panorama.")
    return made


def _scene(scene: Mapping[str, Any], manifest: Mapping[str, Any], scenes: list[Any]) -> Imported | None:
    reading = _Reading()
    by_id = {str(one.get("id")): one for one in scenes}
    inside = {str(_resource(body).get("id")) for other in scenes if other is not scene for body, _ in _painted(other)}
    if str(scene.get("id")) in inside:
        # It is painted into another scene, and comes with that.
        return None
    _walk(scene, by_id, np.eye(4), reading, 0)
    if not reading.models:
        return None
    for page in (*_list(scene.get("annotations")), *_list(manifest.get("annotations"))):
        for annotation in _list(page.get("items")):
            _comment(annotation, reading)
    for extra, told in (("duration", "its duration"), ("backgroundColor", "its background colour")):
        if extra in scene:
            reading.notes[f"left out: {told}"] = None
    title = _text(scene.get("label")) or _text(manifest.get("label"))
    summary = _text(scene.get("summary")) or _text(manifest.get("summary")) or title
    statement = manifest.get("requiredStatement")
    return Imported(
        title=_text(manifest.get("label")) or title,
        summary=summary,
        models=tuple(reading.models),
        views=tuple(reading.views),
        spots=tuple(reading.spots),
        tours=tuple(_tours(manifest, reading)),
        rights=str(manifest.get("rights", "")),
        credit=_text(statement.get("value")) if isinstance(statement, Mapping) else {},
        source=str(manifest.get("id", "")),
        notes=tuple(reading.notes),
    )


def _walk(
    scene: Mapping[str, Any], by_id: Mapping[str, Any], matrix: NDArray[np.float64], reading: _Reading, deep: int
) -> None:
    if deep > _DEEP or len(reading.models) > _MANY:
        raise BadInput("scenes in scenes without an end", where="items", next="Name each scene once.")
    cameras = []
    for page in _list(scene.get("items")):
        for entry in _list(page.get("items")):
            annotation = _first(entry, reading)
            if "painting" in _list(annotation.get("motivation")):
                for body in _list(annotation.get("body")):
                    cameras += _paint(annotation, body, by_id, matrix, reading, deep)
            else:
                _comment(annotation, reading)
    for annotation, camera, place in cameras:
        _view(annotation, camera, place, reading)


def _first(found: Any, reading: _Reading) -> Mapping[str, Any]:
    """An annotation; of a choice of them the first."""
    if isinstance(found, Mapping) and found.get("type") == "Choice" and _list(found.get("items")):
        reading.notes["of a choice the first is taken"] = None
        return _first(_list(found["items"])[0], reading)
    return found if isinstance(found, Mapping) else {}


def _paint(
    annotation: Mapping[str, Any],
    body: Any,
    by_id: Mapping[str, Any],
    matrix: NDArray[np.float64],
    reading: _Reading,
    deep: int,
) -> list[tuple[Any, Any, NDArray[np.float64]]]:
    """Take one painted body in; gives it back where it is a camera, which may look at what comes after it."""
    source = _resource(body)
    point = _point(annotation.get("target"))
    place = matrix @ _moved(point) @ _transform(body)
    ident, kind = str(annotation.get("id", "")), str(source.get("type"))
    reading.places[ident] = tuple(float(one) for one in place[:3, 3])
    if kind == "Choice":
        reading.notes["of a choice the first is taken"] = None
        first = _list(source.get("items"))[:1]
        return _paint(annotation, first[0], by_id, matrix, reading, deep) if first else []
    if kind == "PerspectiveCamera":
        return [(annotation, source, place)]
    if kind == "Scene":
        inner = source if source.get("items") else by_id.get(str(source.get("id")))
        if inner is None:
            raise BadInput("a scene is painted that is not in the manifest", where=str(source.get("id"))[:200],
                           next="Put it into the manifest's items.")  # fmt: skip
        _walk(inner, by_id, place, reading, deep + 1)
    elif kind == "Model":
        address = str(source.get("id", ""))
        reading.models.append(Model(address, place, _text(source.get("label")), str(source.get("format", ""))))
        if annotation.get("exclude") or source.get("exclude"):
            reading.notes[
                "left out: what is to be excluded from a model (a build leaves its lights and cameras out anyway)"
            ] = None
    else:
        reading.notes[f"left out: {_LOST.get(kind, kind)}"] = None
    return []


def _view(
    annotation: Mapping[str, Any], camera: Mapping[str, Any], place: NDArray[np.float64], reading: _Reading
) -> None:
    position = place[:3, 3]
    target = position + place[:3, :3] @ _AHEAD
    looked = camera.get("lookAt")
    if isinstance(looked, Mapping):
        if looked.get("type") == "PointSelector":
            target = np.array(_xyz(looked))
        elif str(looked.get("id")) in reading.places:
            target = np.array(reading.places[str(looked["id"])])
        else:
            reading.notes["a camera looks at what is not a point; its own direction is taken"] = None
    if np.allclose(position, target):
        target = position + _AHEAD
    ident = slug(str(annotation.get("id", "")).rstrip("/").rpartition("/")[2], f"view-{len(reading.views) + 1}")
    while ident in {view.id for view in reading.views}:
        ident += "-2"
    fov = camera.get("fieldOfView", 50.0)
    view = View(ident, tuple(_rounded(position)), tuple(_rounded(target)), float(fov), _text(camera.get("label")))
    reading.cameras[str(annotation.get("id", ""))] = ident
    reading.cameras[str(camera.get("id", ""))] = ident
    reading.views.append(view)


def _comment(annotation: Any, reading: _Reading) -> None:
    """A comment at a point becomes a hotspot; one on a camera its stop's words; one without a place is noted."""
    motives = _list(annotation.get("motivation"))
    if "activating" in motives:
        reading.notes["left out: what annotations set in motion (activating)"] = None
        return
    words = _words(annotation)
    if not words:
        return
    target = annotation.get("target")
    first = _list(target)[0] if _list(target) else {}
    on = str(first.get("id", "")) if isinstance(first, Mapping) else str(first)
    title = _text(annotation.get("label"))
    if on in reading.cameras:
        name = reading.cameras[on]
        reading.views = [
            View(v.id, v.position, v.target, v.fov, v.title, words) if v.id == name else v for v in reading.views
        ]
        return
    point = reading.places.get(on) or _selected(first) or _where_said(annotation)
    if point is None:
        if isinstance(first, Mapping) and str(_resource(first).get("type")) == "Annotation":
            point = reading.places.get(str(_resource(first).get("id")))
        if point is None:
            reading.notes["a comment without a place in the scene stands at its middle"] = None
            point = (0.0, 0.0, 0.0)
    scopes = _list(first.get("scope")) if isinstance(first, Mapping) else []
    view = next(
        (
            reading.cameras[str(one.get("id"))]
            for one in scopes
            if isinstance(one, Mapping) and str(one.get("id")) in reading.cameras
        ),
        "",
    )
    ident = f"note-{len(reading.spots) + 1}"
    reading.spots.append(Spot(ident, tuple(_rounded(np.array(point))), title or _short(words), words, view))


def _where_said(annotation: Mapping[str, Any]) -> tuple[float, ...] | None:
    """The place that a comment's own body is to stand at."""
    bodies = [body for body in _list(annotation.get("body")) if isinstance(body, Mapping)]
    return next((point for body in bodies if (point := _point(body.get("position"))) is not None), None)


def _tours(manifest: Mapping[str, Any], reading: _Reading) -> Iterator[tuple[str, Text, tuple[tuple[str, Text], ...]]]:
    """Ranges whose parts lead to cameras."""
    for number, found in enumerate(_list(manifest.get("structures")), 1):
        steps = []
        for step in _list(found.get("items")):
            named = (
                [str(_resource(item).get("id")) for item in _list(step.get("items"))]
                if isinstance(step, Mapping)
                else []
            )
            view = next((reading.cameras[name] for name in named if name in reading.cameras), None)
            if view is not None:
                steps.append((view, _text(step.get("summary")) or _text(step.get("label")) or {"en": view}))
        if steps:
            yield (
                slug(str(found.get("id", "")).rpartition("/")[2], f"tour-{number}"),
                _text(found.get("label")) or {"en": "Tour"},
                tuple(steps),
            )


def _painted(scene: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    for page in _list(scene.get("items")):
        for annotation in _list(page.get("items")):
            for body in _list(annotation.get("body")):
                yield body, annotation


def _resource(found: Any) -> Mapping[str, Any]:
    """The resource behind a SpecificResource, or itself; a bare address as a resource without a type."""
    if isinstance(found, str):
        return {"id": found}
    if isinstance(found, Mapping) and found.get("type") == "SpecificResource":
        sources = _list(found.get("source"))
        return _resource(sources[0]) if sources else {}
    return found if isinstance(found, Mapping) else {}


def _transform(body: Any) -> NDArray[np.float64]:
    made = np.eye(4)
    for step in _list(body.get("transform")) if isinstance(body, Mapping) else []:
        one, kind = np.eye(4), step.get("type")
        x, y, z = _xyz(step, 1.0 if kind == "ScaleTransform" else 0.0)
        if kind == "TranslateTransform":
            one[:3, 3] = (x, y, z)
        elif kind == "ScaleTransform":
            one[:3, :3] = np.diag((x, y, z))
        elif kind == "RotateTransform":
            one[:3, :3] = _turn(0, x) @ _turn(1, y) @ _turn(2, z)
        else:
            raise BadInput(
                f"the transform '{kind}' is unknown", where="transform", next="Use Translate, Rotate, Scale."
            )
        made = one @ made
    return made


def _turn(axis: int, degrees: float) -> NDArray[np.float64]:
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    made, (a, b) = np.eye(3), ((axis + 1) % 3, (axis + 2) % 3)
    made[a, a], made[a, b], made[b, a], made[b, b] = cos, -sin, sin, cos
    return made


def _moved(point: tuple[float, ...] | None) -> NDArray[np.float64]:
    made = np.eye(4)
    made[:3, 3] = point or (0, 0, 0)
    return made


def _point(target: Any) -> tuple[float, ...] | None:
    first = _list(target)[0] if _list(target) else {}
    return _selected(first)


def _selected(target: Any) -> tuple[float, ...] | None:
    """The point of a target's selector; of a polygon its middle."""
    for selector in _list(target.get("selector")) if isinstance(target, Mapping) else []:
        if selector.get("type") == "PointSelector":
            return _xyz(selector)
        if selector.get("type") in ("WKTSelector", "PolygonZSelector"):
            numbers = [float(one) for one in _NUMBER.findall(str(selector.get("value", ""))[:20000])]
            corners = np.array(numbers[: len(numbers) // 3 * 3]).reshape(-1, 3)
            if len(corners):
                return tuple(float(one) for one in corners.mean(axis=0))
    return None


def _xyz(found: Mapping[str, Any], other: float = 0.0) -> tuple[float, float, float]:
    made = tuple(float(found.get(axis, other)) for axis in "xyz")
    if not np.isfinite(made).all():
        raise ValueError("a coordinate is not finite")
    return made[0], made[1], made[2]


def _words(annotation: Mapping[str, Any]) -> Text:
    if isinstance(annotation.get("bodyValue"), str):
        return {"en": plain_text(annotation["bodyValue"])}
    made: dict[str, str] = {}
    todo = list(_list(annotation.get("body")))
    for body in todo:
        if isinstance(body, Mapping) and body.get("type") == "Choice":
            todo += _list(body.get("items"))
        source = _resource(body)
        if source.get("type") == "TextualBody" and source.get("value"):
            language = _tongue(str(source.get("language", "en")))
            made[language] = "\n\n".join(filter(None, (made.get(language, ""), plain_text(str(source["value"])))))
    return made


def _text(found: Any) -> dict[str, str]:
    if not isinstance(found, Mapping):
        return {}
    made: dict[str, str] = {}
    for language, values in found.items():
        said = "\n".join(plain_text(str(value)) for value in _list(values)).strip()
        if said:
            made.setdefault(_tongue(str(language)), said)
    return made


def _tongue(language: str) -> str:
    """The house's name of a language; "none" is taken for English, which a curator will see and can change."""
    plain = language.replace("@", "").strip()
    return (
        "zh-CN"
        if plain.lower() in ("zh", "zh-cn", "zh-hans")
        else ("en" if plain.lower() in ("none", "", "en-us", "en-gb") else plain)
    )


def _short(words: Text) -> dict[str, str]:
    return {language: value.splitlines()[0][:60] for language, value in words.items() if value}


def _rounded(point: Any) -> list[float]:
    return [round(float(one), 6) + 0.0 for one in point]


def _list(found: Any) -> list[Any]:
    if found is None:
        return []
    return list(found) if isinstance(found, list | tuple) else [found]


def _empty(scenes: list[Any]) -> str:
    kinds = {str(_resource(body).get("type")) for scene in scenes for body, _ in _painted(scene)} - {"None"}
    held = ", ".join(sorted(kinds)) or "nothing"
    return f"the scene holds {held}: no model that could be shown"
