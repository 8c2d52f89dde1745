"""The composer's form as the request that it would send, to be pasted into a shell. Nothing is sent."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dashboard import access
from dashboard.models import Role
from dashboard.requests import TeamRequest
from projects_app.models import Clip, Project
from projects_app.views.shown_requests import problems_of, shown
from publishing_app.actions import publications
from publishing_app.forms import ComposeForm, WhenForm


@require_POST
@access.team_view(need=Role.EDITOR)
def publication_request_clip(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    return _shown(request, access.get_or_404(Clip.objects.select_related("project__api_key"), request.team, pk))


@require_POST
@access.team_view(need=Role.EDITOR)
def publication_request_project(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    return _shown(request, access.get_or_404(Project.objects.select_related("api_key"), request.team, pk))


def _shown(request: TeamRequest, target: publications.Target) -> HttpResponse:
    # Whether it went out before is a question for the one who publishes, not for the request.
    form = ComposeForm(request.POST, title=target.title, chosen=[], before={})
    when = WhenForm(request.POST)
    if publications.why_not(target):
        problems = [_("This can no longer be published. Load the page again to see why.")]
    else:
        problems = problems_of(form) + problems_of(when)
    return shown(
        request,
        problems,
        "publish",
        lambda: publications.body_of(form.platforms(), when.schedule()),
        key=publications.key_of(target),
        upstream_id=target.upstream_id,
    )
