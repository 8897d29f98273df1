"""A tour read aloud when it is published: for each step and language a recording and its captions (WebVTT), sentence by sentence.

The rule kept here: a caption stands exactly while its sentence is heard, and every word of the step is in both. What was spoken before
with the same voice is used again; files are named by their content. A step that has recordings of its own keeps them.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commons.errors import Unavailable
from commons.languages import LANGUAGES
from commons.writing import output
from vr_scenes.guide.sources import sentences
from vr_scenes.voices import Sound, Voice

if TYPE_CHECKING:
    from vr_scenes.scene import Scene

__all__ = ["INDEX", "narrate", "vtt"]

INDEX = "narration.json"
PAUSE_S, LOUDEST = 0.35, 0.89
_MAKING = 1  # counts up when the same words and voice would make other bytes

Narration = Mapping[str, Sequence[Mapping[str, Mapping[str, Any]]]]


def narrate(
    scene: Scene, folder: Path, voice: Voice, tell: Callable[[str, float], None] = lambda doing, share: None
) -> Narration:
    """For each tour, step by step, by language: `audio` and `captions` (names in `folder`) and `seconds`.

    Raises Unavailable or BadInput as the voice does; what was made before that is kept and used the next time.
    """
    known, made = _known(folder), {}
    total = sum(len(tour.steps) for tour in scene.tours) * len(LANGUAGES)
    done = 0
    for tour in scene.tours:
        steps: list[dict[str, Mapping[str, Any]]] = []
        for step in tour.steps:
            steps.append({})
            for language in LANGUAGES:
                done += 1
                tell("reading aloud", done / total)
                text = " ".join(step.text.get(language, "").split())
                if not text or language in step.audio:
                    continue
                key = hashlib.sha256(f"{_MAKING}\n{voice.name}\n{language}\n{text}".encode()).hexdigest()
                if key not in known:
                    known = {**known, key: _spoken(text, language, voice, folder)}
                    _keep(folder, known)
                steps[-1][language] = known[key]
        made[tour.id] = steps
    return made


def vtt(lines: Sequence[tuple[float, float, str]]) -> str:
    """Captions as WebVTT: begin, end (seconds) and text of each.

    >>> print(vtt([(0, 1.5, "a < b")]), end="")
    WEBVTT
    <BLANKLINE>
    00:00:00.000 --> 00:00:01.500
    a &lt; b
    """
    cues = [
        f"{_time(begin)} --> {_time(end)}\n"
        + text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        + "\n"
        for begin, end, text in lines
    ]
    return "WEBVTT\n\n" + "\n".join(cues)


def _time(seconds: float) -> str:
    whole = round(seconds * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"


def _spoken(text: str, language: str, voice: Voice, folder: Path) -> dict[str, Any]:
    """One recording with its captions, stored."""
    import numpy as np

    lines, parts, at, rate = [], [], 0.0, 0
    for line in sentences(text):
        sound = voice.speak(line, language)
        if rate and sound.rate != rate:
            raise Unavailable("the voice changed its sample rate", where=voice.name, next="Give one rate for all.")
        rate = sound.rate
        lines.append((at, at + sound.seconds, line))
        parts += [sound.samples, np.zeros(int(PAUSE_S * rate))]
        at += (len(parts[-2]) + len(parts[-1])) / rate
    whole = np.concatenate(parts)
    peak = float(np.abs(whole).max()) or 1.0
    return {
        "audio": _store(folder, _mp3(Sound(whole * (LOUDEST / peak), rate)), "mp3"),
        "captions": _store(folder, vtt(lines).encode(), "vtt"),
        "seconds": round(at, 3),
    }


def _mp3(sound: Sound) -> bytes:
    """The sound as MP3, which every browser plays."""
    import soundfile

    out = io.BytesIO()
    soundfile.write(out, sound.samples, sound.rate, format="MP3")
    return out.getvalue()


def _store(folder: Path, data: bytes, kind: str) -> str:
    name = f"{hashlib.sha256(data).hexdigest()}.{kind}"
    with output(folder / name) as out:
        out.write(data)
    return name


def _known(folder: Path) -> Mapping[str, Any]:
    """What was spoken before and is still there, by what it was made from."""
    try:
        found = json.loads((folder / INDEX).read_text("utf-8"))
        return {
            key: one
            for key, one in found.items()
            if all((folder / one[name]).is_file() for name in ("audio", "captions"))
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _keep(folder: Path, known: Mapping[str, Any]) -> None:
    with output(folder / INDEX) as out:
        out.write(json.dumps(known, indent=1, sort_keys=True).encode())
