"""Edits the picture: leaves out what is cut, comes closer, lays inserts over the speaker. One picture at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from sandbox.media import ffmpeg, footage, layouts, planes, zooms
from sandbox.media.footage import Reel
from sandbox.media.inserts import Insert
from sandbox.media.layouts import Box, Scene
from sandbox.media.planes import Plane, Planes
from sandbox.media.timeline import Moments, Timeline
from sandbox.media.zooms import Zoom


@dataclass(frozen=True, slots=True)
class Edit:
    """What happens to the picture (and, by the timeline, to the sound); times of zooms and inserts are the film's.

    Inserts are in order and do not overlap.
    """

    timeline: Timeline
    zooms: Sequence[Zoom] = ()
    inserts: Sequence[Insert] = ()

    def is_nothing(self, seconds: float) -> bool:
        return self.timeline.is_whole(seconds) and not self.zooms and not self.inserts


class Composer:
    """Writes the film's pictures; `count` of them are the whole film."""

    def __init__(self, edit: Edit, *, size: tuple[int, int], fps: float, work: Path) -> None:
        self.edit = edit
        self.size = size
        self.fps = fps
        self.work = work
        self.count = max(1, round(edit.timeline.seconds * fps))
        self._data, self._out = planes.blank(size)
        self._closer = planes.blank(size)[1]

    def write(self, reel: Reel, pipe: IO[bytes]) -> None:
        """Take the speaker's pictures (all of the recording's, at the film's rate) and write the film's into `pipe`."""
        # The middle of each picture's time: rounding can then never show the neighbour of the right one.
        shown: Moments = np.asarray((np.arange(self.count) + 0.5) / self.fps, dtype=np.float64)
        sources = [int(number) for number in self.edit.timeline.moments(shown) * self.fps + 1e-6]
        closer = zooms.factors(self.edit.zooms, shown)
        inserts = [one for one in self.edit.inserts if one.start < self.count / self.fps]
        at = 0
        for insert in inserts:
            first = max(at, round(insert.start * self.fps))
            last = min(self.count, round(insert.end * self.fps))
            self._plain(reel, pipe, range(at, first), sources, closer)
            if last > first:
                self._covered(reel, pipe, range(first, last), sources, closer, insert)
            at = max(at, last)
        self._plain(reel, pipe, range(at, self.count), sources, closer)

    def _speaker(self, reel: Reel, source: int, factor: float) -> Planes:
        picture = reel.at(source)
        if picture is None:
            raise ffmpeg.FfmpegError("the video has no picture")
        if factor <= 1.001:
            return picture
        planes.enlarge(picture, self._closer, factor, zooms.MIDDLE)
        return self._closer

    def _plain(
        self, reel: Reel, pipe: IO[bytes], numbers: range, sources: Sequence[int], closer: Sequence[float]
    ) -> None:
        for number in numbers:
            self._send(pipe, self._speaker(reel, sources[number], closer[number]))

    def _covered(
        self,
        reel: Reel,
        pipe: IO[bytes],
        numbers: range,
        sources: Sequence[int],
        closer: Sequence[float],
        insert: Insert,
    ) -> None:
        scene = layouts.scene(insert.layout, self.size)
        draw = _Drawing(scene)
        seconds = len(numbers) / self.fps
        told = footage.arguments(
            insert.shows, scene.insert.size, fps=self.fps, seconds=seconds, whole=scene.whole, work=self.work
        )
        with ExitStack() as stack:
            above = stack.enter_context(footage.playing(told, scene.insert.size, cwd=self.work))
            for place, number in enumerate(numbers):
                over = above.at(place)
                if over is None:
                    raise ffmpeg.FfmpegError("the B-roll has no picture")
                if scene.insert.size == self.size:
                    self._send(pipe, over)
                    continue
                draw(self._speaker(reel, sources[number], closer[number]), over, self._out)
                pipe.write(self._data)

    def _send(self, pipe: IO[bytes], picture: Planes) -> None:
        for plane in picture:
            pipe.write(plane.data)


class _Drawing:
    """One scene: the speaker's picture below, the insert above."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        box = scene.insert
        self.masks = planes.rounded(box.size, scene.radius) if scene.radius else None
        self.plate: Box | None = None
        self.plate_masks: tuple[Plane, Plane] | None = None
        if scene.frame and scene.speaker is None:
            line = scene.frame
            self.plate = Box(box.left - line, box.top - line, box.width + 2 * line, box.height + 2 * line)
            self.plate_masks = planes.rounded(self.plate.size, scene.radius + line)
            self.white = planes.blank(self.plate.size)[1]
            planes.fill(self.white, planes.WHITE)

    def __call__(self, speaker: Planes, insert: Planes, out: Planes) -> None:
        scene = self.scene
        if scene.speaker is not None:
            if scene.frame:
                planes.fill(out, planes.WHITE)
            planes.fit(speaker, out, scene.speaker, zooms.MIDDLE)
        else:
            for to, given in zip(out, speaker, strict=True):
                np.copyto(to, given)
            if scene.dim:
                planes.dim(out)
        if self.plate is not None:
            planes.paste(self.white, out, self.plate, self.plate_masks)
        planes.paste(insert, out, scene.insert, self.masks)
