"""What a file really is, read from its container and not from its name."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import av

# The top-level atoms that an MP4 or a QuickTime file may begin with (old MOV files have no ftyp).
FIRST_ATOMS = {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


class NotAVideo(Exception):
    """The bytes are no MP4 or MOV with a picture."""


@dataclass(frozen=True, slots=True)
class Video:
    """Size as displayed (after rotation), seconds, frames per second, codec names."""

    width: int
    height: int
    duration: float
    fps: float
    video_codec: str
    audio_codec: str | None

    def as_dict(self) -> dict[str, int | float | str | None]:
        return asdict(self)


def looks_like_mp4(head: bytes) -> bool:
    """Whether the first 12 bytes can begin an MP4 or MOV."""
    return len(head) >= 8 and head[4:8] in FIRST_ATOMS


def probe(path: Path) -> Video:
    """Read the file's headers and its first picture; raise NotAVideo for anything but MP4/MOV with a picture."""
    with path.open("rb") as file:
        if not looks_like_mp4(file.read(12)):
            raise NotAVideo("not an MP4 or MOV container")
    try:
        with av.open(str(path)) as container:
            if "mov" not in container.format.name.split(","):
                raise NotAVideo(f"container is {container.format.name}")
            if not container.streams.video:
                raise NotAVideo("no video stream")
            stream = container.streams.video[0]
            frame = next(container.decode(stream), None)
            if frame is None:
                raise NotAVideo("no picture can be decoded")
            turned = abs(int(frame.rotation)) % 180 == 90
            width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
            rate = stream.average_rate or stream.guessed_rate
            seconds = 0.0
            if container.duration is not None:
                seconds = container.duration / av.time_base
            elif stream.duration is not None and stream.time_base is not None:
                seconds = float(stream.duration * stream.time_base)
            audio = container.streams.audio[0] if container.streams.audio else None
            return Video(
                width=width,
                height=height,
                duration=round(seconds, 3),
                fps=round(float(rate), 3) if rate else 30.0,
                video_codec=stream.codec_context.name,
                audio_codec=audio.codec_context.name if audio else None,
            )
    except (av.FFmpegError, OSError, ValueError) as error:
        raise NotAVideo(str(error)) from error
