"""A guide of a part of the garden, with the real text vectors: quick to make, and no stand-in."""

from __future__ import annotations

from functools import lru_cache

from knowledge_graph.load import load_graph
from knowledge_graph.vectors import embedded, finding
from vr_scenes.guide import Guide, Sources, passages_of
from vr_scenes.scene import load_scene, scene_folder

STOPS = ("moon-gate", "zigzag-bridge")


@lru_cache(maxsize=1)
def small_guide() -> Guide:
    """The guide of two stops."""
    found = passages_of(load_scene(scene_folder("garden")), load_graph().concepts)
    few = [one for one in found if one.stop in STOPS and one.kind in ("stop", "hotspot", "object")]
    return Guide(Sources(few, embedded(), finding()))
