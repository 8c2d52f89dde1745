"""Sample media for a library, made by code: a moving picture without words, a still picture and a piece of music."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from sandbox.media import ffmpeg
from sandbox.media.voice import write_wav

SIZE = (1280, 720)
BROLL_SECONDS = 6.0
FPS = 25
MUSIC_RATE = 44_100
BEAT = 60 / 96
# Four bars of four beats, each bar one chord (frequencies in Hz), played twice.
CHORDS = (
    (220.00, 261.63, 329.63),
    (174.61, 220.00, 261.63),
    (130.81, 164.81, 196.00),
    (196.00, 246.94, 293.66),
)
# Colour (BGR), height of the ridge, pixels a second; from the farthest to the nearest.
HILLS = (((92, 66, 84), 0.58, 6), ((70, 48, 60), 0.68, 16), ((44, 32, 38), 0.8, 34))


@dataclass(frozen=True, slots=True)
class LibrarySample:
    title: str
    kind: str
    suffix: str
    make: Callable[[Path], None]


def _sky(height: int, width: int) -> npt.NDArray[np.uint8]:
    """An evening sky: from violet above to orange at the horizon (BGR)."""
    down = np.linspace(0, 1, height)[:, None, None]
    top, low = np.array((96, 38, 52)), np.array((72, 150, 246))
    return np.broadcast_to(top + (low - top) * down**1.4, (height, width, 3)).astype(np.uint8)


def _landscape(size: tuple[int, int], seconds: float) -> npt.NDArray[np.uint8]:
    """Hills before a sun that has wandered for so many seconds."""
    width, height = size
    picture = _sky(height, width).copy()
    sun = (round(width * (0.3 + 0.05 * seconds)), round(height * 0.52))
    cv2.circle(picture, sun, round(height * 0.13), (150, 220, 255), -1, cv2.LINE_AA)
    across = np.arange(0, width + 8, 8)
    for far, (colour, lift, speed) in enumerate(HILLS):
        way = (across + speed * seconds * width / SIZE[0]) / width * 2 * np.pi
        ridge = height * (lift + 0.05 * np.sin(way * (1.5 + far) + far) + 0.02 * np.sin(way * (4.3 + far)))
        outline = np.column_stack([across, ridge]).astype(np.int32)
        corners = np.array([(width + 8, height), (0, height)], dtype=np.int32)
        cv2.fillPoly(picture, [np.vstack([outline, corners])], colour, cv2.LINE_AA)
    return picture


def _broll(to: Path) -> None:
    """Hills that pass by, with a soft sound of wind."""
    arguments: list[str | Path] = [
        *("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{SIZE[0]}x{SIZE[1]}", "-r", str(FPS), "-i", "pipe:0"),
        *("-f", "lavfi", "-i", f"anoisesrc=c=brown:a=0.05:r=44100:d={BROLL_SECONDS}:seed=7"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"),
        *("-threads", str(ffmpeg.THREADS), "-c:a", "aac", "-b:a", "96k", "-shortest", "-movflags", "+faststart", to),
    ]
    with ffmpeg.opened(arguments, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for index in range(round(BROLL_SECONDS * FPS)):
            try:
                process.stdin.write(_landscape(SIZE, index / FPS).tobytes())
            except BrokenPipeError:
                # ffmpeg has ended; its exit code and message say why.
                break


def _picture(to: Path) -> None:
    if not cv2.imwrite(str(to), _landscape(SIZE, 9.0)):
        raise OSError(f"{to} could not be written")


def _music(to: Path) -> None:
    """Soft chords with a bass and a melody of their tones."""
    bars = CHORDS * 2
    tones = np.zeros(round(len(bars) * 4 * BEAT * MUSIC_RATE) + MUSIC_RATE)
    for bar, chord in enumerate(bars):
        for tone in chord:
            _play(tones, bar * 4 * BEAT, 4 * BEAT, tone, 0.10)
        for beat in range(4):
            _play(tones, (bar * 4 + beat) * BEAT, BEAT, chord[0] / 2, 0.22)
            _play(tones, (bar * 4 + beat + 0.5) * BEAT, BEAT / 2, chord[(beat + bar) % 3] * 2, 0.12)
    samples = (np.clip(tones, -1, 1) * 32_000).astype(np.int16)
    wave = to.with_suffix(".wav")
    write_wav(wave, samples, MUSIC_RATE)
    ffmpeg.run(["-i", wave, "-c:a", "libmp3lame", "-b:a", "128k", to])


def _play(into: npt.NDArray[np.float64], start: float, seconds: float, tone: float, loud: float) -> None:
    """Add one plucked tone with a soft octave."""
    first = round(start * MUSIC_RATE)
    times = np.arange(round((seconds + 0.4) * MUSIC_RATE)) / MUSIC_RATE
    shape = np.minimum(times / 0.02, 1) * np.exp(-times * 2.2 / seconds)
    sound = (np.sin(2 * np.pi * tone * times) + 0.3 * np.sin(4 * np.pi * tone * times)) * shape * loud
    room = into[first : first + len(sound)]
    room += sound[: len(room)]


SAMPLES = {
    "hills": LibrarySample("Evening hills", "VIDEO", ".mp4", _broll),
    "hills-picture": LibrarySample("Evening hills, a picture", "IMAGE", ".png", _picture),
    "four-chords": LibrarySample("Four calm chords", "AUDIO", ".mp3", _music),
}


def make(name: str, path: Path) -> Path:
    """Write the sample; the file appears complete or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=path.parent) as folder:
        made = Path(folder) / f"made{path.suffix}"
        SAMPLES[name].make(made)
        os.replace(made, path)
    return path
