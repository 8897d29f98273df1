"""Bundles the viewer's ES modules into build/viewer/vr-scene.js with esbuild.

The rule kept here: made again only when a module or the lock file changed; the name of the source mark is kept beside it.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from commons.errors import Unavailable
from commons.places import ROOT

__all__ = ["build_viewer", "bundle_path"]


def bundle_path(root: Path = ROOT) -> Path:
    """Where the bundle lies."""
    return root / "build" / "viewer" / "vr-scene.js"


def build_viewer(root: Path = ROOT) -> Path:
    """The bundle, made where it is missing or old. Raises Unavailable when esbuild is not there or fails."""
    out, mark = bundle_path(root), _mark(root)
    stamp = out.with_suffix(".mark")
    if out.is_file() and stamp.is_file() and stamp.read_text("utf-8") == mark:
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    fresh = out.with_suffix(".new.js")
    command = [
        str(root / "node_modules" / ".bin" / "esbuild"),
        str(root / "vr_scenes" / "viewer" / "vr-scene.js"),
        "--bundle",
        "--minify",
        "--format=esm",
        "--target=es2022",
        "--legal-comments=none",
        f"--outfile={fresh}",
        "--log-level=warning",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except OSError as error:
        raise Unavailable(
            "esbuild is not installed", where="node_modules", next="Run `npm ci` and start again."
        ) from error
    if done.returncode:
        raise Unavailable(
            f"esbuild failed: {done.stderr.strip()}", where="vr_scenes/viewer", next="Correct the module it names."
        )
    fresh.replace(out)
    stamp.write_text(mark, "utf-8")
    return out


def _mark(root: Path) -> str:
    mark = hashlib.sha256()
    for path in [root / "package-lock.json", *sorted((root / "vr_scenes" / "viewer").glob("*.js"))]:
        mark.update(path.name.encode() + b"\0" + path.read_bytes())
    return mark.hexdigest()
