"""Voices that read a tour aloud: espeak-ng (Chinese and English), or a program that the operator names.

The rule kept here: text goes in on standard input and never into a command line; what comes back must be a plain WAV of sensible
length, or it is refused. Nothing is sent anywhere.
"""

from __future__ import annotations

import io
import shlex
import shutil
import subprocess
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from commons.errors import BadInput, Unavailable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sound", "Voice", "voice_of"]

WAIT_S, LONGEST_S = 120, 600
_ESPEAK = {"zh-CN": ("-v", "cmn", "-s", "190"), "en": ("-v", "en-gb", "-s", "150")}


@dataclass(frozen=True)
class Sound:
    """One channel: `samples` (n,) in -1..1, `rate` a second."""

    samples: NDArray
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate


@dataclass(frozen=True)
class Voice:
    """`command` is run for each sentence; `{language}` in a part of it is put in. `name` changes with whatever would sound otherwise."""

    name: str
    command: tuple[str, ...] = ()

    def speak(self, text: str, language: str) -> Sound:
        """`text` read aloud. Raises Unavailable where the program fails, BadInput for what is no WAV."""
        done = self._run(self._line(language), text)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no word why"]
            raise Unavailable(f"the voice failed: {said[0][:200]}", where=self.name, next="Try the command by hand.")
        return _sound(done.stdout, self.name)

    def _line(self, language: str) -> Sequence[str]:
        if self.command:
            return [part.replace("{language}", language) for part in self.command]
        if language not in _ESPEAK:
            raise Unavailable(
                f"espeak-ng has no voice set for {language}", where="voices", next="Name a program of your own."
            )
        return ["espeak-ng", *_ESPEAK[language], "--stdin", "--stdout"]

    def _run(self, line: Sequence[str], text: str) -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(line, input=text.encode(), capture_output=True, timeout=WAIT_S, check=False)
        except OSError as error:
            raise Unavailable(
                f"{line[0]} cannot be run: {error.strerror}", where=self.name, next="Install it, or name another voice."
            ) from error
        except subprocess.TimeoutExpired as error:
            raise Unavailable(f"no answer in {WAIT_S} s", where=self.name, next="Try the command by hand.") from error


def voice_of(command: str) -> Voice | None:
    """The voice of the setting `voice`: a program that takes text and gives WAV; "" is espeak-ng, or None where that is not
    installed; "off" is none. Raises BadInput for a command that cannot be read.
    """
    if command == "off" or (not command and shutil.which("espeak-ng") is None):
        return None
    if not command:
        done = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True, timeout=20, check=False)
        return Voice(f"espeak-ng {' '.join(done.stdout.split()[:5])} {_ESPEAK}")
    try:
        parts = tuple(shlex.split(command))
    except ValueError as error:
        raise BadInput(f"{error}", where="SHUYUAN_VOICE", next="Quote its parts as a shell does.") from error
    return Voice(command, parts)


def _sound(data: bytes, where: str) -> Sound:
    import numpy as np

    try:
        with wave.open(io.BytesIO(data)) as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            frames = file.readframes(LONGEST_S * rate)  # a stream's header may say any number
    except (wave.Error, EOFError, ValueError) as error:
        raise BadInput(
            f"it gave no WAV: {error}", where=where, next="It must write a WAV file to standard output."
        ) from error
    if width != 2 or not 1 <= channels <= 2 or not 8000 <= rate <= 192_000:
        raise BadInput(
            f"found {8 * width} bits, {channels} channels, {rate} Hz",
            where=where,
            next="16 bits, one or two channels are wanted.",
        )
    found = np.frombuffer(frames[: len(frames) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)
    return Sound(found.mean(1) / 32768.0, rate)
