"""A model's folder and what is said about it: `about.json` holds the SHA-256 of every other file and of itself.

Rule: a folder appears whole or not at all, and what is not as it was written is refused before anything of it is loaded.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from commons.errors import BadInput
from commons.writing import told_errors

__all__ = ["ABOUT", "checked", "sealing", "swept"]

ABOUT, NEW = "about.json", ".new-"


@contextmanager
def sealing(place: Path, about: Mapping[str, Any]) -> Iterator[Path]:
    """A folder to write a model into; once the block ends well it stands at `place` with its about.json, synced to disk.

    Raises BadInput where something is at `place`, Unavailable where it cannot be written. A kill leaves a folder whose
    name begins with a dot, which `swept` takes away.
    """
    if place.exists():
        raise BadInput("there is a model of that name", where=str(place), next="Take another name.")
    new = place.with_name(f"{NEW}{uuid.uuid4().hex[:12]}")
    with told_errors(place):
        new.mkdir()
        try:
            yield new
            page = {**about, "sha256": {one.name: _sha256(one) for one in sorted(new.iterdir())}}
            text = json.dumps({**page, "seal": _seal(page)}, ensure_ascii=False, indent=1)
            (new / ABOUT).write_text(text, "utf-8")
            for one in new.iterdir():
                one.chmod(0o644)
                _sync(one)
            _sync(new)
            os.rename(new, place)
            _sync(place.parent)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def swept(folder: Path) -> None:
    """Take away what a kill left half-written in `folder`, whether models or single files. Only for whoever holds its lock."""
    for one in folder.glob(f"{NEW}*"):
        shutil.rmtree(one, ignore_errors=True)
    for one in folder.glob(".*.new"):
        one.unlink(missing_ok=True)


def checked(folder: Path) -> dict[str, Any]:
    """What about.json says, after every file was held against it. Raises BadInput that names the file and the fault."""
    try:
        page = json.loads((folder / ABOUT).read_text("utf-8"))
        seal, sums = page.pop("seal"), dict(page["sha256"])
    except OSError as error:
        raise _refused(folder, f"{ABOUT} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refused(folder, f"{ABOUT} is broken") from error
    if seal != _seal(page):
        raise _refused(folder, f"{ABOUT} is not as it was written")
    found = {one.name for one in folder.iterdir()} - {ABOUT}
    if lacking := sorted(sums.keys() - found):
        raise _refused(folder, f"{', '.join(lacking)} is missing")
    if strange := sorted(found - sums.keys()):
        raise _refused(folder, f"{', '.join(strange)} does not belong to it")
    for name, right in sums.items():
        if _sha256(folder / name) != right:
            raise _refused(folder, f"{name} is not as it was written (SHA-256 differs)")
    return page


def _refused(folder: Path, fault: str) -> BadInput:
    return BadInput(
        f"the model is refused: {fault}",
        where=str(folder),
        next="Bring the folder back from a backup, or make another model live: shuyuan recommender promote NAME.",
    )


def _seal(page: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(page, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _sha256(file: Path) -> str:
    if file.is_symlink() or not file.is_file():
        raise _refused(file.parent, f"{file.name} is no plain file")
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
