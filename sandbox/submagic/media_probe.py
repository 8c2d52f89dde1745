"""What a file of the media library really is: from its first bytes and its container, not from its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av

from sandbox.media.probe import looks_like_mp4


class NotMedia(Exception):
    """The bytes are none of the formats that the library takes."""


@dataclass(frozen=True, slots=True)
class Found:
    """`kind` is VIDEO, IMAGE or AUDIO; `suffix` begins with a dot; no size for sound, no duration for pictures."""

    kind: str
    suffix: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None


# Bytes that sniff needs.
HEAD = 12


def sniff(head: bytes) -> str | None:
    """The suffix that fits the first twelve bytes, or None: MP4, MOV and M4A are all .mp4 here."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    if head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return ".webp"
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return ".wav"
    # An MPEG frame begins with eleven set bits; layer III is 01 in the two bits before the last.
    if head.startswith(b"ID3") or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return ".mp3"
    return ".mp4" if looks_like_mp4(head) else None


def looks_like_media(head: bytes) -> bool:
    return sniff(head) is not None


def probe(path: Path) -> Found:
    """Read the file's headers and its first picture or sound; raise NotMedia for anything else."""
    with path.open("rb") as file:
        suffix = sniff(file.read(HEAD))
    if suffix is None:
        raise NotMedia("not a format of the library")
    try:
        with av.open(str(path)) as container:
            brand = container.metadata.get("major_brand", "")
            # The cover of a song is a video stream too.
            is_song = suffix in {".wav", ".mp3"} or brand.startswith("M4A")
            pictures = None if is_song else next(iter(container.streams.video), None)
            seconds = round((container.duration or 0) / av.time_base, 3)
            if pictures is None:
                sound = next(iter(container.streams.audio), None)
                if sound is None or next(container.decode(sound), None) is None:
                    raise NotMedia("no sound in it can be decoded")
                return Found("AUDIO", ".m4a" if suffix == ".mp4" else suffix, duration=seconds)
            frame = next(container.decode(pictures), None)
            if frame is None:
                raise NotMedia("no picture in it can be decoded")
            turned = abs(int(frame.rotation)) % 180 == 90
            width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
            if suffix != ".mp4":
                return Found("IMAGE", suffix, width, height)
            return Found("VIDEO", ".mov" if brand.startswith("qt") else suffix, width, height, seconds)
    except (av.FFmpegError, OSError, ValueError) as error:
        raise NotMedia(str(error)) from error
