"""A cloud of points, whatever file it came from: whole places in steps, +Z up, and linear colours, a chunk at a time.

The rule kept here: a cloud is a small frozen value that another process can be given; reading it from a number to another gives
the same points each time. Colours are made linear, as glTF says of COLOR_0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vr_scenes.pipeline.las import LasHeader, read_header, read_points, sample_points
from vr_scenes.pipeline.las_unit import metres_of

__all__ = ["RECORD", "Cloud", "LasCloud", "Space", "linear_table", "open_las", "records"]

RECORD = np.dtype([("place", "<i4", (3,)), ("colour", "u1", (4,))])
"""A point while it is being sorted: 16 bytes."""
_GREY = 200
_FIELD_BITS = 16


@dataclass(frozen=True)
class Space:
    """What a step is: along each axis of the +Z-up frame `scale` units of the source, from `offset`; `unit` metres a unit,
    along each axis too.
    """

    scale: tuple[float, float, float]
    offset: tuple[float, float, float]
    unit: tuple[float, float, float]
    unit_said: str
    y_up: bool = False
    """The source was +Y up: its z is the negative of our y."""

    @property
    def metres(self) -> tuple[float, float, float]:
        """Metres a step, along each axis."""
        x, y, z = (one * unit for one, unit in zip(self.scale, self.unit, strict=True))
        return x, y, z


class Cloud(Protocol):
    """What the builder asks of a source."""

    @property
    def count(self) -> int: ...
    @property
    def space(self) -> Space: ...
    @property
    def low(self) -> tuple[int, int, int]: ...
    @property
    def high(self) -> tuple[int, int, int]: ...
    @property
    def colour_said(self) -> str: ...
    def parts(self, wanted: int) -> list[tuple[int, int]]:
        """The points' numbers, cut in about so many ranges that can be read apart."""
        ...

    def chunks(self, first: int, last: int) -> Iterator[NDArray[Any]]:
        """Records of RECORD, in order. Raises BadInput."""
        ...

    def deeper(self) -> Cloud:
        """The same cloud, its colours read as of sixteen bits."""
        ...

    def too_bright(self) -> bool:
        """Whether a colour could turn out above what the sample of colours said."""
        ...


def linear_table(values: int, white: int) -> NDArray[np.uint8]:
    """sRGB values 0..white, of so many, to linear bytes. Source: IEC 61966-2-1.

    >>> linear_table(256, 255)[[0, 128, 255]].tolist()
    [0, 55, 255]
    """
    share = np.minimum(np.arange(values) / max(1, white), 1.0)
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    made: NDArray[np.uint8] = np.round(linear * 255).astype(np.uint8)
    return made


def records(places: NDArray[np.int32], colours: NDArray[np.uint8]) -> NDArray[Any]:
    """RECORDs of (n, 3) places and (n, 3) linear colours."""
    made = np.empty(len(places), RECORD)
    made["place"] = places
    made["colour"][:, :3] = colours
    made["colour"][:, 3] = 255
    return made


@dataclass(frozen=True)
class LasCloud:
    """A LAS or LAZ file. `white` is the value of full brightness; `from_field` colour, intensity or none."""

    header: LasHeader
    from_field: str
    white: int

    @property
    def count(self) -> int:
        return self.header.count

    @property
    def space(self) -> Space:
        head = self.header
        latitude = (head.low[1] + head.high[1]) / 2 * head.scale[1] + head.offset[1]
        return Space(head.scale, head.offset, metres_of(head.unit, min(max(latitude, -89.0), 89.0)), head.unit_said)

    @property
    def low(self) -> tuple[int, int, int]:
        return self.header.low

    @property
    def high(self) -> tuple[int, int, int]:
        return self.header.high

    @property
    def colour_said(self) -> str:
        depth = {255: "8-bit values", 65535: "16-bit values"}.get(self.white, f"up to {self.white}")
        return "none in the file: grey" if self.from_field == "none" else f"{self.from_field}, {depth}"

    def parts(self, wanted: int) -> list[tuple[int, int]]:
        chunk, count = self.header.fixed_chunk, self.count
        if chunk == 0 or wanted == 1:
            return [(0, count)]
        each = -(-count // wanted)
        each = -(-each // chunk) * chunk
        return [(at, min(at + each, count)) for at in range(0, count, each)]

    def chunks(self, first: int, last: int) -> Iterator[NDArray[Any]]:
        table = linear_table(1 << _FIELD_BITS, self.white)
        for points in read_points(self.header, first, last):
            made = np.empty(len(points), RECORD)
            made["place"] = points["place"]
            made["colour"][:, 3] = 255
            if self.from_field == "none":
                made["colour"][:, :3] = linear_table(256, 255)[_GREY]
            elif self.from_field == "colour":
                self._paint(made["colour"], points["colour"], table)
            else:
                made["colour"][:, :3] = table[points["intensity"]][:, None]
            yield made

    def _paint(self, made: NDArray[np.uint8], colours: NDArray[np.uint16], table: NDArray[np.uint8]) -> None:
        for axis in range(3):
            column = np.ascontiguousarray(colours[:, axis])
            # A value above white says that the sample misled; it is read again (`deeper`).
            if self.white < 65535 and int(column.max(initial=0)) > self.white:
                raise TooBright
            made[:, axis] = table[column]

    def deeper(self) -> LasCloud:
        return replace(self, white=65535)

    def too_bright(self) -> bool:
        return self.from_field == "colour" and self.white < 65535


class TooBright(Exception):
    """A colour above what the sample said is white: the cloud is read again with the deeper scale."""


def open_las(path: Path, most: int) -> LasCloud:
    """A LAS or LAZ file as a cloud; its colours judged by a sample. Raises BadInput."""
    header = read_header(path, most)
    sample = sample_points(header)
    if header.colour_at is not None and sample["colour"].any():
        # Many writers put 8-bit values in the 16-bit fields.
        return LasCloud(header, "colour", 255 if int(sample["colour"].max()) <= 255 else 65535)
    bright = int(np.percentile(sample["intensity"], 99))
    return LasCloud(header, "intensity", bright) if bright else LasCloud(header, "none", 255)
