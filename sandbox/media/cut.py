"""Renders: an upright clip out of a longer video, or the whole video with captions; H.264 and AAC in MP4."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sandbox.media import ass, captions, faces, ffmpeg, footage, mix, styles
from sandbox.media.compose import Composer, Edit
from sandbox.media.hooks import Hook
from sandbox.media.mix import Music
from sandbox.media.probe import Video
from sandbox.media.styles import Style
from sandbox.media.words import Token

CLIP_SIZE = (720, 1280)


@dataclass(frozen=True, slots=True)
class Look:
    """What is drawn and heard; `style` None means no captions, `hook` None no opening title."""

    style: Style | None
    hook: Hook | None = None
    clean_sound: bool = False
    music: Music | None = None


def _even(value: float) -> int:
    return max(2, int(round(value / 2)) * 2)


def fitted(width: int, height: int, longest: int) -> tuple[int, int]:
    """The size made even, and no side above `longest`, in the same proportion."""
    scale = min(1.0, longest / max(width, height))
    return _even(width * scale), _even(height * scale)


def render(
    source: Path,
    video: Video,
    to: Path,
    *,
    words: Sequence[Token],
    look: Look,
    size: tuple[int, int],
    fps: float,
    start: float = 0.0,
    seconds: float | None = None,
    follow_face: bool = False,
    edit: Edit | None = None,
) -> None:
    """Write start..start+seconds of `source` to `to`, cropped to `size`'s proportion; the file appears complete.

    `words` are counted from `start`, in the edited film when there is an `edit`. With follow_face the crop moves with
    the speaker, else it is the middle.
    """
    length = seconds if seconds is not None else video.duration
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".render-", dir=to.parent) as folder:
        work = Path(folder)
        job = _Job(source.resolve(), video, work, look, size, fps, start, length)
        filters = _crop(source, video, work, size, fps, start, length, follow_face)
        filters.append(f"scale={size[0]}:{size[1]}:flags=bicubic,setsar=1")
        drawn = ["format=yuv420p"]
        if look.style is not None or look.hook is not None:
            shown = words if look.style is not None else ()
            captions.write(work / "captions.ass", shown, look.style or styles.style("Sara"), size, hook=look.hook)
            drawn.insert(0, ass.drawn("captions.ass"))
        if edit is None or edit.is_nothing(length):
            job.straight([*filters, *drawn])
        else:
            job.edited(filters, drawn, edit)
        os.replace(work / job.made, to)


@dataclass(frozen=True, slots=True)
class _Job:
    source: Path
    video: Video
    work: Path
    look: Look
    size: tuple[int, int]
    fps: float
    start: float
    length: float
    made: str = field(default="made.mp4", init=False)

    @property
    def has_sound(self) -> bool:
        return self.video.audio_codec is not None

    def _span(self, length: float) -> list[str | Path]:
        return ["-ss", f"{self.start:.3f}", "-t", f"{length:.3f}", "-i", self.source]

    def straight(self, filters: list[str]) -> None:
        """Cut, drawn on and encoded in one go."""
        sound = mix.arguments(
            0 if self.has_sound else None, self.look.music, 1, clean=self.look.clean_sound, seconds=self.length
        )
        inputs = [*self._span(self.length), *mix.inputs(self.look.music)]
        told = ["-threads", str(ffmpeg.THREADS), *inputs, "-map", "0:v:0", "-vf", ",".join(filters), *sound]
        ffmpeg.run([*told, *self._encoded(self.length)], cwd=self.work)

    def edited(self, filters: list[str], drawn: list[str], edit: Edit) -> None:
        """One ffmpeg reads, the pictures are edited on their way, another one draws the captions and encodes."""
        composer = Composer(edit, size=self.size, fps=self.fps, work=self.work)
        seconds = composer.count / self.fps
        inputs: list[str | Path] = []
        if self.has_sound and edit.timeline.is_whole(self.length):
            inputs = self._span(self.length)
        elif self.has_sound:
            mix.cut(self.source, self.work / "speech.raw", edit.timeline, start=self.start)
            inputs = ["-f", "s16le", "-ar", str(mix.RATE), "-ac", "2", "-i", "speech.raw"]
        sound = mix.arguments(
            1 if inputs else None,
            self.look.music,
            2 if inputs else 1,
            clean=self.look.clean_sound,
            seconds=seconds,
        )
        pictures = ("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{self.size[0]}x{self.size[1]}")
        told = [
            *("-threads", str(ffmpeg.THREADS), *pictures, "-r", f"{self.fps:g}", "-i", "pipe:0"),
            *(*inputs, *mix.inputs(self.look.music), "-map", "0:v:0", "-vf", ",".join(drawn), *sound),
            *self._encoded(seconds),
        ]
        read = [*self._span(edit.timeline.kept[-1][1]), "-map", "0:v:0", "-vf", ",".join(filters)]
        # The encoder may end early: the reader is stopped then, and the encoder's exit code and message say why.
        with (
            ffmpeg.opened(told, cwd=self.work, stdin=subprocess.PIPE) as encoder,
            contextlib.suppress(BrokenPipeError),
            footage.playing(read, self.size, cwd=self.work) as reel,
        ):
            assert encoder.stdin is not None
            composer.write(reel, encoder.stdin)

    def _encoded(self, seconds: float) -> list[str]:
        return [
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-profile:v", "high"),
            *("-threads", str(ffmpeg.THREADS), "-c:a", "aac", "-b:a", "128k", "-ar", "48000", "-ac", "2"),
            *("-t", f"{seconds:.3f}", "-map_metadata", "-1", "-movflags", "+faststart", self.made),
        ]


def _crop(
    source: Path,
    video: Video,
    work: Path,
    size: tuple[int, int],
    fps: float,
    start: float,
    length: float,
    follow_face: bool,
) -> list[str]:
    """Filters that set the rate and cut the picture to the proportion of `size`."""
    filters = [f"fps={fps:g}"]
    wanted = size[0] / size[1]
    if abs(video.width / video.height - wanted) < 0.01:
        return filters
    if video.width / video.height < wanted:
        return [*filters, f"crop={video.width}:{_even(video.width / wanted - 1)}"]
    width = min(video.width, _even(video.height * wanted))
    room = video.width - width
    path = faces.centres(source, start, length, (video.width, video.height)) if follow_face else None
    if path is None or room <= 0:
        return [*filters, f"crop={width}:{video.height}:{room // 2}:0"]
    # One command for each picture: the crop glides instead of stepping with the detector's rate.
    moments = np.arange(0, length, 1 / max(fps, 1.0))
    middles = np.interp(moments * faces.PER_SECOND, np.arange(len(path)), path) * video.width
    lefts = np.clip(middles - width / 2, 0, room)
    lines = [f"{moment:.4f} crop x {left:.1f};" for moment, left in zip(moments, lefts, strict=True)]
    (work / "crop.cmd").write_text("\n".join(lines) + "\n", encoding="ascii")
    return [*filters, f"sendcmd=f=crop.cmd,crop={width}:{video.height}:{lefts[0]:.1f}:0"]
