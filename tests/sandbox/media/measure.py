"""Reads finished films for the tests: pictures, loudness, lengths."""

from __future__ import annotations

import math
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from sandbox.media import ffmpeg

Picture = npt.NDArray[np.int16]
RATE = 48_000


def pictures(path: Path) -> list[Picture]:
    """All pictures in colour (height, width, red-green-blue)."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24").astype(np.int16) for frame in container.decode(video=0)]


def samples(path: Path) -> npt.NDArray[np.float64]:
    """The sound as one channel, -1..1."""
    parts = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
        for frame in container.decode(audio=0):
            parts += [one.to_ndarray()[0] for one in resampler.resample(frame)]
    return np.concatenate(parts).astype(np.float64)


def decibels(sound: npt.NDArray[np.float64], start: float, end: float) -> float:
    """Loudness between two moments; -90 for silence."""
    part = sound[int(start * RATE) : int(end * RATE)]
    return 20 * math.log10(max(3e-5, float(np.sqrt(np.mean(part * part)))))


def lengths(path: Path) -> tuple[float, float]:
    """Seconds of picture and of sound, as the container says."""
    with av.open(str(path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert video.duration and video.time_base and audio.duration and audio.time_base
        return float(video.duration * video.time_base), float(audio.duration * audio.time_base)


def make_film(path: Path, picture: str, sound: str | None, seconds: float) -> Path:
    """A film from ffmpeg's own sources."""
    inputs: list[str | Path] = ["-f", "lavfi", "-i", picture]
    if sound is not None:
        inputs += ["-f", "lavfi", "-i", sound]
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p", "-c:a", "aac")
    ffmpeg.run([*inputs, "-t", f"{seconds:g}", *coded, path])
    return path
