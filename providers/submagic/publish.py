"""Publishing a project to social platforms (001 Publish Project)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from providers import reading
from providers.submagic import statuses
from providers.submagic.sending import only_set, refuse_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class YouTube:
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    first_comment: str | None = None

    def to_json(self) -> dict[str, Any]:
        return only_set(
            title=self.title,
            description=self.description,
            tags=None if self.tags is None else list(self.tags),
            firstComment=self.first_comment,
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        refuse_unknown(values, "title", "description", "tags", "firstComment")
        return cls(
            title=values.get("title"),
            description=values.get("description"),
            tags=tuple(values["tags"]) if "tags" in values else None,
            first_comment=values.get("firstComment"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TikTok:
    content: str | None = None

    def to_json(self) -> dict[str, Any]:
        return only_set(content=self.content)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        refuse_unknown(values, "content")
        return cls(content=values.get("content"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Instagram:
    """`format` is reel or story; a reel needs `content`."""

    format: str
    content: str | None = None
    first_comment: str | None = None

    def to_json(self) -> dict[str, Any]:
        return only_set(format=self.format, content=self.content, firstComment=self.first_comment)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        refuse_unknown(values, "format", "content", "firstComment")
        return cls(format=values["format"], content=values.get("content"), first_comment=values.get("firstComment"))


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRequest:
    """At least one platform. `scheduled_for` must know its zone; Submagic can neither change nor cancel a schedule."""

    youtube: YouTube | None = None
    tiktok: TikTok | None = None
    instagram: Instagram | None = None
    scheduled_for: datetime | None = None

    def __post_init__(self) -> None:
        if not self.platforms:
            raise ValueError("a publication needs at least one platform")
        if self.scheduled_for is not None and self.scheduled_for.tzinfo is None:
            raise ValueError("scheduled_for needs a time zone")

    @property
    def platforms(self) -> tuple[str, ...]:
        chosen = {"youtube": self.youtube, "tiktok": self.tiktok, "instagram": self.instagram}
        return tuple(name for name, options in chosen.items() if options is not None)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """From the API's spelling, as `to_json` gives it; raises ValueError for other fields, platforms and times."""
        refuse_unknown(values, "scheduledFor", "platforms")
        platforms = values["platforms"]
        refuse_unknown(platforms, "youtube", "tiktok", "instagram")
        when = values.get("scheduledFor")
        return cls(
            youtube=YouTube.from_json(platforms["youtube"]) if "youtube" in platforms else None,
            tiktok=TikTok.from_json(platforms["tiktok"]) if "tiktok" in platforms else None,
            instagram=Instagram.from_json(platforms["instagram"]) if "instagram" in platforms else None,
            scheduled_for=None if when is None else datetime.fromisoformat(when),
        )

    def to_json(self) -> dict[str, Any]:
        when = self.scheduled_for
        return only_set(
            scheduledFor=None
            if when is None
            else when.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            platforms=only_set(
                youtube=None if self.youtube is None else self.youtube.to_json(),
                tiktok=None if self.tiktok is None else self.tiktok.to_json(),
                instagram=None if self.instagram is None else self.instagram.to_json(),
            ),
        )


@dataclass(frozen=True, slots=True)
class Published:
    """Accepted, not yet public: even with `status` "published" the truth is in the feed's posts (contract row 33).

    `published_at` lies in the future when `scheduled` is True.
    """

    id: str
    project_id: str | None
    status: str
    scheduled: bool
    published_at: datetime | None = None
    platforms: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def known_status(self) -> statuses.PublishStatus | None:
        return statuses.known(statuses.PublishStatus, self.status)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        # No fall back to projectId: a publication that is filed under its project's id would hide the next one.
        listed = data.get("platforms")
        scheduled = reading.flag(data, "scheduled")
        status = reading.text(data, "status") or statuses.PublishStatus.PROCESSING
        return cls(
            id=reading.identity(data, "id"),
            project_id=reading.text(data, "projectId"),
            status=status,
            scheduled=status.lower() == "scheduled" if scheduled is None else scheduled,
            published_at=reading.moment(data, "publishedAt"),
            platforms=tuple(name for name in listed if isinstance(name, str)) if isinstance(listed, list) else (),
            raw=dict(data),
        )
