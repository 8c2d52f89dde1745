"""Makes a film of slides and music: the pictures are composed here, ffmpeg draws the words, mixes and encodes.

Memory does not grow with the number of slides: one picture and the last one of the slide before are all that is kept.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from sandbox.media import ass, ffmpeg, slides
from sandbox.media.slides import Card, Look, Photo, Picture, Size, Slide

FPS = 25
# Pixels by height; 16:9, with even sides.
SIZES: Mapping[int, Size] = {144: (256, 144), 360: (640, 360), 480: (854, 480), 720: (1280, 720)}
LONGEST_CREDITS = 3.0
SMALLEST_DRAWN = 360


@dataclass(frozen=True, slots=True)
class Sound:
    """A piece of music from `start` to `end` seconds of the film; it begins anew when it is shorter."""

    path: Path
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Show:
    """`seconds` is the length of the film, `credit` pairs of texts for its last seconds."""

    look: Look
    slides: Sequence[Slide]
    sounds: Sequence[Sound]
    credit: Sequence[tuple[str, str]]
    seconds: float

    @property
    def credits_from(self) -> float:
        """When the credits begin: they are laid over the end and do not make the film longer."""
        return self.seconds - min(LONGEST_CREDITS, self.seconds / 4) if self.credit else self.seconds


def render(show: Show, to: Mapping[int, Path], work: Path) -> None:
    """Write an MP4 for each height of `to`, all from one run; `work` is a folder for what is needed meanwhile.

    Raises PhotoMissing, FfmpegError, and Stopped when the process is shutting down.
    """
    size = SIZES[max(SMALLEST_DRAWN, *to)]
    _write_words(work / "words.ass", show, size)
    arguments: list[str | Path] = [
        *("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}", "-r", str(FPS), "-i", "pipe:0"),
    ]
    for sound in show.sounds:
        arguments += ["-stream_loop", "-1", "-i", sound.path.resolve()]
    arguments += ["-filter_complex", _graph(show, tuple(to))]
    for height, path in to.items():
        arguments += [
            *("-map", f"[v{height}]", "-map", f"[a{height}]", "-t", f"{show.seconds:.3f}"),
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-pix_fmt", "yuv420p"),
            *("-threads", str(ffmpeg.THREADS), "-c:a", "aac", "-b:a", "128k", "-movflags", "+faststart"),
            path.resolve(),
        ]
    with ffmpeg.opened(arguments, cwd=work, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for picture in pictures(show, size):
            ffmpeg.check_stopping()
            try:
                process.stdin.write(np.ascontiguousarray(picture).data)
            except BrokenPipeError:
                # ffmpeg has ended; its exit code and message say why.
                break


def poster(show: Show, size: Size) -> Picture:
    """The picture that stands for the film: its first photo, else its first card, without words."""
    first = next((slide for slide in show.slides if isinstance(slide, Photo)), None)
    return slides.still(show.look, first or next(iter(show.slides), None), size)


def pictures(show: Show, size: Size) -> Iterator[Picture]:
    """Every picture of the film, without its words."""
    shown: Slide | None = None
    since, began = 0.0, False
    fixed, before, latest = slides.still(show.look, None, size), None, None
    for number in range(max(1, round(show.seconds * FPS))):
        now = number / FPS
        slide = at(show.slides, now)
        if slide is not shown or not began:
            fixed = slides.still(show.look, slide, size)
            before = np.full_like(fixed, 255) if show.look.flash and latest is not None else latest
            shown, since, began = slide, now, True
        latest = _nearer(fixed, show.look.zoom, slide, now)
        out = latest
        if before is not None and now - since < show.look.change:
            share = (now - since + 1 / FPS) / (show.look.change + 1 / FPS)
            out = np.asarray(cv2.addWeighted(latest, share, before, 1 - share, 0), dtype=np.uint8)
        if now >= show.credits_from:
            out = np.asarray(cv2.convertScaleAbs(out, alpha=0.25), dtype=np.uint8)
        yield out


def at(shown: Sequence[Slide], now: float) -> Slide | None:
    """The slide at this moment: where two lie over each other, the one that began later."""
    running = [slide for slide in shown if slide.start <= now + 1e-6 < slide.end]
    return max(running, key=lambda slide: slide.start, default=None)


def _nearer(fixed: Picture, zoom: float, slide: Slide | None, now: float) -> Picture:
    if not zoom or slide is None:
        return fixed
    factor = 1 + zoom * (now - slide.start) / max(0.04, slide.end - slide.start)
    height, width = fixed.shape[:2]
    matrix = np.array([[factor, 0, (1 - factor) * width / 2], [0, factor, (1 - factor) * height / 2]])
    return np.asarray(cv2.warpAffine(fixed, matrix, (width, height), flags=cv2.INTER_LINEAR), dtype=np.uint8)


def _graph(show: Show, heights: Sequence[int]) -> str:
    """The words, then each size; the pieces of music laid over each other, faded out at the end."""
    names = [f"[p{height}]" for height in heights]
    parts = [f"[0:v]{ass.drawn('words.ass')},split={len(heights)}{''.join(names)}"]
    for name, height in zip(names, heights, strict=True):
        width, tall = SIZES[height]
        parts.append(f"{name}scale={width}:{tall}:flags=bicubic,setsar=1,format=yuv420p[v{height}]")
    for number, sound in enumerate(show.sounds):
        length = max(0.1, min(sound.end, show.seconds) - sound.start)
        parts.append(
            f"[{number + 1}:a]atrim=0:{length:.3f},asetpts=PTS-STARTPTS,"
            f"aformat=sample_rates=44100:channel_layouts=stereo,afade=t=in:d=0.3,"
            f"adelay={round(sound.start * 1000)}:all=1[s{number}]"
        )
    inputs = "".join(f"[s{number}]" for number in range(len(show.sounds)))
    mixed = f"{inputs}amix=inputs={len(show.sounds)}:normalize=0" if show.sounds else "anullsrc=r=44100:cl=stereo"
    fade = min(2.0, show.seconds / 4)
    ends = "".join(f"[a{height}]" for height in heights)
    parts.append(
        f"{mixed},apad,atrim=0:{show.seconds:.3f},afade=t=out:st={show.seconds - fade:.3f}:d={fade:.3f},"
        f"asplit={len(heights)}{ends}"
    )
    return ";".join(parts)


def _write_words(path: Path, show: Show, size: Size) -> None:
    """Captions, cards and credits, each for as long as its slide is to be seen."""
    look, (width, height) = show.look, size
    side = round(width * 0.07)
    caption = round(height * 0.052)
    styles = [
        ass.style(
            "Caption",
            caption,
            text=look.caption,
            edge=look.box or look.below,
            box=bool(look.box),
            outline=height * 0.012 if look.box else 0,
            alignment=look.place,
            margins=(side, side, height // 24),
        ),
        ass.style("Card", round(height * 0.06), text=look.second, alignment=5, margins=(side, side, 0)),
        ass.style("Credits", round(height * 0.055), text="FFFFFF", alignment=5, margins=(side, side, 0)),
    ]
    events = []
    marks = {0.0, show.credits_from, *(mark for slide in show.slides for mark in (slide.start, slide.end))}
    for start, end in pairwise(sorted(mark for mark in marks if mark <= show.credits_from)):
        if (slide := at(show.slides, (start + end) / 2)) is None:
            continue
        name, words = (
            ("Caption", ass.safe(slide.caption)) if isinstance(slide, Photo) else ("Card", _card(slide, look, size))
        )
        if words.strip():
            events.append(ass.event(start, end, name, words))
    if show.credit:
        lines = r"\N".join(f"{ass.safe(name)}  {ass.safe(value)}" for name, value in show.credit)
        events.append(ass.event(show.credits_from, show.seconds + 1, "Credits", lines))
    ass.write(path, size, styles, events)


def _card(card: Card, look: Look, size: Size) -> str:
    """The heading, as large as fits into two lines, and the text under it."""
    width, height = size
    large = min(height * 0.13, 2 * width * 0.8 / (0.56 * max(1, len(card.title))))
    parts = [ass.safe(card.text)] if card.text.strip() else []
    if card.title.strip():
        parts.insert(0, rf"{{\fs{round(large)}\c{ass.colour(look.ink)}}}{ass.safe(card.title)}{{\r}}")
    return r"\N".join(parts)
