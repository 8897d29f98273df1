"""Scenes out of and into other formats: IIIF Presentation 4 (draft), schema.org, Voyager's SVX.

The rule kept here: an import gives a whole package, with everything that could not be carried said in words, or refuses
with the reason; no address is fetched. An export reads a scene that may be published and nothing else.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commons.errors import BadInput, Conflict, Faults
from vr_scenes.exchange.imported import Imported, package
from vr_scenes.scene import load_scene

__all__ = ["EXPORTS", "Taken", "export_text", "import_file", "read_imports"]

EXPORTS = ("iiif", "schema.org")
_BYTES = 64 << 20


@dataclass(frozen=True)
class Taken:
    """Folders that an import made, and what it could not carry, in words."""

    folders: tuple[Path, ...]
    notes: tuple[str, ...]


def export_text(folder: Path, to: str, base: str, out: Path) -> int:
    """Write the scene of `folder` as IIIF or schema.org to the file `out`; gives its bytes. Raises Faults, BadInput."""
    from vr_scenes.exchange.iiif_out import iiif_manifest
    from vr_scenes.exchange.schema_org import schema_org

    if not base.startswith(("https://", "http://")):
        told = "the address of the package is missing"
        raise BadInput(
            told, where="--base", next="Give --base https://… : every IIIF and schema.org id begins with it."
        )
    scene = load_scene(folder)
    found = (iiif_manifest if to == "iiif" else schema_org)(scene, base.rstrip("/"))
    data = json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n"
    part = out.with_name(f".{out.name}.{os.getpid()}")
    part.write_bytes(data)
    part.replace(out)
    return len(data)


def import_file(file: Path, folder: Path, files: Path | None = None) -> Taken:
    """Take a package's zip, a IIIF manifest or an SVX document into the new folder(s) `folder`, `folder`-2, …

    `files`: a folder where the models it names lie, by their last names. Raises BadInput with the reason of a refusal.
    """
    from vr_scenes.package import unpacked

    if file.suffix.lower() == ".zip":
        if folder.exists():
            raise Conflict("there is something already", where=str(folder), next="Name a new folder.")
        with tempfile.TemporaryDirectory(dir=folder.resolve().parent, prefix=".import-") as work:
            found = unpacked(file, Path(work))
            if found.name != folder.name:
                raise BadInput(
                    f"the scene is called '{found.name}'", where=str(folder), next=f"Name the folder {found.name}."
                )
            found.replace(folder)
        return Taken((folder,), ())
    scenes = read_imports(file)
    folders = [
        folder if not number else folder.with_name(f"{folder.name}-{number + 1}") for number in range(len(scenes))
    ]
    for one in folders:
        if one.exists():
            raise Conflict("there is something already", where=str(one), next="Name a new folder.")
    notes = [note for scene, place in zip(scenes, folders, strict=True) for note in package(scene, place, files)]
    return Taken(tuple(folders), tuple(dict.fromkeys(notes)))


def read_imports(file: Path) -> list[Imported]:
    """The scenes of a IIIF manifest or an SVX document. Raises BadInput (found, where, what next)."""
    from vr_scenes.exchange.iiif_in import scenes_of_iiif
    from vr_scenes.exchange.svx_in import is_svx, scene_of_svx

    if not file.is_file() or file.stat().st_size > _BYTES:
        raise BadInput(
            "there is no such file, or it is too large", where=str(file), next="Give a .json, .svx.json or .zip."
        )
    try:
        found: Any = json.loads(file.read_text("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BadInput(
            f"this is not JSON ({str(error)[:80]})", where=file.name, next="Give the document itself."
        ) from error
    try:
        return [scene_of_svx(found, file.name)] if is_svx(found) else scenes_of_iiif(found, file.name)
    except Faults:
        raise
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        told = f"it is not shaped as its format says ({type(error).__name__}: {str(error)[:80]})"
        raise BadInput(told, where=file.name, next="Check the document with the standard's own validator.") from error
