"""Pictures of places, as the scene room renders them; where none was made yet, pages show the house's own drawing."""

from __future__ import annotations

from collections.abc import Mapping

from vr_scenes.posters import poster_url
from vr_scenes.scene import Scene

__all__ = ["scene_pictures"]


def scene_pictures(scene: Scene) -> Mapping[str, str]:
    """Stop id → address of its picture; "" → the picture of the whole scene. Only those that exist."""
    names = ["", *(stop.id for stop in scene.stops)]
    found = {name: poster_url(scene.id, name) for name in names}
    return {name: url for name, url in found.items() if url}
