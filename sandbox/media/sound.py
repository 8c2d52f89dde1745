"""The sound of a video as 16 kHz mono samples on disk, so that two hours cost no memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sandbox.media import ffmpeg

RATE = 16_000
FRAME = 0.05  # seconds per loudness value

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sound:
    """Samples as int16 in a memory map."""

    samples: npt.NDArray[np.int16]

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE

    def floats(self, start: int, end: int) -> Floats:
        """Samples start..end as float32 in -1..1, the form the recogniser wants."""
        return self.samples[start:end].astype(np.float32) / 32768.0

    def loudness(self) -> Floats:
        """Decibels (full scale = 0, floor -60) for every FRAME seconds."""
        size = int(RATE * FRAME)
        count = len(self.samples) // size
        levels = np.full(count, -60.0, dtype=np.float32)
        step = 4096
        for begin in range(0, count, step):
            end = min(begin + step, count)
            block = self.floats(begin * size, end * size).reshape(end - begin, size)
            power = np.sqrt(np.mean(block * block, axis=1))
            levels[begin:end] = np.maximum(20 * np.log10(np.maximum(power, 1e-6)), -60.0)
        return levels


def extract(video: Path, to: Path) -> Sound:
    """Decode the first audio stream of `video` into the raw file `to`."""
    ffmpeg.run(
        ["-threads", "1", "-i", video, "-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", to],
    )
    if to.stat().st_size < 2:
        return Sound(np.zeros(0, dtype=np.int16))
    return Sound(np.memmap(to, dtype=np.int16, mode="r"))
