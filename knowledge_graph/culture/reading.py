"""Reads files of any size one record at a time: lines, CSV records and the members of a JSON array, each with its line number.

Rule: memory is bounded by LONGEST bytes a record, whatever the file holds; what is longer, cut off or not UTF-8 is told as a
fault with its place, and reading goes on at the next line. A fault is a value here, never an exception.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

__all__ = ["LONGEST", "Raw", "csv_rows", "json_objects", "lines"]

LONGEST = 1 << 20
CHUNK = 1 << 16
BOM = b"\xef\xbb\xbf"
MARKS = re.compile(rb'["\\{}\[\n]')


@dataclass(frozen=True)
class Raw:
    """One record as it stood in the file: its first `line` (from 1), its bytes, its `value`, or why it could not be read.

    `at` is how many bytes of the file have been read once it is done.
    """

    line: int
    data: bytes
    value: Any = None
    fault: str = ""
    at: int = 0


def lines(file: BinaryIO) -> Iterator[Raw]:
    """Every line that is not empty, its value the text without its end."""
    number, at = 0, 0
    while data := file.readline(LONGEST + 1):
        number += 1
        at += len(data)
        if len(data) > LONGEST and not data.endswith(b"\n"):
            while (rest := file.readline(CHUNK)) and not rest.endswith(b"\n"):
                at += len(rest)
            at += len(rest)
            yield Raw(number, b"", None, f"the line is longer than {LONGEST} bytes", at)
            continue
        yield from _text(number, data.removeprefix(BOM) if number == 1 else data, at)


def _text(number: int, data: bytes, at: int) -> Iterator[Raw]:
    bare = data.rstrip(b"\r\n")
    if not bare.strip():
        return
    if b"\x00" in bare:
        yield Raw(number, bare, None, "a null byte: the file is not UTF-8 text", at)
        return
    try:
        yield Raw(number, bare, bare.decode("utf-8"), "", at)
    except UnicodeDecodeError as error:
        yield Raw(number, bare, None, f"not UTF-8 at byte {error.start + 1} of the line", at)


def csv_rows(file: BinaryIO) -> Iterator[Raw]:
    """Each record below the header as a {column: text} map; a quoted field may run over several lines.

    The first Raw has the header (a list) as its value. A record that cannot be read costs its first line only, so that a
    quote left open does not swallow the rows below. The file must be able to go back.
    """
    header: list[str] = []
    number = 0
    while True:
        start = file.tell()
        raw, count = _record_at(file, number + 1)
        if raw is None:
            return
        raw = raw if raw.fault else _fields(raw, header)
        if raw.fault and count > 1:
            file.seek(start)
            count = 1
            _skip_line(file)
        number += count
        if isinstance(raw.value, list):
            header = raw.value
        if raw.fault or raw.data.strip():
            yield raw


def _fields(raw: Raw, header: list[str]) -> Raw:
    """The record's fields under the header's names; the header itself where there is none yet."""
    if not raw.data.strip():
        return raw
    try:
        fields = next(csv.reader(io.StringIO(raw.data.decode("utf-8"), newline=""), strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        return Raw(raw.line, raw.data, None, f"not CSV in UTF-8: {error}", raw.at)
    if not header:
        return Raw(raw.line, raw.data, [name.strip() for name in fields], "", raw.at)
    if len(fields) != len(header):
        return Raw(raw.line, raw.data, None, f"{len(fields)} fields, the header has {len(header)}", raw.at)
    return Raw(raw.line, raw.data, dict(zip(header, fields, strict=True)), "", raw.at)


def _record_at(file: BinaryIO, number: int) -> tuple[Raw | None, int]:
    """The record that begins here, joined until its quotes are even, and how many lines it takes; None at the end."""
    held, count = b"", 0
    while data := file.readline(LONGEST + 1):
        count += 1
        held += data.removeprefix(BOM) if number == count == 1 else data
        if len(held) > LONGEST:
            if count == 1 and not data.endswith(b"\n"):
                _skip_line(file)
            told = "a quote that is never closed" if count > 1 else f"the line is longer than {LONGEST} bytes"
            return Raw(number, b"", None, told, file.tell()), count
        if held.count(b'"') % 2 == 0:
            return Raw(number, held.rstrip(b"\r\n"), None, "", file.tell()), count
    if not held:
        return None, 0
    return Raw(number, held, None, "a quote that is never closed", file.tell()), count


def _skip_line(file: BinaryIO) -> None:
    while (piece := file.readline(CHUNK)) and not piece.endswith(b"\n"):
        pass


def json_objects(file: BinaryIO) -> Iterator[Raw]:
    """The objects of a JSON array, of the array under "data" in one object, or of JSON Lines: whichever the file is."""
    head = file.read(CHUNK).removeprefix(BOM).lstrip()
    file.seek(0)
    first = head.partition(b"\n")[0].strip()
    is_lines = first.startswith(b"{") and first.endswith(b"}") and not re.search(rb'^\{\s*"(data|info)"\s*:', first)
    yield from _json_lines(file) if is_lines else _json_members(file)


def _json_lines(file: BinaryIO) -> Iterator[Raw]:
    for raw in lines(file):
        yield raw if raw.fault else _parsed(raw.line, raw.data, raw.at)


def _parsed(line: int, data: bytes, at: int) -> Raw:
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        return Raw(line, data, None, f"not JSON in UTF-8: {error}", at)
    if not isinstance(value, dict):
        return Raw(line, data, None, "not a JSON object", at)
    return Raw(line, data, value, "", at)


def _json_members(file: BinaryIO) -> Iterator[Raw]:
    for line, data, at, is_whole in _objects(file):
        if not is_whole:
            told = f"the object is longer than {LONGEST} bytes" if len(data) > LONGEST else "the object is cut off"
            yield Raw(line, data[:LONGEST], None, told, at)
        else:
            yield _parsed(line, data, at)


def _objects(file: BinaryIO) -> Iterator[tuple[int, bytes, int, bool]]:
    """(first line, bytes, bytes read, whether whole) of every object not inside another; an answer's wrapper does not count."""
    scan = _Scan()
    at = 0
    while chunk := file.read(CHUNK):
        at += len(chunk)
        for line, data, is_whole in scan.feed(chunk):
            yield line, data, at, is_whole
    if scan.depth > scan.floor and scan.held:
        yield scan.line, bytes(scan.held), at, False


class _Scan:
    """Where objects begin and end. `floor` is the depth at which members stand: 0 for lines and arrays, 1 inside a wrapper."""

    def __init__(self) -> None:
        self.depth, self.floor, self.lines, self.line = 0, 0, 1, 1
        self.in_text, self.first, self.skip = False, True, -1
        self.held = bytearray()

    def feed(self, chunk: bytes) -> Iterator[tuple[int, bytes, bool]]:
        start = 0
        for mark in MARKS.finditer(chunk):
            spot, sign = mark.start(), mark[0]
            if spot == self.skip:
                continue
            if self.in_text:
                # No JSON text runs over a line's end: a quote left open costs its own object only.
                self.in_text = sign not in (b'"', b"\n")
                self.skip = spot + 1 if sign == b"\\" else self.skip
            elif sign == b'"':
                self.in_text = True
            elif sign == b"{":
                start = self._open(chunk, start, spot)
            elif sign == b"[" and self._is_wrapper(chunk[start:spot]):
                self.floor, start = 1, self._drop(chunk, start, spot)
            elif sign == b"}" and self.depth > self.floor:
                self.depth -= 1
                if self.depth == self.floor:
                    self._hold(chunk[start : spot + 1])
                    start, self.first = spot + 1, False
                    yield self.line, bytes(self.held), len(self.held) <= LONGEST
                    self.held.clear()
        self.skip = 0 if self.skip == len(chunk) else -1
        if self.depth > self.floor:
            self._hold(chunk[start:])
        else:
            self._count(chunk[start:])

    def _open(self, chunk: bytes, start: int, spot: int) -> int:
        if self.depth == self.floor:
            start = self._drop(chunk, start, spot)
            self.line = self.lines
        self.depth += 1
        return start

    def _drop(self, chunk: bytes, start: int, spot: int) -> int:
        self._count(chunk[start:spot])
        self.held.clear()
        return spot

    def _is_wrapper(self, before: bytes) -> bool:
        """Whether the array that begins here is the "data" of the file's first object."""
        head = bytes(self.held[-200:]) + before[-200:]
        return self.first and self.floor == 0 and self.depth == 1 and bool(re.search(rb'"data"\s*:\s*$', head))

    def _hold(self, piece: bytes) -> None:
        self._count(piece)
        # One byte beyond the bound is kept as the sign that it was passed.
        self.held += piece[: max(0, LONGEST + 1 - len(self.held))]

    def _count(self, piece: bytes) -> None:
        self.lines += piece.count(b"\n")
