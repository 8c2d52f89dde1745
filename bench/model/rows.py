"""What the provider in memory knows: videos and posts, each a function of the time that has passed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Final

PROCESSING: Final = dt.timedelta(seconds=40)
RENDERING: Final = dt.timedelta(seconds=90)
# How long a platform takes to put a post up.
GOES_UP: Final = dt.timedelta(seconds=20)


def iso(moment: dt.datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


@dataclass(slots=True)
class Video:
    """A project or a clip (which is one as well)."""

    id: str
    account: str
    title: str
    created_at: dt.datetime
    done_at: dt.datetime
    hook: str | None = None
    fails: bool = False
    clips: list[Video] = field(default_factory=list)
    is_magic: bool = False
    # Moments at which something was taken or done; each moves `updatedAt` on.
    moved: list[dt.datetime] = field(default_factory=list)
    # Begin and end of each rendering that was asked for.
    renders: list[tuple[dt.datetime, dt.datetime]] = field(default_factory=list)

    def status(self, now: dt.datetime) -> str:
        if now < self.created_at + PROCESSING:
            return "processing"
        if now < self.done_at:
            return "transcribing"
        if self.fails:
            return "failed"
        return "exporting" if any(begin <= now < end for begin, end in self.renders) else "completed"

    def updated_at(self, now: dt.datetime) -> dt.datetime:
        moments = [self.created_at, self.created_at + PROCESSING, self.done_at, *self.moved]
        moments += [moment for render in self.renders for moment in render]
        return max(moment for moment in moments if moment <= now)

    def ended_at(self) -> dt.datetime:
        """When the last thing that was asked of it was over."""
        return max([self.done_at, *(end for _begin, end in self.renders)])

    def as_json(self, now: dt.datetime) -> dict[str, Any]:
        status = self.status(now)
        found: dict[str, Any] = {
            "id": self.id,
            "title": self.title,
            "language": "en",
            "status": status,
            "webhookUrl": self.hook,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at(now)),
            "transcriptionStatus": "COMPLETED" if now >= self.done_at else "PROCESSING",
            "videoMetaData": {"width": 1080, "height": 1920, "duration": 30.0, "fps": 30},
        }
        if status == "failed":
            found["failureReason"] = "no speech was found"
        elif status == "completed" and not self.is_magic:
            number = sum(end <= now for _begin, end in self.renders)
            found["downloadUrl"] = f"https://media.submagic.co/{self.id}/{number}.mp4"
        if self.is_magic:
            found["magicClips"] = [clip.as_clip(now) for clip in self.clips] if now >= self.done_at else []
        return found

    def as_clip(self, now: dt.datetime) -> dict[str, Any]:
        link = f"https://media.submagic.co/{self.id}.mp4"
        scores = {"total": 80, "shareability": 20, "hook_strength": 20, "story_quality": 20, "emotional_impact": 20}
        return {"id": self.id, "title": self.title, "duration": 30.0, "status": self.status(now), "directUrl": link} | {
            "viralityScores": scores
        }


@dataclass(slots=True)
class Entry:
    """One publication. `mark` is the text it was sent with, by which the record tells wishes apart."""

    id: str
    account: str
    video: Video
    platforms: list[str]
    mark: str
    made_at: dt.datetime
    publish_at: dt.datetime
    scheduled: bool
    listed_at: dt.datetime

    def as_json(self, now: dt.datetime) -> dict[str, Any]:
        up = now >= self.publish_at + GOES_UP
        status = "published" if up else "scheduled" if now < self.publish_at else "processing"
        return {
            "id": self.id,
            "projectId": self.video.id,
            "publishedAt": iso(self.publish_at),
            "scheduled": self.scheduled,
            "status": status,
            "project": {"id": self.video.id, "title": self.video.title},
            "posts": [self._post(platform, status) for platform in self.platforms],
        }

    def _post(self, platform: str, status: str) -> dict[str, Any]:
        up = status == "published"
        return {
            "platform": platform,
            "platformPostId": f"{self.id}-{platform}" if up else None,
            "platformPostUrl": f"https://www.youtube.com/watch?v={self.id}" if up else None,
            "publishStatus": status,
            "syncStatus": "synced" if up else "pending",
            "error": None,
            "analytics": None,
        }


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook that the provider sends at `at`."""

    at: dt.datetime
    url: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that reached the provider. `mark`: by what its intent is known (see `Provider.handle`)."""

    at: dt.datetime
    secret: str
    name: str
    target: str
    mark: str
    status: int
    applied: bool
