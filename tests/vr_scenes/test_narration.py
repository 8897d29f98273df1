"""Tours read aloud: what is heard is what is written, captions stand while their sentence is heard, and a voice can be plugged in."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from commons.errors import BadInput, Unavailable
from commons.languages import LANGUAGES
from vr_scenes.document import viewer_scene
from vr_scenes.manifest import Manifest
from vr_scenes.narration import INDEX, narrate
from vr_scenes.scene import Scene, load_scene, scene_folder
from vr_scenes.voices import Voice, voice_of

BEEP = """
import sys, wave, io, math, struct
text = sys.stdin.read()
open(sys.argv[2], "a", encoding="utf-8").write(sys.argv[1] + "|" + text + "\\n")
out = io.BytesIO()
file = wave.open(out, "wb"); file.setnchannels(1); file.setsampwidth(2); file.setframerate(16000)
file.writeframes(b"".join(struct.pack("<h", int(3000 * math.sin(i / 9))) for i in range(800 * len(text))))
file.close(); sys.stdout.buffer.write(out.getvalue())
"""


@pytest.fixture
def scene() -> Scene:
    """The garden with the first two steps of its tour."""
    whole = load_scene(scene_folder("garden"))
    return replace(whole, tours=tuple(replace(tour, steps=tour.steps[:2]) for tour in whole.tours))


@pytest.fixture
def beeper(tmp_path: Path) -> tuple[Voice, Path]:
    """A program of somebody's own that writes down what it was given."""
    program, heard = tmp_path / "beep.py", tmp_path / "heard.txt"
    program.write_text(BEEP, "utf-8")
    voice = voice_of(f"{sys.executable} {program} {{language}} {heard}")
    assert voice is not None
    return voice, heard


def spoken_words(captions: str) -> str:
    """The text of WebVTT."""
    lines = captions.split("\n")[1:]
    text = "".join(line for line in lines if line and "-->" not in line)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def times(captions: str) -> list[tuple[float, float]]:
    def seconds(text: str) -> float:
        hours, minutes, rest = text.split(":")
        return 3600 * int(hours) + 60 * int(minutes) + float(rest)

    found = [line.split(" --> ") for line in captions.split("\n") if "-->" in line]
    return [(seconds(begin), seconds(end)) for begin, end in found]


def test_issue6_item_04_a_plugged_in_voice_gets_every_word_and_captions_stand_while_it_is_heard(
    scene: Scene, beeper: tuple[Voice, Path], tmp_path: Path
) -> None:
    voice, heard = beeper
    made = narrate(scene, tmp_path, voice)
    (tour,) = scene.tours
    for step, own in zip(tour.steps, made[tour.id], strict=True):
        assert set(own) == set(LANGUAGES)
        for language, one in own.items():
            captions = (tmp_path / one["captions"]).read_text("utf-8")
            assert spoken_words(captions).replace(" ", "") == "".join(step.text[language].split())
            cues = times(captions)
            assert cues[0][0] == 0 and cues[-1][1] <= one["seconds"]
            assert all(a[0] < a[1] < b[0] for a, b in itertools.pairwise(cues))
            assert (tmp_path / one["audio"]).stat().st_size > 500
    said = heard.read_text("utf-8")
    assert "zh-CN|" in said and "en|" in said


def test_issue6_item_04_what_was_read_aloud_is_not_read_again(
    scene: Scene, beeper: tuple[Voice, Path], tmp_path: Path
) -> None:
    voice, heard = beeper
    first = narrate(scene, tmp_path, voice)
    lines = heard.read_text("utf-8").count("\n")
    assert narrate(scene, tmp_path, voice) == first and heard.read_text("utf-8").count("\n") == lines
    (tmp_path / first["walk"][0]["en"]["audio"]).unlink()
    assert narrate(scene, tmp_path, voice) == first and heard.read_text("utf-8").count("\n") > lines
    (tmp_path / INDEX).write_text("{broken", "utf-8")
    assert narrate(scene, tmp_path, voice) == first


def test_issue6_item_04_the_viewer_is_told_recordings_and_captions_by_language(
    scene: Scene, beeper: tuple[Voice, Path], tmp_path: Path
) -> None:
    made = narrate(scene, tmp_path, beeper[0])
    manifest = Manifest("garden", "", "", {}, 0, 0, narration=json.loads(json.dumps(made)))
    step = viewer_scene(scene, manifest, lambda name: f"/at/{name}")["tours"][0]["steps"][0]
    assert step["audio"] == {language: f"/at/{one['audio']}" for language, one in made["walk"][0].items()}
    assert set(step["captions"]) == set(LANGUAGES)
    assert "audio" not in viewer_scene(scene)["tours"][0]["steps"][0]


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_issue6_item_04_espeak_reads_chinese_and_english() -> None:
    voice = voice_of("")
    assert voice is not None and "eSpeak" in voice.name
    for text, language in (("园子走完了，请再来。", "zh-CN"), ("The garden ends here; come again.", "en")):
        sound = voice.speak(text, language)
        assert 1 < sound.seconds < 12 and np.abs(sound.samples).max() > 0.05


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("/no/such/voice", "cannot be run"),
        (f"{sys.executable} -c 'raise SystemExit(3)'", "failed"),
        (f"{sys.executable} -c 'print(1)'", "no WAV"),
    ],
)
def test_a_voice_that_fails_is_told_in_words(program: str, told: str) -> None:
    voice = voice_of(program)
    assert voice is not None
    with pytest.raises((BadInput, Unavailable), match=told):
        voice.speak("a", "en")


def test_off_is_no_voice_and_a_command_that_cannot_be_read_is_refused() -> None:
    assert voice_of("off") is None
    with pytest.raises(BadInput, match="quotation"):
        voice_of("say 'a")
