from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from projects_app import media_csp
from projects_app.views.webhooks import webhook

DOOR = "/h/"


class DoorMiddleware:
    """Providers' messages go to their view at once. Sessions, languages, people and policies are for pages; a door that
    is flooded must cost little."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request.path_info.removeprefix(DOOR)
        if token == request.path_info or not token or "/" in token:
            return self.get_response(request)
        return webhook(request, token)


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
