from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from dashboard import access, activity, live, needs
from dashboard.models import AuditEvent, Team, User
from dashboard.requests import TeamRequest

RECENT = 8
NEEDS_SECONDS = 30


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    team = Team.objects.of_person(cast(User, request.user)).first()
    return redirect("dashboard:home", team=team.slug) if team else render(request, "dashboard/no_team.html")


@require_GET
@access.team_view()
def home(request: TeamRequest) -> HttpResponse:
    """What dashboard itself knows; the upper apps' panels are loaded by the page from their own addresses."""
    steps = needs.first_steps(request.team, request.membership)
    events = AuditEvent.objects.for_team(request.team).select_related("actor")[:RECENT]
    context = {
        "nav": "home",
        "greeting": _greeting(request.user),
        "needs": needs.of_team(request.team, request.membership),
        "steps": [] if all(step.done for step in steps) else steps,
        # Before the first video there is nothing else to see, so the steps come first.
        "newcomer": not steps[1].done,
        "steps_done": sum(step.done for step in steps),
        "lines": [activity.line(event) for event in events],
    }
    return live.page(request, "dashboard/home.html", "needs", context, poll=NEEDS_SECONDS)


def _greeting(user: User) -> str:
    hour = timezone.localtime().hour
    name = {"name": user.get_short_name()}
    if 5 <= hour < 12:
        return _("Good morning, %(name)s") % name
    return _("Good afternoon, %(name)s") % name if 12 <= hour < 18 else _("Good evening, %(name)s") % name
