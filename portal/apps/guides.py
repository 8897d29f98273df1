"""The guides of all places, each made once from the place's own texts and made anew when they change.

The rule kept here: making one takes seconds, so it is done in the background when the process starts; whoever asks before waits a
little and is then told to come back, and no page waits for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from commons.errors import LimitReached, ShuyuanError, Unavailable
from knowledge_graph.load import load_graph
from knowledge_graph.vectors import embedded, finding
from portal.apps.shelf import Shelf
from vr_scenes.guide import Answer, Guide, Sources, passages_of
from vr_scenes.scene import Scene

__all__ = ["Guides"]

AT_ONCE, PATIENCE_S = 2, 8.0


class Guides:
    """Guides by scene. `kept` is the file in which vectors of the texts are kept; `make` is for tests."""

    def __init__(self, shelf: Shelf, kept: Path, make: Callable[[Scene], Guide] | None = None) -> None:
        self._shelf, self._kept, self._make = shelf, kept, make or self._read
        self._making, self._asking = threading.Lock(), threading.BoundedSemaphore(AT_ONCE)
        self._guides: Mapping[str, tuple[Scene, Guide]] = {}

    def warm(self) -> None:
        """Make the guide of every place; what cannot be made is told in the log."""
        for place in self._shelf.places():
            try:
                self.of(place.scene, patience=600.0)
            except ShuyuanError as error:
                logging.getLogger("shuyuan.tours").warning("no guide for %s: %s", place.scene.id, error)

    def of(self, scene: Scene, patience: float = PATIENCE_S) -> Guide:
        """The guide of a scene. Raises Unavailable where it is still being made, or cannot be."""
        found = self._guides.get(scene.id)
        if found and found[0] is scene:
            return found[1]
        if not self._making.acquire(timeout=patience):
            raise Unavailable(
                "the guide is still reading the texts of this place", where=scene.id, next="Ask again in a minute."
            )
        try:
            found = self._guides.get(scene.id)
            if not found or found[0] is not scene:
                found = (scene, self._make(scene))
                self._guides = {**self._guides, scene.id: found}
            return found[1]
        finally:
            self._making.release()

    def ask(self, scene: Scene, question: str, language: str) -> Answer:
        """An answer, or that there is none. Raises LimitReached when too many ask at once."""
        guide = self.of(scene)
        if not self._asking.acquire(timeout=PATIENCE_S):
            raise LimitReached("many people are asking at once", where=scene.id, next="Ask again in a minute.")
        try:
            return guide.ask(question, language)
        finally:
            self._asking.release()

    def _read(self, scene: Scene) -> Guide:
        try:
            concepts = load_graph().concepts
        except ShuyuanError:
            concepts = {}
        return Guide(Sources(passages_of(scene, concepts), embedded(), finding(), self._kept))
