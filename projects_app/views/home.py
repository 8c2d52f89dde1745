from __future__ import annotations

from django.db.models import F
from django.http import HttpResponse

from dashboard import access, live
from dashboard.requests import TeamRequest
from projects_app.models import Clip, Project, ProjectState, UploadState
from projects_app.views.project_page import poll_seconds


@access.team_view()
def home_panel(request: TeamRequest) -> HttpResponse:
    """The home page's share of this app: what is in flight, what waits for a person. Loaded lazily by dashboard."""
    projects = Project.objects.for_list(request.team)
    in_flight = list(projects.in_flight()[:6])
    waiting = Clip.objects.for_gallery(request.team).waiting_for_review()
    context = {
        "in_flight": in_flight,
        # What a person called off is no trouble.
        "troubled": projects.filter(state__in=[ProjectState.FAILED, ProjectState.NEEDS_YOU]).exclude(
            upload__state=UploadState.CANCELLED
        )[:4],
        "waiting_count": Clip.objects.for_team(request.team).waiting_for_review().count(),
        "best_waiting": waiting.order_by(F("virality_total").desc(nulls_last=True))[:4],
    }
    poll = min((poll_seconds(project) for project in in_flight), default=0)
    return live.answer(request, "projects/home_panel.html", context, poll=poll)
