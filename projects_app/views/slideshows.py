"""What an account has at Picovico, page by page, and the ways to its draft."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard import access
from dashboard.models import ApiKey, Provider, Role
from dashboard.requests import TeamRequest
from projects_app.actions import imports, slideshow_drafts, slideshows
from projects_app.actions.projects import NotNow
from projects_app.forms.slideshows import NewSlideshowForm
from projects_app.media_csp import allow_media
from projects_app.models import Project
from providers.picovico import PageQuery, Video


@require_safe
@access.team_view()
def slideshow_list(request: TeamRequest) -> HttpResponse:
    """What the account has at Picovico, a page at a time as Picovico pages it; and what of it is here."""
    keys = list(ApiKey.objects.for_team(request.team).usable(Provider.PICOVICO))
    key = next((each for each in keys if str(each.pk) == request.GET.get("key")), keys[0] if keys else None)
    return _page(request, keys, key, NewSlideshowForm())


def _page(
    request: TeamRequest, keys: list[ApiKey], key: ApiKey | None, form: NewSlideshowForm, *, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"nav": "projects", "keys": keys, "key": key, "rows": [], "problem": "", "form": form}
    if key is not None:
        wanted = _wanted(request)
        context["draft"], context["draft_problem"] = _draft(request, key)
        try:
            page = slideshows.page(key, wanted)
        except NotNow as reason:
            context["problem"] = str(reason)
        else:
            draft = context["draft"]
            ids = [video.id for video in (*page.items, *([draft] if draft else []))]
            here = Project.objects.for_team(request.team).filter(api_key=key, upstream_id__in=ids)
            known = {project.upstream_id: project for project in here.select_related("team", "api_key")}
            context["rows"] = [(video, known.get(video.id)) for video in page.items]
            context["draft_here"] = known.get(draft.id) if draft else None
            context["later"] = _query(key, page.prev)
            context["earlier"] = _query(key, page.next)
    response = render(request, "projects/slideshow_list.html", context, status=status)
    return allow_media(response, [video.still for video, _project in context["rows"]])


@require_POST
@access.team_view(need=Role.EDITOR)
def slideshow_take_up(request: TeamRequest) -> HttpResponse:
    """One of the list is followed here from now on."""
    if (key := _key_of(request)) is None:
        return _no_key(request)
    try:
        project, _fresh = imports.take_up_id(
            team=request.team, api_key=key, upstream_id=request.POST.get("video", ""), by=request.user
        )
    except NotNow as reason:
        return _not_now(request, key, str(reason))
    return redirect(project)


@require_POST
@access.team_view(need=Role.EDITOR)
def slideshow_open(request: TeamRequest) -> HttpResponse:
    """The account's open draft in the editor; begins none."""
    if (key := _key_of(request)) is None:
        return _no_key(request)
    try:
        project = slideshow_drafts.open_draft(
            team=request.team, api_key=key, upstream_id=request.POST.get("video", ""), by=request.user
        )
    except NotNow as reason:
        return _not_now(request, key, str(reason))
    return redirect("projects:slideshow-edit", team=request.team.slug, pk=project.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def slideshow_new(request: TeamRequest) -> HttpResponse:
    """A new draft in the editor, or the open one: an account has one at a time. Its form is in the list."""
    if request.method != "POST":
        return redirect("projects:slideshow-list", team=request.team.slug)
    if (key := _key_of(request)) is None:
        return _no_key(request)
    form = NewSlideshowForm(request.POST)
    keys = list(ApiKey.objects.for_team(request.team).usable(Provider.PICOVICO))
    if not form.is_valid():
        return _page(request, keys, key, form, status=422)
    try:
        project, fresh = slideshow_drafts.begin(
            team=request.team, api_key=key, name=form.cleaned_data["name"], by=request.user
        )
    except NotNow as reason:
        # What was typed stays, with what happened beside it.
        form.add_error("name", str(reason))
        return _page(request, keys, key, form, status=409)
    if not fresh:
        messages.info(request, _("The account has this draft already, and Picovico keeps one at a time. It is opened."))
    return redirect("projects:slideshow-edit", team=request.team.slug, pk=project.pk)


def _draft(request: TeamRequest, key: ApiKey) -> tuple[Video | None, str]:
    """The one draft, which is in no page of the list; what keeps it from being read keeps nothing else back."""
    if not request.membership.may_edit:
        return None, ""
    try:
        return slideshows.draft(key), ""
    except NotNow as reason:
        return None, str(reason)


def _key_of(request: TeamRequest) -> ApiKey | None:
    keys = ApiKey.objects.for_team(request.team).usable(Provider.PICOVICO)
    return next((each for each in keys if str(each.pk) == request.POST.get("key")), None)


def _no_key(request: TeamRequest) -> HttpResponse:
    messages.error(request, _("This key is not there any more. Load the page again."))
    return redirect("projects:slideshow-list", team=request.team.slug)


def _not_now(request: TeamRequest, key: ApiKey, reason: str) -> HttpResponse:
    messages.error(request, reason)
    return redirect(f"{reverse('projects:slideshow-list', args=[request.team.slug])}?key={key.pk}")


def _wanted(request: TeamRequest) -> PageQuery:
    """The time that the page begins or ends at, as Picovico's own paging named it."""
    given = {name: request.GET.get(name, "") for name in ("count", "from", "to")}
    count, from_, to = (
        int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None for text in given.values()
    )
    return PageQuery(count, from_, to)


def _query(key: ApiKey, page: PageQuery | None) -> str:
    return f"?{urlencode({'key': str(key.pk), **page.params()})}" if page else ""
