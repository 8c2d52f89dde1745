"""The archive: what is kept on the desk, its files, and what people do with it."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header, url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard import access, connections, heartbeat, live
from dashboard.models import Role
from dashboard.requests import TeamRequest
from projects_app import archive_files, ranges
from projects_app.actions import archive
from projects_app.actions.projects import NotNow
from projects_app.forms.archive import WishForm
from projects_app.models import ArchivedVideo, ArchivePolicy, Clip, Export, Keep

PAGE: Final = 30
# Of one web process, whose other threads stay free for pages and uploads (UPLOAD_MAX_ACTIVE counts those).
MOST_STREAMS: Final = 8
STREAM_PATIENCE: Final = 0.5
MOST_PLAYED: Final = 8 << 20  # bytes of one answer to a player
_streams: Final = threading.BoundedSemaphore(MOST_STREAMS)


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes."""

    used: int
    most: int

    @property
    def percent(self) -> int:
        return min(100, round(self.used / self.most * 100)) if self.most else 100

    @property
    def is_nearly_full(self) -> bool:
        return self.percent >= 90


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view()
def archive_list(request: TeamRequest) -> HttpResponse:
    """Newest first; a POST changes what is kept by itself. For htmx the list alone."""
    if request.method == "POST":
        access.require(request, Role.ADMIN)
        form = WishForm(request.POST)
        if not form.is_valid():
            return _page(request, form, status=422)
        if archive.wish(team=request.team, keep=Keep(form.cleaned_data["keep"]), by=request.user):
            messages.success(request, _("Saved. What should be kept is copied within a minute or two."))
        return redirect("projects:archive-list", team=request.team.slug)
    return _page(request, WishForm(initial={"keep": ArchivePolicy.of(request.team)}))


def _page(request: TeamRequest, form: WishForm, status: int = 200) -> HttpResponse:
    query = request.GET.get("q", "").strip()[:100]
    mine = ArchivedVideo.objects.for_team(request.team)
    found = mine.for_page().saying(query)
    if place := request.GET.get("after", ""):
        found = found.after(place)
    rows = list(found[: PAGE + 1])
    kept = {"q": query} if query else {}
    context: dict[str, Any] = {
        "nav": "clips",
        "form": form,
        "wish": ArchivePolicy.of(request.team),
        "rows": rows[:PAGE],
        "query": query,
        "is_later_page": bool(place),
        "more": "?" + urlencode(kept | {"after": rows[PAGE - 1].place}) if len(rows) > PAGE else "",
        "count": mine.for_page().count(),
        "is_full": archive.is_full(request.team.pk),
        "usage": Usage(mine.used_bytes(), settings.ARCHIVE_BYTES_PER_TEAM),
    }
    return live.page(request, "projects/archive_list.html", "live", context, poll=soonest(rows), status=status)


def poll_seconds(archived: ArchivedVideo | None) -> int:
    """How soon a page that shows it should look again; 0 once nothing changes by itself."""
    if archived is None or not archived.is_under_way:
        return 0
    return live.pace(archived.created_at)


def soonest(rows: Iterable[ArchivedVideo | None]) -> int:
    return min(filter(None, map(poll_seconds, rows)), default=0)


# --- Keeping and taking out -----------------------------------------------------------------------------------------


@require_POST
@access.team_view(need=Role.EDITOR)
def clip_keep(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    clip = access.get_or_404(Clip.objects.for_gallery(request.team), request.team, pk)
    return _keep(request, clip, clip.get_absolute_url())


@require_POST
@access.team_view(need=Role.EDITOR)
def export_keep(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    export = access.get_or_404(Export.objects.for_page().done(), request.team, pk)
    back = reverse("projects:project-exports", args=[request.team.slug, export.project_id])
    return _keep(request, export, f"{back}#export-{export.pk}")


def _keep(request: TeamRequest, thing: Clip | Export, back: str) -> HttpResponse:
    try:
        row = archive.keep(thing=thing, by=request.user)
    except NotNow as reason:
        messages.error(request, str(reason))
    else:
        # It may be through already.
        row.refresh_from_db()
        if row.is_failed:
            messages.error(request, row.problem)
        elif row.is_kept and not row.renews:
            messages.success(request, _("It is kept in the archive."))
        else:
            messages.success(request, _("It is copied to the archive."))
    return redirect(_back(request, back))


def _back(request: TeamRequest, address: str) -> str:
    """The page that the person came from, with its filters."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/t/")
    return wanted if is_ours else address


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def archive_remove(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """Asks, and takes it out."""
    archived = access.get_or_404(ArchivedVideo.objects.all().for_page(), request.team, pk)
    if request.method != "POST":
        return render(request, "projects/archive_remove.html", {"nav": "clips", "archived": archived})
    if archive.remove(archived=archived, by=request.user):
        messages.success(request, _("“%(title)s” was taken out of the archive.") % {"title": archived.title})
    return redirect("projects:archive-list", team=request.team.slug)


# --- Files --------------------------------------------------------------------------------------------------------


@require_safe
@access.team_view()
def archive_file(request: TeamRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The kept video, to play or (`download`) to save; parts of it by Range. Where our copy cannot be read just now,
    the way leads to the provider's."""
    rows = ArchivedVideo.objects.kept().select_related("clip", "export__project")
    archived = access.get_or_404(rows, request.team, pk)
    if archived.node != settings.NODE:
        if heartbeat.is_gone(archived.node):
            return _elsewhere(request, archived)
        return _busy(_("This file lies on another machine of the desk. Try again in a moment."))
    try:
        file = archive_files.open_kept(archived.pk)
    except OSError:
        return _elsewhere(request, archived)
    if os.fstat(file.fileno()).st_size != archived.size:
        file.close()
        return _elsewhere(request, archived)
    etag, kind, as_file = f'"{archived.sha256}"', archived.content_type, "download" in request.GET
    name = content_disposition_header(as_file, archived.filename) or "inline"
    # Seconds or minutes long, and nothing more is asked of the database.
    connections.let_go()
    if not _streams.acquire(timeout=STREAM_PATIENCE):
        file.close()
        return _busy(_("Many people play and download from the archive just now. Try again in a moment."))
    try:
        # A player that stands still must not hold a place for ever: it asks for the next part when it needs that.
        response = ranges.respond(
            request, file, size=archived.size, etag=etag, content_type=kind, most=None if as_file else MOST_PLAYED
        )
        response._resource_closers.append(_streams.release)  # type: ignore[attr-defined]  # as Django closes a file
    except BaseException:
        file.close()
        _streams.release()
        raise
    response.headers["Content-Disposition"] = name
    # Kept by the browser of this person alone, and asked for anew, so that what was taken out is gone.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _elsewhere(request: TeamRequest, archived: ArchivedVideo) -> HttpResponse:
    """For a thumbnail nobody is asked."""
    if "thumb" in request.GET:
        text = _("This file cannot be read just now.")
        return HttpResponse(text, status=404, content_type="text/plain; charset=utf-8")
    return redirect(_at_provider(request, archived))


def _busy(text: str) -> HttpResponse:
    return HttpResponse(text, status=503, content_type="text/plain; charset=utf-8", headers={"Retry-After": "30"})


def _at_provider(request: TeamRequest, archived: ArchivedVideo) -> str:
    name = "clip" if archived.clip else "export"
    address = reverse(f"projects:{name}-video", args=[request.team.slug, archived.thing.pk])
    return f"{address}?at=provider" + ("&download=1" if "download" in request.GET else "")
