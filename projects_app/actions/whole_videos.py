"""A whole video that is reviewed like a clip: it is the one clip of its project, under the same id. What people decided
about it stays, whatever becomes of the video."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from projects_app.models import Clip, Project


def keep(project: Project, url: str, now: dt.datetime) -> None:
    """It can be watched, at `url`."""
    values = {
        "team": project.team,
        "title": project.title,
        "duration": project.duration,
        "upstream_status": "completed",
        "video": url,
        "download_url": url,
        "seen_at": now,
    }
    Clip.objects.update_or_create(project=project, upstream_id=project.upstream_id, defaults=values)


def forget(project: Project, now: dt.datetime) -> None:
    """The video is gone."""
    Clip.objects.filter(project=project).update(video="", download_url="", seen_at=now)


def words_of_deletion(provider: str) -> tuple[str, str]:
    """What happened, and what is safe."""
    return (
        _("This video was deleted at %(provider)s.") % {"provider": provider},
        _("What was read before stays here, decisions too. The video itself is gone."),
    )


def take_link(thing: Clip | Project, url: str, details: dict[str, Any]) -> None:
    """A fresh link, for a video that is about to be played or fetched. Both rows of the video get it."""
    project, now = thing.project if isinstance(thing, Clip) else thing, timezone.now()
    project.direct_url, project.seen_at = url, now
    project.details = {**project.details, **details}
    project.save(update_fields=["direct_url", "seen_at", "details"])
    Clip.objects.filter(project=project).update(video=url, download_url=url, seen_at=now)
    thing.refresh_from_db()
