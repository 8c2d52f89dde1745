"""From Magic Hour's answer about a video to our rows (document 002; contract.md, section 1b)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils.translation import gettext as _

from projects_app.actions import whole_videos
from projects_app.models import FINAL_STATES, Clip, Kind, Project, ProjectState, standing
from providers.magic_hour import VideoProject as Seen
from providers.magic_hour import VideoStatus

# `draft` is "not used" in one text of the official client and "not submitted yet" in another: shown, and no more.
STATES: Final = {
    VideoStatus.DRAFT: ProjectState.QUEUED,
    VideoStatus.QUEUED: ProjectState.QUEUED,
    VideoStatus.RENDERING: ProjectState.PROCESSING,
}
# A link that ends within this is not given to a player any more.
ENDS_SOON: Final = dt.timedelta(minutes=1)
LONGEST_LINK: Final = 2048
LONGEST_ERROR: Final = 2000


def values(seen: Seen) -> dict[str, Any]:
    """Of a project that is taken up. Magic Hour has no language; ours is asked for nowhere."""
    return {"kind": Kind.MAGIC_HOUR, "title": seen.name, "made_at": seen.created_at, "language": ""}


def fields(project: Project, seen: Seen, now: dt.datetime) -> dict[str, Any]:
    """What to write on the project; empty when it is at work again after its end, which nothing at Magic Hour does."""
    state, reason, advice = _state(seen, (project.finished_at or now) + standing.LATE_NEWS <= now)
    if project.state in FINAL_STATES and state not in (*FINAL_STATES, ProjectState.NEEDS_YOU):
        return {}
    url = link(seen)
    values: dict[str, Any] = {
        "state": state,
        "failure_reason": reason[:500],
        "advice": advice[:500],
        "upstream_status": seen.status[:60],
        "title": (seen.name or project.title)[:100],
        "width": seen.width,
        "height": seen.height,
        "fps": seen.fps,
        "duration": _length(seen),
        "direct_url": url or ("" if state == ProjectState.DELETED else project.direct_url),
        "details": _details(seen),
    }
    if state in FINAL_STATES:
        values["finished_at"] = project.finished_at or now
    return values


def _state(seen: Seen, is_late: bool) -> tuple[ProjectState, str, str]:
    if not seen.enabled:
        return ProjectState.DELETED, *whole_videos.words_of_deletion("Magic Hour")
    if seen.known_status is VideoStatus.ERROR:
        told = seen.error.message if seen.error else ""
        return ProjectState.FAILED, told or _("Magic Hour gave no reason."), _refund(seen, is_late)
    if seen.known_status is VideoStatus.CANCELED:
        return ProjectState.FAILED, _("It was canceled at Magic Hour."), _refund(seen, is_late)
    if seen.known_status is not VideoStatus.COMPLETE:
        # One that the documents do not name is shown as it is, and looked at again.
        return STATES[seen.known_status] if seen.known_status else ProjectState.PROCESSING, "", ""
    if seen.is_ready:
        return ProjectState.READY, "", ""
    # Said to be complete, and no file: it may still come, so looks go on.
    return (
        ProjectState.NEEDS_YOU,
        _("Magic Hour says that it is complete, but gives no file."),
        _("Check again in a minute; if there is still none, look at magichour.ai."),
    )


def _refund(seen: Seen, is_late: bool) -> str:
    """`is_late`: it ended so long ago that nothing more is looked for."""
    if seen.credits_charged is None:
        return _("What it cost is not told. Make it again at Magic Hour, and add the new id.")
    if seen.credits_charged == 0:
        return _("Its credits were given back. Make it again at Magic Hour, and add the new id.")
    if is_late:
        return _("Its credits were not all given back within an hour. Ask Magic Hour about them.")
    return _("Its credits are not all given back yet. Magic Hour does that after a failure; we look for an hour.")


def _length(seen: Seen) -> float | None:
    """Of the trimmed video, in seconds."""
    if seen.start_seconds is None or seen.end_seconds is None or seen.end_seconds <= seen.start_seconds:
        return None
    return seen.end_seconds - seen.start_seconds


def _details(seen: Seen) -> dict[str, Any]:
    """In the API's spelling; what was not told is left out."""
    told: dict[str, Any] = {
        "type": seen.type,
        "created_at": seen.created_at.isoformat() if seen.created_at else None,
        "start_seconds": seen.start_seconds,
        "end_seconds": seen.end_seconds,
        "credits_charged": seen.credits_charged,
        "error": {"code": seen.error.code[:100], "message": seen.error.message[:LONGEST_ERROR]} if seen.error else None,
        "downloads": [
            {"url": each.url, "expires_at": each.expires_at.isoformat() if each.expires_at else None}
            for each in seen.downloads
        ],
    }
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def link(seen: Seen) -> str:
    """Where it plays from: the first download that our column holds."""
    return next((each.url for each in seen.downloads if len(each.url) <= LONGEST_LINK), "")


def store(project: Project, seen: Seen, now: dt.datetime, known_status: str) -> None:
    if not seen.enabled:
        whole_videos.forget(project, now)
    elif seen.is_ready and (url := link(seen)):
        whole_videos.keep(project, url, now)


def addresses(seen: Seen) -> list[str]:
    return [each.url for each in seen.downloads]


def links(thing: Clip | Project, seen: Seen) -> None:
    if url := link(seen):
        whole_videos.take_link(thing, url, _details(seen))


def links_until(project: Project) -> dt.datetime | None:
    """Until when all stored links surely work; None when Magic Hour did not say."""
    ends = [each["expires_at"] for each in project.details.get("downloads", []) if each.get("expires_at")]
    return min(map(dt.datetime.fromisoformat, ends)) - ENDS_SOON if ends else None


def refund_missing(project: Project) -> bool:
    """It failed, and its credits were not given back yet (002, credits_charged)."""
    return project.state == ProjectState.FAILED and bool(project.details.get("credits_charged"))
