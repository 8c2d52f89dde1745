"""A video as Picovico tells it (003, GET /me/videos/<video-id> and POST /me/videos)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from providers import reading
from providers.picovico import statuses
from providers.picovico.assets import Asset, ImageAsset, MusicAsset, TextAsset, read_asset
from providers.picovico.statuses import VideoStatus


@dataclass(frozen=True, slots=True)
class Rendition:
    """The finished video in one size. `size` in bytes, None when it was not told."""

    url: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """Everything but `id` and `status` may be absent. `raw` is the whole answer.

    status       lower case, as sent otherwise; `known_status` is the one of the documents' list
    quality      height in pixels that was asked for: 360, 480 or 720 (contract row 51: a text in requests, a number in
                 answers; both are read)
    credit       pairs of texts, shown at the end of the video ("credits" in the official sample; both are read);
                 odd_credit: what else stands there
    duration     seconds
    created_on, modified_on    aware times
    video        finished films by their height in pixels; empty until published
    thumbnail    addresses of a still picture by the same heights
    owner        the account's name there
    views, comments    how often it was watched and commented there (`view`, `comment_count`)
    """

    id: str
    status: str
    name: str | None = None
    style: str | None = None
    quality: int | None = None
    assets: tuple[Asset, ...] = ()
    credit: tuple[tuple[str, str], ...] = ()
    odd_credit: tuple[Any, ...] = ()
    duration: float | None = None
    created_on: datetime | None = None
    modified_on: datetime | None = None
    video: Mapping[int, Rendition] = field(default_factory=dict)
    thumbnail: Mapping[int, str] = field(default_factory=dict)
    owner: str = ""
    tags: tuple[str, ...] = ()
    views: int | None = None
    comments: int | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def still(self) -> str:
        """The smallest of `thumbnail`, "" for none."""
        return self.thumbnail[min(self.thumbnail)] if self.thumbnail else ""

    @property
    def known_status(self) -> VideoStatus | None:
        return statuses.known(self.status)

    @property
    def is_draft(self) -> bool:
        return self.known_status is VideoStatus.INITIAL

    @property
    def is_ready(self) -> bool:
        """Published and with something to play."""
        return self.known_status is VideoStatus.PUBLISHED and bool(self.video)

    @property
    def is_failed(self) -> bool:
        """It will not become a video by waiting."""
        return self.known_status in (VideoStatus.FAILED, VideoStatus.CANCELLED)

    @property
    def photos(self) -> tuple[ImageAsset, ...]:
        return tuple(asset for asset in self.assets if isinstance(asset, ImageAsset))

    @property
    def music(self) -> tuple[MusicAsset, ...]:
        return tuple(asset for asset in self.assets if isinstance(asset, MusicAsset))

    @property
    def length(self) -> float:
        """Seconds until the last photo or card has ended: how long the video will be."""
        ends = [asset.end for asset in self.assets if isinstance(asset, ImageAsset | TextAsset)]
        return max(ends, default=0.0)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            id=reading.identity(data, "id"),
            status=reading.word(data, "status").strip().lower(),
            name=reading.text(data, "name"),
            style=reading.text(data, "style"),
            quality=height(data.get("quality")),
            assets=tuple(reading.items(data, "assets", read_asset)),
            credit=read_credit(data.get("credit") or data.get("credits")),
            odd_credit=odd_credit(data.get("credit") or data.get("credits")),
            duration=_seconds(data),
            created_on=read_moment(data.get("created_on")),
            modified_on=read_moment(data.get("modified_on")),
            video=read_renditions(reading.mapping(data, "video") or {}),
            thumbnail=_thumbnails(reading.mapping(data, "thumbnail") or {}),
            owner=reading.text(reading.mapping(data, "owner") or {}, "name") or "",
            tags=tuple(each for each in _listed(data.get("tags")) if isinstance(each, str)),
            views=reading.count(data, "view"),
            comments=reading.count(data, "comment_count"),
            raw=dict(data),
        )


def height(value: Any) -> int | None:
    """`360`, `"360"` or `"360p"` (all three are in the documents and the official sample) as 360."""
    if isinstance(value, str):
        digits = value.strip().lower().removesuffix("p")
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 6 else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value <= reading.MOST_PIXELS else None


def read_credit(value: Any) -> tuple[tuple[str, str], ...]:
    """The pairs of texts in a list; what else stands there is `odd_credit`."""
    return tuple((each[0], each[1]) for each in _listed(value) if _is_pair(each))


def odd_credit(value: Any) -> tuple[Any, ...]:
    """What is no pair of texts: not shown, and not lost either when the list is sent back."""
    return tuple(each for each in _listed(value) if not _is_pair(each))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(part, str) for part in value)


def read_moment(value: Any) -> datetime | None:
    """Unix seconds, also as a text of digits, as an aware time; None for what is no time."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 12:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        return None
    return datetime.fromtimestamp(math.floor(value), UTC)


def read_renditions(data: reading.JSON) -> dict[int, Rendition]:
    """Films by their height; one without an address is none."""
    found: dict[int, Rendition] = {}
    for name, value in data.items():
        pixels = height(name)
        if pixels is None or not isinstance(value, dict):
            continue
        if url := reading.text(value, "url"):
            found[pixels] = Rendition(url, reading.count(value, "size"))
    return found


def _thumbnails(data: reading.JSON) -> dict[int, str]:
    found = {height(name): value for name, value in data.items() if isinstance(value, str) and value}
    return {pixels: url for pixels, url in found.items() if pixels is not None}


def _seconds(data: reading.JSON) -> float | None:
    value = reading.number(data, "duration")
    return None if value is None or value < 0 else value
