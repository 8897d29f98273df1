"""One asset's build, in the sandbox, as a process of its own: files nobody trusts are parsed there and nowhere else.

The rule kept here: what the process leaves behind is not believed either. A file's name is held against the hash of its
bytes, a folder's against all in it, a link or a strange name is refused, and only then is it moved to where pages are served
from. A build of the same bytes by the same builder is found again; one that was cut off goes on in its own folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commons import sandbox
from commons.errors import BadInput, Unavailable
from commons.places import ROOT
from commons.sandbox import Finished, Limits, Mount, Sandbox, python_mounts
from vr_scenes.pipeline import BUILT
from vr_scenes.pipeline.tileset import folder_mark

__all__ = ["Tell", "build_asset", "content_of_file", "source_files"]

Tell = Callable[[str, float], None]

_HERE = Path(__file__).parent
_NAME = re.compile(r"([0-9a-f]{64})(\.[a-z0-9]{1,8})?")
_SHARED = ("__", "meshopt", "pictures", "encode")
_PREFIX = {"mesh": ("meshes",), "points": ("points", "las", "crew", "tileset", "meshes_ply"),
           "splat": ("splats", "points_ply", "points_grid"),
           "panorama": ("panoramas", "tileset"), "fusion": ("fusion", "meshes")}  # fmt: skip
_FILES, _FILE_MB = 200_000, 4096
_ANSWER_BYTES = 16 << 20
_LIMITS = Limits(cpu_s=7200, memory_mb=6144, processes=256, file_mb=_FILE_MB, wall_s=7200.0, output_bytes=4 << 20,
                 address_mb=65536)  # fmt: skip


def build_asset(kind: str, source: Path, out: Path, tell: Tell, *, limits: Limits = _LIMITS) -> dict[str, Any]:
    """Build `source` into `out`; gives `{"node": …, "report": …, "reused": bool}`.

    `out` gets content-named files and folders; the work lies in `out`/.work/<mark>. Raises BadInput with the builder's
    own words, Unavailable where time or memory ran out, SandboxError where there is no sandbox.
    """
    work = out / ".work" / _mark(kind, source)
    if found := _found(work, out):
        return found | {"reused": True}
    work.mkdir(parents=True, exist_ok=True)
    finished = _run(kind, source, work, tell, limits)
    _ensure_done(finished, source, limits)
    answer = _answer(work, source)
    for name in sorted(_named(answer["node"])):
        _take(work / name, out / name, source)
    # From here on the folder holds the answer alone: its presence says that `out` has everything.
    for left in work.iterdir():
        if left.name != BUILT:
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink()
    return answer | {"reused": False}


def source_files(source: Path) -> list[Path]:
    """The asset's file first, then what lies beside it, which it may name."""
    others = sorted(path for path in source.parent.rglob("*") if path.is_file() and path != source)
    return [source, *others]


def content_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mark(kind: str, source: Path) -> str:
    """A mark of the source, what lies beside it, and the builder."""
    mark = hashlib.sha256(f"{kind}\0{source.name}\n".encode())
    for path in source_files(source):
        mark.update(f"{path.relative_to(source.parent)}\0{content_of_file(path)}\n".encode())
    prefixes = (*_PREFIX.get(kind, (kind,)), *_SHARED)
    for path in sorted([*(_HERE / "pipeline").glob("*.py"), *(_HERE / "pipeline").glob("*.mjs")]):
        if path.name.startswith(prefixes):
            mark.update(path.name.encode() + b"\0" + path.read_bytes())
    return mark.hexdigest()[:32]


def _found(work: Path, out: Path) -> dict[str, Any] | None:
    """A finished build of the same mark, if all it names is there."""
    try:
        answer = json.loads((work / BUILT).read_text("utf-8"))
        named = _named(answer["node"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return answer if named and all((out / name).exists() for name in named) else None


def _run(kind: str, source: Path, work: Path, tell: Tell, limits: Limits) -> Finished:
    code = [Mount(ROOT / name, str(ROOT / name)) for name in ("commons", "vr_scenes", "node_modules/meshoptimizer")]
    if (ROOT / ".node").is_dir():
        code.append(Mount(ROOT / ".node", str(ROOT / ".node")))
    folder = _readable(source, work)
    mounts = [*python_mounts(Path(sys.prefix)), *code, Mount(folder, "/in"), Mount(work, "/out", writable=True)]
    path = f"{Path(sys.prefix) / 'bin'}:{ROOT / '.node' / 'bin'}:/usr/local/bin:/usr/bin:/bin"
    env = {"PATH": path, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1",
           "OPENBLAS_NUM_THREADS": "1", "TMPDIR": "/out"}  # fmt: skip
    argv = [sys.executable, "-m", "vr_scenes.pipeline", kind, f"/in/{source.name}", "/out"]

    def hear(line: bytes) -> None:
        try:
            found = json.loads(line[:4096])
            tell(str(found["doing"])[:80], min(1.0, max(0.0, float(found["share"]))))
        except (ValueError, LookupError, TypeError):
            return

    return sandbox.run(Sandbox(tuple(mounts), env, limits=limits, tmpfs_mb=1024), argv, hear=hear)


def _readable(source: Path, work: Path) -> Path:
    """The folder to show inside: the source's own, or a copy where another account could not read it."""
    files = source_files(source)
    if os.geteuid() != 0 or all(path.stat().st_mode & 0o004 for path in files):
        return source.parent
    copy = work.with_name(f"{work.name}.in")
    for path in files:
        place = copy / path.relative_to(source.parent)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
        place.chmod(0o644)
    return copy


def _ensure_done(finished: Finished, source: Path, limits: Limits) -> None:
    if finished.code == 0:
        return
    where = source.name
    if finished.timed_out or finished.out_of_memory:
        told = f"{limits.wall_s:.0f} seconds" if finished.timed_out else f"{limits.memory_mb} MB of memory"
        raise Unavailable(f"the build needs more than {told}", where=where, next="Split the file, or thin it out.")
    for line in reversed(finished.stdout.splitlines()):
        try:
            error = json.loads(line)["error"]
            raise BadInput(str(error["message"])[:2000], where=str(error["where"])[:500], next=str(error["next"])[:500])
        except (ValueError, LookupError, TypeError):
            continue
    said = finished.stderr.decode("utf-8", "replace").strip().splitlines()
    told = f"the file broke its reader (status {finished.code}{': ' + said[-1][:200] if said else ''})"
    raise BadInput(told, where=where, next="Export it again and retry.")


def _answer(work: Path, source: Path) -> dict[str, Any]:
    path = work / BUILT
    try:
        if path.is_symlink() or path.stat().st_size > _ANSWER_BYTES:
            raise ValueError("too large")
        answer = json.loads(path.read_text("utf-8"))
        node, report = answer["node"], answer["report"]
        if not isinstance(node, dict) or not isinstance(report, dict) or not _named(node):
            raise ValueError("no files")
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise BadInput(f"the builder left no result ({error})", where=source.name, next="Build it again.") from error
    return {"node": node, "report": report}


def _named(node: dict[str, Any]) -> set[str]:
    """The content names (first part of each src) that a node needs."""
    sources = [level["src"] for level in node.get("levels", [])] if "src" not in node else []
    sources += [node["src"]] if "src" in node else []
    return {str(src).partition("/")[0] for src in sources}


def _take(made: Path, place: Path, source: Path) -> None:
    """Move a file or folder whose name is its content."""
    name = _NAME.fullmatch(made.name)
    if name is None or made.is_symlink() or not made.exists():
        raise BadInput(f"the builder named '{made.name[:80]}'", where=source.name, next="Build it again.")
    if made.is_dir() == bool(name[2]):
        raise BadInput(f"'{made.name[:80]}' is not what its name says", where=source.name, next="Build it again.")
    if made.is_dir():
        _ensure_plain(made)
    found = folder_mark(made) if made.is_dir() else content_of_file(made)
    if found != name[1]:
        told = f"the content of '{made.name[:80]}' is not what its name says"
        raise BadInput(told, where=source.name, next="Build it again.")
    if not place.exists():
        _own(made)
        made.replace(place)


def _own(made: Path) -> None:
    """What the sandbox's account wrote becomes ours, readable."""
    paths = [made, *made.rglob("*")] if made.is_dir() else [made]
    for path in paths:
        if os.geteuid() == 0:
            os.chown(path, 0, 0, follow_symlinks=False)
        path.chmod(0o755 if path.is_dir() else 0o644)


def _ensure_plain(folder: Path) -> None:
    """Raise BadInput for a link, or anything that is neither file nor folder, below."""
    for count, path in enumerate(folder.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()) or count > _FILES:
            raise BadInput(f"the builder left '{path.name[:80]}'", where=folder.name, next="Build it again.")
