from __future__ import annotations

import datetime as dt

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard import access, live
from dashboard.requests import TeamRequest
from publishing_app.models import Measurement, Publication, PublicationState
from publishing_app.views.publications import poll_seconds

WEEK = dt.timedelta(days=7)
SHOWN = 5
NEXT = 3


@require_safe
@access.team_view()
def home_panel(request: TeamRequest) -> HttpResponse:
    """The home page's share of this app: what goes out next, the newest posts, and this week's views against last's."""
    now = timezone.now()
    measurements = Measurement.objects
    views = measurements.gained(request.team, since=now - WEEK, until=now)
    before = measurements.gained(request.team, since=now - 2 * WEEK, until=now - WEEK)
    upcoming = list(Publication.objects.upcoming(request.team)[:NEXT])
    newest = Publication.objects.for_list(request.team).exclude(state=PublicationState.SCHEDULED)
    publications = list(newest[:SHOWN])
    context = {
        "upcoming": upcoming,
        "publications": publications,
        "views": views,
        "change": (views - before) / before if views is not None and before else None,
        "sandbox": any(row.api_key.is_sandbox for row in [*upcoming, *publications]),
    }
    return live.answer(request, "publishing/home_panel.html", context, poll=poll_seconds([*upcoming, *publications]))
