"""SOG (PlayCanvas): splats in WebP pictures, as a folder, a zip, or a streamed set with levels (lod-meta.json).

The rule kept here: only names that a meta.json gives and that lie beside it are opened; a picture's size is looked at before it is
unpacked. Source: PlayCanvas, The SOG Format, versions 1 and 2. SOG is y down like 3DGS's PLY and is turned.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline.splats_cloud import SH_BYTES, Floats, Splats, chained, flipped, quantised_sh
from vr_scenes.pipeline.splats_read import checked

__all__ = ["Files", "files_of", "read_levels", "read_sog"]

Files = Callable[[str], bytes]
"""The bytes of a file of the set, by its name. Raises BadInput."""
_MOST_BYTES = 1 << 28
_MOST_PIXELS = 1 << 24
_PALETTE = 64
_AGAIN = "It was cut off or changed: export it again."


def files_of(source: Path) -> tuple[Files, str]:
    """How to read a set's files, and the name of its first: of a folder, a zip, or a meta.json. Raises BadInput."""
    if source.is_dir() or source.suffix.lower() == ".json":
        folder = source if source.is_dir() else source.parent
        first = source.name if source.is_file() else next(
            (name for name in ("lod-meta.json", "meta.json") if (folder / name).is_file()), "meta.json")  # fmt: skip
        return _in_folder(folder), first
    return _in_zip(source)


def _safe(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or not name:
        raise BadInput(f"a file outside: '{name[:80]}'", where="meta.json", next="Names lie beside meta.json.")
    return str(path)


def _in_folder(folder: Path) -> Files:
    root = folder.resolve()

    def read(name: str) -> bytes:
        path = (root / _safe(name)).resolve()
        if not path.is_relative_to(root) or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            raise BadInput(
                f"no file '{name[:80]}', or too large a one", where=folder.name, next="Give the whole folder."
            )
        return path.read_bytes()

    return read


def _in_zip(source: Path) -> tuple[Files, str]:
    try:
        with zipfile.ZipFile(source) as archive:
            sizes = {one.filename: one.file_size for one in archive.infolist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as error:
        raise BadInput(f"not a zip ({str(error)[:80]})", where=source.name, next=_AGAIN) from error
    heads = sorted((name for name in sizes if name.split("/")[-1] in ("lod-meta.json", "meta.json")), key=_depth)
    if not heads:
        raise BadInput("no meta.json in it", where=source.name, next="Zip the folder that SOG was written to.")
    prefix, _, first = heads[0].rpartition("/")

    def read(name: str) -> bytes:
        whole = f"{prefix}/{_safe(name)}" if prefix else _safe(name)
        size = sizes.get(whole, -1)
        if not 0 <= size <= _MOST_BYTES or size > max(source.stat().st_size * 1032, 1):
            raise BadInput(f"no file '{whole[:80]}', or too large a one", where=source.name, next=_AGAIN)
        try:
            with zipfile.ZipFile(source) as archive, archive.open(whole) as file:
                data = file.read(size + 1)
        except Exception as error:
            raise BadInput(f"'{whole[:80]}' cannot be unpacked", where=source.name, next=_AGAIN) from error
        if len(data) > size:
            raise BadInput(f"'{whole[:80]}' is larger than the zip says", where=source.name, next=_AGAIN)
        return data

    return read, first


def _depth(name: str) -> tuple[int, bool, str]:
    return name.count("/"), not name.endswith("lod-meta.json"), name


def _json(files: Files, name: str) -> dict[str, Any]:
    try:
        value = json.loads(files(name))
    except (ValueError, RecursionError) as error:
        raise BadInput("not JSON", where=name, next=_AGAIN) from error
    if not isinstance(value, dict):
        raise BadInput("not an object", where=name, next=_AGAIN)
    return value


def read_levels(files: Files, name: str, most: int) -> list[Splats]:
    """The levels of a streamed set, fine to coarse. Raises BadInput."""
    head = _json(files, name)
    names, found = head.get("filenames"), dict[int, dict[int, list[tuple[int, int]]]]()
    if not isinstance(names, list) or len(names) > 4096:
        raise BadInput("no list of files", where=name, next=_AGAIN)
    todo = [head.get("tree")]
    steps = 0
    while todo:
        node = todo.pop()
        steps += 1
        if not isinstance(node, dict) or steps > 1 << 20:
            raise BadInput("a tree that is none", where=name, next=_AGAIN)
        todo.extend(node.get("children") or [])
        for level, one in (node.get("lods") or {}).items():
            try:
                file, first, count = (int(one[key]) for key in ("file", "offset", "count"))
                found.setdefault(int(level), {}).setdefault(file, []).append((first, count))
            except (KeyError, TypeError, ValueError) as error:
                raise BadInput("a level that is not understood", where=name, next=_AGAIN) from error
    made = []
    for level in sorted(found):
        parts: list[Splats] = []
        for file, ranges in sorted(found[level].items()):
            if not 0 <= file < len(names) or not isinstance(names[file], str):
                raise BadInput(f"file {file} of {len(names)}", where=name, next=_AGAIN)
            whole = read_sog(files, names[file], most)
            parts.extend(_cut(whole, first, count, names[file]) for first, count in sorted(ranges))
        made.append(chained(parts))
    if not made:
        raise BadInput("no level in it", where=name, next=_AGAIN)
    return made


def _cut(splats: Splats, first: int, count: int, name: str) -> Splats:
    if first < 0 or count < 0 or first + count > len(splats):
        raise BadInput(f"splats {first} to {first + count} of {len(splats)}", where=name, next=_AGAIN)
    return splats.at(slice(first, first + count))


def read_sog(files: Files, name: str, most: int) -> Splats:
    """The splats of one meta.json. Raises BadInput."""
    head = _json(files, name)
    folder = name.rpartition("/")[0]

    def picture(part: str, number: int = 0) -> NDArray[np.uint8]:
        try:
            one = head[part]["files"][number]
            return _pixels(files(f"{folder}/{one}" if folder else str(one)), str(one))
        except (KeyError, IndexError, TypeError) as error:
            raise BadInput(f"no picture {number} of {part}", where=name, next=_AGAIN) from error

    try:
        shape = head["means"].get("shape") or [head.get("count")]
        count = int(shape[0])
        if not 0 < count <= most:
            raise BadInput(f"{count:,} splats; 1 to {most:,} are taken", where=name, next="Thin it out first.")
        place = _places(_rows(picture("means"), count, name), _rows(picture("means", 1), count, name), head["means"])
        scale = _looked_up(_rows(picture("scales"), count, name)[:, :3], head["scales"])
        raw = _rows(picture("sh0"), count, name)
        colour = _looked_up(raw[:, :3], head["sh0"])
        alpha = _alpha(raw[:, 3], head["sh0"])
        turn = _turns(_rows(picture("quats"), count, name), name)
        sh = np.empty((count, 0), np.uint8)
        if head.get("shN"):
            sh = _harmonics(_rows(picture("shN", 1), count, name), picture("shN"), head["shN"], name)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise BadInput(f"a meta.json that is not understood ({str(error)[:80]})", where=name, next=_AGAIN) from error
    return flipped(checked(Splats(place, scale, turn, alpha, colour, sh), 0, name))


def _pixels(data: bytes, name: str) -> NDArray[np.uint8]:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("WEBP", "PNG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise BadInput(f"a picture of {picture.width} by {picture.height}", where=name, next="Split the set.")
            return np.asarray(picture.convert("RGBA"))
    except BadInput:
        raise
    except Exception as error:
        # Pillow's readers raise whatever they stumble over.
        raise BadInput(f"a picture that cannot be read ({str(error)[:80]})", where=name, next=_AGAIN) from error


def _rows(pixels: NDArray[np.uint8], count: int, name: str) -> NDArray[np.uint8]:
    found = pixels.reshape(-1, 4)
    if len(found) < count:
        raise BadInput(f"{len(found):,} pixels for {count:,} splats", where=name, next=_AGAIN)
    return found[:count]


def _places(low: NDArray[np.uint8], high: NDArray[np.uint8], head: dict[str, Any]) -> Floats:
    share = (low[:, :3].astype(np.float64) + high[:, :3].astype(np.float64) * 256) / 65535
    least, greatest = _numbers(head["mins"], 3), _numbers(head["maxs"], 3)
    folded = least + (greatest - least) * share
    with np.errstate(over="ignore"):
        return (np.sign(folded) * np.expm1(np.abs(folded))).astype(np.float32)


def _numbers(values: Any, count: int) -> NDArray[np.float64]:
    made = np.array(values, np.float64).reshape(-1)
    if len(made) < count or not np.isfinite(made).all():
        raise ValueError("numbers that are none")
    return made[:count]


def _looked_up(raw: NDArray[np.uint8], head: dict[str, Any]) -> Floats:
    if "codebook" in head:
        return _numbers(head["codebook"], 256).astype(np.float32)[raw]
    least, greatest = _numbers(head["mins"], 3), _numbers(head["maxs"], 3)
    return (least + (greatest - least) * (raw / 255.0)).astype(np.float32)


def _alpha(raw: NDArray[np.uint8], head: dict[str, Any]) -> Floats:
    if "codebook" in head:
        return raw / np.float32(255)
    least, greatest = _numbers(head["mins"], 4)[3], _numbers(head["maxs"], 4)[3]
    with np.errstate(over="ignore"):
        return (1 / (1 + np.exp(-(least + (greatest - least) * (raw / 255.0))))).astype(np.float32)


def _turns(raw: NDArray[np.uint8], name: str) -> Floats:
    """The three smaller of w, x, y, z lie in red, green, blue; alpha - 252 says which is left out."""
    left_out = raw[:, 3].astype(np.int16) - 252
    if left_out.min(initial=0) < 0:
        raise BadInput("a turn without its mark", where=f"{name}, splat {int(left_out.argmin()):,}", next=_AGAIN)
    three = ((raw[:, :3] / 255.0 - 0.5) * np.sqrt(2.0)).astype(np.float32)
    last = np.sqrt(np.maximum(0, 1 - (three * three).sum(axis=1)))
    wxyz = np.empty((len(raw), 4), np.float32)
    for number in range(4):
        chosen = left_out == number
        others = [axis for axis in range(4) if axis != number]
        wxyz[np.ix_(chosen, others)] = three[chosen]
        wxyz[chosen, number] = last[chosen]
    return wxyz[:, [1, 2, 3, 0]]


def _harmonics(
    labels: NDArray[np.uint8], palette: NDArray[np.uint8], head: dict[str, Any], name: str
) -> NDArray[np.uint8]:
    each = palette.shape[1] // _PALETTE
    if each * 3 not in SH_BYTES.values() or each == 0:
        raise BadInput(f"a palette {palette.shape[1]} wide", where=name, next=_AGAIN)
    entries = palette[:, : each * _PALETTE, :3].reshape(-1, each * 3)
    coded = "codebook" in head
    values = _numbers(head["codebook"], 256) if coded else np.linspace(float(head["mins"]), float(head["maxs"]), 256)
    number = labels[:, 0].astype(np.int64) + (labels[:, 1].astype(np.int64) << 8)
    if int(number.max(initial=0)) >= len(entries):
        raise BadInput(f"entry {int(number.max()):,} of a palette of {len(entries):,}", where=name, next=_AGAIN)
    return quantised_sh(values.astype(np.float32)[entries])[number]
