from __future__ import annotations

import uuid
from contextlib import suppress
from typing import Any, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.models import Role
from dashboard.requests import TeamRequest
from dashboard.templatetags.timefmt import day_and_time
from projects_app.media_csp import allow_media
from projects_app.models import Clip, Project
from projects_app.views.clip_cards import video_address
from publishing_app.actions import publications, schedules
from publishing_app.forms import ComposeForm, WhenForm
from publishing_app.models import Publication, platform_name


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def publication_new_clip(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    clips = Clip.objects.select_related("project", "project__api_key", "team", "own_project")
    return _compose(request, access.get_or_404(clips, request.team, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def publication_new_project(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    project = access.get_or_404(Project.objects.select_related("api_key", "team"), request.team, pk)
    if project.clip_id:
        # The clip goes out, whichever of its pages the person comes from.
        return redirect("publishing:publication-new-clip", team=request.team.slug, pk=project.clip_id)
    return _compose(request, project)


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def publication_change(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """Other words or another time for one that this desk keeps until its time."""
    rows = Publication.objects.select_related(
        "call", "clip", "clip__project", "clip__project__api_key", "clip__own_project", "project", "project__api_key"
    )
    publication = access.get_or_404(rows, request.team, pk)
    target = publication.clip or publication.project
    if target is None or not publication.is_kept:
        messages.error(request, _("It can no longer be changed here."))
        return redirect(publication)
    return _compose(request, target, kept=publication)


def _compose(request: TeamRequest, target: publications.Target, kept: Publication | None = None) -> HttpResponse:
    clip = target if isinstance(target, Clip) else None
    url = (clip.video or clip.download_url) if clip else cast(Project, target).video_url
    context: dict[str, Any] = {
        "nav": "publishing",
        "target": target,
        "clip": clip,
        "project": clip.project if clip else target,
        "kept": kept,
        "key": publications.key_of(target),
        "video": video_address(target, url, request.team),
        "sandbox": publications.key_of(target).is_sandbox,
        "reason": publications.why_not(target),
        "outdated": _outdated(target),
    }
    if context["reason"]:
        return render(request, "publishing/publication_new.html", context, status=409 if request.POST else 200)
    form, when = _forms(request, target, kept)
    status = 200
    if request.method == "POST":
        status = 422
        if _is_repeat(request, form) or all([form.is_valid(), when.is_valid()]):
            try:
                return _publish(request, target, kept, form, when)
            except publications.NotPossible as error:
                form.add_error(None, str(error))
                status = 409
    page = render(request, "publishing/publication_new.html", context | {"form": form, "when": when}, status=status)
    return allow_media(page, [url])


def _forms(request: TeamRequest, target: publications.Target, kept: Publication | None) -> tuple[ComposeForm, WhenForm]:
    before = {
        platform: _where(platform, publication) for platform, publication in publications.earlier(target, but=kept)
    }
    form = ComposeForm(
        request.POST or None,
        title=target.title,
        chosen=request.GET.getlist("platform"),
        before=before,
        kept=_words(request, kept),
    )
    return form, WhenForm(request.POST or None, kept=kept.schedule if kept else None)


def _words(request: TeamRequest, kept: Publication | None) -> dict[str, Any] | None:
    """What the fields start with: of the one that is changed, or of an earlier one ("Publish again")."""
    source = kept
    if source is None:
        with suppress(ValueError):
            earlier = uuid.UUID(request.GET.get("from", ""))
            source = Publication.objects.for_team(request.team).filter(pk=earlier).first()
    return dict(source.platforms) if source else None


def _publish(
    request: TeamRequest, target: publications.Target, kept: Publication | None, form: ComposeForm, when: WhenForm
) -> HttpResponse:
    """What a valid form asks for (or asked for already). Raises NotPossible."""
    platforms = form.platforms() if form.is_valid() else {}
    if kept is not None:
        again = bool(form.cleaned_data.get("again"))
        schedules.change(publication=kept, platforms=platforms, schedule=when.schedule(), by=request.user, again=again)
        messages.success(request, _said(kept))
        return redirect(kept)
    publication, fresh = publications.publish(
        team=request.team,
        target=target,
        platforms=platforms,
        by=request.user,
        form_token=form.cleaned_data["form_token"],
        again=bool(form.cleaned_data.get("again")),
        schedule=when.schedule() if when.is_valid() else None,
    )
    if fresh:
        messages.success(request, _said(publication))
    return redirect(publication)


def _said(publication: Publication) -> str:
    where = {"where": publication.platform_names}
    if not publication.is_kept or publication.scheduled_for is None:
        return _("On its way to %(where)s.") % where
    at = day_and_time(timezone.localtime(publication.scheduled_for), timezone.localtime())
    return _("It goes out to %(where)s %(at)s.") % (where | {"at": at})


def _outdated(target: publications.Target) -> Project | None:
    """The project whose last change the video does not show yet."""
    project = getattr(target, "own_project", None) if isinstance(target, Clip) else target
    return project if project and project.outdated_since else None


def _is_repeat(request: TeamRequest, form: ComposeForm) -> bool:
    """The same form came before: a double click or a refresh leads to its publication, whatever 'again' says now."""
    form.is_valid()
    token = form.cleaned_data.get("form_token")
    return token is not None and publications.of_form(request.team, token) is not None


def _where(platform: str, publication: Publication) -> str:
    """Where and when it went, or is to go."""
    at = timezone.localtime(publication.due_at or publication.created_at)
    said = {"name": platform_name(platform), "at": day_and_time(at, timezone.localtime())}
    if publication.is_due:
        return _("%(name)s (scheduled for %(at)s)") % said
    return _("%(name)s (%(at)s)") % said
