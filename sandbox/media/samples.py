"""Sample videos with speech, made at run time: nothing recorded, nothing downloaded, nothing in the repository."""

from __future__ import annotations

import math
import os
import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from sandbox.media import ffmpeg, figure
from sandbox.media.voice import speak, write_wav

FPS = 25
DRAWN_FPS = 12.5  # each drawing is shown twice: half the work, and nobody sees it in a calm picture

SHORT_SCRIPT = """\
Do you want people to watch your video to the end? [pause 500]
Then start with one clear question, and answer it in ten seconds. [pause 600]
My second tip is simple. Show your face, look into the camera, and smile. [pause 600]
"""

SCRIPT = """\
Do you want people to watch your videos to the very end? [pause 450]
I made ninety short videos in three months, and most of them failed. [pause 350]
Today I will show you the three lessons that changed everything for me. [pause 900]

Lesson number one. You have only three seconds. [pause 400]
If your first sentence is boring, your viewer is gone before you say hello. [pause 350]
So ask a question, or make a promise that you can keep. [pause 350]
When I moved my best sentence to the beginning, twice as many people stayed. [pause 1000]

Lesson number two. Cut every pause, and then cut again. [pause 450]
Why do we stop listening to a slow speaker? Because our brain is faster than any voice. [pause 350]
I record for ten minutes, and I keep only the best forty seconds. [pause 350]
It hurts to throw away good material, but your audience will thank you for it. [pause 1000]

Lesson number three. Always write captions. [pause 400]
Eight out of ten people watch without any sound, on the bus, or in bed at night. [pause 350]
If they cannot read your words, they cannot love your story! [pause 350]
Make the letters big, keep the lines short, and highlight the word that matters. [pause 900]

So here is my question for you. What is the first sentence of your next video? [pause 400]
Write it down today, and read it to a friend. [pause 300]
If your friend asks for more, you are ready to record. [pause 700]
"""


def make_talking_head(
    path: Path,
    script: str,
    *,
    seconds: float | None = None,
    size: tuple[int, int] = (1280, 720),
    voice: str = "en-us",
) -> Path:
    """Write an MP4 (H.264, AAC, 25 fps) of a drawn person speaking `script`; `[pause 700]` is 700 ms of silence.

    `seconds` cuts or extends (with silence) the result to that length. The file appears complete or not at all.
    """
    samples, rate = speak(script, voice=voice)
    lead = np.zeros(rate // 4, dtype=np.int16)
    samples = np.concatenate([lead, samples, lead])
    if seconds is not None:
        wanted = int(seconds * rate)
        samples = np.pad(samples[:wanted], (0, max(0, wanted - len(samples))))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=path.parent) as folder:
        sound = Path(folder) / "voice.wav"
        write_wav(sound, samples, rate)
        made = Path(folder) / "made.mp4"
        _film(made, sound, _openness(samples, rate), size)
        os.replace(made, path)
    return path


def _openness(samples: npt.NDArray[np.int16], rate: int) -> npt.NDArray[np.float64]:
    """How far the mouth is open (0..1) at each drawing: the loudness around it, smoothed, against the loud parts."""
    count = max(1, math.ceil(len(samples) / rate * DRAWN_FPS))
    step = rate / DRAWN_FPS
    levels = np.zeros(count)
    for index in range(count):
        part = samples[int(index * step) : int((index + 1) * step)].astype(np.float64)
        levels[index] = math.sqrt(float(np.mean(part * part))) if len(part) else 0.0
    loud = float(np.percentile(levels, 92)) or 1.0
    return np.clip(levels / loud, 0, 1) ** 0.7


def _film(made: Path, sound: Path, openness: npt.NDArray[np.float64], size: tuple[int, int]) -> None:
    width, height = size
    background = figure.room(size)
    # Figure height follows the picture's height; in an upright picture its width is the limit.
    looks = figure.sprites(min(height / 760, width / 700))
    out = np.empty_like(background)
    blinks = _blinks(len(openness))
    # The speaker stands left of the middle, so that following a face differs from cutting out the centre.
    base_x = width * (0.4 if width > height else 0.5)
    base_y = height * 0.44 if width > height else height * 0.5
    arguments: list[str | Path] = [
        *("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{width}x{height}", "-r", str(DRAWN_FPS), "-i", "pipe:0"),
        *("-i", sound, "-r", str(FPS), "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"),
        *("-threads", str(ffmpeg.THREADS), "-c:a", "aac", "-b:a", "128k", "-ac", "1", "-movflags", "+faststart", made),
    ]
    with ffmpeg.opened(arguments, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for index, opened in enumerate(openness):
            now = index / DRAWN_FPS
            mouth = min(figure.MOUTHS - 1, round(float(opened) * (figure.MOUTHS - 1)))
            sway = math.sin(now * 0.9) * 0.55 + math.sin(now * 0.37 + 1) * 0.45
            nod = math.sin(now * 2.1) * 0.5 + float(opened) * 0.6
            centre = (base_x + sway * width * 0.012, base_y + nod * height * 0.006)
            figure.compose(background, looks[mouth, blinks[index]], centre, sway * 1.4, out)
            try:
                process.stdin.write(out.data)
            except BrokenPipeError:
                # ffmpeg has ended; its exit code and message say why.
                break


def _blinks(count: int) -> list[int]:
    """Eyelid state per drawing: a blink (half, closed, half) every 2.5 to 5 seconds, always the same ones."""
    chance = random.Random(7)
    lids = [0] * count
    at = chance.uniform(1, 3)
    while (index := int(at * DRAWN_FPS)) < count - 2:
        lids[index : index + 3] = [1, 2, 1]
        at += chance.uniform(2.5, 5)
    return lids
