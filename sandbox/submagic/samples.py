"""The stand-in's own videos: the only ones that it can "fetch" without a network."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from sandbox.media import library_samples
from sandbox.media.samples import SCRIPT, SHORT_SCRIPT, make_talking_head


@dataclass(frozen=True, slots=True)
class Sample:
    """`minutes` are started ones, known without making the video."""

    title: str
    youtube_id: str
    script: str
    minutes: int


SAMPLES = {
    "three-lessons": Sample("Three lessons about short videos", "sandbox0001", SCRIPT, 2),
    "two-tips": Sample("Two tips in fifteen seconds", "sandbox0002", SHORT_SCRIPT, 1),
}
_lock = threading.Lock()


def ensure(data: Path, name: str) -> Path:
    """The sample's file; made at the first call, which takes some seconds."""
    path = data / "samples" / f"{name}.mp4"
    with _lock:
        if not path.exists():
            make_talking_head(path, SAMPLES[name].script)
    return path


def ensure_media(data: Path, name: str) -> Path:
    """The same for a sample of the media library."""
    path = data / "samples" / f"{name}{library_samples.SAMPLES[name].suffix}"
    with _lock:
        if not path.exists():
            library_samples.make(name, path)
    return path


def served(data: Path, file_name: str) -> Path | None:
    """The file behind /samples/<file_name>, made when it is first asked for; None when there is no such sample."""
    name, _, suffix = file_name.rpartition(".")
    if name in SAMPLES and suffix == "mp4":
        return ensure(data, name)
    if name in library_samples.SAMPLES and library_samples.SAMPLES[name].suffix == f".{suffix}":
        return ensure_media(data, name)
    return None
