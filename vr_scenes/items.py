"""A scene's stops and objects as Items, which is all that recommender, search and portal need to know of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commons.items import Item

if TYPE_CHECKING:
    from vr_scenes.scene import Scene

__all__ = ["items"]

_OBJECT_MINUTES = 1.0


def items(scene: Scene) -> list[Item]:
    """One item for each stop and each object, in the scene's order."""
    stops = [
        Item(
            f"stop:{scene.id}/{stop.id}",
            "stop",
            stop.concepts,
            stop.minutes,
            stop.title,
            f"/tours/{scene.id}/?stop={stop.id}",
        )
        for stop in scene.stops
    ]
    objects = [
        Item(
            f"object:{scene.id}/{one.id}",
            "object",
            one.concepts,
            _OBJECT_MINUTES,
            one.title,
            f"/tours/{scene.id}/?object={one.id}",
            f"stop:{scene.id}/{one.stop}",
        )
        for one in scene.objects
    ]
    return stops + objects
