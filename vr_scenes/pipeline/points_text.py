"""Rows of numbers written as text, turned into rows of bytes in a file of our own.

The rule kept here: a block of text is read at a time, and a line longer than a line should be is a fault, so that no file makes
memory grow.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from commons.errors import BadInput

__all__ = ["numbers_to_file"]

_BLOCK = 1 << 21
_LONGEST = 1 << 16


def numbers_to_file(source: Path, start: int, columns: int, count: int, target: Path, skip: int = 0) -> None:
    """Write `count` lines of `columns` numbers, from byte `start` on and after `skip` lines, as little-endian doubles.

    Raises BadInput with the line (counted from `start`) that is wrong, or where there are too few.
    """
    line, left, rest = 0, count, b""
    with source.open("rb") as file, target.open("wb") as out:
        file.seek(start)
        while left > 0:
            block = file.read(_BLOCK)
            text = rest + block
            whole, _, rest = text.rpartition(b"\n") if block else (text, b"", b"")
            if len(rest) > _LONGEST:
                raise BadInput(
                    "a line of text that does not end", where=f"{source.name}, line {line}", next="Export it again."
                )
            lines = [one for one in whole.split(b"\n") if one.strip()]
            passed = min(skip, len(lines))
            skip -= passed
            lines = lines[passed:][:left]
            if lines:
                _numbers(lines, columns, line, source.name).tofile(out)
            line, left = line + len(lines), left - len(lines)
            if not block and left > 0:
                raise BadInput(f"{count:,} points were said, {count - left:,} are there", where=f"{source.name}, line {line}",
                               next="It was cut off: copy it again.")  # fmt: skip


def _numbers(
    lines: list[bytes], columns: int, first: int, name: str
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    for number, line in enumerate(lines):
        # Longer words than these are no numbers, and would widen the whole array.
        if line.count(b" ") + line.count(b"\t") > 4 * columns + 64 or len(line) > 64 * columns + 256:
            raise BadInput("too long a line", where=f"{name}, line {first + number}", next="Export it again.")
    words = [line.split() for line in lines]
    for number, row in enumerate(words):
        if len(row) != columns or max(map(len, row)) > 64:
            raise BadInput(f"{len(row)} values where {columns} belong", where=f"{name}, line {first + number}",
                           next="Export it again.")  # fmt: skip
    try:
        return np.array(words, "S64").astype("<f8")
    except ValueError as error:
        raise BadInput(
            f"not a number ({str(error)[:80]})", where=f"{name}, line {first} or after", next="Export it again."
        ) from error
