"""The compact form on disk: one .npz of plain arrays, no pickle, so that reading it runs nothing. What is read is checked
before it is used.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from commons.errors import BadInput, NotFound, TooLarge
from commons.writing import output
from knowledge_graph.compact import Compact

__all__ = ["load_compact", "save_compact"]

VERSION = 1
ARRAYS = ("needs_at", "needs", "opens_at", "opens", "depth")
MOST_BYTES = 2 << 30


def save_compact(graph: Compact, path: Path) -> None:
    """Write `graph` to `path`, in place of what was there once it is whole."""
    names = np.frombuffer("\n".join(graph.ids).encode(), np.uint8)
    arrays = {name: getattr(graph, name) for name in ARRAYS}
    path.parent.mkdir(parents=True, exist_ok=True)
    with output(path) as file:
        np.savez(file, version=np.array([VERSION]), ids=names, **arrays)


def load_compact(path: Path) -> Compact:
    """The graph that save_compact wrote. Raises NotFound, TooLarge, or BadInput where it is something else or damaged."""
    if not path.is_file():
        raise NotFound(f"there is no file {path}", next="Write it with save_compact.")
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > MOST_BYTES:
                raise TooLarge(f"more than {MOST_BYTES >> 30} GiB", where=path.name)
        with np.load(path, allow_pickle=False) as found:
            if found["version"].tolist() != [VERSION]:
                raise BadInput("written by another version", where=path.name, next="Write it anew from the graph.")
            text = found["ids"].tobytes().decode()
            arrays = {name: found[name] for name in ARRAYS}
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f"no compact graph: {error}", where=path.name, next="Write it anew from the graph.") from error
    ids = tuple(text.split("\n")) if text else ()
    if not _sound(len(ids), arrays):
        raise BadInput("the arrays do not fit together", where=path.name, next="Write it anew from the graph.")
    return Compact(ids, **arrays)


def _sound(count: int, arrays: dict[str, Any]) -> bool:
    if any(array.dtype != np.int32 or array.ndim != 1 for array in arrays.values()):
        return False
    edges, depth = len(arrays["needs"]), arrays["depth"]
    if len(arrays["opens"]) != edges or len(depth) != count or (np.diff(depth) < 0).any() or (depth < 0).any():
        return False
    for name, smaller in (("needs", True), ("opens", False)):
        at, values = arrays[f"{name}_at"], arrays[name]
        if len(at) != count + 1 or at[0] != 0 or at[-1] != edges or (np.diff(at) < 0).any():
            return False
        if edges and (values.min() < 0 or values.max() >= count):
            return False
        own = np.repeat(depth, np.diff(at))
        # Down to a smaller depth, up to a greater one: then there is no circle.
        if not ((depth[values] < own) if smaller else (depth[values] > own)).all():
            return False
    return True
