"""What lies around a LAS file's points: variable records, and LASzip's chunks, read through lazrs.

The rule kept here: the chunk table is held against the file's length before lazrs sees it, for lazrs makes room for what a
table says; whatever it stumbles over is told as BadInput.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput

__all__ = ["Records", "check_laszip", "find_vlrs", "unpack"]

_HEAD = 54
_MOST_VLRS = 4096
_VARIABLE = 0xFFFFFFFF
# Real scans take one byte and more for a point; what is said to take less than this is a bomb.
_LEAST_BYTES = 0.25
_LAYERED = 3
# Layers of each kind of item: POINT14, RGB14, RGBNIR14, WAVEPACKET14; BYTE14 has one for each byte.
_LAYERS, _BYTES = {10: 9, 11: 1, 12: 2, 13: 1}, 14


def unpack(form: str, data: bytes, at: int) -> Any:
    """The first value of a struct format at a place."""
    return struct.unpack_from(form, data, at)[0]


def find_vlrs(file: BinaryIO, at: int, count: int, end: int) -> dict[tuple[str, int], bytes]:
    """Variable records between the header and the points, by user and number. What does not fit is left out."""
    found: dict[tuple[str, int], bytes] = {}
    for _ in range(min(count, _MOST_VLRS)):
        file.seek(at)
        head = file.read(_HEAD)
        if at + _HEAD > end or len(head) < _HEAD:
            break
        user, (number, length) = head[2:18].split(b"\0")[0], struct.unpack_from("<HH", head, 18)
        at += _HEAD + length
        if at > end:
            break
        found.setdefault((user.decode("latin-1"), number), file.read(length))
    return found


def check_laszip(file: BinaryIO, vlr: bytes, start: int, size: int, count: int, record: int, name: str) -> int:
    """The number of points of each chunk; 0 where chunks differ or there are none. Raises BadInput where it cannot be."""
    again = "It was cut off or changed: copy it again."
    if len(vlr) < 34:
        raise BadInput("the LASzip record is too short", where=name, next=again)
    kind, coder, chunk, items = (*struct.unpack_from("<HH", vlr), unpack("<I", vlr, 12), unpack("<H", vlr, 32))
    lengths = [unpack("<H", vlr, 36 + 6 * one) for one in range(min(items, (len(vlr) - 34) // 6))]
    if kind not in (1, 2, 3) or coder != 0 or len(lengths) != items or sum(lengths) != record or chunk == 0:
        raise BadInput(f"LASzip of kind {kind} with items of {sum(lengths)} bytes for records of {record}",
                       where=name, next=again)  # fmt: skip
    if count * _LEAST_BYTES > size:
        raise BadInput(f"{count:,} points in {size:,} bytes", where=name, next="That cannot be: export it again.")
    if kind == 1:
        return 0
    file.seek(start)
    at = unpack("<q", file.read(8).ljust(8, b"\0"), 0)
    if at == -1:
        # A writer that could not go back: the place is at the end.
        file.seek(max(0, size - 8))
        at = unpack("<q", file.read(8).ljust(8, b"\0"), 0)
    file.seek(min(max(0, at), size))
    table = file.read(8)
    if not start + 8 <= at <= size - 8 or len(table) < 8:
        raise BadInput(f"the table of chunks is said to be at byte {at:,} of {size:,}", where=f"{name}, byte {start}",
                       next=again)  # fmt: skip
    chunks = unpack("<I", table, 4)
    fixed = 0 if chunk == _VARIABLE else chunk
    # A chunk holds at least one whole point.
    if chunks > (at - start) // 12 + 1 or (fixed and chunks != -(-count // fixed)):
        raise BadInput(f"{chunks:,} chunks for {count:,} points", where=f"{name}, byte {at:,}", next=again)
    if kind == _LAYERED:
        kinds = [unpack("<H", vlr, 34 + 6 * one) for one in range(items)]
        layers = sum(
            length if one == _BYTES else _LAYERS.get(one, 0) for one, length in zip(kinds, lengths, strict=True)
        )
        _check_layers(file, start + 8, at, record, layers, chunks, name)
    return fixed


def _check_layers(file: BinaryIO, start: int, end: int, record: int, layers: int, chunks: int, name: str) -> None:
    """Walk from chunk to chunk: lazrs makes room for each layer before it reads it, so their lengths must be true."""
    at = start
    for _ in range(chunks):
        file.seek(at + record + 4)
        raw = file.read(4 * layers)
        if len(raw) < 4 * layers:
            break
        at += record + 4 + 4 * layers + sum(struct.unpack(f"<{layers}I", raw))
        if at > end:
            break
    if at != end:
        raise BadInput("the layers of the chunks do not fill their room", where=f"{name}, byte {at:,}",
                       next="It was cut off or changed: copy it again.")  # fmt: skip


class Records:
    """Compressed records of an open file."""

    def __init__(self, file: BinaryIO, vlr: bytes, start: int, name: str) -> None:
        self._file, self._vlr, self._start, self._name = file, vlr, start, name

    def read(self, dtype: np.dtype[Any], first: int, last: int, step: int) -> Iterator[NDArray[Any]]:
        """Records `first` to `last`, `step` at a time. Raises BadInput where they cannot be read."""
        at = first
        try:
            import lazrs

            self._file.seek(self._start)
            reader = lazrs.LasZipDecompressor(self._file, self._vlr)
            if first:
                reader.seek(first)
            for at in range(first, last, step):
                points = np.zeros(min(step, last - at), dtype)
                reader.decompress_many(points.view(np.uint8))
                yield points
        except GeneratorExit:
            raise
        except BaseException as error:
            # lazrs panics, which Python sees as an exception that is no Exception.
            if isinstance(error, MemoryError | KeyboardInterrupt | SystemExit):
                raise
            raise BadInput(
                f"compressed points cannot be read ({str(error)[:120]})",
                where=f"{self._name}, point {at:,} or after",
                next="It was cut off or changed: copy it again.",
            ) from error
