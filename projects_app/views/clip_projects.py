"""A clip opened as a project of its own."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from dashboard import access
from dashboard.models import Role
from dashboard.requests import TeamRequest
from projects_app.actions import clip_projects
from projects_app.actions.projects import NotNow
from projects_app.models import Clip


@require_POST
@access.team_view(need=Role.EDITOR)
def clip_open(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """The first time it makes the project; after that it only leads there."""
    clip = access.get_or_404(Clip.objects.for_gallery(request.team), request.team, pk)
    try:
        project = clip_projects.open_clip(clip=clip, by=request.user)
    except NotNow as reason:
        messages.error(request, str(reason))
        return redirect("projects:clip-detail", team=request.team.slug, pk=clip.pk)
    return redirect("projects:project-edit", team=request.team.slug, pk=project.pk)
