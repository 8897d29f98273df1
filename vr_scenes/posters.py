"""Where the still picture of a stop is found. The address is lasting; the tours process answers it with the newest picture."""

from __future__ import annotations

from vr_scenes.scene import CONTENT, list_scenes

__all__ = ["STILLS", "poster_url"]

STILLS = "stills"
"""Folder inside a scene with small stills, for machines that cannot make the large ones."""


def poster_url(scene: str, stop: str = "") -> str:
    """The address of a stop's picture, or of the whole scene's for ""; "" when there is no such scene."""
    if scene not in [folder.name for folder in list_scenes(CONTENT)]:
        return ""
    return f"/tours/{scene}/poster/{stop or 'scene'}.jpg"
