"""The release's files as the tests see them: the teacher's own copy, whatever the student's code made of those in its folder.

Rule: a file that came with the release is opened from a copy that the student's process cannot reach; every other file of the
working folder is the student's. Modules of the teacher's are imported from that copy.
"""

import builtins
import io
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

COPY = Path("/tmp/teacher")


def keep(files: Mapping[str, bytes]) -> None:
    """Lay the copy down, and open from it from now on."""
    for name, data in files.items():
        path = COPY / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    sys.path.append(str(COPY))
    work, real = os.path.realpath(os.getcwd()), builtins.open

    def open_(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        if isinstance(file, str | os.PathLike) and not set(mode) & set("wax+"):
            place = os.path.relpath(os.path.normpath(os.path.join(os.getcwd(), os.fspath(file))), work)
            file = COPY / place if place in files else file
        return real(file, mode, *args, **options)

    builtins.open = io.open = open_  # type: ignore[assignment]
