"""Asks the geometry itself: does a stop see its hotspots, and does its camera stand free?

The rule kept here: leaves count as see-through, everything else blocks. Distances are in metres.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from vr_scenes.glb import Model
from vr_scenes.light import directions, open3d, raycaster
from vr_scenes.shapes import Floats

if TYPE_CHECKING:
    from vr_scenes.scene import Scene

__all__ = ["camera_faults", "frame_faults", "hotspot_faults", "spread_faults"]

_NEAR = 0.35
"""A hotspot lies on a surface: what is hit within this distance of it is that surface."""
_CLEAR = 0.3
_EDGE = 0.94
"""Share of the picture that counts as seen: a button at the very rim cannot be read."""
_PHONE = (358.0, 322.0)
"""CSS pixels of the picture on a phone 390 wide: the page's margins are off, 4 to 3.6 (viewer/style.js)."""
_NARROW = 1.25
"""Below this width to height the viewer opens its eye wider (viewer/stage.js)."""
_FINGER = 44.0


def hotspot_faults(model: Model, scene: Scene) -> list[str]:
    """A line for every hotspot that its stop's camera cannot see. Needs Open3D."""
    o3d = open3d()
    caster = raycaster([part.mesh for part in model.parts if not part.extras.get("see_through")])
    faults = []
    for hotspot in scene.hotspots:
        eye = np.array(scene.stop(hotspot.stop).camera.position)
        way = np.array(hotspot.position) - eye
        far = float(np.linalg.norm(way))
        ray = np.concatenate([eye, way / far])[None].astype(np.float32)
        met = float(caster.cast_rays(o3d.core.Tensor(ray))["t_hit"].numpy()[0])
        if met < far - _NEAR:
            faults.append(
                f"hotspot '{hotspot.id}' is hidden from stop '{hotspot.stop}': something stands {far - met:.2f} m before it"
            )
    return faults


def frame_faults(scene: Scene, *, aspect: float = 16 / 9) -> list[str]:
    """A line for every hotspot that lies outside the picture of its stop."""
    faults = []
    for hotspot in scene.hotspots:
        camera = scene.stop(hotspot.stop).camera
        forward = _unit(np.subtract(camera.target, camera.position))
        right = _unit(np.cross(forward, [0, 1, 0]))
        way = np.subtract(hotspot.position, camera.position)
        depth = float(way @ forward)
        reach = np.tan(np.radians(camera.fov) / 2) * depth
        x, y = abs(way @ right) / (reach * aspect), abs(way @ np.cross(right, forward)) / reach
        if depth <= 0 or max(x, y) > _EDGE:
            faults.append(f"hotspot '{hotspot.id}' lies outside the picture of stop '{hotspot.stop}'")
    return faults


def spread_faults(scene: Scene) -> list[str]:
    """A line for every two hotspots of a stop that a finger cannot tell apart on a phone."""
    faults = []
    for stop in scene.stops:
        for one, other in combinations(scene.hotspots_of(stop.id), 2):
            places = [_on_phone(scene, stop.id, hotspot.position) for hotspot in (one, other)]
            apart = float(np.linalg.norm(places[0] - places[1]))
            if apart < _FINGER:
                faults.append(
                    f"hotspots '{one.id}' and '{other.id}' of stop '{stop.id}' lie {apart:.0f} px from each other "
                    f"on a phone, wanted {_FINGER:.0f} or more"
                )
    return faults


def _on_phone(scene: Scene, stop: str, point: tuple[float, float, float]) -> Floats:
    """(2,) where a phone's picture of the stop shows a point before its camera, in CSS pixels from the middle."""
    camera = scene.stop(stop).camera
    forward = _unit(np.subtract(camera.target, camera.position))
    right = _unit(np.cross(forward, [0, 1, 0]))
    way = np.subtract(point, camera.position)
    wider = max(1.0, _NARROW * _PHONE[1] / _PHONE[0])
    reach = np.tan(np.radians(camera.fov) / 2) * wider * float(way @ forward)
    return np.array([way @ right, way @ np.cross(right, forward)]) / reach * _PHONE[1] / 2


def _unit(vector: Floats) -> Floats:
    return vector / np.linalg.norm(vector)


def camera_faults(model: Model, scene: Scene) -> list[str]:
    """A line for every stop whose camera stands in or against something. Needs Open3D."""
    o3d = open3d()
    caster = raycaster([part.mesh for part in model.parts])
    ways = directions(128)
    faults = []
    for stop in scene.stops:
        rays = np.concatenate([np.broadcast_to(np.array(stop.camera.position), ways.shape), ways], 1).astype(np.float32)
        nearest = float(caster.cast_rays(o3d.core.Tensor(rays))["t_hit"].numpy().min())
        if nearest < _CLEAR:
            faults.append(f"stop '{stop.id}': the camera stands {nearest:.2f} m from something")
    return faults
