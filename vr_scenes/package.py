"""A scene package on disk: a new one from dropped files, a zip read and written.

The rule kept here: nothing of a dropped file is parsed in this process; names that it says it needs are looked for as plain
words and taken along when they lie beside it. A zip is unpacked only where every member is a plain file inside, within
bounds on count, size and ratio; nothing is left behind where one is not.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from commons.errors import BadInput, Conflict, ShuyuanError, TooLarge
from vr_scenes.job import content_of_file
from vr_scenes.pipeline import kind_of
from vr_scenes.pipeline.meshes_files import beside
from vr_scenes.scene import read_document

__all__ = ["media_type", "new_scene", "opened_package", "renew", "unpacked", "write_document", "write_zip"]

_MEMBERS, _BYTES, _RATIO = 20_000, 20 << 30, 200
_HEAD = 1 << 16
_SCANNED = 64 << 20
_NAMED = {
    ".gltf": re.compile(rb'"uri"\s*:\s*"([^"]{1,400})"'),
    ".obj": re.compile(rb"^mtllib\s+(.{1,400}?)\s*$", re.M),
    ".mtl": re.compile(rb"^\s*(?:map_\w+|norm|bump)\s+(?:-\w+\s+[\d. ]+)*(.{1,400}?)\s*$", re.M),
    ".ply": re.compile(rb"^comment TextureFile (.{1,400}?)\s*$", re.M),
}
_MEDIA = {
    ".glb": "model/gltf-binary", ".gltf": "model/gltf+json", ".obj": "model/obj", ".stl": "model/stl",
    ".ply": "application/x-ply", ".las": "application/vnd.las", ".laz": "application/vnd.laszip",
    ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".webp": "image/webp",
    ".hdr": "image/vnd.radiance", ".mp3": "audio/mpeg", ".wav": "audio/wav", ".ogg": "audio/ogg", ".vtt": "text/vtt",
}  # fmt: skip


def media_type(name: str) -> str:
    """The media type that a file's name tells."""
    return _MEDIA.get(Path(name).suffix.lower(), "application/octet-stream")


def new_scene(folder: Path, files: Sequence[Path], title: str = "") -> dict[str, Any]:
    """Make the package `folder` from dropped files: a node and an asset for each, one stop that sees all. Gives the document.

    Raises Conflict where the folder has something in it, BadInput for a file that no builder reads.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Conflict("there is something already", where=str(folder), next="Name a new folder.")
    name = _ident(folder.resolve().name)
    if name != folder.resolve().name:
        told = f"'{folder.resolve().name}' cannot name a scene: small letters, digits and hyphens"
        raise BadInput(told, where=str(folder), next=f"Take '{name}'.")
    kinds = [kind_of(file.name, _head(file)) for file in files]
    with tempfile.TemporaryDirectory(dir=_parent(folder), prefix=".new-") as work:
        fresh = Path(work) / name
        fresh.mkdir()
        taken: list[str] = []
        for file in files:
            taken.append(_free(_ident(file.stem), taken))
            _take(file, fresh / "assets" / taken[-1])
        document = _document(name, title or (files[0].stem if files else name), files, kinds, taken, fresh)
        write_document(fresh, document)
        if folder.exists():
            folder.rmdir()
        fresh.chmod(0o755)
        fresh.replace(folder)
    return document


def write_document(folder: Path, document: dict[str, Any]) -> None:
    """Write scene.json whole or not at all."""
    part = folder / ".scene.json.part"
    part.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", "utf-8")
    part.replace(folder / "scene.json")


def renew(folder: Path) -> list[str]:
    """Write the SHA-256 of every asset file that is there into scene.json; gives the ids of those that changed."""
    document = read_document(folder)
    changed = []
    for asset in document.get("assets", ()) if isinstance(document, dict) else ():
        path = folder / str(asset.get("file", ""))
        if asset.get("file") and path.is_file() and asset.get("sha256") != (found := content_of_file(path)):
            asset["sha256"] = found
            changed.append(str(asset.get("id")))
    if changed:
        write_document(folder, document)
    return changed


@contextmanager
def opened_package(path: Path) -> Iterator[Path]:
    """The folder of a package, which is a folder or a zip. Raises BadInput for what is neither."""
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="shuyuan-package-") as work:
        yield unpacked(path, Path(work))


def unpacked(path: Path, into: Path) -> Path:
    """Unpack a zip below `into`; gives the folder, named by the scene's id. Raises BadInput, TooLarge; then nothing is left."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        raise BadInput("this is neither a folder nor a zip", where=path.name, next="Give a scene's folder or its zip.")
    work = Path(tempfile.mkdtemp(dir=into, prefix=".unpack-"))
    try:
        with zipfile.ZipFile(path) as archive:
            for info, name in _members(archive, path.name):
                _extract(archive, info, work / name, path.name)
        roots = (
            [work]
            if (work / "scene.json").is_file()
            else [one for one in work.iterdir() if (one / "scene.json").is_file()]
        )
        if len(roots) != 1:
            raise BadInput("there is no scene.json in it", where=path.name, next="Export the scene as a zip again.")
        document = read_document(roots[0])
        name = _ident(str(document.get("id", "scene")) if isinstance(document, dict) else "scene")
        if (into / name).exists():
            raise Conflict(f"there is a scene '{name}' already", where=path.name, next="Take another folder.")
        roots[0].replace(into / name)
        return into / name
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        if isinstance(error, ShuyuanError):
            raise
        raise BadInput(
            f"the zip cannot be read ({str(error)[:100]})", where=path.name, next="Make it again."
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def write_zip(folder: Path, out: Path, leave: Sequence[str] = ("build",)) -> int:
    """Everything in `folder` but what begins with a dot or is in `leave`, as a zip; gives its bytes. The same folder, the same zip."""
    part = out.with_name(f".{out.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if (
                not path.is_file()
                or path.is_symlink()
                or name.parts[0] in leave
                or any(one.startswith(".") for one in name.parts)
            ):
                continue
            info = zipfile.ZipInfo(name.as_posix(), (2000, 1, 1, 0, 0, 0))
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, archive.open(info, "w", force_zip64=True) as target:
                shutil.copyfileobj(source, target, 1 << 20)
    part.replace(out)
    return out.stat().st_size


def _members(archive: zipfile.ZipFile, where: str) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > _MEMBERS:
        raise TooLarge(f"it holds {len(infos)} files, more than {_MEMBERS}", where=where, next="Split the scene.")
    size = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if size > _BYTES or (size > 100 << 20 and size > _RATIO * max(packed, 1)):
        told = f"it would unpack from {packed} to {size} bytes"
        raise TooLarge(told, where=where, next="Make the zip again, or give the folder.")
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        link = (info.external_attr >> 16) & 0o170000 not in (0, 0o100000)
        if (
            path.is_absolute()
            or ".." in path.parts
            or ":" in info.filename
            or link
            or not path.parts
            or "\0" in info.filename
        ):
            told = f"its member '{info.filename[:80]}' leads out of the folder or is no plain file"
            raise BadInput(told, where=where, next="Make the zip again without it.")
        yield info, path.as_posix()


def _extract(archive: zipfile.ZipFile, info: zipfile.ZipInfo, place: Path, where: str) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    left = info.file_size
    with archive.open(info) as source, place.open("wb") as target:
        while chunk := source.read(1 << 20):
            left -= len(chunk)
            if left < 0:
                told = f"its member '{info.filename[:80]}' is longer than it says"
                raise BadInput(told, where=where, next="Make the zip again.")
            target.write(chunk)


def _document(
    name: str, title: str, files: Sequence[Path], kinds: Sequence[str], taken: Sequence[str], fresh: Path
) -> dict[str, Any]:
    nodes, assets = [], []
    for file, kind, ident in zip(files, kinds, taken, strict=True):
        place = f"assets/{ident}/{file.name}"
        kind = "mesh" if kind == "fusion" else kind
        nodes.append({"id": ident, "kind": kind, "asset": ident, "title": _both(file.stem)})
        assets.append({"id": ident, "media": media_type(file.name), "file": place,
                       "sha256": content_of_file(fresh / place), "rights": "", "credit": {}, "source": {}})  # fmt: skip
    named = "、".join(file.name for file in files) or name
    summary = {
        "zh-CN": f"由 {named} 制作的场景。",
        "en": f"A scene made from {', '.join(file.name for file in files) or name}.",
    }
    stop = {"id": "overview", "title": {"zh-CN": "全貌", "en": "The whole"}, "caption": summary, "description": summary}
    step = {"stop": "overview", "seconds": 15, "text": summary}
    return {
        "format": "shuyuan-scene", "version": 2, "id": name, "title": _both(title), "summary": summary,
        "nodes": nodes, "assets": assets, "stops": [stop], "hotspots": [], "objects": [],
        "tours": [{"id": "tour", "title": {"zh-CN": "看一看", "en": "A look"}, "steps": [step]}], "sources": [],
    }  # fmt: skip


def _both(text: str) -> dict[str, str]:
    return {"zh-CN": text, "en": text}


def _take(file: Path, place: Path) -> None:
    """Copy a file and what it names beside it."""
    place.mkdir(parents=True)
    todo: list[Path] = [file]
    done: set[Path] = set()
    while todo and len(done) < 1000:
        one = todo.pop()
        if one in done or not one.is_file():
            continue
        done.add(one)
        to = place / one.relative_to(file.parent)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(one, to)
        pattern = _NAMED.get(one.suffix.lower())
        if pattern:
            with one.open("rb") as opened:
                head = opened.read(_HEAD if one.suffix.lower() == ".ply" else _SCANNED)
            todo += [found for name in set(pattern.findall(head)) if (found := _near(file.parent, name)) is not None]


def _near(folder: Path, name: bytes) -> Path | None:
    """A named file in `folder`; None for data in the file itself, or a way out, which the builder refuses in words."""
    if name.startswith(b"data:"):
        return None
    try:
        return beside(folder, name.decode("utf-8", "replace"), "")
    except BadInput:
        return None


def _head(file: Path) -> bytes:
    if not file.is_file():
        raise BadInput("there is no such file", where=str(file), next="Give the path of a file.")
    with file.open("rb") as opened:
        return opened.read(_HEAD)


def _ident(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "scene"


def _free(name: str, taken: Sequence[str]) -> str:
    number, found = 2, name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def _parent(folder: Path) -> Path:
    parent = folder.resolve().parent
    if not parent.is_dir():
        raise BadInput(f"there is no folder {parent}", where=str(folder), next="Make the folder first.")
    return parent
