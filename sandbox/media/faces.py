"""Where the speaker's face is, over time, for an upright crop that follows it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from sandbox.media import ffmpeg

PER_SECOND = 4
WIDTH = 426


def centres(video: Path, start: float, seconds: float, size: tuple[int, int]) -> npt.NDArray[np.float64] | None:
    """The face's middle as a share of the width (0..1), PER_SECOND values a second; None when no face is seen.

    Gaps are bridged in a straight line and the whole is smoothed, so that the crop glides and never jumps.
    """
    width, height = size
    small = (WIDTH, max(2, round(WIDTH * height / width / 2) * 2))
    finder = cv2.CascadeClassifier(str(Path(cv2.__file__).parent / "data" / "haarcascade_frontalface_default.xml"))
    seen: list[float] = []
    arguments: list[str | Path] = [
        *("-threads", str(ffmpeg.THREADS), "-ss", f"{start:.3f}", "-t", f"{seconds:.3f}", "-i", video),
        *("-an", "-vf", f"fps={PER_SECOND},scale={small[0]}:{small[1]}", "-f", "rawvideo", "-pix_fmt", "gray"),
        "pipe:1",
    ]
    with ffmpeg.opened(arguments, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        previous = 0.5
        while len(data := process.stdout.read(small[0] * small[1])) == small[0] * small[1]:
            picture = np.frombuffer(data, dtype=np.uint8).reshape(small[1], small[0])
            found = finder.detectMultiScale(picture, 1.12, 4, minSize=(small[1] // 10, small[1] // 10))
            if len(found):
                # The largest face, but one near the last place wins over an equal one elsewhere.
                best = max(found, key=lambda box: box[2] - abs((box[0] + box[2] / 2) / small[0] - previous) * small[1])
                previous = float(best[0] + best[2] / 2) / small[0]
                seen.append(previous)
            else:
                seen.append(float("nan"))
    return _smooth(np.array(seen, dtype=np.float64))


def _smooth(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    known = np.flatnonzero(~np.isnan(values))
    # A face in fewer than one of eight pictures is more likely a mistake than a speaker.
    if len(known) < max(1, len(values) // 8):
        return None
    filled = np.interp(np.arange(len(values)), known, values[known])
    reach = PER_SECOND * 2
    padded = np.pad(filled, reach, mode="edge")
    # First the median (a single wrong find disappears), then the mean (the path becomes smooth).
    half = reach // 2
    steady = np.array([np.median(padded[at - half : at + half + 1]) for at in range(half, len(padded) - half)])
    kernel = np.ones(reach + 1) / (reach + 1)
    return np.asarray(np.convolve(steady, kernel, mode="valid"), dtype=np.float64)
