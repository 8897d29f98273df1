"""What a word of a search stands for among museum objects: concepts and entities of that name in any language, and the
museums' English word for a kind of thing asked for in Chinese.

Rule: a Latin word must be a whole word of a label, for "bi" is in many; Chinese may be a part, for it has no gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from knowledge_graph.model import Graph

__all__ = ["Meaning", "Meanings", "meanings_of"]

MOST = 400
# Kinds of things that the museums' English titles name and the graph has no concept for.
KINDS = (
    ("碗", "bowl"), ("杯", "cup"), ("盘盤碟", "dish"), ("盘盤", "plate"), ("瓶", "vase"), ("瓶", "bottle"), ("罐", "jar"),
    ("壶壺", "ewer"), ("壶壺", "teapot"), ("盒", "box"), ("炉爐", "censer"), ("鼎", "ting"), ("扇", "fan"), ("钟鐘", "bell"),
    ("剑劍", "sword"), ("画畫", "painting"), ("像", "figure"), ("印", "seal"), ("桌", "table"), ("椅", "chair"),
)  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """`targets` are ids of concepts and entities, `words` what the museums write."""

    targets: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


Meanings = Callable[[str], Meaning]


def meanings_of(graph: Graph) -> Meanings:
    """What one word (in small letters) stands for in `graph`."""
    return partial(_meaning, graph)


def _meaning(graph: Graph, word: str) -> Meaning:
    concepts = (
        one.id
        for one in graph.concepts.values()
        if _named(word, [*one.label.values(), *(name for names in one.alt.values() for name in names)])
    )
    entities = (one.id for one in graph.entities.values() if _named(word, one.label.values()))
    words = tuple(english for chinese, english in KINDS if len(word) == 1 and word in chinese)
    return Meaning((*concepts, *entities)[:MOST], words)


def _named(word: str, labels: Iterable[str]) -> bool:
    if word.isascii():
        return any(word in label.lower().split() for label in labels)
    return any(word in label.lower() for label in labels)
