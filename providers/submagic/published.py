"""The feed of publications with their posts and numbers (001 List Published Projects)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from providers import reading
from providers.submagic import statuses
from providers.submagic.paging import read_page


@dataclass(frozen=True, slots=True)
class Analytics:
    """Numbers of one post; each platform leaves some out. `engagement_rate` is a share: 0.125 is 12.5 %."""

    views: int | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    impressions: int | None = None
    reach: int | None = None
    clicks: int | None = None
    engagement_rate: float | None = None

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            views=reading.count(data, "views"),
            likes=reading.count(data, "likes"),
            comments=reading.count(data, "comments"),
            shares=reading.count(data, "shares"),
            impressions=reading.count(data, "impressions"),
            reach=reading.count(data, "reach"),
            clicks=reading.count(data, "clicks"),
            engagement_rate=reading.number(data, "engagementRate"),
        )


@dataclass(frozen=True, slots=True)
class Post:
    """One platform's share of a publication."""

    platform: str
    platform_post_id: str | None = None
    platform_post_url: str | None = None
    publish_status: str = ""
    sync_status: str = ""
    error: str | None = None
    analytics: Analytics | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def known_publish_status(self) -> statuses.PublishStatus | None:
        return statuses.known(statuses.PublishStatus, self.publish_status)

    @property
    def known_sync_status(self) -> statuses.SyncStatus | None:
        return statuses.known(statuses.SyncStatus, self.sync_status)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        analytics = reading.mapping(data, "analytics")
        return cls(
            platform=reading.word(data, "platform").lower(),
            platform_post_id=reading.text(data, "platformPostId"),
            platform_post_url=reading.text(data, "platformPostUrl"),
            publish_status=reading.word(data, "publishStatus", ""),
            sync_status=reading.word(data, "syncStatus", ""),
            error=reading.text(data, "error"),
            analytics=None if analytics is None else Analytics.from_json(analytics),
            raw=dict(data),
        )


@dataclass(frozen=True, slots=True)
class Publication:
    """One entry of the feed; `published_at` lies in the future while it is only scheduled."""

    id: str
    project_id: str | None
    status: str
    scheduled: bool
    published_at: datetime | None = None
    project_title: str | None = None
    posts: tuple[Post, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def known_status(self) -> statuses.PublishStatus | None:
        return statuses.known(statuses.PublishStatus, self.status)

    @property
    def platforms(self) -> frozenset[str]:
        return frozenset(post.platform for post in self.posts)

    @property
    def is_partly_failed(self) -> bool:
        """Some posts failed and some did not, whatever the overall status says (contract row 34)."""
        failed = [post.known_publish_status is statuses.PublishStatus.FAILED for post in self.posts]
        return any(failed) and not all(failed)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        project = reading.mapping(data, "project") or {}
        status = reading.word(data, "status", "")
        scheduled = reading.flag(data, "scheduled")
        return cls(
            id=reading.identity(data, "id"),
            project_id=reading.text(data, "projectId") or reading.text(project, "id"),
            status=status,
            scheduled=status.lower() == "scheduled" if scheduled is None else scheduled,
            published_at=reading.moment(data, "publishedAt"),
            project_title=reading.text(project, "title"),
            posts=tuple(reading.items(data, "posts", Post.from_json)),
            raw=dict(data),
        )


@dataclass(frozen=True, slots=True)
class PublishedPage:
    """One page. `next_cursor` is None at the end; it is opaque and goes into the query only, never into an address."""

    items: tuple[Publication, ...]
    next_cursor: str | None = None

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        items, cursor = read_page(data, Publication.from_json)
        return cls(items=items, next_cursor=cursor)
