"""What the prerequisite scorer sees of an ordered pair (a before b?): names, texts and text vectors; and, inside a
course, how its text refers.

Rule: a feature knows names, texts and places and never a label; the same pair in the same text gives the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from knowledge_graph.suggest.read import has_chinese
from knowledge_graph.vectors import Vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["NAMED", "Things", "things"]

NAMED = (
    "longer name",
    "first inside second's name",
    "second inside first's name",
    "words in common",
    "named in the other's text, more than back",
    "named in the other's text",
    "names near in meaning",
    "texts near in meaning",
    "name nearer to the other's text than back",
)


@dataclass(frozen=True)
class Things:
    """Named things with their texts ("" where there is none) and unit vectors of both, (n, dim)."""

    names: Sequence[str]
    texts: Sequence[str]
    of_names: NDArray[np.float64] = field(repr=False)
    of_texts: NDArray[np.float64] = field(repr=False)

    def features(self, before: Sequence[int], after: Sequence[int]) -> NDArray[np.float64]:
        """The features NAMED of the pairs: shape (pairs, 9)."""
        import numpy as np

        low = [name.casefold() for name in self.names]
        texts = [text.casefold() for text in self.texts]
        words = [set(name) if has_chinese(name) else set(name.split()) for name in low]
        long = [len(name) / (3 if has_chinese(name) else 8) for name in low]
        rows = []
        for a, b in zip(before, after, strict=True):
            there, back = float(low[a] in texts[b]), float(low[b] in texts[a])
            names = float(self.of_names[a] @ self.of_names[b])
            both = bool(texts[a] and texts[b])
            near = float(self.of_texts[a] @ self.of_texts[b]) if both else names
            lean = float(self.of_names[a] @ self.of_texts[b] - self.of_names[b] @ self.of_texts[a]) if both else 0.0
            common = len(words[a] & words[b]) / max(len(words[a] | words[b]), 1)
            inside = [float(low[a] in low[b]), float(low[b] in low[a])]
            rows.append([math.log(long[b] / long[a]), *inside, common, there - back, there, names, near, lean])
        return np.array(rows, float).reshape(len(rows), len(NAMED))


def things(names: Sequence[str], texts: Sequence[str], vectors: Vectors) -> Things:
    """`names` and `texts` with their vectors; a thing without a text takes its name's vector."""
    import numpy as np

    of_names = np.asarray(vectors.embed(list(names)), float)
    of_texts = np.asarray(vectors.embed([text or name for name, text in zip(names, texts, strict=True)]), float)
    return Things(names, texts, of_names, of_texts)
