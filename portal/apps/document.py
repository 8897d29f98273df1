"""What the viewer is given, and what search engines are: the scene with its words as JSON, the place as schema.org JSON-LD."""

from __future__ import annotations

import json
from typing import Any

from commons.languages import LANGUAGES, Messages, pick
from portal.apps.shelf import Place, Shelf
from vr_scenes.document import viewer_nodes, viewer_scene
from vr_scenes.scene import Scene

__all__ = ["json_ld", "viewer_document"]


def viewer_document(place: Place, shelf: Shelf, messages: Messages) -> dict[str, Any]:
    """Scene, addresses, concept labels and the viewer's words, every text in all languages."""
    scene = viewer_scene(place.scene, place.manifest, _address)
    labels = shelf.concepts()
    named = {
        concept for kind in ("stops", "hotspots", "objects") for entry in scene[kind] for concept in entry["concepts"]
    }
    return {
        "scene": {name: scene[name] for name in ("id", "title", "stops", "hotspots", "objects", "tours")},
        "model": place.model_url(),
        "nodes": viewer_nodes(place.manifest, _address),
        "rooms": f"/tours/{place.scene.id}/together",
        "posters": {stop["id"]: place.picture_url(stop["id"]) for stop in scene["stops"]},
        "concepts": {concept: labels[concept] for concept in sorted(named) if concept in labels},
        "words": messages.room("scenes.viewer"),
    }


def _address(name: str) -> str:
    return f"/tours/assets/{name}"


def json_ld(place: Place, language: str, address: str) -> str:
    """The place as schema.org's VirtualLocation and its tour as a CreativeWork; safe to stand in a script element."""
    scene = place.scene
    found = {
        "@context": "https://schema.org",
        "@type": ["CreativeWork", "3DModel"],
        "name": pick(scene.title, language),
        "description": pick(scene.summary, language),
        "url": f"{address}/tours/{scene.id}/",
        "inLanguage": list(LANGUAGES),
        "isAccessibleForFree": True,
        "license": scene.assets[0].rights,
        "creator": {"@type": "Organization", "name": pick(scene.assets[0].credit, language)},
        "image": [address + url for stop in scene.stops if (url := place.picture_url(stop.id))],
        "accessMode": ["visual", "textual"],
        "accessModeSufficient": {"@type": "ItemList", "itemListElement": ["textual"]},
        "hasPart": [_part(scene, number, language, address) for number in range(len(scene.stops))],
    }
    if place.manifest and place.manifest.model:
        found["encoding"] = {"@type": "MediaObject", "encodingFormat": "model/gltf-binary", "contentUrl": address + place.model_url(),
                             "contentSize": str(place.manifest.bytes)}  # fmt: skip
    return json.dumps(found, ensure_ascii=False).replace("<", "\\u003c")


def _part(scene: Scene, number: int, language: str, address: str) -> dict[str, Any]:
    stop = scene.stops[number]
    return {"@type": "CreativeWork", "position": number + 1, "name": pick(stop.title, language), "abstract": pick(stop.caption, language),
            "url": f"{address}/tours/{scene.id}/?stop={stop.id}"}  # fmt: skip
