"""A scene of a Voyager document (.svx.json): models, annotations, articles' leads and tours.

The rule kept here: each model is taken in its best derivative for the web; units become metres; the languages of titles and
leads are kept. Snapshots (cameras of tour steps) are in Voyager's own terms of its controls and are noted, not guessed. Source:
the JSON schemas of the document format (application/si-dpo-3d.document+json), facts only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from commons.languages import Text
from vr_scenes.exchange.imported import Imported, Model, Spot, plain_text

__all__ = ["is_svx", "scene_of_svx"]

_METRES = {
    "inherit": 1.0,
    "mm": 0.001,
    "cm": 0.01,
    "m": 1.0,
    "km": 1000.0,
    "in": 0.0254,
    "ft": 0.3048,
    "yd": 0.9144,
    "mi": 1609.344,
}
_QUALITY = ("Highest", "High", "Medium", "Low", "Thumb")
_TONGUES = {"EN": "en", "ZH": "zh-CN", "ES": "es", "DE": "de", "NL": "nl", "JA": "ja", "FR": "fr", "HAW": "haw"}
_MANY = 10_000


def is_svx(found: Any) -> bool:
    """Whether a parsed document says that it is Voyager's."""
    asset = found.get("asset") if isinstance(found, Mapping) else None
    return isinstance(asset, Mapping) and "si-dpo-3d.document" in str(asset.get("type"))


def scene_of_svx(found: Mapping[str, Any], where: str) -> Imported:
    """The document's scene. Raises BadInput where it has no model for the web, or its nodes hang in a ring."""
    scene = _entry(found, "scenes", found.get("scene", 0), where)
    unit = _METRES.get(str(scene.get("units", "m")), 1.0)
    notes: dict[str, None] = {}
    models: list[Model] = []
    spots: list[Spot] = []
    for node, matrix in _placed(found, scene, unit, where):
        if "model" in node:
            _model(
                found, _entry(found, "models", node["model"], where), node, matrix, unit, models, spots, notes, where
            )
        for name, told in (("light", "lights"), ("camera", "cameras")):
            if name in node:
                notes[f"left out: {told}"] = None
    if not models:
        raise BadInput(
            "no model in it has a derivative for the web", where=where, next="Give one with a Web3D derivative."
        )
    collection = _meta(found, scene)
    title = _words(collection, "title") or {"en": str(scene.get("name") or where.partition(".")[0])}
    return Imported(title, _words(collection, "lead") or title, tuple(models), (), tuple(spots), tuple(_tours(found, scene, notes, where)),
                    rights=str(collection.get("rights", "")) if str(collection.get("rights", "")).startswith("http") else "",
                    credit={"en": str(found["asset"]["copyright"])} if found["asset"].get("copyright") else {},
                    notes=tuple(notes))  # fmt: skip


def _placed(
    found: Mapping[str, Any], scene: Mapping[str, Any], unit: float, where: str
) -> Iterator[tuple[Mapping[str, Any], NDArray[np.float64]]]:
    """Every node with the matrix of its place, metres."""
    todo = [(number, np.eye(4)) for number in reversed(scene.get("nodes", []))]
    seen: set[int] = set()
    while todo:
        number, above = todo.pop()
        node = _entry(found, "nodes", number, where)
        if number in seen or len(seen) > _MANY:
            raise BadInput(f"nodes[{number}] hangs in two places, or in a ring", where=where, next="Save it again.")
        seen.add(number)
        if "matrix" in node:
            matrix = np.array(node["matrix"], float).reshape(4, 4).T
        else:
            matrix = _matrix(
                node.get("translation", (0, 0, 0)), node.get("rotation", (0, 0, 0, 1)), node.get("scale", (1, 1, 1))
            )
        matrix[:3, 3] *= unit
        yield node, above @ matrix
        todo += [(child, above @ matrix) for child in reversed(node.get("children", []))]


def _model(
    found: Mapping[str, Any], model: Mapping[str, Any], node: Mapping[str, Any], matrix: NDArray[np.float64], unit: float,
    models: list[Model], spots: list[Spot], notes: dict[str, None], where: str,
) -> None:  # fmt: skip
    address = _derivative(model)
    if address is None:
        notes[f"left out: model '{str(node.get('name', ''))[:60]}' has no derivative for the web"] = None
        return
    # A derivative for the web is glTF, whose unit is the metre, whatever the master's is; its numbers are the master's.
    own = _METRES.get(str(model.get("units", "inherit")), 1.0)
    scale = unit if str(model.get("units", "inherit")) == "inherit" else own
    rest = _matrix(
        np.array(model.get("translation", (0, 0, 0)), float) * scale, model.get("rotation", (0, 0, 0, 1)), (1, 1, 1)
    )
    place = matrix @ rest
    place[:3, :3] = place[:3, :3] @ np.diag([scale] * 3)
    models.append(Model(address, place, {"en": str(node["name"])} if node.get("name") else {}))
    for one in model.get("annotations", [])[:_MANY]:
        at = place @ np.array([*(float(part) for part in one.get("position", (0, 0, 0))), 1.0])
        if not np.isfinite(at).all():
            raise BadInput(f"annotation '{one.get('id')}' has no finite place", where=where, next="Save it again.")
        title = _words(one, "title") or {"en": str(one.get("marker") or one.get("id"))}
        text = _words(one, "lead") or _article(found, one, notes) or title
        spots.append(Spot(f"note-{len(spots) + 1}", tuple(round(float(part), 6) + 0.0 for part in at[:3]), title, text))


def _derivative(model: Mapping[str, Any]) -> str | None:
    """The address of the best whole model for the web."""
    best: tuple[int, str] | None = None
    for derivative in model.get("derivatives", []):
        if derivative.get("usage") != "Web3D" or derivative.get("quality") not in _QUALITY:
            continue
        for asset in derivative.get("assets", []):
            if asset.get("type") == "Model" and str(asset.get("uri", "")).lower().endswith((".glb", ".gltf")):
                rank = (_QUALITY.index(derivative["quality"]), str(asset["uri"]))
                best = rank if best is None or rank < best else best
    return best[1] if best else None


def _article(found: Mapping[str, Any], annotation: Mapping[str, Any], notes: dict[str, None]) -> Text:
    for meta in found.get("metas", []):
        for article in meta.get("articles", []):
            if article.get("id") == annotation.get("articleId") is not None:
                notes["articles are files of their own: their leads are taken, their pages are not"] = None
                return _words(article, "lead")
    return {}


def _tours(
    found: Mapping[str, Any], scene: Mapping[str, Any], notes: dict[str, None], where: str
) -> Iterator[tuple[str, Text, tuple[tuple[str, Text], ...]]]:
    setup = _entry(found, "setups", scene["setup"], where) if "setup" in scene else {}
    for number, tour in enumerate(setup.get("tours", []), 1):
        notes["tours keep their words; their cameras are Voyager's snapshots and are to be set anew"] = None
        steps = tuple(
            ("overview", _words(step, "title") or {"en": str(step.get("id"))}) for step in tour.get("steps", [])
        )
        if steps:
            yield f"tour-{number}", _words(tour, "title") or {"en": f"Tour {number}"}, steps


def _meta(found: Mapping[str, Any], scene: Mapping[str, Any]) -> Mapping[str, Any]:
    number = scene.get("meta")
    metas = found.get("metas", [])
    collection = metas[number].get("collection", {}) if isinstance(number, int) and 0 <= number < len(metas) else {}
    return collection if isinstance(collection, Mapping) else {}


def _words(found: Mapping[str, Any], name: str) -> dict[str, str]:
    """titles / leads by language, else title / lead in English, without markup."""
    many = found.get(f"{name}s")
    if isinstance(many, Mapping):
        return {
            _TONGUES.get(key, key.lower()): words for key, value in many.items() if (words := plain_text(str(value)))
        }
    one = plain_text(str(found.get(name) or ""))
    return {"en": one} if one else {}


def _matrix(translation: Any, rotation: Any, scale: Any) -> NDArray[np.float64]:
    x, y, z, w = np.array(rotation, float) / (np.linalg.norm(np.array(rotation, float)) or 1.0)
    made = np.eye(4)
    made[:3, :3] = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    ) @ np.diag(np.array(scale, float))
    made[:3, 3] = np.array(translation, float)
    return made


def _entry(found: Mapping[str, Any], kind: str, number: object, where: str) -> Mapping[str, Any]:
    entries = found.get(kind, [])
    if not isinstance(number, int) or not isinstance(entries, list) or not 0 <= number < len(entries):
        raise BadInput(f"there is no {kind}[{number!r}]", where=where, next="Save the document again; it is damaged.")
    entry = entries[number]
    if not isinstance(entry, Mapping):
        raise BadInput(
            f"{kind}[{number}] is not an object", where=where, next="Save the document again; it is damaged."
        )
    return entry
