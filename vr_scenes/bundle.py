"""Bundles the viewer's ES modules with esbuild: one entry, build/viewer/vr-scene.js, and chunks that are fetched when a scene needs them.

The rule kept here: made again only when a module or the lock file changed. A chunk's name carries the hash of its content, so
an old page never meets a new chunk; each file has a packed sibling; the entry is put in its place last.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from commons.errors import Unavailable
from commons.places import ROOT

__all__ = ["CHUNK", "build_viewer", "bundle_path", "core_files", "viewer_files"]

ENTRY = "vr-scene.js"
CHUNK = re.compile(r"[a-z][a-z0-9-]*-[A-Z0-9]{8}\.js")
_KEPT = 3  # old bundles' chunks stay for pages that are open while a new one is built
_IMPORTED = re.compile(r'(?:\bfrom|\bimport)\s*"\./([a-z0-9-]+-[A-Z0-9]{8}\.js)"')


def bundle_path(root: Path = ROOT) -> Path:
    """Where the entry of the bundle lies; its chunks lie beside it."""
    return root / "build" / "viewer" / ENTRY


def viewer_files(root: Path = ROOT) -> list[Path]:
    """The entry and every chunk that it can come to need, for a zip or a static site. Empty where nothing is built."""
    return _reached(bundle_path(root), re.compile(r'"\./([a-z0-9-]+-[A-Z0-9]{8}\.js)"'))


def core_files(root: Path = ROOT) -> list[Path]:
    """The entry and the chunks that are fetched with it, before any scene is known."""
    return _reached(bundle_path(root), _IMPORTED)


def build_viewer(root: Path = ROOT) -> Path:
    """The entry, made where it is missing or old. Raises Unavailable when esbuild is not there or fails."""
    out, mark = bundle_path(root), _mark(root)
    stamp = out.with_suffix(".mark")
    if out.is_file() and stamp.is_file() and stamp.read_text("utf-8") == mark and viewer_files(root):
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".new-") as folder:
        _bundle(root, Path(folder))
        _put(Path(folder), out.parent)
        fresh = Path(folder) / "mark"
        fresh.write_text(mark, "utf-8")
        os.replace(fresh, stamp)
    _sweep(root)
    return out


def _bundle(root: Path, folder: Path) -> None:
    command = [
        str(root / "node_modules" / ".bin" / "esbuild"),
        str(root / "vr_scenes" / "viewer" / ENTRY),
        "--bundle",
        "--minify",
        "--splitting",
        "--format=esm",
        "--target=es2022",
        "--legal-comments=none",
        "--chunk-names=[name]-[hash]",
        f"--outdir={folder}",
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
    for path in list(folder.glob("*.js")):
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def _put(folder: Path, there: Path) -> None:
    """Chunks first, the entry last: whoever reads meanwhile finds everything that is named."""
    for path in sorted(folder.glob("*.js*"), key=lambda one: one.name.startswith(ENTRY)):
        os.replace(path, there / path.name)


def _sweep(root: Path) -> None:
    """Old chunks go, but for the newest few of each name."""
    wanted = {path.name for path in viewer_files(root)}
    found: dict[str, list[Path]] = {}
    for path in bundle_path(root).parent.glob("*.js"):
        if CHUNK.fullmatch(path.name) and path.name not in wanted:
            found.setdefault(path.name.rpartition("-")[0], []).append(path)
    for paths in found.values():
        for path in sorted(paths, key=lambda one: one.stat().st_mtime_ns, reverse=True)[_KEPT:]:
            path.unlink(missing_ok=True)
            path.with_name(path.name + ".gz").unlink(missing_ok=True)
    for folder in bundle_path(root).parent.glob(".new-*"):
        if not any(folder.iterdir()):
            shutil.rmtree(folder, ignore_errors=True)


def _reached(entry: Path, imported: re.Pattern[str]) -> list[Path]:
    """The entry and what it names, transitively; empty when one of them is missing."""
    found: list[Path] = []
    left = [entry]
    while left:
        path = left.pop()
        if not path.is_file():
            return []
        found.append(path)
        named = {path.with_name(name) for name in imported.findall(path.read_text("utf-8"))}
        left.extend(sorted(named - set(found) - set(left)))
    return found


def _mark(root: Path) -> str:
    mark = hashlib.sha256()
    sources = sorted((root / "vr_scenes" / "viewer").glob("*.js"))
    for path in [root / "package-lock.json", Path(__file__), *sources]:
        mark.update(path.name.encode() + b"\0" + path.read_bytes())
    return mark.hexdigest()
