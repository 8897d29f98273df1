"""Folders of files as bytes: the zip that a release or a hand-in is stored as, and the names that are safe in it.

Rule: the same files give the same bytes; a name is relative, plain and inside its folder; sizes are bounded before
anything is read. It knows nothing of notebooks.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from commons.errors import BadInput, TooLarge

__all__ = ["FILES", "FILE_BYTES", "TOTAL_BYTES", "check_files", "pack", "read_folder", "unpack", "write_folder"]

FILE_BYTES = 5_000_000
TOTAL_BYTES = 20_000_000
FILES = 50
IGNORED = frozenset({".ipynb_checkpoints", "__pycache__", ".DS_Store", ".git"})


def check_files(files: Mapping[str, bytes]) -> None:
    """Refuse names that are not plain and relative, and more than a hand-in may hold. Raises BadInput, TooLarge."""
    if len(files) > FILES:
        raise TooLarge(f"{len(files)} files; {FILES} are allowed", next="Take files out that are not part of the work.")
    total = 0
    for name, data in files.items():
        check_name(name)
        total += len(data)
        if len(data) > FILE_BYTES:
            raise TooLarge(
                f"the file has {len(data) / 1e6:.1f} MB; {FILE_BYTES // 1_000_000} MB are allowed",
                where=name,
                next="Clear the outputs of the notebook, or make the file smaller.",
            )
    if total > TOTAL_BYTES:
        raise TooLarge(f"the files have {total / 1e6:.1f} MB in all; {TOTAL_BYTES // 1_000_000} MB are allowed")


def check_name(name: str) -> None:
    """Raises BadInput for a name that is absolute, leaves its folder, is hidden or odd."""
    parts = name.split("/")
    odd = any(ord(c) < 32 or c in '\\:*?"<>|\x7f' for c in name)
    if not name or odd or len(name) > 200 or any(p in ("", ".", "..") or p.startswith(".") for p in parts):
        raise BadInput(f"{name[:80]!r} is not a name that a file may have here", next="Use plain relative names.")


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files as one zip, the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name])
    return buffer.getvalue()


def unpack(data: bytes, under: str = "") -> dict[str, bytes]:
    """The files of a zip that `pack` made; with `under`, those below that folder, named from there."""
    prefix = under.rstrip("/") + "/" if under else ""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [n for n in archive.namelist() if n.startswith(prefix) and not n.endswith("/")]
        return {n.removeprefix(prefix): archive.read(n) for n in names}


def read_folder(folder: Path, *, limit: int = TOTAL_BYTES * 5) -> dict[str, bytes]:
    """Every plain file below a folder; links, caches and hidden files are left out. Raises TooLarge."""
    files: dict[str, bytes] = {}
    total = 0
    for path in sorted(_walk(folder)):
        total += path.lstat().st_size
        if total > limit:
            raise TooLarge(f"more than {limit // 1_000_000} MB of files", where=folder.name)
        files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files below a folder, which is made. Raises BadInput for an unsafe name."""
    for name, data in files.items():
        check_name(name)
        path = folder / PurePosixPath(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _walk(folder: Path) -> Iterable[Path]:
    for path in folder.iterdir():
        if path.name in IGNORED or path.name.startswith(".") or path.is_symlink():
            continue
        if path.is_dir():
            yield from _walk(path)
        elif path.is_file():
            yield path
