"""What an importer found, and the package made of it; places in space worked out from chains of transforms.

The rule kept here: a node of ours has a position, a turn and one positive scale. A chain that stretches or mirrors cannot be
carried, and is refused in words rather than bent.
"""

from __future__ import annotations

import math
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from commons.languages import LANGUAGES, Text
from vr_scenes.annotations import annotation_of
from vr_scenes.package import media_type, write_document
from vr_scenes.pipeline import kind_of

__all__ = ["Imported", "Model", "Spot", "View", "package", "placed", "plain_text", "quaternion", "slug"]

_TAG = re.compile(r"<[^>]{0,2000}>")


@dataclass(frozen=True)
class Model:
    """A model by its address, in its place (4 × 4)."""

    address: str
    place: NDArray[np.float64]
    title: Text = field(default_factory=dict)
    media: str = ""


@dataclass(frozen=True)
class View:
    """A camera: where, towards where, opening in degrees, and its words."""

    id: str
    position: tuple[float, ...]
    target: tuple[float, ...]
    fov: float
    title: Text = field(default_factory=dict)
    text: Text = field(default_factory=dict)


@dataclass(frozen=True)
class Spot:
    """Words at a point, seen from the view of that id ("" for the first)."""

    id: str
    point: tuple[float, ...]
    title: Text
    text: Text
    view: str = ""


@dataclass(frozen=True)
class Imported:
    """A scene as another format had it."""

    title: Text
    summary: Text
    models: tuple[Model, ...]
    views: tuple[View, ...] = ()
    spots: tuple[Spot, ...] = ()
    tours: tuple[tuple[str, Text, tuple[tuple[str, Text], ...]], ...] = ()
    """id, title, and steps: a view's id and what is said there."""
    rights: str = ""
    credit: Text = field(default_factory=dict)
    source: str = ""
    notes: tuple[str, ...] = ()


def placed(matrix: NDArray[np.float64], where: str) -> dict[str, Any]:
    """position, rotation and scale of a node. Raises BadInput for a matrix that stretches, shears or mirrors."""
    turn = matrix[:3, :3]
    sizes = np.linalg.norm(turn, axis=0)
    scale = float(sizes.mean())
    if (
        not np.isfinite(matrix).all()
        or scale <= 0
        or np.abs(sizes - scale).max() > 1e-4 * scale
        or np.linalg.det(turn) <= 0
    ):
        told = f"its scale is ({', '.join(f'{one:.3g}' for one in _signed(turn))}): a node has one positive scale"
        raise BadInput(told, where=where, next="Work the transform into the model itself, then import it.")
    made: dict[str, Any] = {}
    position = [round(float(one), 9) + 0.0 for one in matrix[:3, 3]]
    if any(position):
        made["position"] = position
    rotation = [round(one, 9) + 0.0 for one in quaternion(turn / scale)]
    if rotation[:3] != [0, 0, 0]:
        made["rotation"] = rotation
    if abs(scale - 1) > 1e-9:
        made["scale"] = round(scale, 9)
    return made


def quaternion(turn: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """(x, y, z, w) of a rotation matrix, w not negative. Source: Shepperd 1978."""
    diagonal = np.diag(turn)
    pick = int(np.argmax([*diagonal, diagonal.sum()]))
    if pick == 3:
        made = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1], 1 + diagonal.sum()])
    else:
        i, j, k = pick, (pick + 1) % 3, (pick + 2) % 3
        made = np.empty(4)
        made[i] = 1 + turn[i, i] - turn[j, j] - turn[k, k]
        made[j], made[k], made[3] = turn[j, i] + turn[i, j], turn[k, i] + turn[i, k], turn[k, j] - turn[j, k]
    made = made / np.linalg.norm(made)
    made = -made if made[3] < 0 else made
    return tuple(float(one) for one in made)  # type: ignore[return-value]


def package(found: Imported, folder: Path, files: Path | None) -> list[str]:
    """Write the package of a found scene into the new folder; gives what could not be carried, and what is to be put there."""
    name = slug(folder.resolve().name, "scene")
    if name != folder.resolve().name:
        raise BadInput(f"'{folder.name}' cannot name a scene", where=str(folder), next=f"Take '{name}'.")
    notes = list(found.notes)
    with tempfile.TemporaryDirectory(dir=folder.resolve().parent, prefix=".import-") as work:
        fresh = Path(work) / name
        fresh.mkdir()
        nodes, assets = _models(found, fresh, files, notes)
        write_document(fresh, _document(found, name, nodes, assets))
        fresh.chmod(0o755)
        fresh.replace(folder)
    return notes


def plain_text(text: str) -> str:
    """Words without markup: tags go, entities become letters."""
    from html import unescape

    return unescape(_TAG.sub("", text)).strip()


def slug(name: str, other: str) -> str:
    """A name of small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60] or other


def _models(
    found: Imported, fresh: Path, files: Path | None, notes: list[str]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    from vr_scenes.job import content_of_file

    nodes: list[dict[str, Any]] = []
    assets: dict[str, dict[str, Any]] = {}
    for number, model in enumerate(found.models, 1):
        name = unquote(PurePosixPath(urlsplit(model.address).path).name) or f"model-{number}.glb"
        ident = slug(Path(name).stem, f"model-{number}")
        taken = [node["id"] for node in nodes]
        node_id = ident if ident not in taken else f"{ident}-{number}"
        if model.address not in assets:
            place = f"assets/{ident}/{name}"
            assets[model.address] = {"id": node_id, "media": model.media or media_type(name), "file": place, "rights": found.rights,
                                     "credit": dict(found.credit), "source": dict.fromkeys(LANGUAGES, model.address)}  # fmt: skip
            copy = files / name if files else None
            if copy is not None and copy.is_file():
                (fresh / place).parent.mkdir(parents=True)
                shutil.copyfile(copy, fresh / place)
                assets[model.address]["sha256"] = content_of_file(fresh / place)
            else:
                notes.append(f"put {model.address} into the scene as {place}, then `shuyuan scene check --renew`")
        nodes.append({"id": node_id, "kind": kind_of(name) if not name.lower().endswith(".ply") else "mesh",
                      "asset": assets[model.address]["id"], **({"title": dict(model.title)} if model.title else {}),
                      **placed(model.place, f"model '{name}'")})  # fmt: skip
    return nodes, list(assets.values())


def _document(found: Imported, name: str, nodes: list[Any], assets: list[Any]) -> dict[str, Any]:
    title, summary = found.title or {"en": name}, found.summary or found.title or {"en": name}
    views = found.views or (View("overview", (), (), 50.0, title, summary),)
    stops = [_stop(view, title, summary) for view in views]
    ids = [stop["id"] for stop in stops]
    hotspots = [
        annotation_of({"id": spot.id, "stop": spot.view if spot.view in ids else ids[0], "title": spot.title,
                       "text": spot.text, "position": list(spot.point)})
        for spot in found.spots
    ]  # fmt: skip
    tours = [
        {
            "id": ident,
            "title": dict(words),
            "steps": [{"stop": view, "seconds": 10, "text": dict(said)} for view, said in steps],
        }
        for ident, words, steps in found.tours
    ]
    return {
        "format": "shuyuan-scene", "version": 2, "id": name, "title": dict(title), "summary": dict(summary),
        "nodes": nodes, "assets": assets, "stops": stops, "hotspots": hotspots, "objects": [], "tours": tours,
        "sources": [dict.fromkeys(LANGUAGES, found.source)] if found.source else [],
    }  # fmt: skip


def _stop(view: View, title: Text, summary: Text) -> dict[str, Any]:
    made: dict[str, Any] = {"id": view.id, "title": dict(view.title or title), "caption": dict(view.text or view.title or summary),
                            "description": dict(view.text or summary)}  # fmt: skip
    if view.position:
        fov = min(120.0, max(10.0, view.fov))
        made["camera"] = {"position": list(view.position), "target": list(view.target), "fov": fov}
    return made


def _signed(turn: NDArray[np.float64]) -> Sequence[float]:
    """Sizes of the axes, the sign of the diagonal on them, for a person to read."""
    return [math.copysign(float(np.linalg.norm(turn[:, axis])), float(turn[axis, axis]) or 1.0) for axis in range(3)]
