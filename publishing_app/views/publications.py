from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from dashboard import access, live
from dashboard.models import ApiKey, Role, UpstreamCall
from dashboard.requests import TeamRequest
from dashboard.templatetags.timefmt import day_and_time
from projects_app.forms.confirm import says_send_again
from projects_app.media_csp import allow_media
from projects_app.models import Project
from projects_app.views.clip_cards import video_address
from publishing_app.actions import publications, schedules
from publishing_app.forms import SendAgainForm
from publishing_app.models import Platform, Publication, PublicationState, platform_name

PER_PAGE = 30
UPCOMING = 50
# Shortly before its time a scheduled post is followed as closely as one that was just asked for.
SOON = dt.timedelta(minutes=2)


@require_safe
@access.team_view(need=Role.VIEWER)
def publication_list(request: TeamRequest) -> HttpResponse:
    rows = Publication.objects.for_list(request.team)
    chosen: dict[str, Any] = {"platform": "", "state": "", "project": None}
    if (platform := request.GET.get("platform", "")) in Platform.values:
        rows, chosen["platform"] = rows.on_platform(platform), platform
    if (state := request.GET.get("state", "")) in PublicationState.values:
        rows, chosen["state"] = rows.filter(state=state), state
    if project := _project(request):
        rows, chosen["project"] = rows.of_project(project.pk), project
    if last := _row(request, request.GET.get("after", "")):
        rows = rows.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk))
    filtered = any(chosen.values())
    upcoming: list[Publication] = []
    if not filtered:
        # What is still to come has a panel of its own, the next one first.
        upcoming = list(Publication.objects.upcoming(request.team)[:UPCOMING]) if last is None else []
        rows = rows.exclude(state=PublicationState.SCHEDULED)
    found = list(rows[: PER_PAGE + 1])
    more = _more(request.GET, found[PER_PAGE - 1]) if len(found) > PER_PAGE else ""
    found = found[:PER_PAGE]
    context = {
        "nav": "publishing",
        "publications": found,
        "upcoming": upcoming,
        "chosen": chosen,
        "filtered": filtered,
        "platforms": Platform.choices,
        "states": PublicationState.choices,
        "more_url": more,
        "paged": last is not None,
        "problems": _problems(request),
        "sandbox": any(row.api_key.is_sandbox for row in [*upcoming, *found]),
        "may_publish": request.membership.may_edit,
    }
    return live.page(
        request, "publishing/publication_list.html", "list", context, poll=poll_seconds([*upcoming, *found])
    )


def poll_seconds(rows: Iterable[Publication]) -> int:
    """To the next look at these; 0 when nothing about them changes by itself."""
    return min((_pace(row) for row in rows if row.in_flight), default=0)


def _pace(row: Publication) -> int:
    if row.scheduled_for is None:
        return live.pace(row.created_at)
    is_soon = row.scheduled_for - timezone.now() < SOON
    return live.pace(max(row.created_at, row.scheduled_for)) if is_soon else live.CALM


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.VIEWER)
def publication_detail(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    rows = Publication.objects.select_related(
        "team", "clip", "clip__project", "project", "api_key", "created_by", "call"
    ).prefetch_related("posts")
    # The id of its call leads to it, and that of its clip or project to the newest one.
    of_target = Publication.objects.for_team(request.team).filter(Q(call__target_id=pk) | Q(call=pk))
    if request.method != "POST" and (latest := of_target.first()):
        return redirect(latest)
    publication = access.get_or_404(rows, request.team, pk)
    form = SendAgainForm()
    status = 200
    if request.method == "POST":
        access.require(request, Role.EDITOR)
        decision = request.POST.get("decision", "")
        form = SendAgainForm(request.POST if decision == "again" else None)
        try:
            if _decide(request, publication, decision, form):
                return redirect(publication)
            status = 422
        except publications.NotPossible as error:
            messages.error(request, str(error))
            return redirect(publication)
    context = _detail(request, publication) | {"form": form}
    name, poll = "publishing/publication_detail.html", poll_seconds([publication])
    return allow_media(live.page(request, name, "live", context, poll=poll, status=status), [context["shown"]])


def _detail(request: TeamRequest, publication: Publication) -> dict[str, Any]:
    clip, project = publication.clip, publication.project
    calls: list[UpstreamCall] = []
    if publication.call is not None:
        calls = _history(publication.call)
    target = clip or project
    url = (clip.video or clip.download_url) if clip else project.video_url if project else ""
    return {
        "nav": "publishing",
        "publication": publication,
        "calls": calls,
        "asked": _asked(publication),
        "posts": list(publication.posts.all()),
        "shown": url,
        "video": video_address(target, url, request.team) if target else "",
        "sandbox": publication.api_key.is_sandbox,
        "candidates": publications.candidates(publication) if publication.person_decides else [],
        "may_publish": request.membership.may_edit,
        "target": target,
        "doubled": [(platform_name(each), other) for each, other in publications.doubled_by(publication)]
        if publication.is_kept
        else [],
        "as_said": _as_said(publication),
    }


def _as_said(publication: Publication) -> str:
    """The time in the zone it was said in, for somebody who sees another one; "" when it is the same."""
    at = publication.time_as_said
    return day_and_time(at, timezone.now().astimezone(at.tzinfo)) if at else ""


def _history(call: UpstreamCall) -> list[UpstreamCall]:
    """This call and those it replaced, the newest first."""
    found = [call]
    while found[-1].supersedes_id is not None:
        found.append(UpstreamCall.objects.for_team(call.team).select_related("actor").get(pk=found[-1].supersedes_id))
    return found


_FIELDS: dict[str, Any] = {
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Description"),
    "tags": gettext_lazy("Tags"),
    "firstComment": gettext_lazy("First comment"),
    "content": gettext_lazy("Caption"),
    "format": gettext_lazy("Format"),
}


def _asked(publication: Publication) -> list[tuple[str, list[tuple[str, str]]]]:
    """What was sent, platform by platform, as rows of a name and a text."""
    asked = []
    for chip in publication.chips:
        options = publication.platforms.get(chip.platform)
        if options is None:
            continue
        rows = [
            (str(_FIELDS.get(name, name)), ", ".join(map(str, value)) if isinstance(value, list) else str(value))
            for name, value in options.items()
        ]
        asked.append((chip.name, rows))
    return asked


def _decide(request: TeamRequest, publication: Publication, decision: str, form: SendAgainForm) -> bool:
    """True when it was carried out; False when the form needs another look. Raises NotPossible."""
    if (shown := request.POST.get("call")) and shown != str(publication.call_id):
        # Another call has taken its place, which looks just the same.
        text = _("Somebody else has decided about it meanwhile, so nothing was done. This is how it stands now.")
        raise publications.NotPossible(text)
    if decision == "link":
        found = _row(request, request.POST.get("found", ""))
        if found is None:
            raise publications.NotPossible(_("Choose the entry that is this post."))
        publications.link(publication=publication, found=found, by=request.user)
        messages.success(request, _("Linked. Its numbers come when Submagic's list of posts is read next."))
        return True
    if decision == "again":
        if not form.is_valid():
            return False
        publications.send_again(publication=publication, by=request.user, form_token=form.cleaned_data["form_token"])
        messages.success(request, _("Sent again as you asked."))
        return True
    if decision == "leave":
        publications.leave(publication=publication, by=request.user)
        messages.success(request, _("Left as it is. Nothing is sent."))
        return True
    if decision == "now":
        typed = says_send_again(request.POST.get("confirm", ""))
        schedules.send_now(publication=publication, by=request.user, again=typed)
        messages.success(request, _("On its way to %(where)s.") % {"where": publication.platform_names})
        return True
    if decision == "take_back":
        publications.take_back(publication=publication, by=request.user)
        messages.success(request, _("Taken back. Nothing was posted."))
        return True
    raise publications.NotPossible(_("Choose one of the answers."))


def _row(request: TeamRequest, pk: str) -> Publication | None:
    try:
        return Publication.objects.for_team(request.team).filter(pk=uuid.UUID(pk)).first()
    except ValueError:
        return None


def _project(request: TeamRequest) -> Project | None:
    try:
        return Project.objects.for_team(request.team).filter(pk=uuid.UUID(request.GET.get("project", ""))).first()
    except ValueError:
        return None


def _more(query: QueryDict, last: Publication) -> str:
    params = query.copy()
    params["after"] = str(last.pk)
    return f"?{params.urlencode()}"


def _problems(request: TeamRequest) -> list[ApiKey]:
    """Keys whose feed could not be read lately: the page says so instead of looking up to date."""
    return list(ApiKey.objects.for_team(request.team).usable().exclude(feed_problem=""))
