"""A new project: its form, and the dry run that checks the form without making anything."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access
from dashboard.models import ApiKey, Provider, Role
from dashboard.requests import TeamRequest
from projects_app import catalogue, rules
from projects_app.actions import projects, uploads
from projects_app.forms import video_urls
from projects_app.forms.projects import NewProjectForm, initial_from
from projects_app.models import Kind, Project, Source, Upload
from projects_app.upload_rows import upload_url
from projects_app.views import option_groups, preset_start, project_twins
from projects_app.views.dry_run import dry_run
from providers.submagic import limits

SOURCE_ICONS = {"upload": "file-play", "url": "link", "youtube": "square-play"}
KIND_ICONS = {"magic_clips": "scissors", "captions": "captions"}


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def project_new(request: TeamRequest) -> HttpResponse:
    """The form of a new project. A script asks for JSON, because the file's bytes follow by another way."""
    keys = list(ApiKey.objects.for_team(request.team).usable())
    if not keys:
        return _no_key(request)
    if request.method != "POST":
        form = NewProjectForm(keys=keys, initial=_initial(request, keys))
        return form_page(request, form)
    form = NewProjectForm(request.POST, keys=keys)
    if form.is_valid():
        if _wants_json(request) and (twin := project_twins.of_file(request, form)):
            return JsonResponse({"duplicate": twin}, status=409)
        if same := project_twins.of_link(request, form):
            return form_page(request, form, status=409, same=same)
        made = _create(request, form)
        if made is not None:
            return _created(request, *made)
    if _wants_json(request):
        return JsonResponse({"errors": form.errors.get_json_data()}, status=422)
    return form_page(request, form, status=422 if form.errors else 200)


@require_POST
@access.team_view(need=Role.EDITOR)
def project_new_check(request: TeamRequest) -> HttpResponse:
    """All rules, the estimate and the request itself; nothing is made and nothing is sent."""
    keys = list(ApiKey.objects.for_team(request.team).usable())
    if not keys:
        return _no_key(request)
    form = NewProjectForm(request.POST, keys=keys)
    if form.adds_row or form.asks_lists:
        return form_page(request, form)
    check = dry_run(form)
    if request.htmx:
        return render(request, "projects/project_new.html#check", {"check": check, "form": form, "fragment": True})
    return form_page(request, form, check=check)


def _no_key(request: TeamRequest) -> HttpResponse:
    status = 409 if request.method == "POST" else 200
    others = ApiKey.objects.for_team(request.team).usable_providers()
    context = {"nav": "projects", "keys": [], "may_import": Provider.MAGIC_HOUR in others}
    return render(request, "projects/project_new.html", context, status=status)


def form_page(request: TeamRequest, form: NewProjectForm, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "nav": "projects",
        "form": form,
        "keys": form.keys,
        "sandbox": form.is_sandbox,
        "samples": catalogue.sample_videos() if any(key.is_sandbox for key in form.keys) else {},
        "source_icons": SOURCE_ICONS,
        "source_notes": {
            "upload": _("MP4 or MOV from this computer"),
            "url": _("Captions for a video on the web"),
            "youtube": _("Magic Clips from a video there"),
        },
        "kind_icons": KIND_ICONS,
        "kind_notes": {
            "magic_clips": _("Submagic finds the best moments and makes upright clips of them"),
            "captions": _("The whole video, with captions"),
        },
        "block_bytes": limits.UPLOADS["magic_clips.upload"].block,
        "block_seconds": limits.LONGEST_VIDEO,
        "groups": option_groups.folded(form),
        # For the script: what each look shuts, and the words for it in the folded groups' lines.
        "closed": {
            "preset": {"said": _("by the preset"), "options": rules.closed_by("presetId")},
            "ai_edit": {"said": _("by the AI edit"), "options": rules.closed_by("aiEditTemplate")},
            "clips": rules.not_with_clips(),
        },
    }
    context |= preset_start.context(request, form)
    return render(request, "projects/project_new.html", context | more, status=status)


def _initial(request: TeamRequest, keys: list[ApiKey]) -> dict[str, Any]:
    """From another project (`from`), a preset (`preset`) or with the sandbox's sample (`sample`)."""
    if found := preset_start.initial(request):
        return found
    sample = catalogue.sample_videos().get(request.GET.get("sample", ""))
    if sample:
        key = next((key for key in keys if key.is_sandbox), keys[0])
        by_link = request.GET["sample"] == Source.URL
        return {
            "api_key": key.pk,
            "source": Source.URL if by_link else Source.YOUTUBE,
            "kind": Kind.CAPTIONS if by_link else Kind.MAGIC_CLIPS,
            "title": sample.title,
            "video_url" if by_link else "youtube_url": sample.url,
        }
    try:
        other = uuid.UUID(request.GET.get("from", ""))
    except ValueError:
        return {}
    return initial_from(access.get_or_404(Project.objects.of_submagic().for_page(), request.team, other))


def _create(request: TeamRequest, form: NewProjectForm) -> tuple[Project, Upload | None] | None:
    """The project, also when this form made it already; None when the form got an error instead."""
    data = form.cleaned_data
    token = data["form_token"]
    if before := projects.by_form_token(request.team, token):
        return before, getattr(before, "upload", None)
    try:
        return projects.create(
            team=request.team,
            by=request.user,
            api_key=data["api_key"],
            kind=Kind(data["kind"]),
            source=Source(data["source"]),
            title=data["title"],
            language=data["language"],
            options=form.options,
            form_token=token,
            source_url=form.source_url,
            filename=data["filename"],
            size=data["size"] or 0,
            fingerprint=form.fingerprint,
            digest=data["digest"],
        )
    except uploads.Unacceptable as problem:
        form.add_error("source", f"{problem.message} {problem.advice}")
    except IntegrityError:
        # The same form at the same moment: the other request was first.
        if before := projects.by_form_token(request.team, token):
            return before, getattr(before, "upload", None)
        form.add_error(None, _("This form was used before. Load the page again and fill it in once more."))
    return None


def _created(request: TeamRequest, project: Project, upload: Upload | None) -> HttpResponse:
    preset_start.mark_used(request)
    if project.source == Source.URL and video_urls.is_share_page(project.source_url):
        messages.warning(
            request,
            _("This looks like a share page, not like a video file. If Submagic cannot fetch it, drop the file."),
        )
    if upload and (warning := uploads.warning(kind=project.kind, size=upload.size)):
        messages.warning(request, warning)
    if not _wants_json(request):
        return redirect(project)
    answer: dict[str, Any] = {"project_url": project.get_absolute_url(), "title": project.title}
    if upload:
        answer |= {"upload_id": str(upload.pk), "upload_url": upload_url(upload)}
    return JsonResponse(answer, status=201)


def _wants_json(request: TeamRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
