"""The one way a command writes the file a person named: whole or not at all, and never over what is no plain file.

Rule: the text goes to a file beside it and is moved into its place; a folder that is not there is refused, not made;
"-" and /dev/stdout are standard output. What goes wrong is told as found, where and what next.
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from commons.errors import BadInput, Unavailable

__all__ = ["is_stdout", "output", "output_folder", "told_errors", "try_output"]

STDOUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def is_stdout(path: Path) -> bool:
    """Whether `path` stands for standard output."""
    return str(path) in STDOUT


def try_output(path: Path) -> None:
    """Say now what would keep `output` from writing `path`; leaves nothing behind. Raises BadInput or Unavailable."""
    if not is_stdout(path):
        with told_errors(path):
            handle, name = _beside(_place(path))
            os.close(handle)
            os.unlink(name)


@contextmanager
def output(path: Path) -> Iterator[BinaryIO]:
    """A file whose bytes stand at `path` once the block ends well; where it ends with an error nothing has changed.

    Raises BadInput for a folder, an unknown folder or what is no plain file, Unavailable where it cannot be written.
    """
    with told_errors(path):
        if is_stdout(path):
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        place = _place(path)
        handle, name = _beside(place)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, place.stat().st_mode & 0o777 if place.exists() else 0o644)
            os.replace(name, place)
        finally:
            Path(name).unlink(missing_ok=True)


def output_folder(path: Path) -> None:
    """Make the folder that a command is to fill, where it is not there; the one it lies in must be."""
    with told_errors(path):
        if not path.is_dir():
            path.mkdir()


@contextmanager
def told_errors(path: Path) -> Iterator[None]:
    """Turn what the system says of writing `path` into BadInput or Unavailable."""
    try:
        yield
    except BrokenPipeError:
        # The reader has gone (`| head`): nothing is left to say, nor anybody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(1) from None
    except OSError as error:
        where = str(path)
        if error.errno in FULL:
            raise Unavailable("the disk is full", where=where, next="Make room, then do it again.") from error
        if error.errno in FORBIDDEN:
            raise Unavailable("it may not be written", where=where, next="Take a folder of yours.") from error
        if error.errno in (errno.ENOENT, errno.ENOTDIR):
            raise BadInput("there is no such folder", where=where, next="Make the folder first.") from error
        told = f"it cannot be written ({error.strerror or error})"
        raise Unavailable(told, where=where, next="Name another file.") from error


def _place(path: Path) -> Path:
    """Where the file itself lies, links followed."""
    place = Path(os.path.realpath(path))
    if place.is_dir():
        raise BadInput("this is a folder", where=str(path), next="Name a file in it.")
    if place.exists() and not place.is_file():
        raise BadInput("this is not a plain file", where=str(path), next="Name a file, or - for standard output.")
    if not place.parent.is_dir():
        raise BadInput(f"there is no folder {place.parent}", where=str(path), next="Make the folder first.")
    return place


def _beside(place: Path) -> tuple[int, str]:
    return tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".new")
