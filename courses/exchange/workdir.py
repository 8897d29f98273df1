"""A learner's copy of a unit: ~/courses/<course>/<unit>/, and the rule that nothing of it is ever lost.

Rule: writing a release adds missing files only; putting another version in place moves the present one aside first, under
a name with the time. Names from outside are checked before they become paths.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

__all__ = ["add_missing", "collect", "language_of", "move_aside", "put", "safe_id", "unit_dir"]

_ID = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
FILE_BYTES = 5_000_000
IGNORED = (".*", "__pycache__", "*.pyc", "feedback")
# A notebook moved aside by `move_aside`: it is kept for the learner and not handed in.
_ASIDE = re.compile(r" \(\d{4}-\d{2}-\d{2} \d{2}\.\d{2}(?:\.\d+)?\)(?=\.|$)")


def safe_id(text: str) -> str:
    """`text` when it is a course's or unit's id. Raises ValueError."""
    if not _ID.match(text):
        raise ValueError(f"{text[:80]!r} is not the id of a course or unit")
    return text


def unit_dir(root: Path, course: str, unit: str) -> Path:
    """Where a unit lies below `root` (~/courses). Raises ValueError for odd ids."""
    return root / safe_id(course) / safe_id(unit)


def add_missing(folder: Path, files: Mapping[str, bytes]) -> list[str]:
    """Write the files that are not there; gives their names. What is there stays as it is."""
    added = []
    for name, data in files.items():
        path = _inside(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(path, "xb") as file:
                file.write(data)
        except FileExistsError:
            continue
        added.append(name)
    return added


def put(folder: Path, files: Mapping[str, bytes], now: datetime) -> list[str]:
    """Put files in place; what differs is moved aside. Gives the names that the present files now have."""
    aside = []
    for name, data in files.items():
        path = _inside(folder, name)
        if path.is_file() and path.read_bytes() == data:
            continue
        if path.exists():
            aside.append(move_aside(path, now).name)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(path.name + ".new")
        new.write_bytes(data)
        os.replace(new, path)
    return aside


def move_aside(path: Path, now: datetime) -> Path:
    """Rename `u1.ipynb` to `u1 (2026-11-22 12.30).ipynb`, or with a count where that is taken."""
    stamp = now.strftime("%Y-%m-%d %H.%M")
    for count in range(1, 1000):
        tail = stamp if count == 1 else f"{stamp}.{count}"
        target = path.with_name(f"{path.stem} ({tail}){path.suffix}")
        if not target.exists():
            path.rename(target)
            return target
    raise OSError(f"too many copies of {path.name}")


def collect(folder: Path, ignored: Iterable[str] = IGNORED) -> dict[str, bytes]:
    """The files to hand in: no hidden ones, caches, feedback, links, earlier copies, or files above 5 MB but notebooks."""
    found: dict[str, bytes] = {}
    patterns = tuple(ignored)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if any(fnmatch(part, pattern) for part in name.split("/") for pattern in patterns):
            continue
        if path.is_symlink() or not path.is_file() or _ASIDE.search(name):
            continue
        if path.suffix == ".ipynb" or path.stat().st_size <= FILE_BYTES:
            found[name] = path.read_bytes()
    return found


def language_of(files: Mapping[str, bytes], default: str) -> str:
    """The language that a unit was fetched in, as its notebooks say."""
    for name, data in files.items():
        if name.endswith(".ipynb"):
            try:
                return str(json.loads(data)["metadata"]["shuyuan"]["language"])
            except (ValueError, KeyError, TypeError):
                continue
    return default


def _inside(folder: Path, name: str) -> Path:
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or any(part in ("", ".", "..") for part in name.split("/")):
        raise ValueError(f"{name[:80]!r} is not a file of a unit")
    path = folder.joinpath(*parts)
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise ValueError(f"{name[:80]!r} lies outside its unit")
    return path
