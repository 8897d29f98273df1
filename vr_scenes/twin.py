"""The text twin: the whole of a scene as headings and paragraphs in one language, for whoever does not see the picture.

The rule kept here: whatever the viewer can say, the twin says too; `words_of` lists every text of a scene so that a
test can hold the twin to it. It knows nothing of HTML.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from commons.languages import Text, pick
from vr_scenes.scene import Hotspot, Scene, SceneObject, Stop

__all__ = ["TwinObject", "TwinStep", "TwinStop", "twin_stops", "twin_tours", "words_of"]


@dataclass(frozen=True)
class TwinObject:
    """An object with its measures and, where it comes apart, its pieces from below upwards as (name, text)."""

    id: str
    title: str
    text: str
    measures: str
    parts: tuple[tuple[str, str], ...]
    concepts: tuple[str, ...]


@dataclass(frozen=True)
class TwinStop:
    """One stop in words; `details` are its hotspots as (title, text)."""

    id: str
    number: int
    title: str
    caption: str
    paragraphs: tuple[str, ...]
    details: tuple[tuple[str, str], ...]
    objects: tuple[TwinObject, ...]
    concepts: tuple[str, ...]
    unit: str
    minutes: float


@dataclass(frozen=True)
class TwinStep:
    """One step of a guided tour: where, for how long, what is said."""

    stop: str
    title: str
    seconds: float
    text: str


def twin_stops(scene: Scene, language: str) -> tuple[TwinStop, ...]:
    """Every stop of the scene, in order."""
    return tuple(_stop(scene, stop, number, language) for number, stop in enumerate(scene.stops, 1))


def twin_tours(scene: Scene, language: str) -> tuple[tuple[str, tuple[TwinStep, ...]], ...]:
    """Every tour as (title, steps)."""

    def step(entry_stop: str, seconds: float, text: Text) -> TwinStep:
        return TwinStep(entry_stop, pick(scene.stop(entry_stop).title, language), seconds, pick(text, language))

    return tuple(
        (pick(tour.title, language), tuple(step(one.stop, one.seconds, one.text) for one in tour.steps))
        for tour in scene.tours
    )


def words_of(scene: Scene, language: str) -> Iterator[str]:
    """Every text of the scene that a visitor can meet; long ones paragraph by paragraph."""
    for text in _texts(scene):
        yield from (line for line in pick(text, language).split("\n") if line.strip())


def _texts(scene: Scene) -> Iterator[Text]:
    yield from (scene.title, scene.summary, scene.note, *scene.sources)
    for stop in scene.stops:
        yield from (stop.title, stop.caption, stop.description)
    for hotspot in scene.hotspots:
        yield from (hotspot.title, hotspot.text)
    for one in scene.objects:
        yield from (one.title, one.text, one.measures)
        for part in one.parts:
            yield from (part.title, part.text)
    for tour in scene.tours:
        yield tour.title
        yield from (step.text for step in tour.steps)
    for asset in scene.assets:
        yield from (asset.credit, asset.source)


def _stop(scene: Scene, stop: Stop, number: int, language: str) -> TwinStop:
    return TwinStop(
        stop.id,
        number,
        pick(stop.title, language),
        pick(stop.caption, language),
        tuple(line for line in pick(stop.description, language).split("\n") if line.strip()),
        tuple(_detail(hotspot, language) for hotspot in scene.hotspots_of(stop.id)),
        tuple(_object(one, language) for one in scene.objects_of(stop.id)),
        stop.concepts,
        stop.unit,
        stop.minutes,
    )


def _detail(hotspot: Hotspot, language: str) -> tuple[str, str]:
    return pick(hotspot.title, language), pick(hotspot.text, language)


def _object(one: SceneObject, language: str) -> TwinObject:
    parts = tuple((pick(part.title, language), pick(part.text, language)) for part in one.parts)
    return TwinObject(
        one.id, pick(one.title, language), pick(one.text, language), pick(one.measures, language), parts, one.concepts
    )
