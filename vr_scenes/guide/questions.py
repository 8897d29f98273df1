"""Questions that people ask about our scenes, with the stops where the answer stands: some to fit the guide on, others to
measure it by.

The rule kept here: they were written from the texts by somebody who had not seen how the guide looks for answers, and the two
sets share nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from knowledge_graph.load import load_graph
from knowledge_graph.vectors import embedded, finding
from vr_scenes.guide.features import Sources
from vr_scenes.guide.sources import passages_of
from vr_scenes.scene import CONTENT, load_scene, scene_folder

__all__ = ["Question", "guide_sources", "read_questions"]

FILE = CONTENT / "guide-questions.json"


@dataclass(frozen=True)
class Question:
    """`stops` are all where a true answer stands; none where nothing in the sources answers."""

    id: str
    language: str
    question: str
    stops: tuple[str, ...]


def read_questions(part: str) -> tuple[Question, ...]:
    """The questions of "tune" or "measure"."""
    found = json.loads(FILE.read_text("utf-8"))["sets"][part]
    return tuple(Question(one["id"], one["language"], one["question"], tuple(one["stops"])) for one in found)


@lru_cache(maxsize=1)
def guide_sources(scene: str = "garden") -> Sources:
    """The sources of a shipped scene, with the embedded text vectors."""
    from commons.settings import load_settings

    home = load_settings({}).home
    passages = passages_of(load_scene(scene_folder(scene)), load_graph().concepts)
    return Sources(passages, embedded(), finding(), home / "cache" / "vectors.sqlite3")
