from __future__ import annotations

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from dashboard import access
from dashboard.models import ApiKey, Provider, Team
from dashboard.requests import TeamRequest
from projects_app import catalogue
from projects_app.forms.clips import read_ids
from projects_app.media_csp import allow_media
from projects_app.models import IN_FLIGHT_STATES, Kind, Project, ProjectQuerySet, ProjectState, Source
from projects_app.views.project_page import poll_seconds

PAGE = 20
MOST_ASKED = 60
STATES = {
    "busy": (_("In flight"), list(IN_FLIGHT_STATES)),
    "ready": (_("Ready"), [ProjectState.READY]),
    "trouble": (_("Needs you"), [ProjectState.NEEDS_YOU, ProjectState.UNKNOWN]),
    "failed": (_("Failed"), [ProjectState.FAILED]),
    "deleted": (_("Deleted"), [ProjectState.DELETED]),
}


class FilterForm(forms.Form):
    """Every field is optional; what makes no sense is left out rather than complained about."""

    q = forms.CharField(required=False, max_length=100)
    state = forms.ChoiceField(
        required=False, choices=[("", _("Any state")), *((key, label) for key, (label, _states) in STATES.items())]
    )
    kind = forms.ChoiceField(
        required=False, choices=[("", _("Any kind")), *Kind.choices, (Source.CLIP.value, Source.CLIP.label)]
    )

    def chosen(self) -> dict[str, str]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@require_safe
@access.team_view()
def project_list(request: TeamRequest) -> HttpResponse:
    """All projects of the team, newest first; for htmx the next rows of the same list, or what is new (`part=news`)."""
    if request.htmx and request.GET.get("part") == "news":
        return _news(request)
    form = FilterForm(request.GET)
    chosen = form.chosen()
    found = _filtered(Project.objects.for_list(request.team), chosen)
    rows = list(_after(found, request.GET.get("after", ""))[: PAGE + 1])
    providers = ApiKey.objects.for_team(request.team).usable_providers()
    context: dict[str, Any] = {
        "nav": "projects",
        "providers": providers,
        "form": form,
        "chosen": chosen,
        "rows": rows[:PAGE],
        "seconds": _seconds(rows[:PAGE]),
        "is_more": bool(request.htmx),
        "more_url": _more(request.path, chosen, rows[PAGE - 1]) if len(rows) > PAGE else "",
        "empty": None if rows or chosen or request.GET.get("after") else _welcome(request.team, providers),
    }
    name = "projects/project_list.html" + ("#rows" if request.htmx else "")
    response = render(request, name, context)
    return allow_media(response, [project.picture for project in context["rows"]])


def _news(request: TeamRequest) -> HttpResponse:
    """The rows that look different from what the page shows (`show`), in one answer; 204 when none does."""
    said = dict(each.split(":", 1) for each in request.GET.getlist("show")[:MOST_ASKED] if ":" in each)
    rows = list(Project.objects.for_list(request.team).filter(pk__in=read_ids(list(said))))
    changed = [row for row in rows if row.look != said[str(row.pk)]]
    seconds = _seconds(rows)
    if not changed and seconds and str(seconds) == request.GET.get("every"):
        return HttpResponse(status=204)
    context = {"changed": changed, "seconds": seconds}
    return render(request, "projects/project_list.html#news", context)


def _seconds(rows: list[Project]) -> int:
    """To the next look at those of them that move; 0 when none does."""
    return min((poll_seconds(row) for row in rows if not row.is_resting), default=0)


def _filtered(projects: ProjectQuerySet, chosen: dict[str, str]) -> QuerySet[Project]:
    if (state := chosen.get("state")) == "busy":
        projects = projects.in_flight()
    elif state:
        projects = projects.filter(state__in=STATES[state][1])
    if kind := chosen.get("kind"):
        # A clip that was opened as a project is a kind of its own to people.
        projects = projects.filter(source=kind) if kind == Source.CLIP else projects.filter(kind=kind, clip=None)
    if words := chosen.get("q"):
        projects = projects.filter(Q(title__icontains=words) | Q(upload__filename__icontains=words))
    return projects


def _after(projects: QuerySet[Project], place: str) -> QuerySet[Project]:
    """Keyset: the rows older than the last one shown, so that new projects do not shift the pages."""
    moment, _sign, pk = place.partition("~")
    try:
        at, key = dt.datetime.fromisoformat(moment).astimezone(dt.UTC), uuid.UUID(pk)
    except (ValueError, OverflowError):
        return projects
    return projects.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=key))


def _more(path: str, chosen: dict[str, str], last: Project) -> str:
    return f"{path}?{urlencode({**chosen, 'after': f'{last.created_at.isoformat()}~{last.pk}'})}"


def _welcome(team: Team, providers: set[str]) -> dict[str, Any]:
    """What the empty page says: what to do first with the keys that there are. `way`: "new", "import", "slideshows" or
    "key"."""
    of_team = {"team": team.slug}
    if Provider.SUBMAGIC in providers:
        new = reverse("projects:project-new", kwargs=of_team)
        key = ApiKey.objects.for_team(team).usable().first()
        sample = key is not None and key.is_sandbox and bool(catalogue.sample_videos())
        return {"way": "new", "url": new, "sample_url": f"{new}?sample=youtube" if sample else ""}
    if Provider.MAGIC_HOUR in providers:
        return {"way": "import", "url": reverse("projects:project-import", kwargs=of_team)}
    if Provider.PICOVICO in providers:
        return {"way": "slideshows", "url": reverse("projects:slideshow-list", kwargs=of_team)}
    return {"way": "key", "url": reverse("dashboard:keys", kwargs=of_team)}
