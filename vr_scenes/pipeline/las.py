"""Reads LAS 1.0 to 1.4 and LAZ (COPC is LAZ): the header by our own eyes, compressed points by lazrs.

The rule kept here: nothing is believed that the file's length does not bear out, and points are read a chunk at a time, so
that a header that lies costs nothing. Source: ASPRS LAS 1.4 R15; LASzip's VLR 22204.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline.las_records import Records, check_laszip, find_vlrs, unpack
from vr_scenes.pipeline.las_unit import unit_of

__all__ = ["LasHeader", "read_header", "read_points", "sample_points"]

_EXPORT = "Export it again as LAS 1.2 or 1.4, or LAZ."
# Shortest record of each point format, and where its colour lies.
_LENGTHS = {0: 20, 1: 28, 2: 26, 3: 34, 4: 57, 5: 63, 6: 30, 7: 36, 8: 38, 9: 59, 10: 67}
_COLOURS = {2: 20, 3: 28, 5: 28, 7: 30, 8: 30, 10: 30}
_CHUNK = 1 << 18


@dataclass(frozen=True)
class LasHeader:
    """What the points need: `scale` and `offset` give a place from whole numbers; `unit` is metres per unit of the file."""

    path: Path
    count: int
    record: int
    start: int
    scale: tuple[float, float, float]
    offset: tuple[float, float, float]
    low: tuple[int, int, int]
    high: tuple[int, int, int]
    colour_at: int | None
    laszip: bytes | None
    fixed_chunk: int
    unit: float
    unit_said: str

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of one record: place, intensity, colour where there is one."""
        fields: dict[str, tuple[Any, int]] = {"place": (("<i4", (3,)), 0), "intensity": ("<u2", 12)}
        if self.colour_at is not None:
            fields["colour"] = (("<u2", (3,)), self.colour_at)
        return np.dtype(
            {
                "names": list(fields),
                "formats": [form for form, _ in fields.values()],
                "offsets": [at for _, at in fields.values()],
                "itemsize": self.record,
            }
        )


def read_header(path: Path, most: int) -> LasHeader:
    """The header, held against the file's length. Raises BadInput; `most` is the greatest number of points taken."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(375)
        if len(head) < 227 or head[:4] != b"LASF":
            raise BadInput("not a LAS file", where=f"{path.name}, byte 0", next=_EXPORT)
        minor, header_size, start, vlrs, form, record = _fixed(head)
        if (
            head[24] != 1
            or minor > 4
            or header_size < (375 if minor == 4 else 227)
            or start < header_size
            or start > size
        ):
            raise BadInput(f"LAS {head[24]}.{minor} with points at byte {start} of {size}",
                           where=f"{path.name}, byte 96", next=_EXPORT)  # fmt: skip
        compressed, form = bool(form & 0xC0), form & 0x3F
        if form not in _LENGTHS or not _LENGTHS[form] <= record <= 4096:
            raise BadInput(
                f"point format {form} with {record} bytes a point", where=f"{path.name}, byte 104", next=_EXPORT
            )
        count = unpack("<Q", head, 247) if minor == 4 and len(head) >= 255 else 0
        count = count or unpack("<I", head, 107)
        if not 0 < count <= most:
            raise BadInput(f"{count:,} points; 1 to {most:,} are taken", where=f"{path.name}, byte 107",
                           next="Cut the cloud in parts.")  # fmt: skip
        found = find_vlrs(file, header_size, vlrs, start)
        laszip = found.get(("laszip encoded", 22204))
        if compressed != (laszip is not None):
            raise BadInput("the header says compressed and the records say not, or the other way about",
                           where=f"{path.name}, byte 104", next=_EXPORT)  # fmt: skip
        fixed = check_laszip(file, laszip, start, size, count, record, path.name) if laszip is not None else 1
    if laszip is None and start + count * record > size:
        raise BadInput(
            f"the header says {count:,} points, and the file has room for {max(0, size - start) // record:,}",
            where=f"{path.name}, byte {start}",
            next="It was cut off: copy it again.",
        )
    scale, offset, low, high = _space(head, path.name)
    unit, said = unit_of(found)
    colour = _COLOURS.get(form)
    return LasHeader(path, count, record, start, scale, offset, low, high, colour, laszip, fixed, unit, said)


def _fixed(head: bytes) -> tuple[int, int, int, int, int, int]:
    header_size, start, vlrs = struct.unpack_from("<HII", head, 94)
    form, record = struct.unpack_from("<BH", head, 104)
    return head[25], header_size, start, vlrs, form, record


_Triple = tuple[float, float, float]
_Whole = tuple[int, int, int]


def _space(head: bytes, name: str) -> tuple[_Triple, _Triple, _Whole, _Whole]:
    scale = struct.unpack_from("<3d", head, 131)
    offset = struct.unpack_from("<3d", head, 155)
    bounds = struct.unpack_from("<6d", head, 179)
    if not all(math.isfinite(one) and 1e-12 < one < 1e6 for one in scale) or not all(
        math.isfinite(one) and abs(one) < 1e15 for one in (*offset, *bounds)
    ):
        raise BadInput(f"scale {scale}, offset {offset}, bounds {bounds}", where=f"{name}, byte 131", next=_EXPORT)
    corners = []
    for side in (1, 0):
        whole = [round((bounds[2 * axis + side] - offset[axis]) / scale[axis]) for axis in range(3)]
        # What the bounds say is only a first guess: they are measured as the points are read.
        corners.append(tuple(min(max(one, -(1 << 31)), (1 << 31) - 1) for one in whole))
    low = tuple(map(min, zip(*corners, strict=True)))
    high = tuple(map(max, zip(*corners, strict=True)))
    return (scale[0], scale[1], scale[2]), (offset[0], offset[1], offset[2]), low, high  # type: ignore[return-value]


def read_points(header: LasHeader, first: int, last: int, step: int = _CHUNK) -> Iterator[NDArray[Any]]:
    """Records `first` to `last`, `step` at a time. Raises BadInput where the file does not hold them."""
    with header.path.open("rb") as file:
        yield from (
            _plain(file, header, first, last, step)
            if header.laszip is None
            else Records(file, header.laszip, header.start, header.path.name).read(header.dtype, first, last, step)
        )


def _plain(file: BinaryIO, header: LasHeader, first: int, last: int, step: int) -> Iterator[NDArray[Any]]:
    file.seek(header.start + first * header.record)
    for at in range(first, last, step):
        wanted = min(step, last - at)
        points = np.fromfile(file, header.dtype, wanted)
        if len(points) < wanted:
            raise BadInput("the file ended while it was read", where=f"{header.path.name}, point {at + len(points):,}",
                           next="Leave the file alone while it is built.")  # fmt: skip
        yield points


def sample_points(header: LasHeader, wanted: int = 50_000) -> NDArray[Any]:
    """Some records from beginning, middle and end (of a LAZ: chunks' beginnings), to judge colours by."""
    each = max(1, wanted // 4)
    if header.count <= wanted:
        return np.concatenate(list(read_points(header, 0, header.count)))
    if header.fixed_chunk == 0:
        return next(read_points(header, 0, wanted, wanted))
    places = [int((header.count - each) * share) for share in (0, 1 / 3, 2 / 3, 1)]
    places = [at // header.fixed_chunk * header.fixed_chunk for at in places]
    return np.concatenate([one for at in places for one in read_points(header, at, min(at + each, header.count))])
