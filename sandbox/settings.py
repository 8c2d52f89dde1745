"""What a running sandbox can be told, with working defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

GIB = 1024**3

# Requests an hour for each account and class of endpoint; a demonstration polls more often than the documents allow.
LIMITS: Mapping[str, int] = {
    "lists": 1000,
    "create": 500,
    "clips": 500,
    "project": 20_000,
    "update": 2_000,
    "export": 500,
    "publish": 500,
    "feed": 5_000,
    "media": 5_000,
}
# What the documents state; the smaller number where they state two. Nothing is stated for publish and feed.
DOCUMENTED: Mapping[str, int] = {
    "lists": 1000,
    "create": 30,
    "clips": 500,
    "project": 100,
    "update": 100,
    "export": 50,
    "publish": 100,
    "feed": 100,
    "media": 500,
}


def parse_limits(text: str) -> dict[str, int]:
    """`project=100,create=30` as a mapping, or `documented`, after which some may differ; ValueError with a hint."""
    result: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        if part == "documented":
            result |= DOCUMENTED
            continue
        name, _, number = part.partition("=")
        if name not in LIMITS or not number.isdigit() or int(number) < 1:
            raise ValueError(
                f"rate limit {part!r}: expected documented, or project=100 with one of {', '.join(LIMITS)}"
            )
        result[name] = int(number)
    return result


def cache_folder() -> Path:
    """Where the recogniser's model is put together once for all data folders of this user."""
    if given := os.environ.get("SANDBOX_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clipdesk-sandbox"


@dataclass(frozen=True, slots=True)
class Settings:
    """Sizes in bytes, lengths in seconds; no number of credits means that they never run out."""

    data: Path
    cache: Path = field(default_factory=cache_folder)
    limits: Mapping[str, int] = field(default_factory=dict)
    public_url: str | None = None
    seed: int = 1
    captions_file_limit: int = 2 * GIB
    clips_file_limit: int = 10 * GIB
    media_file_limit: int = 2 * GIB
    longest_video: float = 7200.0
    # How long a video of the media library is not ready after it came; pictures and sound take a quarter of that.
    media_delay: float = 4.0
    # How long an update that asks for removeBadTakes is answered late, and one with AI B-roll is processing.
    bad_takes_delay: float = 0.0
    ai_broll_delay: float = 2.0
    # API credits of each account, and its own purse for Magic Clips.
    credits: int | None = None
    clips_credits: int | None = None
    # #Mohars that each Picovico account has at the beginning of a day: at least fourteen videos.
    mohars: int = 1000
    # Magic Hour: credits that an account begins with, seconds in the queue and again before the film is drawn, and how
    # long a link to it lives (docs.magichour.ai, Inputs & Outputs: 24 hours).
    magic_hour_credits: int = 10_000
    magic_hour_delay: float = 2.0
    magic_hour_link_seconds: float = 86_400.0

    def limit(self, name: str) -> int:
        return self.limits.get(name, LIMITS[name])
