"""A scene as schema.org JSON-LD: the place, its models with their licences, its stops and tours as parts.

The rule kept here: nothing is claimed that the scene does not say. Source: schema.org 3DModel, CreativeWork, ItemList.
"""

from __future__ import annotations

from typing import Any

from commons.languages import LANGUAGES, Text
from vr_scenes.scene import Asset, Scene

__all__ = ["schema_org"]


def schema_org(scene: Scene, base: str) -> dict[str, Any]:
    """The JSON-LD document; `base` is where the package's files will lie."""
    return {
        "@context": "https://schema.org",
        "@id": f"{base}/",
        "@type": "CreativeWork",
        "name": _texts(scene.title),
        "description": _texts(scene.summary),
        "inLanguage": [language for language in LANGUAGES if scene.title.get(language)],
        "isAccessibleForFree": True,
        "accessMode": ["visual", "textual"],
        "accessModeSufficient": {"@type": "ItemList", "itemListElement": ["textual"]},
        "license": sorted({asset.rights for asset in scene.assets}),
        "encoding": [_asset(scene, asset, base) for asset in scene.assets if asset.file],
        "citation": [one for source in scene.sources for one in _texts(source)],
        "hasPart": [
            {"@type": "CreativeWork", "@id": f"{base}/#{stop.id}", "position": number, "name": _texts(stop.title),
             "abstract": _texts(stop.caption), "text": _texts(stop.description), "about": list(stop.concepts)}
            for number, stop in enumerate(scene.stops, 1)
        ]
        + [_tour(scene, number, base) for number in range(len(scene.tours))],
    }  # fmt: skip


def _asset(scene: Scene, asset: Asset, base: str) -> dict[str, Any]:
    kind = (
        "3DModel" if any(node.asset == asset.id and node.kind != "panorama" for node in scene.nodes) else "MediaObject"
    )
    return {"@type": kind, "contentUrl": f"{base}/{asset.file}", "encodingFormat": asset.media, "license": asset.rights,
            "creditText": _texts(asset.credit), "sha256": asset.sha256}  # fmt: skip


def _tour(scene: Scene, number: int, base: str) -> dict[str, Any]:
    tour = scene.tours[number]
    steps = [
        {"@type": "ListItem", "position": at, "name": _texts(scene.stop(step.stop).title), "description": _texts(step.text),
         "item": {"@id": f"{base}/#{step.stop}"}}
        for at, step in enumerate(tour.steps, 1)
    ]  # fmt: skip
    return {"@type": "ItemList", "@id": f"{base}/#tour-{tour.id}", "name": _texts(tour.title), "itemListElement": steps}


def _texts(text: Text) -> list[dict[str, str]]:
    return [{"@language": language, "@value": value} for language, value in text.items()]
