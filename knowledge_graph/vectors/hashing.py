"""Text vectors without any model: character n-grams hashed into a fixed width (Weinberger et al. 2009).

They see spelling and not meaning: `loop` and `loops` are near, `loop` and `循环` are not. The last resort, and a
floor to measure models against.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowledge_graph.vectors.base import unit
from knowledge_graph.words import fold

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Ngrams", "ngrams"]

RUN = re.compile(r"[^\W_㐀-鿿]+|[㐀-鿿]+")
LATIN, CHINESE = (3, 4, 5), (1, 2, 3)


def ngrams(dim: int = 512) -> Ngrams:
    """The hashing vectors of width `dim`.

    >>> near = ngrams().embed(["list comprehension", "list comprehensions", "斗拱"])
    >>> bool(near[0] @ near[1] > 0.8), bool(near[0] @ near[2] < 0.2)
    (True, True)
    """
    return Ngrams(dim)


@dataclass(frozen=True)
class Ngrams:
    """Vectors by hashed character n-grams."""

    dim: int = 512

    @property
    def name(self) -> str:
        return f"ngrams-1-{self.dim}"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `Vectors.embed`."""
        import numpy as np

        rows = np.zeros((len(texts), self.dim), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for gram, count in Counter(_grams(text)).items():
                place = zlib.crc32(gram.encode("utf-8", "replace"))
                row[place % self.dim] += (1 if place & 0x80000000 else -1) * count**0.5
        return unit(rows)


def _grams(text: str) -> Iterator[str]:
    for run in RUN.findall(fold(text)):
        chinese = "㐀" <= run[0] <= "鿿"
        padded = run if chinese else f"<{run}>"
        yield padded
        for size in CHINESE if chinese else LATIN:
            yield from (padded[at : at + size] for at in range(len(padded) - size + 1))
