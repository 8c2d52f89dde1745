"""A few tunes made by code, as the music library of a stand-in: nothing recorded, nothing downloaded."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sandbox.media import ffmpeg
from sandbox.media.voice import write_wav

RATE = 44_100
Samples = npt.NDArray[np.float64]
# Half tones above A2 (110 Hz) of each chord, one bar for each.
CALM = ((3, 7, 10), (8, 12, 15), (10, 14, 17), (5, 8, 12))
BRIGHT = ((3, 7, 10), (10, 14, 17), (0, 3, 7), (8, 12, 15))
DRIVING = ((0, 3, 7), (8, 12, 15), (3, 7, 10), (10, 14, 17))
SLOW = ((5, 9, 12), (0, 3, 7), (10, 14, 17), (5, 9, 12))


@dataclass(frozen=True, slots=True)
class Tune:
    """`beat` in seconds. `steps` are the arpeggio's notes in a beat, `drums` whether there is a beat to dance to."""

    title: str
    category: str
    chords: tuple[tuple[int, int, int], ...]
    beat: float
    steps: int
    drums: bool = False
    rounds: int = 3

    @property
    def seconds(self) -> float:
        return round(len(self.chords) * self.rounds * 4 * self.beat, 2)


TUNES = {
    "harbour": Tune("Harbour Morning", "Calm", CALM, 0.62, 1),
    "boats": Tune("Paper Boats", "Playful", BRIGHT, 0.48, 2),
    "lights": Tune("City Lights", "Party", DRIVING, 0.47, 4, drums=True),
    "evening": Tune("Long Evening", "Calm", SLOW, 0.8, 1, rounds=2),
}


def make(name: str, path: Path) -> Path:
    """Write the tune as MP3; the file appears complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=path.parent) as folder:
        wave, made = Path(folder) / "made.wav", Path(folder) / "made.mp3"
        write_wav(wave, _played(TUNES[name]), RATE)
        ffmpeg.run(["-i", wave, "-c:a", "libmp3lame", "-b:a", "128k", made])
        os.replace(made, path)
    return path


def _played(tune: Tune) -> npt.NDArray[np.int16]:
    bars = tune.chords * tune.rounds
    sound = np.zeros(round(tune.seconds * RATE))
    chance = np.random.default_rng(7)
    for bar, chord in enumerate(bars):
        start = bar * 4 * tune.beat
        for note in chord:
            _add(sound, start, 4 * tune.beat, _hertz(note), 0.07, attack=0.25, decay=0.5)
        for beat in range(4):
            at = start + beat * tune.beat
            if beat % 2 == 0 or tune.drums:
                _add(sound, at, tune.beat, _hertz(chord[0] - 12), 0.2, attack=0.01, decay=2)
            for step in range(tune.steps):
                note = chord[(beat * tune.steps + step + bar) % 3] + 12
                _add(sound, at + step * tune.beat / tune.steps, tune.beat, _hertz(note), 0.09, attack=0.01, decay=4)
            if tune.drums:
                _hit(sound, at, chance, 0.16 if beat % 2 else 0.05)
    loudest = float(np.abs(sound).max()) or 1.0
    return (sound / max(1.0, loudest / 0.9) * 32_000).astype(np.int16)


def _hertz(note: int) -> float:
    return float(110.0 * 2.0 ** (note / 12))


def _add(
    sound: Samples, start: float, seconds: float, tone: float, loud: float, *, attack: float, decay: float
) -> None:
    """Mix in one tone with a soft octave; it rises for `attack` seconds and falls the faster the larger `decay` is."""
    first = round(start * RATE)
    times = np.arange(round(seconds * RATE)) / RATE
    shape = np.minimum(times / attack, 1) * np.exp(-times * decay / seconds) * np.minimum((seconds - times) / 0.03, 1)
    wave = (np.sin(2 * np.pi * tone * times) + 0.25 * np.sin(4 * np.pi * tone * times)) * shape * loud
    room = sound[first : first + len(wave)]
    room += wave[: len(room)]


def _hit(sound: Samples, start: float, chance: np.random.Generator, loud: float) -> None:
    """Mix in a short noise, as of a brush."""
    first = round(start * RATE)
    noise = chance.uniform(-1, 1, RATE // 8) * np.exp(-np.arange(RATE // 8) / RATE * 45) * loud
    room = sound[first : first + len(noise)]
    room += noise[: len(room)]
