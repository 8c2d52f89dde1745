from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from dashboard.models import Team, User

THEMES = {"light", "dark"}


def shell(request: HttpRequest) -> dict[str, Any]:
    """What every page's frame needs. `team` is the one of the address, else the person's first."""
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "")
    context: dict[str, Any] = {
        "theme": theme if theme in THEMES else "system",
        "has_sandbox": bool(settings.SANDBOX_URL),
        "demo_email": settings.DEMO_EMAIL if settings.SANDBOX_URL else "",
        "upload_chunk_bytes": settings.UPLOAD_CHUNK_BYTES,
        "team": None,
        "membership": None,
        "teams": [],
    }
    if isinstance(user, User):
        context["teams"] = teams = list(Team.objects.of_person(user))
        context["team"] = team = getattr(request, "team", None) or next(iter(teams), None)
        context["membership"] = getattr(request, "membership", None) or (
            user.memberships.filter(team=team).first() if team else None
        )
        # The cookie is what the person chose last in this browser; the profile is for browsers without one.
        if not theme and user.theme in THEMES:
            context["theme"] = user.theme
    return context
