"""Vectors kept on disk: one SQLite file, keyed by the model's name and the sha256 of the text, that several processes
may use at once.

The cache is never the truth: a file that is broken, locked for long or read-only costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge_graph.vectors.base import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Cached", "cached"]

TABLE = "create table if not exists vector (model text, text text, value blob, primary key (model, text)) without rowid"
AT_ONCE, PATIENCE = 500, 10.0


def cached(vectors: Vectors, file: Path) -> Cached:
    """`vectors` with a memory in `file`, which is made, with its folder, where it does not exist."""
    return Cached(vectors, file)


@dataclass(frozen=True)
class Cached:
    """Vectors that are computed once for each text and machine."""

    vectors: Vectors
    file: Path = field(compare=False)

    @property
    def name(self) -> str:
        return self.vectors.name

    @property
    def dim(self) -> int:
        return self.vectors.dim

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Vectors.embed`."""
        import numpy as np

        keys = [hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
        known = self._read(list(dict.fromkeys(keys)))
        wanted = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if wanted:
            fresh = dict(zip(wanted, self.vectors.embed(list(wanted.values())), strict=True))
            self._write(fresh)
            known |= fresh
        rows = np.zeros((len(texts), self.dim), np.float32)
        for row, key in zip(rows, keys, strict=True):
            row[:] = known[key]
        return rows

    def _read(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        import numpy as np

        found: dict[str, NDArray[np.float32]] = {}
        if not self.file.is_file():
            return found
        try:
            with self._open() as database:
                for at in range(0, len(keys), AT_ONCE):
                    some = keys[at : at + AT_ONCE]
                    marks = ",".join("?" * len(some))
                    query = f"select text, value from vector where model = ? and text in ({marks})"
                    for key, value in database.execute(query, [self.name, *some]):
                        if isinstance(value, bytes) and len(value) == 4 * self.dim:
                            found[key] = np.frombuffer(value, "<f4").astype(np.float32)
        except sqlite3.Error:
            return found
        return {key: row for key, row in found.items() if abs(float(row @ row) - 1) < 1e-3}

    def _write(self, fresh: Mapping[str, NDArray[np.float32]]) -> None:
        rows = [(self.name, key, row.astype("<f4").tobytes()) for key, row in fresh.items()]
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with self._open() as database, database:
                database.execute(TABLE)
                database.executemany("insert or replace into vector values (?, ?, ?)", rows)
        except (sqlite3.Error, OSError):
            return

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.file, timeout=PATIENCE)) as database:
            database.execute("pragma journal_mode = wal")
            database.execute("pragma synchronous = normal")
            yield database
