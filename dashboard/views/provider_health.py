from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from dashboard import access, health
from dashboard.models import ApiKey
from dashboard.requests import TeamRequest


@require_GET
@access.team_view()
def provider_health(request: TeamRequest) -> HttpResponse:
    """How each provider is that the team has keys for. With `of`, for htmx, one of them alone; 286 ends the asking."""
    used = ApiKey.objects.for_team(request.team).environments()
    wanted = request.GET.get("of", "")
    if wanted and request.htmx:
        if wanted not in used:
            return HttpResponse(status=286)
        context = {"team": request.team, "environment": wanted, "pulse": health.ask(wanted), "asked": True}
        return render(request, "components/pulse.html", context)
    for environment in used:
        health.ask(environment)
    return render(request, "dashboard/provider_health.html", {"nav": "settings", "environments": used})
