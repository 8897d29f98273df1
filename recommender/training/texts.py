"""The text of a question for the tracer: the item's title and the labels of its concepts in every language, as vectors
of `knowledge_graph.vectors`. So a question that nobody has answered yet is not quite unknown.

Vectors of another name than a model learnt with are never given to it; it then reads no texts.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commons.items import Item
from knowledge_graph.model import Graph
from knowledge_graph.vectors import Vectors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recommender.tracing.ours import Texts

__all__ = ["ItemTexts", "fitting", "item_texts"]


@dataclass(frozen=True)
class ItemTexts:
    """Vectors (n, dim) of questions by their item ids, and of concepts by theirs; an id without a text has zeros. `name`
    is that of the vectors.
    """

    texts: Mapping[str, str]
    vectors: Vectors

    @property
    def name(self) -> str:
        return self.vectors.name

    def __call__(self, names: Sequence[str]) -> NDArray:
        """The vectors of `names`, float32."""
        import numpy as np

        rows = np.zeros((len(names), self.vectors.dim), np.float32)
        known = [at for at, name in enumerate(names) if name in self.texts]
        if known:
            rows[known] = self.vectors.embed([self.texts[names[at]] for at in known])
        return rows


@dataclass(frozen=True)
class NoTexts:
    """Zeros in place of vectors of a width that a model wants."""

    dim: int
    name: str = ""

    def __call__(self, names: Sequence[str]) -> NDArray:
        """Zeros (n, dim)."""
        import numpy as np

        return np.zeros((len(names), self.dim), np.float32)


def item_texts(graph: Graph, items: Iterable[Item], vectors: Vectors) -> ItemTexts:
    """The texts of `items` and of the concepts of `graph`, by `vectors`."""
    labels = {one.id: " ".join(dict.fromkeys(one.label.values())) for one in graph.concepts.values()}
    return ItemTexts(labels | {one.id: _text(graph, one) for one in items}, vectors)


def fitting(texts: Texts | None, name: str, dim: int) -> Texts | None:
    """`texts` where they are by the vectors called `name`; else zeros of width `dim`, and None where that is 0."""
    if not dim:
        return None
    own = getattr(texts, "name", "")
    if texts is not None and own == name:
        return texts
    if texts is not None:
        told = "the tracer learnt with text vectors %s, here are %s: it reads no texts until it is trained again"
        logging.getLogger("shuyuan.recommender").warning(told, name, own)
    return NoTexts(dim)


def _text(graph: Graph, item: Item) -> str:
    labels = [label for one in item.concepts if one in graph.concepts for label in graph.concepts[one].label.values()]
    return " ".join(dict.fromkeys([*item.title.values(), *labels]))
