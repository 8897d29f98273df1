"""A scene as a IIIF Presentation 4 manifest (draft): models, cameras, hotspots as annotations, tours as ranges.

The rule kept here: every word of stops, hotspots and tours is in it, each language marked; what the draft has no word for
(concepts, objects) goes as W3C bodies. Source: IIIF Presentation API 4.0, release candidate; it may still change.
"""

from __future__ import annotations

import math
from typing import Any

from commons.languages import Text
from vr_scenes.annotations import CONCEPT
from vr_scenes.scene import Camera, Hotspot, Node, Scene, Stop

__all__ = ["iiif_manifest"]


def iiif_manifest(scene: Scene, base: str) -> dict[str, Any]:
    """The manifest; `base` is where the package's files will lie."""
    here = f"{base}/scene"
    painted = [_model(scene, node, base, here) for node in scene.nodes if scene.asset(node.asset).file]
    painted += [_camera(stop, here) for stop in scene.stops if stop.placed]
    found: dict[str, Any] = {
        "@context": "http://iiif.io/api/presentation/4/context.json",
        "id": f"{base}/iiif.json",
        "type": "Manifest",
        "label": _map(scene.title),
        "summary": _map(scene.summary),
        "items": [
            {
                "id": here,
                "type": "Scene",
                "label": _map(scene.title),
                "items": [{"id": f"{here}/page", "type": "AnnotationPage", "items": painted}],
                "annotations": [
                    {"id": f"{here}/notes", "type": "AnnotationPage", "items": _notes(scene, here)},
                ],
            }
        ],
        "structures": [_range(scene, number, base, here) for number in range(len(scene.tours))],
    }
    rights = {asset.rights for asset in scene.assets}
    if len(rights) == 1:
        found["rights"] = rights.pop()
    credits = [asset.credit for asset in scene.assets if asset.credit]
    if credits:
        found["requiredStatement"] = {"label": {"en": ["Credit"], "zh-CN": ["署名"]}, "value": _maps(credits)}
    return found


def _model(scene: Scene, node: Node, base: str, here: str) -> dict[str, Any]:
    asset = scene.asset(node.asset)
    kind = "Image" if asset.media.startswith("image/") else "Model"
    body: dict[str, Any] = {"id": f"{base}/{asset.file}", "type": kind, "format": asset.media}
    if node.title:
        body["label"] = _map(node.title)
    turns = _transforms(node)
    if turns:
        body = {"id": f"{here}/body/{node.id}", "type": "SpecificResource", "source": body, "transform": turns}
    return _painting(f"{here}/node/{node.id}", body, here, node.position)


def _transforms(node: Node) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    if node.scale != 1.0:
        made.append({"type": "ScaleTransform", "x": node.scale, "y": node.scale, "z": node.scale})
    if node.rotation[:3] != (0.0, 0.0, 0.0):
        x, y, z = _degrees(node.rotation)
        made.append({"type": "RotateTransform", "x": x, "y": y, "z": z})
    return made


def _degrees(rotation: tuple[float, float, float, float]) -> tuple[float, float, float]:
    """Angles of Rx · Ry · Rz, degrees, of a quaternion: the order that IIIF's own examples of cameras are made for."""
    x, y, z, w = rotation
    around_y = math.asin(max(-1.0, min(1.0, 2 * (x * z + w * y))))
    around_x = math.atan2(2 * (w * x - y * z), 1 - 2 * (x * x + y * y))
    around_z = math.atan2(2 * (w * z - x * y), 1 - 2 * (y * y + z * z))
    return (round(math.degrees(around_x), 6), round(math.degrees(around_y), 6), round(math.degrees(around_z), 6))


def _camera(stop: Stop, here: str) -> dict[str, Any]:
    camera: Camera = stop.camera
    body = {
        "id": f"{here}/camera/{stop.id}",
        "type": "PerspectiveCamera",
        "label": _map(stop.title),
        "fieldOfView": camera.fov,
        "lookAt": _point(camera.target),
    }
    return _painting(f"{here}/stop/{stop.id}", body, here, camera.position) | {"behavior": ["hidden"]}


def _painting(ident: str, body: dict[str, Any], here: str, at: tuple[float, ...]) -> dict[str, Any]:
    target = {"type": "SpecificResource", "source": [{"id": here, "type": "Scene"}], "selector": [_point(at)]}
    return {"id": ident, "type": "Annotation", "motivation": ["painting"], "body": body, "target": target}


def _notes(scene: Scene, here: str) -> list[dict[str, Any]]:
    stops = [
        {"id": f"{here}/words/{stop.id}", "type": "Annotation", "motivation": ["describing"],
         "label": _map(stop.title), "body": _bodies(stop.caption) + _bodies(stop.description),
         "target": {"id": f"{here}/stop/{stop.id}", "type": "Annotation"}}
        for stop in scene.stops
    ]  # fmt: skip
    return stops + [_hotspot(spot, here) for spot in scene.hotspots]


def _hotspot(spot: Hotspot, here: str) -> dict[str, Any]:
    pointers = [
        {"type": "SpecificResource", "purpose": "classifying", "source": f"{CONCEPT}{one}"} for one in spot.concepts
    ]
    scope = {"id": f"{here}/stop/{spot.stop}", "type": "Annotation"}
    target = {"type": "SpecificResource", "source": [{"id": here, "type": "Scene"}], "selector": [_point(spot.position)],
              "scope": [scope]}  # fmt: skip
    return {"id": f"{here}/hotspot/{spot.id}", "type": "Annotation", "motivation": ["commenting"], "label": _map(spot.title),
            "body": [*_bodies(spot.text), *pointers], "target": target}  # fmt: skip


def _range(scene: Scene, number: int, base: str, here: str) -> dict[str, Any]:
    tour = scene.tours[number]
    steps = [
        {"id": f"{base}/range/{tour.id}/{at}", "type": "Range", "label": _map(scene.stop(step.stop).title), "summary": _map(step.text),
         "items": [{"type": "SpecificResource", "source": {"id": f"{here}/stop/{step.stop}", "type": "Annotation"}}]}
        for at, step in enumerate(tour.steps, 1)
    ]  # fmt: skip
    return {
        "id": f"{base}/range/{tour.id}",
        "type": "Range",
        "behavior": ["sequence"],
        "label": _map(tour.title),
        "items": steps,
    }


def _point(at: tuple[float, ...]) -> dict[str, Any]:
    return {"type": "PointSelector", "x": at[0], "y": at[1], "z": at[2]}


def _map(text: Text) -> dict[str, list[str]]:
    return {language: [value] for language, value in text.items()}


def _maps(texts: list[Text]) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for text in texts:
        for language, value in text.items():
            if value not in made.setdefault(language, []):
                made[language].append(value)
    return made


def _bodies(text: Text) -> list[dict[str, Any]]:
    return [
        {"type": "TextualBody", "value": value, "language": language, "format": "text/plain"}
        for language, value in text.items()
    ]
