from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django_htmx.http import trigger_client_event

from dashboard import access
from dashboard import doctor as checks
from dashboard.doctor import report
from dashboard.models import Role
from dashboard.requests import TeamRequest

QUICK: Final = [group for group in checks.Group if not checks.is_slow(group)]
SLOW: Final = [group for group in checks.Group if checks.is_slow(group)]


@require_GET
@access.team_view(need=Role.ADMIN)
def doctor(request: TeamRequest) -> HttpResponse:
    """What waits for a provider loads by itself (`slow`), or with the page for whoever has no script. `text`: all of it
    to send along."""
    is_part = bool(request.htmx) and not request.htmx.boosted
    scope = checks.Scope(team=request.team, visit=checks.Visit.of(request))
    if "text" in request.GET:
        return _text(request, report.text(checks.examine(scope)), is_part)
    if "slow" in request.GET and is_part:
        return render(request, "dashboard/doctor.html#slow", {"slow": checks.examine(scope, SLOW)})
    quick = checks.examine(scope, QUICK)
    context = {
        "nav": "settings",
        "tab": "doctor",
        "quick": quick,
        "slow": checks.examine(scope, SLOW) if "slow" in request.GET else None,
        "slow_title": checks.TITLES[SLOW[0]],
        "at": timezone.now(),
    }
    if not is_part:
        return render(request, "dashboard/doctor.html", context)
    level = "warning" if report.is_bad(quick) else "success"
    told = {"level": level, "text": _("Checked again. %(summary)s") % {"summary": report.summary(quick)}}
    return trigger_client_event(render(request, "dashboard/doctor.html#report", context), "toast", told)


def _text(request: TeamRequest, text: str, is_part: bool) -> HttpResponse:
    if is_part:
        return render(request, "dashboard/doctor.html#text", {"text": text})
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
