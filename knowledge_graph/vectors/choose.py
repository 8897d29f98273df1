"""Which text vectors this installation uses: the operator's transformer where one is named, else the embedded model,
else character n-grams; each step down is told in one line, and none is silent.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from commons.errors import ShuyuanError
from commons.places import ROOT
from knowledge_graph.vectors.base import Vectors
from knowledge_graph.vectors.cache import Cached, cached
from knowledge_graph.vectors.hashing import ngrams
from knowledge_graph.vectors.hugging_face import transformer
from knowledge_graph.vectors.use import embedded

__all__ = ["best"]


class Choice(Protocol):
    """The two settings that this needs."""

    @property
    def home(self) -> Path: ...

    @property
    def text_model(self) -> str: ...


def best(settings: Choice) -> Cached:
    """The best text vectors that are there, with a cache in `<home>/cache/vectors.sqlite3`."""
    return cached(_best(settings.text_model), settings.home / "cache" / "vectors.sqlite3")


def _best(folder: str) -> Vectors:
    log = logging.getLogger("shuyuan.vectors")
    if folder:
        try:
            return transformer((ROOT / folder).resolve())
        except ShuyuanError as error:
            log.warning("text vectors: %s The embedded model is used instead.", error)
    try:
        return embedded()
    except ShuyuanError as error:
        log.warning("text vectors: %s Character n-grams are used instead: they see spelling, not meaning.", error)
    return ngrams()
