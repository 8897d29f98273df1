"""Files that a mesh names beside itself, and reading with a bound.

The rule kept here: a name leads to a plain file in the mesh's own folder or below it, or nowhere: no scheme, no absolute
path, no "..", no link that leads out. No file is read beyond its cap.
"""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from commons.errors import BadInput, TooLarge

__all__ = ["beside", "data_uri", "read_bounded"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(;[\w=.+-]+)*;base64,", re.A)


def read_bounded(path: Path, cap: int) -> bytes:
    """The bytes of a plain file. Raises BadInput where there is none or it is empty, TooLarge over `cap` bytes."""
    if not path.is_file():
        raise BadInput("there is no such file", where=path.name, next="Put it beside the model and try again.")
    size = path.stat().st_size
    if size > cap:
        raise TooLarge(f"it has {size} bytes, more than {cap}", where=path.name, next="Give a smaller file.")
    if not size:
        raise BadInput("the file is empty", where=path.name, next="Export it again.")
    return path.read_bytes()


def beside(folder: Path, name: str, where: str) -> Path:
    """The file that `name` (a relative URI or path) means in `folder`. Raises BadInput where it leads out of it.

    >>> beside(Path("/m"), "textures/a%20b.jpg", "x").as_posix()
    '/m/textures/a b.jpg'
    """
    plain = unquote(name).replace("\\", "/")
    path = PurePosixPath(plain)
    if _SCHEME.match(plain) or plain.startswith("/") or ".." in path.parts or "\0" in plain or not path.parts:
        told = f"it names '{name[:80]}', which leads out of the model's own folder"
        raise BadInput(told, where=where, next="Put the file beside the model and name it plainly.")
    found = folder / path
    if not found.resolve().is_relative_to(folder.resolve()):
        told = f"it names '{name[:80]}', a link that leads out of the model's own folder"
        raise BadInput(told, where=where, next="Put the file itself beside the model.")
    return found


def data_uri(uri: str, where: str) -> bytes:
    """What a base64 data: URI holds. Raises BadInput where it is another kind or broken."""
    head = _DATA.match(uri[:200])
    if head is None:
        raise BadInput("a data: URI is not base64", where=where, next="Export it again.")
    try:
        return base64.b64decode(uri[head.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadInput("a data: URI is broken", where=where, next="Export it again.") from error
