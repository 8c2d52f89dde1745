"""Changing a project after it was made: its form, the dry run of it, and what a person decides about a lost one."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access, live
from dashboard.models import CallState, Role, UpstreamCall
from dashboard.requests import TeamRequest
from projects_app import option_words
from projects_app.actions import edits
from projects_app.actions.projects import NotNow
from projects_app.forms.edits import EditForm
from projects_app.media_csp import allow_media
from projects_app.models import Kind, Project, ProjectState, Transcript
from projects_app.views import decisions, option_groups
from projects_app.views.dry_run import DryRun, dry_run_of_change
from projects_app.views.option_groups import Group
from projects_app.views.project_page import media_names, page_base, poll_seconds

NAME = "projects/project_edit.html"
GROUPS = (
    *(group for group in option_groups.GROUPS if group.name in ("hook_title", "music", "cuts")),
    Group("items", gettext_lazy("B-roll"), "images", ("_items.html",), ("items",)),
    Group("hide_captions", gettext_lazy("Captions"), "captions-off", ("_hide_captions.html",), ("disable_captions",)),
)
ORDER = ("hook_title", "items", "music", "cuts", "hide_captions")


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def project_edit(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """For htmx the part that changes by itself: a change on its way, then the form again. 286 ends its polling."""
    project = access.get_or_404(Project.objects.of_submagic().for_page(), request.team, pk)
    if request.method != "POST":
        return _page(request, project)
    form = _form(project, data=request)
    if not form.is_valid():
        return _page(request, project, form, status=422 if form.errors else 200)
    try:
        edits.update(project=project, by=request.user, changes=form.changes, form_token=form.cleaned_data["form_token"])
    except NotNow as reason:
        form.add_error(None, str(reason))
        return _page(request, project, form, status=409)
    except IntegrityError:
        messages.info(request, _("This was asked for already; it is under way."))
    return _back(request, project)


@require_POST
@access.team_view(need=Role.EDITOR)
def project_edit_check(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """What would be sent, what it would cost, and the request itself; nothing is sent."""
    project = access.get_or_404(Project.objects.of_submagic().for_page(), request.team, pk)
    form = _form(project, data=request)
    check = dry_run_of_change(form)
    if request.htmx:
        context = {"check": check, "form": form, "fragment": True, "sending": _words(project, form.changes)}
        return render(request, f"{NAME}#check", context)
    return _page(request, project, form, check=check)


@require_POST
@access.team_view(need=Role.EDITOR)
def project_edit_decide(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """'I see it', 'It is not there, send again' or 'Leave it'."""
    project = access.get_or_404(Project.objects.of_submagic().for_page(), request.team, pk)
    by, back = request.user, reverse("projects:project-edit", args=[request.team.slug, project.pk])
    return decisions.decided(
        request,
        {
            "seen": (lambda: edits.seen(project=project, by=by), _("Good. Export the video to see the change.")),
            "again": (
                lambda: edits.send_again(project=project, by=by, form_token=decisions.token_of(request)),
                _("It is sent again."),
            ),
            "leave": (lambda: edits.leave(project=project, by=by), _("Left. Nothing is sent.")),
        },
        back,
        call=edits.latest(project),
    )


def _back(request: TeamRequest, project: Project) -> HttpResponse:
    return redirect("projects:project-edit", team=request.team.slug, pk=project.pk)


# --- The page -----------------------------------------------------------------------------------------------------


def _page(
    request: TeamRequest,
    project: Project,
    form: EditForm | None = None,
    status: int = 200,
    check: DryRun | None = None,
) -> HttpResponse:
    call = edits.latest(project)
    sending = call if call and call.is_live else None
    closed = why_not(project)
    if form is None and not sending and not closed:
        form = _form(project, call=call)
    context = page_base(request, project, "edit") | {
        "call": call,
        "live": sending,
        "is_lost": bool(sending and sending.state == CallState.UNKNOWN),
        "may_take_back": bool(sending and sending.state == CallState.READY),
        "refused": _refused(call),
        "sending": _words(project, sending.body if sending else form.changes if form and check else {}),
        "why_not": closed,
        "form": form,
        "groups": _groups(form) if form else [],
        "check": check,
        "words": _transcript(project) if form else [],
        "duration": _duration(project),
    }
    # What somebody has entered is never swapped away under them.
    poll = 0 if form and form.is_bound else _poll(project, sending, closed)
    # Nor is an answer that is being typed.
    stamp = f"lost-{call.pk}" if call and context["is_lost"] else ""
    response = live.page(request, NAME, "live", context, poll=poll, stamp=stamp, status=status)
    return allow_media(response, [project.video_url, *(each.url for each in (form.library_media if form else []))])


def why_not(project: Project) -> str:
    """Why it cannot be changed now, in a sentence; "" when it can."""
    if project.may_change:
        return ""
    if project.kind == Kind.MAGIC_CLIPS:
        return _("The clips of this project are changed one by one. Open the clip that you want to change.")
    if project.may_export or project.state == ProjectState.EXPORTING:
        return _("Submagic is working on this video. It can be changed when that is done.")
    if not project.upstream_id:
        return _("Submagic does not have this video yet.")
    if project.is_clip and not project.transcription_status:
        return _("Submagic is being asked for this clip. This page goes on by itself.")
    return _("Submagic has not transcribed this video yet. It can be changed after that.")


def _form(project: Project, *, data: TeamRequest | None = None, call: UpstreamCall | None = None) -> EditForm:
    refused = _refused(call)
    return EditForm(
        data.POST if data else None,
        project=project,
        duration=_duration(project),
        refused=refused.body if refused else None,
    )


def _refused(call: UpstreamCall | None) -> UpstreamCall | None:
    """The last change, when it was not taken; one that a person left has no problem any more."""
    ended = (CallState.REJECTED, CallState.ABANDONED)
    return call if call and call.state in ended and call.problem else None


def _groups(form: EditForm) -> list[option_groups.Folded]:
    return sorted(option_groups.folded(form, GROUPS), key=lambda each: ORDER.index(each.group.name))


def _words(project: Project, options: dict[str, Any]) -> list[tuple[str, str]]:
    return option_words.words_of(options, media_names(project, options))


def _transcript(project: Project) -> list[dict[str, Any]]:
    """Words and their times, for placing B-roll by them."""
    found = Transcript.objects.filter(project=project, clip=None).values_list("words", flat=True).first()
    return [{name: word.get(name) for name in ("text", "type", "start", "end")} for word in found or []]


def _duration(project: Project) -> float | None:
    """Of the video as it is cut; the provider tells the length of the source."""
    return (project.clip.duration if project.clip else None) or project.duration


def _poll(project: Project, sending: UpstreamCall | None, closed: str) -> int:
    if sending:
        return live.pace(sending.created_at)
    return poll_seconds(project) if closed else 0
