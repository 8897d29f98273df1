"""The live tracer over a shelf, as the portal uses it; without one, suggestions rest on the model on counts, and the log says
so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from commons.errors import ShuyuanError
from recommender.shelf import Shelf

if TYPE_CHECKING:
    from recommender.serving.traced import Traced

__all__ = ["Tracing", "live_place", "no_tracing", "traced_live"]

# Gives a tracer over a shelf, or None.
Tracing = Callable[[Shelf], "Traced | None"]


class Choice(Protocol):
    """The settings that this needs."""

    @property
    def home(self) -> Path: ...

    @property
    def text_model(self) -> str: ...


def no_tracing(shelf: Shelf) -> None:
    """No tracer: the model on counts serves."""


def live_place(home: Path) -> Path:
    """The file that names the live tracer; it is replaced when another becomes live."""
    return home / "models" / "tracer" / "live.json"


def traced_live(settings: Choice, shelf: Shelf) -> Traced | None:
    """The live tracer over `shelf`, or None where there is no sound one."""
    from knowledge_graph.vectors import best
    from recommender.training.registry import live_tracer
    from recommender.training.texts import item_texts

    try:
        live = live_tracer(settings.home, item_texts(shelf.graph, shelf.items, best(settings)))
    except ShuyuanError as error:
        log = logging.getLogger("shuyuan.recommender")
        log.warning("no tracer: %s Suggestions rest on the model on counts.", error)
        return None
    from recommender.serving.traced import Traced

    return Traced(live.tracer, shelf)
