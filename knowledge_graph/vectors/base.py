"""What text vectors are: a name that changes whenever the numbers would, a width, and rows of unit length.

Vectors of two different names must never be compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Vectors", "cosines", "unit"]


class Vectors(Protocol):
    """A maker of text vectors. The same text always gets the same vector, whatever stands beside it in the call."""

    @property
    def name(self) -> str:
        """Which model this is, with its version; the key under which vectors are kept."""

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of `texts`: float32, shape (len(texts), dim), every row of length 1."""


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """`rows` (n, dim) each divided by its length, as float32; a row of zeros becomes the first unit vector.

    >>> import numpy as np
    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)).tolist()
    [[0.6000000238418579, 0.800000011920929], [1.0, 0.0]]
    """
    import numpy as np

    rows = np.array(rows, np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    empty = lengths[:, 0] < 1e-12
    rows[empty] = 0
    rows[empty, :1] = 1
    lengths[empty] = 1
    return np.asarray(rows / lengths, np.float32)


def cosines(vectors: Vectors, left: Sequence[str], right: Sequence[str]) -> NDArray[np.float32]:
    """How near each of `left` is to each of `right` in meaning: shape (len(left), len(right)), in -1..1."""
    import numpy as np

    both = vectors.embed([*left, *right])
    return np.clip(both[: len(left)] @ both[len(left) :].T, -1.0, 1.0)
