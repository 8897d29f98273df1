"""What the guide may say, cut into passages: paragraphs of stops, hotspots, objects and their pieces, and definitions of
concepts shown there.

The rule kept here: each passage knows the stop it belongs to and what it is taken from, so that an answer can cite it and
fly there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commons.languages import Text

if TYPE_CHECKING:
    from knowledge_graph.model import Concept
    from vr_scenes.scene import Scene, SceneObject

__all__ = ["Passage", "passages_of", "sentences"]

_END = re.compile(r"(?<=[。！？；])|(?<=[.!?;])[”’\"']?\s+(?=[A-Z“‘\"'0-9])")


@dataclass(frozen=True)
class Passage:
    """A paragraph in every language that there is. `kind` is stop, hotspot, object, part, tour or concept; `source` its id;
    `stop` where it can be seen; `title` what it is about.
    """

    kind: str
    source: str
    stop: str
    title: Text
    text: Text


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph, Chinese or English.

    >>> sentences("圆心离地一米三五。半径一米二。"), sentences("It is high. Its radius is 1.20 metres.")
    (['圆心离地一米三五。', '半径一米二。'], ['It is high.', 'Its radius is 1.20 metres.'])
    """
    return [one.strip() for one in _END.split(text) if one and one.strip()]


def passages_of(scene: Scene, concepts: Mapping[str, Concept]) -> tuple[Passage, ...]:
    """Every passage of `scene`; a concept's definition stands at the first stop that shows it. `concepts` by id."""
    return tuple(one for one in _all(scene, concepts) if any(words.strip() for words in one.text.values()))


def _all(scene: Scene, concepts: Mapping[str, Concept]) -> Iterator[Passage]:
    first = scene.stops[0].id
    for text in (scene.summary, scene.note):
        yield from _paragraphs("scene", scene.id, first, scene.title, text)
    for stop in scene.stops:
        yield from _paragraphs("stop", stop.id, stop.id, stop.title, stop.caption)
        yield from _paragraphs("stop", stop.id, stop.id, stop.title, stop.description)
    for spot in scene.hotspots:
        yield from _paragraphs("hotspot", spot.id, spot.stop, spot.title, spot.text)
    for one in scene.objects:
        yield from _of_object(one)
    for tour in scene.tours:
        for step in tour.steps:
            yield from _paragraphs("tour", tour.id, step.stop, scene.stop(step.stop).title, step.text)
    yield from _definitions(scene, concepts)


def _of_object(one: SceneObject) -> Iterator[Passage]:
    yield from _paragraphs("object", one.id, one.stop, one.title, one.text)
    yield from _paragraphs("object", one.id, one.stop, one.title, one.measures)
    for part in one.parts:
        title = {name: f"{words} · {part.title.get(name, '')}" for name, words in one.title.items()}
        yield from _paragraphs("part", f"{one.id}/{part.id}", one.stop, title, part.text)


def _definitions(scene: Scene, concepts: Mapping[str, Concept]) -> Iterator[Passage]:
    places: dict[str, str] = {}
    for at, shown in [
        *((stop.id, stop.concepts) for stop in scene.stops),
        *((spot.stop, spot.concepts) for spot in scene.hotspots),
        *((one.stop, one.concepts) for one in scene.objects),
    ]:
        for concept in shown:
            places.setdefault(concept, at)
    for name, stop in places.items():
        if name in concepts:
            yield from _paragraphs("concept", name, stop, concepts[name].label, concepts[name].definition)


def _paragraphs(kind: str, source: str, stop: str, title: Text, text: Text) -> Iterator[Passage]:
    """One passage a paragraph where all languages have equally many, else one of the whole text."""
    parts = {name: [line.strip() for line in words.split("\n") if line.strip()] for name, words in text.items()}
    counts = {len(lines) for lines in parts.values()}
    if len(counts) != 1:
        yield Passage(kind, source, stop, title, text)
        return
    for number in range(counts.pop()):
        yield Passage(kind, source, stop, title, {name: lines[number] for name, lines in parts.items()})
