"""A text file somebody else wrote is read up to a limit, never whole on trust: a line of two gigabytes costs no memory."""

from __future__ import annotations

import os
import stat
import unicodedata
from pathlib import Path

from commons.errors import BadInput, TooLarge

__all__ = ["FILE_BYTES", "LINE_BYTES", "control_faults", "read_bounded"]

FILE_BYTES = 8 << 20
LINE_BYTES = 64 << 10

# Marks that turn the direction of text: a line can be made to show something else than it says.
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def read_bounded(path: Path, *, most: int = FILE_BYTES, line: int = LINE_BYTES) -> str:
    """The text of `path`: at most `most` bytes of UTF-8, no line over `line` bytes, no NUL.

    Raises BadInput where it is no readable file or not UTF-8, TooLarge where it is over a limit; `where` is the
    file's name, with the line where there is one.
    """
    try:
        # Without O_NONBLOCK the opening of a named pipe waits for ever.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK)) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise BadInput("not a plain file", where=path.name, next="Name a file on the disk.")
            data = file.read(most + 1)
    except OSError as error:
        raise BadInput(f"it cannot be read ({error.strerror})", where=path.name) from error
    long = next((number for number, one in enumerate(data.split(b"\n"), 1) if len(one) > line), 0)
    if long:
        told = f"a line of more than {line >> 10} KiB"
        raise TooLarge(told, where=f"{path.name}, line {long}", next="Break it into several lines.")
    if len(data) > most:
        raise TooLarge(f"more than {most >> 20} MiB", where=path.name, next="Split it into several files.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"not UTF-8 at byte {error.start}", where=path.name, next="Save it as UTF-8.") from error


def control_faults(text: str, where: str, *, lines: bool = False) -> list[str]:
    """What in `text` no reader can see: control characters, lone surrogates, turns of the writing direction; line
    breaks too, unless `lines`.

    >>> control_faults("<script>alert(1)</script>", "label")
    []
    >>> control_faults("a\\x07", "label")
    ['label: an invisible character, U+0007']
    """
    for letter in text:
        if lines and letter in "\n\t":
            continue
        if letter in TURNS or unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp"):
            return [f"{where}: an invisible character, U+{ord(letter):04X}"]
    return []
