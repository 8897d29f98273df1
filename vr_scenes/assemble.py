"""Makes what a source tree does not carry: the viewer's bundle and the built scenes, under build/. Run by the set-up.

The rule kept here: what is up to date is left alone; without Open3D the scenes are left out with one line and the rest goes on.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from commons.errors import ShuyuanError
from commons.places import ROOT
from commons.settings import load_settings
from vr_scenes.bundle import build_viewer
from vr_scenes.scene import list_scenes
from vr_scenes.voices import voice_of

__all__ = ["assemble", "built_folder"]


def built_folder(root: Path = ROOT) -> Path:
    """Where the shipped scenes are built to."""
    return root / "build" / "scenes"


def assemble(root: Path = ROOT, voice: str = "") -> list[str]:
    """Build bundle and scenes, tours read aloud by `voice` (the setting); gives a line for each thing done or left out. Raises what
    a build raises.
    """
    from vr_scenes.build import build_scene, is_possible

    lines = [f"viewer: {build_viewer(root).relative_to(root)}"]
    if not is_possible():
        return [*lines, "scenes: not built, because Open3D is left out; pages show the text version and small stills"]
    reader = voice_of(voice)
    if reader is None:
        lines.append("tours: not read aloud, because espeak-ng is not installed or the voice is off; captions stay")
    for folder in list_scenes():
        made = build_scene(folder, built_folder(root), voice=reader)
        lines.append(f"scene {made.scene}: {made.triangles} triangles, {made.bytes / 1e6:.1f} MB")
    return lines


def main() -> int:
    """0 when everything is there, 1 with the reason on standard error."""
    try:
        sys.stdout.write("\n".join(assemble(voice=load_settings(os.environ).voice)) + "\n")
    except ShuyuanError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
