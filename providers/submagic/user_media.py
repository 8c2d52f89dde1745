"""The media library of the account: B-roll videos, pictures and music (001 List, Create and Upload User Media)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from providers import reading
from providers.submagic.paging import read_page


@dataclass(frozen=True, slots=True)
class UserMedia:
    """One entry. `type` as sent, upper case in the documents: VIDEO, AUDIO, IMAGE; others may come.

    width, height in pixels (video and image), duration in seconds (video and audio), file_size in bytes.
    """

    id: str
    type: str
    file_name: str | None = None
    url: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    file_size: int | None = None
    created_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        metadata = reading.mapping(data, "metadata") or {}
        return cls(
            id=reading.identity(data, "id", "userMediaId"),
            type=reading.word(data, "type", "").upper(),
            file_name=reading.text(data, "fileName"),
            url=reading.text(data, "url"),
            width=reading.pixels(metadata, "width"),
            height=reading.pixels(metadata, "height"),
            duration=reading.number(metadata, "duration"),
            file_size=reading.count(metadata, "fileSize"),
            created_at=reading.moment(data, "createdAt"),
            raw=dict(data),
        )


@dataclass(frozen=True, slots=True)
class UserMediaPage:
    """One page. `next_cursor` is None at the end; it is opaque."""

    items: tuple[UserMedia, ...]
    next_cursor: str | None = None

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        items, cursor = read_page(data, UserMedia.from_json)
        return cls(items=items, next_cursor=cursor)


@dataclass(frozen=True, slots=True)
class MediaCreated:
    """The id is there at once; the media can be used only when the list shows it (contract section 2)."""

    id: str
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(id=reading.identity(data, "userMediaId", "id"), raw=dict(data))
