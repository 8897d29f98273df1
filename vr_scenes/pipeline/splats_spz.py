"""SPZ, versions 2 and 3: writes version 3, reads both.

The rule kept here: a header is believed only as far as the unpacked bytes bear it out, and unpacking stops where the header's
count is satisfied. Source: nianticlabs/spz, file format versions 2 and 3 (gzip; 24-bit fixed-point places, smallest three).
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from commons.errors import BadInput
from vr_scenes.pipeline.splats_cloud import SH_BYTES, Floats, Splats

__all__ = ["fraction_bits", "read_spz", "write_spz"]

_MAGIC, _VERSION, _HEADER = 0x5053474E, 3, 16
_COLOUR = 0.15
_HALF = 0.7071067811865476
_FARTHEST = (1 << 23) - 1
_AGAIN = "It was cut off or changed: copy it again."
# Kept small enough that the values of a chunk fit in memory some times over.
_PART = 1 << 18


def fraction_bits(splats: Splats) -> int:
    """Bits after the point: a tenth of a middling splat's size, if all but a ten-thousandth of the splats fit."""
    reach = float(np.quantile(np.abs(splats.place).max(axis=1), 0.9999)) * 1.01 + 1e-6
    size = float(np.exp(np.median(splats.scale)))
    wanted = int(np.ceil(-np.log2(max(size * 0.1, 1e-7))))
    return int(np.clip(wanted, 8, min(20, max(0, int(np.floor(np.log2(_FARTHEST / reach)))))))


def write_spz(path: Path, splats: Splats, bits: int) -> int:
    """Write an SPZ; its bytes. Places that 24 bits cannot hold are kept at the border."""
    degree = next(degree for degree, size in SH_BYTES.items() if size == splats.sh.shape[1])
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(struct.pack("<IIIBBBB", _MAGIC, _VERSION, len(splats), degree, bits, 0, 0)))
        for pack in (_places, _alphas, _colours, _scales, _turns, _harmonics):
            for at in range(0, len(splats), _PART):
                file.write(packer.compress(pack(splats.at(slice(at, at + _PART)), bits)))
        file.write(packer.flush())
        return file.tell()


def _places(splats: Splats, bits: int) -> bytes:
    whole = np.clip(np.rint(splats.place.astype(np.float64) * (1 << bits)), -_FARTHEST, _FARTHEST).astype("<i4")
    return np.ascontiguousarray(whole).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _alphas(splats: Splats, _bits: int) -> bytes:
    return _bytes(splats.alpha * 255.0)


def _colours(splats: Splats, _bits: int) -> bytes:
    return _bytes((splats.colour * _COLOUR + 0.5) * 255.0)


def _scales(splats: Splats, _bits: int) -> bytes:
    return _bytes((splats.scale + 10.0) * 16.0)


def _harmonics(splats: Splats, _bits: int) -> bytes:
    return splats.sh.tobytes()


def _bytes(values: NDArray[Any]) -> bytes:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8).tobytes()


def _turns(splats: Splats, _bits: int) -> bytes:
    turn = splats.turn.astype(np.float64)
    largest = np.abs(turn).argmax(axis=1)
    negate = turn[np.arange(len(turn)), largest] < 0
    made = largest.astype(np.uint32)
    for axis in range(4):
        size = np.floor(511 * np.abs(turn[:, axis]) / _HALF + 0.5).clip(0, 511).astype(np.uint32)
        sign = ((turn[:, axis] < 0) ^ negate).astype(np.uint32)
        made = np.where(largest == axis, made, (made << np.uint32(10)) | (sign << np.uint32(9)) | size)
    return made.astype("<u4").tobytes()


def read_spz(path: Path, most: int) -> Splats:
    """The splats of an SPZ. Raises BadInput."""
    with path.open("rb") as file:
        stream = _Unpacker(file, path.name)
        magic, version, count, degree, bits, _flags, _ = struct.unpack("<IIIBBBB", stream.read(_HEADER))
        if magic != _MAGIC or version not in (2, 3) or degree not in SH_BYTES or bits > 23:
            raise BadInput(f"SPZ version {version}, degree {degree}, {bits} bits", where=f"{path.name}, byte 0",
                           next="Versions 2 and 3 are read: export it again.")  # fmt: skip
        if not 0 < count <= most:
            raise BadInput(
                f"{count:,} splats; 1 to {most:,} are taken", where=f"{path.name}, byte 8", next="Thin it out first."
            )
        # Deflate packs no better than 1:1032.
        size = 19 + SH_BYTES[degree] + (1 if version == 3 else 0)
        if count * size > path.stat().st_size * 1032:
            raise BadInput(
                f"{count:,} splats cannot be in {path.stat().st_size:,} bytes",
                where=f"{path.name}, byte 8",
                next=_AGAIN,
            )
        place = _read_places(stream, count, bits)
        alpha = stream.array(count, 1)[:, 0] / np.float32(255)
        colour = (stream.array(count, 3) / np.float32(255) - np.float32(0.5)) / np.float32(_COLOUR)
        scale = stream.array(count, 3) / np.float32(16) - np.float32(10)
        turn = _read_turns(stream.array(count, 4)) if version == 3 else _read_short_turns(stream.array(count, 3))
        sh = stream.array(count, SH_BYTES[degree])
    return Splats(place, scale, turn, alpha, colour, sh)


class _Unpacker:
    """Reads exact numbers of unpacked bytes."""

    def __init__(self, file: Any, name: str) -> None:
        self._file, self._name, self._rest = file, name, b""
        self._zip = zlib.decompressobj(31)

    def read(self, wanted: int) -> bytes:
        parts, left = [], wanted
        while left > 0:
            packed = self._zip.unconsumed_tail or self._file.read(1 << 16)
            try:
                part = self._zip.decompress(packed, left)
            except zlib.error as error:
                raise BadInput(
                    f"not gzip ({error})", where=f"{self._name}, byte {self._file.tell():,}", next=_AGAIN
                ) from error
            if not part and not packed:
                raise BadInput(
                    f"the file ends {left:,} bytes too soon",
                    where=f"{self._name}, byte {self._file.tell():,}",
                    next=_AGAIN,
                )
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def array(self, count: int, width: int) -> NDArray[np.uint8]:
        return np.frombuffer(self.read(count * width), np.uint8).reshape(count, width)


def _read_places(stream: _Unpacker, count: int, bits: int) -> Floats:
    parts = []
    for at in range(0, count, _PART):
        raw = stream.array(min(_PART, count - at), 9).reshape(-1, 3)
        whole = np.zeros((len(raw), 4), np.uint8)
        whole[:, 1:] = raw
        parts.append(((whole.view("<i4")[:, 0] >> 8) / (1 << bits)).astype(np.float32).reshape(-1, 3))
    return np.concatenate(parts)


def _read_turns(raw: NDArray[np.uint8]) -> Floats:
    words = np.ascontiguousarray(raw).view("<u4")[:, 0].copy()
    largest = words >> np.uint32(30)
    made = np.zeros((len(words), 4), np.float32)
    for axis in (3, 2, 1, 0):
        kept = largest != axis
        size = (words & np.uint32(511)).astype(np.float32) * np.float32(_HALF / 511)
        made[kept, axis] = np.where(words & np.uint32(512), -size, size)[kept]
        words[kept] >>= np.uint32(10)
    left = np.sqrt(np.maximum(0, 1 - (made * made).sum(axis=1)))
    made[np.arange(len(made)), largest] = left
    return made


def _read_short_turns(raw: NDArray[np.uint8]) -> Floats:
    made = np.empty((len(raw), 4), np.float32)
    made[:, :3] = raw / np.float32(127.5) - np.float32(1)
    made[:, 3] = np.sqrt(np.maximum(0, 1 - (made[:, :3] ** 2).sum(axis=1)))
    return made
