"""The points of a PCD (Point Cloud Library): ascii, binary or binary_compressed.

The rule kept here: a row whose place is NaN holds no point, as the format says of clouds that are not dense; the sensor's place
and turn are applied, so that a Kinect's cloud stands upright. Source: PCD file format 0.7; LZF by M. Lehmann.
"""

from __future__ import annotations

import math
import struct
from pathlib import Path

import numpy as np

from commons.errors import BadInput
from vr_scenes.pipeline.points_rows import Rows, Turn
from vr_scenes.pipeline.points_text import numbers_to_file

__all__ = ["open_pcd", "unpack_lzf"]

_HEADER_BYTES = 8192
_MOST_UNPACKED = 1 << 28
_EXPORT = "Export it again as binary PCD 0.7."
Words = dict[str, list[str]]


def open_pcd(path: Path, work: Path, most: int) -> Rows:
    """The points of a PCD as rows; text and packed ones are first unpacked in `work`. Raises BadInput."""
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    words, start = _header(head, path.name)
    try:
        names, kind = words["FIELDS"], words["DATA"][0]
        kinds = [
            {"F": "<f", "U": "<u", "I": "<i"}[one] + size
            for one, size in zip(words["TYPE"], words["SIZE"], strict=True)
        ]
        counts = [int(one) for one in words.get("COUNT", ["1"] * len(names))]
        count = int(words["POINTS"][0])
        dtype = np.dtype([(name, form, (many,)) if many != 1 else (name, form)
                          for name, form, many in zip(_apart(names), kinds, counts, strict=True)])  # fmt: skip
        turn, shift = _pose([float(one) for one in words.get("VIEWPOINT", ["0", "0", "0", "1", "0", "0", "0"])])
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise BadInput(f"a header that is not understood ({str(error)[:80]})", where=path.name, next=_EXPORT) from error
    if not {"x", "y", "z"} <= set(dtype.names or ()) or any(one < 1 for one in counts) or dtype.itemsize > 4096:
        raise BadInput("no x, y, z, or rows that are too long", where=path.name, next=_EXPORT)
    if not 0 < count <= most:
        raise BadInput(f"{count:,} points; 1 to {most:,} are taken", where=path.name, next="Cut the cloud in parts.")
    place = path
    if kind == "ascii":
        place, start, dtype = _from_text(path, work, start, dtype, counts, count)
    elif kind == "binary_compressed":
        place, start = _from_packed(path, work, start, dtype, count), 0
    elif kind != "binary":
        raise BadInput(f"DATA {kind[:40]}", where=path.name, next=_EXPORT)
    room = max(0, place.stat().st_size - start) // dtype.itemsize
    if count > room:
        raise BadInput(f"the header says {count:,} points, and the file has room for {room:,}",
                       where=f"{path.name}, byte {start}", next="It was cut off: copy it again.")  # fmt: skip
    colour = next(
        ((one,) for one in ("rgb", "rgba") if one in names and kind != "ascii" and dtype[one].itemsize == 4), ()
    )
    intensity = "intensity" if "intensity" in names else ""
    return Rows(place, path.name, start, dtype, count, colour, 255.0, intensity, True, turn, shift)


def _header(head: bytes, name: str) -> tuple[Words, int]:
    words: Words = {}
    at = 0
    while "DATA" not in words:
        end = head.find(b"\n", at)
        if end < 0:
            raise BadInput("not a PCD, or its header does not end", where=f"{name}, byte {at}", next=_EXPORT)
        line = head[at:end].decode("latin-1").split()
        at = end + 1
        if line and not line[0].startswith("#"):
            words[line[0]] = line[1:]
    return words, at


def _apart(names: list[str]) -> list[str]:
    """Padding fields are all called "_"."""
    return [f"_{number}" if name == "_" else name for number, name in enumerate(names)]


def _pose(values: list[float]) -> tuple[Turn | None, tuple[float, float, float]]:
    x, y, z, w, i, j, k = values
    length = math.sqrt(w * w + i * i + j * j + k * k)
    if not 1e-6 < length < 1e6 or not all(abs(one) < 1e9 for one in (x, y, z)):
        return None, (0.0, 0.0, 0.0)
    w, i, j, k = w / length, i / length, j / length, k / length
    turn = (
        (1 - 2 * (j * j + k * k), 2 * (i * j - k * w), 2 * (i * k + j * w)),
        (2 * (i * j + k * w), 1 - 2 * (i * i + k * k), 2 * (j * k - i * w)),
        (2 * (i * k - j * w), 2 * (j * k + i * w), 1 - 2 * (i * i + j * j)),
    )
    return turn, (x, y, z)


def _from_text(
    path: Path, work: Path, start: int, dtype: np.dtype[np.void], counts: list[int], count: int
) -> tuple[Path, int, np.dtype[np.void]]:
    columns = sum(counts)
    if count * 2 * columns > path.stat().st_size:
        raise BadInput(
            f"{count:,} points cannot be in this file", where=path.name, next="It was cut off: copy it again."
        )
    place = work / "rows.bin"
    numbers_to_file(path, start, columns, count, place)
    names = dtype.names or ()
    return place, 0, np.dtype([(name, "<f8", (many,)) if many != 1 else (name, "<f8")
                               for name, many in zip(names, counts, strict=True)])  # fmt: skip


def _from_packed(path: Path, work: Path, start: int, dtype: np.dtype[np.void], count: int) -> Path:
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(start)
        lengths = file.read(8)
        packed, plain = struct.unpack("<II", lengths) if len(lengths) == 8 else (0, 0)
        if start + 8 + packed > size or plain != count * dtype.itemsize or plain > min(_MOST_UNPACKED, packed * 150):
            raise BadInput(f"{packed:,} packed bytes said to be {plain:,}, for {count:,} points", where=f"{path.name}, byte {start}",
                           next="It was cut off or changed: copy it again.")  # fmt: skip
        data = unpack_lzf(file.read(packed), plain, f"{path.name}, byte {start + 8}")
    rows = np.empty(count, dtype)
    at = 0
    # Packed clouds hold one field after the other, not one point after the other.
    for name in dtype.names or ():
        form = dtype[name]
        rows[name] = np.frombuffer(data, form, count, at)
        at += count * form.itemsize
    place = work / "rows.bin"
    rows.tofile(place)
    return place


def unpack_lzf(data: bytes, length: int, where: str) -> bytes:
    """What LZF packed, `length` bytes of it. Raises BadInput where it is not that.

    >>> unpack_lzf(bytes([1, 97, 98, 0x60, 1]), 7, "here")
    b'abababa'
    """
    made, at = bytearray(), 0
    try:
        while at < len(data) and len(made) <= length:
            control = data[at]
            at += 1
            if control < 32:
                if at + control + 1 > len(data):
                    break
                made += data[at : at + control + 1]
                at += control + 1
                continue
            many = control >> 5
            if many == 7:
                many += data[at]
                at += 1
            back = ((control & 31) << 8) + data[at] + 1
            at += 1
            if back > len(made):
                break
            many += 2
            piece = made[-back:] if back > many else bytes(made[-back:]) * (many // back + 1)
            made += piece[:many]
        if len(made) == length and at == len(data):
            return bytes(made)
    except IndexError:
        at = len(data)
    raise BadInput(f"packed data that does not unpack, at its byte {at:,}", where=where, next="Copy the file again.")
