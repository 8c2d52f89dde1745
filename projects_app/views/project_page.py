"""What the pages of one project share: header, tabs, and how often they read themselves anew."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils import timezone

from dashboard import live
from dashboard.requests import TeamRequest
from projects_app import media_csp, option_words
from projects_app.actions import call_decisions, deletions, slideshow_evidence
from projects_app.models import FINAL_STATES, Export, ExportState, Kind, Media, Project, ProjectState, Source
from projects_app.views.clip_cards import video_address

# A lost answer is looked for by the minute.
UNKNOWN_POLL = 5


def page_base(request: TeamRequest, project: Project, tab: str) -> dict[str, Any]:
    return {
        "nav": "projects",
        "tab": tab,
        "project": project,
        "sandbox": project.api_key.is_sandbox,
        "clip_count": project.clips.count() if project.kind == Kind.MAGIC_CLIPS else 0,
        # A whole video that is reviewed like a clip.
        "own_clip": None if project.is_submagic else project.clips.select_related("team").first(),
        "player_url": video_address(project, project.video_url, request.team),
        "preview_url": media_csp.safe_media_url(project.preview_url),
        "project_clips_url": reverse("projects:clip-list", args=[request.team.slug]) + f"?project={project.pk}",
        "may_delete": request.membership.may_edit and deletions.may_be_asked(project),
        "lost_export": _lost_export(project),
        "film_call": call_decisions.live(project, slideshow_evidence.OPERATION) if project.is_open_draft else None,
        "form_token": uuid.uuid4(),
        "may_duplicate": request.membership.may_edit and project.source != Source.CLIP and project.is_submagic,
    }


def _lost_export(project: Project) -> Export | None:
    if project.kind != Kind.CAPTIONS:
        return None
    return Export.objects.filter(project=project, state=ExportState.UNKNOWN).first()


def poll_seconds(project: Project) -> int:
    """Seconds to the page's next read of us; 0 when nothing will change by itself."""
    now = timezone.now()
    asked = project.next_look_at is not None and project.next_look_at <= now + dt.timedelta(seconds=5)
    resting = (*FINAL_STATES, ProjectState.NEEDS_YOU)
    if project.state in resting and not asked:
        return 0
    since = project.accepted_at or project.created_at
    latest = project.upstream_updated_at
    seconds = live.pace(max(since, latest) if latest else since)
    return max(seconds, UNKNOWN_POLL) if project.state == ProjectState.UNKNOWN else seconds


def media_names(project: Project, *options: Mapping[str, Any]) -> dict[str, str]:
    """The library's names of the media that these options name."""
    wanted = {each for some in options for each in option_words.media_ids(some)}
    if not wanted:
        return {}
    library = Media.objects.of_key(project.api_key).filter(upstream_id__in=wanted)
    return dict(library.values_list("upstream_id", "name"))
