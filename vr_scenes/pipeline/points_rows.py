"""Points as plain rows of a file (PLY, PCD), turned into whole steps of a grid that is finer than any scanner.

The rule kept here: a place that is no number is a fault, told with its row, unless the format says that it means "no point";
rows are read a chunk at a time. The step is a power of ten, between a 500,000th and a 5,000,000th of the greatest extent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline.points_cloud import Cloud, Space, linear_table, records

__all__ = ["RowCloud", "Rows", "cloud_of"]

_CHUNK = 1 << 19
_FARTHEST = 1e12
_GREY = 200
Turn = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


@dataclass(frozen=True)
class Rows:
    """`count` rows of `dtype` from byte `start` on. `colour` names three fields, or one that packs them; `holes`: NaN is no point."""

    path: Path
    name: str
    start: int
    dtype: np.dtype[Any]
    count: int
    colour: tuple[str, ...] = ()
    white: float = 255.0
    intensity: str = ""
    holes: bool = False
    turn: Turn | None = None
    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def read(self, first: int, last: int, step: int = _CHUNK) -> Iterator[tuple[int, NDArray[Any]]]:
        """(number of the first row, rows), some at a time. Raises BadInput where the file ends too soon."""
        with self.path.open("rb") as file:
            file.seek(self.start + first * self.dtype.itemsize)
            for at in range(first, last, step):
                wanted = min(step, last - at)
                rows = np.fromfile(file, self.dtype, wanted)
                if len(rows) < wanted:
                    raise BadInput("the file ended while it was read", where=f"{self.name}, row {at + len(rows):,}",
                                   next="It was cut off: copy it again.")  # fmt: skip
                yield at, rows

    def places(self, at: int, rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
        """(n, 3) places, and which rows they are of where some hold no point. Raises BadInput."""
        with np.errstate(invalid="ignore"):
            found = np.stack([rows[axis].astype(np.float64) for axis in "xyz"], axis=1)
        kept: NDArray[np.bool_] | None = None
        bad = ~(np.abs(found) < _FARTHEST).all(axis=1)
        if self.holes:
            empty = np.isnan(found).any(axis=1)
            bad &= ~empty
            if empty.any():
                kept = np.logical_not(empty)
        if bad.any():
            row = int(np.argmax(bad))
            raise BadInput(f"a place that is no place: {found[row].tolist()}", where=f"{self.name}, row {at + row:,}",
                           next="Remove such points and export it again.")  # fmt: skip
        found = found if kept is None else found[kept]
        if self.turn is not None:
            found = found @ np.array(self.turn).T + np.array(self.shift)
        return found, kept


@dataclass(frozen=True)
class RowCloud:
    """Rows as a cloud: our x, y, z are the file's x, -z, y, since such files are taken as +Y up."""

    rows: Rows
    step: float
    zero: tuple[float, float, float]
    low: tuple[int, int, int]
    high: tuple[int, int, int]
    bright: float

    @property
    def count(self) -> int:
        return self.rows.count

    @property
    def space(self) -> Space:
        x, y, z = self.zero
        return Space((self.step,) * 3, (x, -z, y), (1.0, 1.0, 1.0), "metre (such files name none)", True)

    @property
    def colour_said(self) -> str:
        if self.rows.colour:
            return f"colour, white is {self.rows.white:g}"
        return f"intensity, white is {self.bright:g}" if self.bright else "none in the file: grey"

    def parts(self, wanted: int) -> list[tuple[int, int]]:
        each = -(-self.count // wanted)
        return [(at, min(at + each, self.count)) for at in range(0, self.count, each)]

    def chunks(self, first: int, last: int) -> Iterator[NDArray[Any]]:
        table = linear_table(256, 255)
        for at, rows in self.rows.read(first, last):
            places, kept = self.rows.places(at, rows)
            rows = rows if kept is None else rows[kept]
            steps = np.rint((places - np.array(self.zero)) / self.step).astype(np.int32)
            turned = np.stack([steps[:, 0], -steps[:, 2], steps[:, 1]], axis=1)
            yield records(turned, table[self._bytes(rows)])

    def _bytes(self, rows: NDArray[Any]) -> NDArray[np.uint8]:
        """(n, 3) sRGB bytes."""
        names = self.rows.colour
        made = np.full((len(rows), 3), _GREY, np.uint8)
        if len(names) == 1:
            packed = np.ascontiguousarray(rows[names[0]]).view(np.uint32)
            for axis, shift in enumerate((16, 8, 0)):
                made[:, axis] = (packed >> np.uint32(shift)) & np.uint32(255)
        elif names:
            for axis, name in enumerate(names):
                made[:, axis] = _share(rows[name], self.rows.white)
        elif self.bright:
            made[:] = _share(rows[self.rows.intensity], self.bright)[:, None]
        return made

    def deeper(self) -> Cloud:
        return self

    def too_bright(self) -> bool:
        return False


def _share(values: NDArray[Any], white: float) -> NDArray[np.uint8]:
    share = np.nan_to_num(values.astype(np.float64) * (255.0 / white), posinf=255.0, neginf=0.0)
    made: NDArray[np.uint8] = np.rint(np.clip(share, 0.0, 255.0)).astype(np.uint8)
    return made


def cloud_of(rows: Rows) -> RowCloud:
    """The cloud of some rows: one pass for its bounds and for how bright it is. Raises BadInput where there is no point."""
    low, high, bright = np.full(3, np.inf), np.full(3, -np.inf), 0.0
    for at, found in rows.read(0, rows.count):
        places, _ = rows.places(at, found)
        if len(places):
            low, high = np.minimum(low, places.min(axis=0)), np.maximum(high, places.max(axis=0))
        if rows.intensity and not rows.colour:
            values = found[rows.intensity].astype(np.float64)
            values = values[np.isfinite(values)]
            bright = max(bright, float(np.percentile(values, 99)) if len(values) else 0.0)
    if not np.isfinite(low).all():
        raise BadInput("no point has a place", where=rows.name, next="Export it again.")
    extent = float((high - low).max())
    step = 10.0 ** math.floor(math.log10(extent / (1 << 19))) if extent > 1e-9 else 0.001
    zero = np.floor(low / step) * step
    corner = np.ceil((high - zero) / step).astype(int).tolist()
    x, y, z = zero.tolist()
    return RowCloud(rows, step, (x, y, z), (0, -corner[2] - 1, 0), (corner[0] + 1, 0, corner[1] + 1), bright)
