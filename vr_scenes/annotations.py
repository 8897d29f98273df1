"""Hotspots as W3C Web Annotations, which is how scene.json holds them, and back, without loss.

The rule kept here: title and text are bodies with a language each (purposes identifying and describing), concepts and the
object are pointers (classifying, linking), the stop is the target's scope, the place its PointSelector (IIIF's). Source:
W3C Web Annotation Data Model, sections 3.2, 3.3.5 and 4; IIIF Presentation 4 draft for PointSelector.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["CONCEPT", "annotation_of", "hotspot_of"]

CONCEPT = "urn:shuyuan:concept:"
_OBJECT, _STOP = "#object/", "#stop/"
_PURPOSES = {"title": "identifying", "text": "describing"}


def annotation_of(hotspot: Mapping[str, Any]) -> dict[str, Any]:
    """The annotation of a hotspot given as id, stop, title, text, concepts, position and object.

    >>> spot = {"id": "a", "stop": "s", "title": {"en": "A"}, "text": {"en": "B"}, "concepts": ["x"], "position": [1, 2, 3], "object": "o"}
    >>> hotspot_of(annotation_of(spot)) == spot
    True
    """
    body: list[dict[str, Any]] = [
        {"type": "TextualBody", "purpose": purpose, "language": language, "format": "text/plain", "value": value}
        for name, purpose in _PURPOSES.items()
        for language, value in hotspot[name].items()
    ]
    pointers = [("classifying", f"{CONCEPT}{concept}") for concept in hotspot.get("concepts", ())]
    pointers += [("linking", f"{_OBJECT}{hotspot['object']}")] if hotspot.get("object") else []
    body += [{"type": "SpecificResource", "purpose": purpose, "source": source} for purpose, source in pointers]
    x, y, z = hotspot["position"]
    return {
        "id": hotspot["id"],
        "type": "Annotation",
        "motivation": "describing",
        "body": body,
        "target": {
            "type": "SpecificResource",
            "source": "#scene",
            "scope": f"{_STOP}{hotspot['stop']}",
            "selector": {"type": "PointSelector", "x": x, "y": y, "z": z},
        },
    }


def hotspot_of(annotation: Mapping[str, Any]) -> dict[str, Any]:
    """The hotspot of an annotation that the schema holds for whole."""
    made: dict[str, Any] = {"id": annotation["id"], "stop": annotation["target"]["scope"].removeprefix(_STOP)}
    for name, purpose in _PURPOSES.items():
        made[name] = {one["language"]: one["value"] for one in annotation["body"] if one["purpose"] == purpose}
    sources = {
        kind: [one["source"] for one in annotation["body"] if one["purpose"] == kind]
        for kind in ("classifying", "linking")
    }
    place = annotation["target"]["selector"]
    made["concepts"] = [source.removeprefix(CONCEPT) for source in sources["classifying"]]
    made["position"] = [place["x"], place["y"], place["z"]]
    return made | ({"object": sources["linking"][0].removeprefix(_OBJECT)} if sources["linking"] else {})
