from __future__ import annotations

import uuid
from typing import Any

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from dashboard import access, live
from dashboard.requests import TeamRequest
from projects_app import activity, option_words, other_facts, timeline
from projects_app.actions import projects
from projects_app.languages import language_name
from projects_app.media_csp import allow_media
from projects_app.models import Project, ProjectState, Source
from projects_app.views import archive
from projects_app.views.clip_cards import kept_of, video_address
from projects_app.views.project_page import media_names, page_base, poll_seconds

NAME = "projects/project_detail.html"


@require_safe
@access.team_view()
def project_detail(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    project = access.get_or_404(Project.objects.for_page(), request.team, pk)
    context = page_context(request, project)
    if request.GET.get("tab") == "activity":
        context |= {"tab": "activity", "entries": activity.of(project)}
        return render(request, NAME, context)
    response = live.page(request, NAME, "live", context, **_reads_itself(project, context))
    return allow_media(response, context["shown"])


@require_safe
@access.team_view()
def project_status(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """The live part of the page."""
    project = access.get_or_404(Project.objects.for_page(), request.team, pk)
    context = page_context(request, project)
    response = live.answer(request, f"{NAME}#live", context, **_reads_itself(project, context))
    return allow_media(response, context["shown"])


def _reads_itself(project: Project, context: dict[str, Any]) -> dict[str, Any]:
    """How often, and where. While its outcome is unknown a person may be typing into the page's forms: then only
    another state counts."""
    status = reverse("projects:project-status", kwargs={"team": project.team.slug, "pk": project.pk})
    stamp = project.state if project.state == ProjectState.UNKNOWN else ""
    poll = poll_seconds(project) or archive.poll_seconds(context["archived"])
    return {"poll": poll, "path": status, "stamp": stamp}


def page_context(request: TeamRequest, project: Project) -> dict[str, Any]:
    upload = getattr(project, "upload", None)
    lost = project.call if project.state == ProjectState.UNKNOWN else None
    rows = project.clips.select_related("team", "archived")
    clips = list(rows.order_by(F("virality_total").desc(nulls_last=True), "position"))
    shown = [project.video_url, *(clip.video for clip in clips)]
    sizes = other_facts.sizes(project, request.GET.get("size", ""))
    chosen = next((each for each in sizes if each.is_shown), None)
    base = page_base(request, project, "overview")
    if chosen:
        base["player_url"] = video_address(project, chosen.url, request.team, number=chosen.number)
    # Of the other providers the whole video is the one clip of its project.
    whole = None if project.is_submagic or not clips else clips[0]
    return base | {
        "whole": whole,
        "archived": kept_of(whole) if whole else None,
        "sizes": sizes,
        "player_file": chosen.url if chosen else project.video_url,
        "call": project.call,
        "upload": upload,
        "steps": timeline.steps(project, project.call, upload),
        "clips": clips,
        "decided": sum(clip.decision != "undecided" for clip in clips),
        "shown": shown,
        "facts": facts(project),
        "downloads": other_facts.downloads(project),
        "has_transcript": project.transcripts.exists(),
        "may_send_again": _may_send_again(project),
        "may_be_heard_of": lost is not None and projects.may_be_heard_of(lost),
        "again_from": projects.waits_for_message(project.call) if project.call else None,
        # A file's way is cancelled in its own place.
        "may_take_back": upload is None and project.call is not None and project.call.state == "ready",
    }


def facts(project: Project) -> list[tuple[str, Any]]:
    """Settings as they were chosen; what is not there was left to the provider."""
    if not project.is_submagic:
        return other_facts.of(project)
    found: list[tuple[str, Any]] = [(_("Language"), language_name(project.language))]
    found += option_words.words_of(project.options, media_names(project, project.options))
    if project.width and project.height:
        found.append((_("Picture"), f"{project.width} × {project.height}"))
    return found


def _may_send_again(project: Project) -> bool:
    return (
        project.source != Source.UPLOAD
        and not project.upstream_id
        and project.call is not None
        and project.call.state in ("rejected", "abandoned")
    )
