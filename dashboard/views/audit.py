from __future__ import annotations

from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard import access, activity
from dashboard.models import AuditEvent, Membership, Role
from dashboard.requests import TeamRequest

PAGE = 50
NOUNS = ["api_key", "call", "clip", "invitation", "member", "project", "publication", "team", "upload", "webhook"]


@require_GET
@access.team_view(need=Role.ADMIN)
def audit(request: TeamRequest) -> HttpResponse:
    """Who did what, when. Filters and the place in the list are in the address; pages go by key, not by number."""
    person, noun = request.GET.get("person", ""), request.GET.get("what", "")
    events: QuerySet[AuditEvent] = AuditEvent.objects.for_team(request.team).select_related("actor")
    if person == "desk":
        events = events.filter(actor=None)
    elif person.isdecimal():
        events = events.filter(actor=int(person[:18]))
    if noun in NOUNS:
        events = events.filter(verb__startswith=f"{noun}.")
    page = list(_before(events, request)[: PAGE + 1])
    more = len(page) > PAGE
    chosen = {"person": person, "what": noun if noun in NOUNS else ""}
    context = {
        "nav": "settings",
        "tab": "audit",
        "lines": [activity.line(event) for event in page[:PAGE]],
        "more_url": _more_url(chosen, page[PAGE - 1]) if more else "",
        "people": [m.user for m in Membership.objects.for_settings(request.team)],
        "nouns": [(name, name.replace("_", " ").capitalize()) for name in NOUNS],
        "chosen": chosen,
        "filtered": any(chosen.values()),
    }
    part = "#rows" if request.htmx and not request.htmx.boosted and "before" in request.GET else ""
    return render(request, f"dashboard/audit.html{part}", context)


def _before(events: QuerySet[AuditEvent], request: TeamRequest) -> QuerySet[AuditEvent]:
    """Below the row named in the address; an invented one starts at the top again."""
    text = request.GET.get("before", "")
    last = AuditEvent.objects.for_team(request.team).filter(pk=int(text[:18])).first() if text.isdecimal() else None
    return events.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk)) if last else events


def _more_url(chosen: dict[str, str], last: AuditEvent) -> str:
    return "?" + urlencode({**{name: value for name, value in chosen.items() if value}, "before": str(last.pk)})
