from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from projects_app import media_csp


class MediaPolicyMiddleware:
    """Puts the media hosts of the page's team into its content security policy (projects_app/media_csp.py)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A fragment's policy has no effect: the document's holds.
        if response.headers.get("Content-Type", "").startswith("text/html"):
            team = getattr(request, "team", None)  # set by access.team_view
            media_csp.apply_policy(response, team.pk if team else None)
        return response
