"""From Picovico's answer about a video to our rows (document 003; contract.md, section 1)."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from django.utils.translation import gettext as _

from projects_app.actions import slideshow_evidence, whole_videos
from projects_app.models import Clip, Kind, Project, ProjectState, standing
from providers.picovico import Rendition, TextAsset, VideoStatus
from providers.picovico import Video as Seen

LONGEST_LINK: Final = 2048


def values(seen: Seen) -> dict[str, Any]:
    """Of a video that is taken up. Picovico has no language."""
    return {"kind": Kind.SLIDESHOW, "title": seen.name, "made_at": seen.created_on, "language": ""}


def fields(project: Project, seen: Seen, now: dt.datetime) -> dict[str, Any]:
    """What to write on the project; empty when the answer is older than the one we know by Picovico's own time."""
    known = standing.last_told(project, now)
    if known and seen.modified_on and seen.modified_on < known:
        return {}
    if slideshow_evidence.is_from_before(project, seen):
        return {}
    state, reason, advice = _state(seen)
    film = _film(seen)
    found: dict[str, Any] = {
        "state": state,
        "failure_reason": reason,
        "advice": advice,
        "upstream_status": seen.status[:60],
        "title": (seen.name or project.title)[:100],
        "duration": seen.duration or seen.length or None,
        "height": film[0] if film else None,
        "width": round(film[0] * 16 / 9 / 2) * 2 if film else None,
        "direct_url": film[1].url if film else "",
        "details": details(seen),
        "upstream_updated_at": seen.modified_on or known,
    }
    if state in (ProjectState.READY, ProjectState.FAILED):
        found["finished_at"] = project.finished_at or now
    return found


def _state(seen: Seen) -> tuple[ProjectState, str, str]:
    if seen.is_draft:
        return ProjectState.DRAFT, "", ""
    if seen.known_status is VideoStatus.CANCELLED:
        return ProjectState.FAILED, _("It was cancelled at Picovico."), _("Nothing more happens to it.")
    if seen.is_failed:
        return ProjectState.FAILED, _("Picovico could not make the film."), _("Nothing more happens to it.")
    if seen.known_status is not VideoStatus.PUBLISHED:
        # One that the documents do not name is shown as it is, and looked at again.
        return ProjectState.PROCESSING, "", ""
    if seen.is_ready:
        return ProjectState.READY, "", ""
    return (
        ProjectState.NEEDS_YOU,
        _("Picovico says that it is published, but gives no film."),
        _("Check again in a minute."),
    )


def _film(seen: Seen) -> tuple[int, Rendition] | None:
    """What plays on a page: the largest that our column holds."""
    sizes = [(height, each) for height, each in seen.video.items() if len(each.url) <= LONGEST_LINK]
    return max(sizes, key=lambda pair: pair[0]) if sizes else None


def details(seen: Seen) -> dict[str, Any]:
    """In the API's spelling; what was not told is left out."""
    film = _film(seen)
    told: dict[str, Any] = {
        "style": seen.style,
        "quality": seen.quality,
        "credit": [list(pair) for pair in seen.credit],
        "photos": len(seen.photos),
        "cards": sum(isinstance(asset, TextAsset) for asset in seen.assets),
        "has_music": bool(seen.music),
        "tags": [each[:100] for each in seen.tags[:50]],
        "view": seen.views,
        "comment_count": seen.comments,
        "owner": seen.owner[:100],
        "thumbnail": seen.thumbnail.get(film[0], "") if film else "",
        "downloads": [
            {"url": each.url, "height": height, "size": each.size} for height, each in sorted(seen.video.items())
        ],
    }
    return {name: value for name, value in told.items() if value not in (None, "", [], 0, False)}


def store(project: Project, seen: Seen, now: dt.datetime, known_status: str) -> None:
    slideshow_evidence.settle(project, seen)
    if seen.is_ready and (film := _film(seen)):
        whole_videos.keep(project, film[1].url, now)


def addresses(seen: Seen) -> list[str]:
    return [each.url for each in seen.video.values()]


def links(thing: Clip | Project, seen: Seen) -> None:
    if film := _film(seen):
        whole_videos.take_link(thing, film[1].url, {"downloads": details(seen).get("downloads", [])})
