"""What people ask for on a project's page. Each is a POST that leads back to the page."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dashboard import access
from dashboard.models import Role
from dashboard.requests import TeamRequest
from projects_app.actions import claims, exports, looks, projects
from projects_app.models import Project
from projects_app.views import decisions


def _done(request: TeamRequest, project: Project, step: Callable[[], object], text: str) -> HttpResponse:
    if decisions.is_about(request, project.call):
        decisions.done(request, step, text)
    return redirect(project)


@require_POST
@access.team_view()
def project_check(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    project = access.get_or_404(Project.objects.for_page(), request.team, pk)
    if looks.check_now(project=project, by=request.user):
        text = _("%(provider)s is asked now; this page shows what it answers.")
        messages.info(request, text % {"provider": project.provider_name})
    else:
        messages.info(request, _("It was asked a moment ago. Try again shortly."))
    return redirect(project)


@require_POST
@access.team_view(need=Role.EDITOR)
def project_claim(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """It is there: the id or the link of the project at the provider."""
    project = access.get_or_404(Project.objects.for_page(), request.team, pk)
    text = request.POST.get("upstream", "")
    return _done(
        request,
        project,
        lambda: claims.claim(project=project, text=text, by=request.user),
        _("Found. From now on it is kept up to date."),
    )


@require_POST
@access.team_view(need=Role.EDITOR)
def project_send_again(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """It never arrived. Unless that is sure the words must be typed: it may cost credits twice."""
    project = access.get_or_404(Project.objects.for_page(), request.team, pk)
    unsure = project.call is not None and project.call.may_have_arrived
    if unsure and not decisions.confirmed(request):
        return redirect(project)
    return _done(
        request, project, lambda: projects.send_again(project=project, by=request.user), _("It is sent again.")
    )


@require_POST
@access.team_view(need=Role.EDITOR)
def project_give_up(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    project = access.get_or_404(Project.objects.for_page(), request.team, pk)
    unsent = project.call is not None and project.call.state == "ready"
    text = _("Taken back. Nothing was spent.") if unsent else _("Given up.")
    return _done(request, project, lambda: projects.give_up(project=project, by=request.user), text)


@require_POST
@access.team_view(need=Role.EDITOR)
def project_export(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    project = access.get_or_404(Project.objects.for_page(), request.team, pk)
    """As recorded; the page of exports asks for more."""
    try:
        token = uuid.UUID(request.POST.get("form_token", ""))
    except ValueError:
        messages.error(request, _("The form was not complete. Load the page again and press Export once more."))
        return redirect(project)
    return _done(
        request,
        project,
        lambda: exports.ask(project=project, by=request.user, form_token=token),
        _("Submagic makes the video now."),
    )
