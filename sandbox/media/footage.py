"""Inserts as raw pictures: each is played by an ffmpeg of its own, at its box's size, while it is shown."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sandbox.media import ass, cards, ffmpeg, planes
from sandbox.media.inserts import Card, Footage
from sandbox.media.planes import Planes


class Reel:
    """Pictures one after the other; after the last one that one stays."""

    def __init__(self, pipe: IO[bytes], size: tuple[int, int]) -> None:
        self._pipe = pipe
        self._size = size
        self._count = 0
        self._latest: Planes | None = None

    def at(self, number: int) -> Planes | None:
        """Picture `number` (numbers never go back); None when there has been no picture at all."""
        while self._count <= number:
            data = self._pipe.read(planes.length(self._size))
            if len(data) < planes.length(self._size):
                break
            self._latest = planes.view(data, self._size)
            self._count += 1
        return self._latest

    def drain(self) -> None:
        """Read to the end: ffmpeg cannot leave before somebody has taken its pictures."""
        while self._pipe.read(1 << 20):
            ffmpeg.check_stopping()


@contextmanager
def playing(arguments: list[str | Path], size: tuple[int, int], *, cwd: Path) -> Iterator[Reel]:
    """Start ffmpeg with inputs and filters that give pictures of `size`."""
    raw = ("-an", "-sn", "-dn", "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1")
    with ffmpeg.opened(["-threads", str(ffmpeg.THREADS), *arguments, *raw], cwd=cwd, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        reel = Reel(process.stdout, size)
        yield reel
        reel.drain()


def arguments(
    shows: Card | Footage, size: tuple[int, int], *, fps: float, seconds: float, whole: bool, work: Path
) -> list[str | Path]:
    """What ffmpeg must be told to play this insert; a card's words are written into the folder `work`."""
    count = ("-frames:v", str(max(1, round(seconds * fps))))
    if isinstance(shows, Card):
        cards.write(work / "card.ass", shows.text, size, seconds)
        graph = f"{cards.source(shows.text, size, fps, seconds)},{ass.drawn('card.ass')},format=yuv420p"
        return ["-f", "lavfi", "-i", graph, *count]
    # A still, or a film of less than a picture's time, would have no picture at the asked-for rate.
    timed = f"tpad=stop_mode=clone:stop_duration=1,fps={fps:g}"
    graph = f"[0:v:0]{timed},{_fitted(size) if whole else _filling(size)},setsar=1,format=yuv420p"
    return ["-t", f"{seconds:.3f}", "-i", shows.path.resolve(), *count, "-filter_complex", graph]


def _filling(size: tuple[int, int]) -> str:
    width, height = size
    return f"scale={width}:{height}:force_original_aspect_ratio=increase:flags=bicubic,crop={width}:{height}"


def _fitted(size: tuple[int, int]) -> str:
    """The whole picture before a blurred and darkened copy of itself."""
    width, height = size
    small = max(2, width // 16 * 2), max(2, height // 16 * 2)
    return (
        "split[near][far];"
        f"[far]{_filling(small)},gblur=sigma=4,eq=brightness=-0.12,scale={width}:{height}:flags=bilinear[behind];"
        f"[near]scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=bicubic[front];"
        "[behind][front]overlay=(W-w)/2:(H-h)/2"
    )
