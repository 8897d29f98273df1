"""glTF's buffers, views and accessors as arrays. Source: Khronos glTF 2.0, sections 3.6 and 5.1; EXT_meshopt_compression.

The rule kept here: nothing is believed. Every offset, length, stride and count is held against the bytes that are there
before one of them is read, and a fault names the accessor or view it was found in.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput, TooLarge
from vr_scenes.pipeline.meshes_files import beside, data_uri, read_bounded
from vr_scenes.pipeline.meshes_model import Caps
from vr_scenes.pipeline.meshopt import Meshopt

__all__ = ["Document", "read_document"]

_TYPES = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")
_NEXT = "Export the model again; it is damaged."


class Document:
    """A parsed glTF with its buffers. `entry` and `whole` are the only ways in; both refuse what is not there."""

    def __init__(self, found: dict[str, Any], folder: Path, name: str, chunk: bytes | None, caps: Caps) -> None:
        self.found, self.folder, self.name, self.chunk, self.caps = found, folder, name, chunk, caps
        self._buffers: dict[int, bytes] = {}
        self._views: dict[int, bytes] = {}
        self._meshopt: Meshopt | None = None
        self._read = 0

    def close(self) -> None:
        """End what decoding started."""
        if self._meshopt is not None:
            self._meshopt.__exit__(None, None, None)

    def entry(self, kind: str, number: object) -> Mapping[str, Any]:
        """Entry `number` of the list `kind`. Raises BadInput where there is none."""
        entries = self.found.get(kind, [])
        if not isinstance(entries, list) or not _is_whole(number) or not 0 <= number < len(entries):  # type: ignore[operator]
            self.refuse(f"there is no {kind}[{number!r}]")
        entry = entries[number]  # type: ignore[index]
        if not isinstance(entry, Mapping):
            self.refuse(f"{kind}[{number}] is not an object")
        return entry

    def whole(self, entry: Mapping[str, Any], key: str, where: str, default: int | None = None) -> int:
        """A whole number, 0 or more, of `entry`."""
        value = entry.get(key, default)
        if not _is_whole(value) or value < 0 or value > 1 << 40:  # type: ignore[operator]
            self.refuse(f"{where}: {key} is {value!r}")
        return int(value)  # type: ignore[arg-type]

    def refuse(self, told: str) -> None:
        raise BadInput(told, where=self.name, next=_NEXT)

    def array(self, number: object, *, whole: bool = False) -> NDArray[Any]:
        """Accessor `number` as (count, width); normalised integers as floats, plain integers as they are if `whole`."""
        entry = self.entry("accessors", number)
        where = f"accessors[{number}]"
        count, width = self.whole(entry, "count", where), _WIDTHS.get(str(entry.get("type")), 0)
        kind = _TYPES.get(entry.get("componentType"))  # type: ignore[arg-type]
        if kind is None or not width:
            self.refuse(f"{where}: type {entry.get('type')!r} of component {entry.get('componentType')!r} is unknown")
        if count > 3 * self.caps.triangles:
            raise TooLarge(f"{where}: {count} entries", where=self.name, next="Split the model.")
        assert kind is not None
        made = self._plain(entry, np.dtype(kind).newbyteorder("<"), count, width, where)
        if "sparse" in entry:
            made = self._sparse(entry["sparse"], made, where)
        if whole or made.dtype.kind == "f":
            return made
        if not entry.get("normalized"):
            return made.astype(np.float32)
        return np.maximum(made.astype(np.float32) / np.iinfo(made.dtype).max, -1.0)

    def view(self, number: object) -> bytes:
        """The bytes of a buffer view, unpacked where it is packed."""
        entry = self.entry("bufferViews", number)
        assert isinstance(number, int)
        if number not in self._views:
            self._views[number] = self._view(entry, f"bufferViews[{number}]")
        return self._views[number]

    @cached_property
    def used(self) -> frozenset[str]:
        """Names of the extensions without which the file cannot be read."""
        named = self.found.get("extensionsRequired", [])
        return frozenset(str(name) for name in named) if isinstance(named, list) else frozenset()

    def _plain(self, entry: Mapping[str, Any], kind: np.dtype[Any], count: int, width: int, where: str) -> NDArray[Any]:
        if entry.get("bufferView") is None:
            return np.zeros((count, width), kind)
        data = self.view(entry["bufferView"])
        offset = self.whole(entry, "byteOffset", where, 0)
        size = kind.itemsize * width
        stride = self.whole(self.entry("bufferViews", entry["bufferView"]), "byteStride", where, size) or size
        if stride < size:
            self.refuse(f"{where}: rows of {size} bytes every {stride}")
        if count and offset + stride * (count - 1) + size > len(data):
            self.refuse(f"{where}: {count} rows from byte {offset} go beyond the {len(data)} bytes of its view")
        return np.ndarray((count, width), kind, data, offset, (stride, kind.itemsize))

    def _sparse(self, sparse: Any, base: NDArray[Any], where: str) -> NDArray[Any]:
        if not isinstance(sparse, Mapping):
            self.refuse(f"{where}: sparse is not an object")
        count = self.whole(sparse, "count", where)
        picks, values = sparse.get("indices"), sparse.get("values")
        if not isinstance(picks, Mapping) or not isinstance(values, Mapping) or count > len(base):
            self.refuse(f"{where}: sparse is not whole")
        kind = np.dtype(_TYPES.get(picks["componentType"], np.uint8)).newbyteorder("<")
        places = self._plain(picks, kind, count, 1, f"{where}, sparse").ravel()
        if len(places) and int(places.max()) >= len(base):
            self.refuse(f"{where}: sparse names row {int(places.max())} of {len(base)}")
        made = base.copy()
        made[places] = self._plain(values, base.dtype, count, base.shape[1], f"{where}, sparse")
        return made

    def _view(self, entry: Mapping[str, Any], where: str) -> bytes:
        packed = entry.get("extensions", {})
        for name in _MESHOPT:
            if isinstance(packed, Mapping) and name in packed:
                return self._unpacked(packed[name], where)
        return self._slice(entry, where)

    def _slice(self, entry: Mapping[str, Any], where: str) -> bytes:
        data = self._buffer(entry.get("buffer"))
        start, length = self.whole(entry, "byteOffset", where, 0), self.whole(entry, "byteLength", where)
        if start + length > len(data):
            self.refuse(f"{where}: bytes {start} to {start + length} of a buffer of {len(data)}")
        return data[start : start + length]

    def _unpacked(self, packed: Mapping[str, Any], where: str) -> bytes:
        count, stride = self.whole(packed, "count", where), self.whole(packed, "byteStride", where)
        if count * stride > 40 * self.caps.vertices or stride > 256:
            raise TooLarge(f"{where}: {count} rows of {stride} bytes", where=self.name, next="Split the model.")
        if self._meshopt is None:
            self._meshopt = Meshopt().__enter__()
        mode, filter = str(packed.get("mode")), str(packed.get("filter", "NONE"))
        try:
            return self._meshopt.decode(self._slice(packed, where), count, stride, mode, filter).tobytes()
        except BadInput as error:
            raise BadInput(f"{where}: {error.found}", where=self.name, next=_NEXT) from error

    def _buffer(self, number: object) -> bytes:
        entry = self.entry("buffers", number)
        assert isinstance(number, int)
        if number not in self._buffers:
            uri = entry.get("uri")
            if uri is None and number == 0 and self.chunk is not None:
                data = self.chunk
            elif isinstance(uri, str):
                data = self.named(uri, f"buffers[{number}]")
            else:
                self.refuse(f"buffers[{number}] has no bytes")
            length = self.whole(entry, "byteLength", f"buffers[{number}]")
            if len(data) < length:
                self.refuse(f"buffers[{number}] promises {length} bytes and has {len(data)}")
            self._buffers[number] = data
        return self._buffers[number]

    def named(self, uri: str, where: str) -> bytes:
        """The bytes of a URI of the file: base64 in itself, or a file beside it."""
        if uri.startswith("data:"):
            return data_uri(uri, f"{self.name}, {where}")
        path = beside(self.folder, uri, f"{self.name}, {where}")
        data = read_bounded(path, self.caps.file_bytes)
        self._read += len(data)
        if self._read > self.caps.file_bytes:
            raise TooLarge("the files it names are too large together", where=self.name, next="Split the model.")
        return data


def read_document(path: Path, caps: Caps) -> Document:
    """A .glb or .gltf file. Raises BadInput where its container lies or its JSON is none."""
    data = read_bounded(path, caps.file_bytes)
    text, chunk = _chunks(data, path.name) if data[:4] == b"glTF" else (data, None)
    if len(text) > caps.json_bytes:
        raise TooLarge(f"its JSON has {len(text)} bytes", where=path.name, next="Put the geometry into a .bin or .glb.")
    try:
        found = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        told = str(error) if isinstance(error, json.JSONDecodeError) else "nested too deep, or not UTF-8"
        raise BadInput(f"its JSON cannot be read: {told}", where=path.name, next=_NEXT) from error
    if not isinstance(found, dict) or not isinstance(found.get("asset"), dict):
        raise BadInput("this is not glTF 2.0", where=path.name, next="Export it as glTF 2.0.")
    if not str(found["asset"].get("version", "")).startswith("2"):
        told = f"this is glTF {found['asset'].get('version')!r}, wanted 2.0"
        raise BadInput(told, where=path.name, next="Export it as glTF 2.0.")
    return Document(found, path.parent, path.name, chunk, caps)


def _chunks(data: bytes, name: str) -> tuple[bytes, bytes | None]:
    """JSON and binary chunk of a .glb (glTF 4.4)."""
    if len(data) < 20:
        raise BadInput(f"it ends after {len(data)} bytes, inside its header", where=name, next=_NEXT)
    _, version, length, size, kind = struct.unpack_from("<5I", data)
    if version != 2:
        raise BadInput(f"this is glTF {version}, wanted 2", where=name, next="Export it as glTF 2.0.")
    if length > len(data):
        raise BadInput(f"it promises {length} bytes and has {len(data)}: it is cut off", where=name, next=_NEXT)
    if kind != 0x4E4F534A or 20 + size > length:
        raise BadInput("byte 12: its first chunk is not a whole JSON chunk", where=name, next=_NEXT)
    at = 20 + size
    if at + 8 > length:
        return data[20:at], None
    more, kind = struct.unpack_from("<2I", data, at)
    if kind != 0x004E4942:
        return data[20:at], None
    if at + 8 + more > length:
        raise BadInput(f"byte {at}: the binary chunk promises {more} bytes and is cut off", where=name, next=_NEXT)
    return data[20:at], data[at + 8 : at + 8 + more]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
