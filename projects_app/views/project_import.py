from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.models import ApiKey, Role
from dashboard.requests import TeamRequest
from projects_app.actions import imports
from projects_app.actions.projects import NotNow
from projects_app.forms.imports import ImportForm


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def project_import(request: TeamRequest) -> HttpResponse:
    """A project that was made elsewhere (in Submagic's app, by another program) is taken up by its id."""
    keys = list(ApiKey.objects.for_team(request.team).usable())
    if not keys:
        return redirect("projects:project-new", team=request.team.slug)  # that page says what to do about it
    form = ImportForm(request.POST or None, keys=keys)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                project, fresh = imports.take_up(
                    team=request.team, api_key=data["api_key"], text=data["upstream"], by=request.user
                )
            except NotNow as reason:
                form.add_error("upstream", str(reason))
                status = 409
            else:
                text = _("Taken up. It is kept up to date from now on.") if fresh else _("Your team has it already.")
                messages.success(request, text)
                return redirect(project)
    context = {"nav": "projects", "form": form, "sandbox": all(key.is_sandbox for key in keys)}
    return render(request, "projects/project_import.html", context, status=status)
