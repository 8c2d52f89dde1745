"""Exports of a project: asking for one, the list of all, their videos, and what a person decides about a lost one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard import access, live
from dashboard.models import CallState, Role
from dashboard.requests import TeamRequest
from projects_app import media_csp, option_words
from projects_app.actions import exports, video_links
from projects_app.actions.projects import NotNow
from projects_app.forms.exports import ExportForm
from projects_app.models import ArchivedVideo, Export, ExportState, Kind, Project
from projects_app.views import archive, decisions
from projects_app.views.clip_cards import kept_of
from projects_app.views.clips import to_video
from projects_app.views.project_page import media_names, page_base, poll_seconds

LIVE = {ExportState.ASKED, ExportState.RUNNING, ExportState.UNKNOWN}
MOST = 50


@dataclass(frozen=True, slots=True)
class Row:
    """`frame` is a picture that costs no request."""

    export: Export
    is_newest: bool
    frame: str
    settings: list[tuple[str, str]]
    may_take_back: bool
    archived: ArchivedVideo | None


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view()
def project_exports(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """All exports of a project, and the form of a new one. For htmx the list alone; 286 ends its polling."""
    project = access.get_or_404(Project.objects.of_submagic().for_page(), request.team, pk)
    if request.method == "POST":
        access.require(request, Role.EDITOR)
        form = ExportForm(request.POST, project=project)
        if form.is_valid():
            if _ask(request, project, form):
                return redirect("projects:project-exports", team=request.team.slug, pk=project.pk)
            return _page(request, project, form, status=409)
        return _page(request, project, form, status=422)
    return _page(request, project, ExportForm(project=project))


def _ask(request: TeamRequest, project: Project, form: ExportForm) -> bool:
    token = form.cleaned_data["form_token"]
    try:
        exports.ask(project=project, by=request.user, form_token=token, **form.numbers)
    except NotNow as reason:
        form.add_error(None, str(reason))
        return False
    except IntegrityError:
        messages.info(request, _("This was asked for already; it is under way."))
    else:
        messages.success(request, _("Submagic makes the video now."))
    return True


def _page(request: TeamRequest, project: Project, form: ExportForm, status: int = 200) -> HttpResponse:
    rows = _rows(project)
    begun = [row.export.created_at for row in rows if row.export.is_open]
    poll = poll_seconds(project) or (live.pace(max(begun)) if begun else 0)
    poll = poll or archive.soonest(row.archived for row in rows)
    context = page_base(request, project, "exports") | {
        "form": form,
        "rows": rows,
        "why_not": why_not(project),
        "undecided": any(row.export.state == ExportState.UNKNOWN for row in rows),
    }
    # While a person may be typing an answer only other states are worth replacing what is there.
    stamp = "-".join(str(row.export.state) for row in rows)[:200] if context["undecided"] else ""
    name = "projects/project_exports.html"
    response = live.page(request, name, "live", context, poll=poll, stamp=stamp, status=status)
    return media_csp.allow_media(response, [project.video_url, *(row.export.video_url for row in rows)])


def why_not(project: Project) -> str:
    """Why nothing can be exported now, in a sentence; "" when it can."""
    if project.may_export:
        return ""
    if project.kind == Kind.MAGIC_CLIPS:
        return _("A Magic Clips project has no video of its own. Open one of its clips to export that.")
    if project.state == "exporting" or project.upstream_status.lower() == "exporting":
        return _("Submagic is rendering. The next export can begin when this one has ended.")
    if not project.upstream_id:
        return _("Submagic does not have this video yet.")
    if project.is_clip and not project.transcription_status:
        return _("Submagic is being asked for this clip. This page goes on by itself.")
    return _("Submagic has not transcribed this video yet. It can be exported after that.")


def _rows(project: Project) -> list[Row]:
    found = list(Export.objects.for_page().filter(project=project)[:MOST])
    newest = next((each for each in found if each.state == ExportState.DONE), None)
    names = media_names(project, *(each.options for each in found))
    return [_row(project, each, each is newest, names) for each in found]


def _row(project: Project, export: Export, is_newest: bool, names: dict[str, str]) -> Row:
    frame = ""
    if export.state == ExportState.DONE:
        # The newest one's link can be read anew; of the others the link is kept that they came with.
        frame = media_csp.frame_url(project.video_url if is_newest else export.video_url)
    return Row(
        export,
        is_newest,
        frame,
        option_words.words_of(export.options, names),
        export.call is not None and export.call.state == CallState.READY,
        kept_of(export),
    )


@require_safe
@access.team_view()
def export_video(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """Leads to an export's video, to play or (`download`) to keep: ours where there is one, else the provider's. The
    newest one's link is read anew when it is old; the others keep the link that they came with.
    """
    export = access.get_or_404(Export.objects.for_page().done(), request.team, pk)
    archived, as_file = kept_of(export), "download" in request.GET
    if archived and archived.is_kept and "at" not in request.GET:
        # Ours does not end; and it is these very bytes.
        return redirect(archived.file_url + ("&download=1" if as_file else ""))
    links: list[Export | Project] = [export]
    if export == export.project.exports.done().first():
        video_links.refresh(export.project)
        links.insert(0, export.project)
    pairs = [(each.download_url, each.direct_url) for each in links]
    wanted = (url for pair in pairs for url in (pair if as_file else reversed(pair)))
    return to_video(next(filter(None, wanted), ""))


@require_POST
@access.team_view(need=Role.EDITOR)
def export_decide(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """'I see it', 'It is not there, send again' or 'Leave it'."""
    export = access.get_or_404(Export.objects.for_page(), request.team, pk)
    by, back = request.user, reverse("projects:project-exports", args=[request.team.slug, export.project_id])
    return decisions.decided(
        request,
        {
            "seen": (lambda: exports.seen(export=export, by=by), _("Good. It is followed until it has ended.")),
            "again": (
                lambda: exports.send_again(export=export, by=by, form_token=decisions.token_of(request)),
                _("It is sent again."),
            ),
            "leave": (lambda: exports.leave(export=export, by=by), _("Left. Nothing is sent.")),
        },
        back,
        call=export.call,
    )
