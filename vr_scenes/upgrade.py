"""Format 1 of scene.json, of the platform's first scenes, turned into format 2 as it is read.

The rule kept here: nothing is lost and nothing invented. Whatever is wrong stays wrong, for the check of format 2 to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vr_scenes.annotations import annotation_of

__all__ = ["upgraded"]


def upgraded(found: Any) -> Any:
    """A parsed document as format 2; what is not format 1 is given back as it is."""
    if not isinstance(found, Mapping) or found.get("version") != 1 or found.get("format") != "shuyuan-scene":
        return found
    made = {key: value for key, value in found.items() if key not in ("units", "up")} | {"version": 2}
    if isinstance(made.get("nodes"), list):
        made["nodes"] = [_node(node, number) for number, node in enumerate(made["nodes"], 1)]
    if isinstance(made.get("hotspots"), list):
        made["hotspots"] = [_hotspot(hotspot) for hotspot in made["hotspots"]]
    return made


def _node(node: Any, number: int) -> Any:
    return {"id": f"node-{number}"} | node if isinstance(node, dict) else node


def _hotspot(hotspot: Any) -> Any:
    try:
        return annotation_of(hotspot)
    except (LookupError, TypeError, ValueError, AttributeError):
        return hotspot
