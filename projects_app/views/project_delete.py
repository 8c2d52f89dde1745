from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.models import Role
from dashboard.requests import TeamRequest
from projects_app.actions import deletions
from projects_app.actions.projects import NotNow
from projects_app.forms.confirm import DELETE, says
from projects_app.models import Project


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def project_delete(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    """The question as a page, and the deed. The word must be typed: it cannot be undone at the provider."""
    project = access.get_or_404(Project.objects.for_page(), request.team, pk)
    if not deletions.may_be_asked(project):
        messages.info(request, _("This video cannot be deleted from here."))
        return redirect(project)
    problem, status = "", 200
    if request.method == "POST":
        if not says(DELETE, request.POST.get("confirm", "")):
            problem, status = _("Nothing was deleted: type “%(word)s” to confirm.") % {"word": DELETE}, 422
        else:
            try:
                gone = deletions.ask(project=project, by=request.user)
            except NotNow as reason:
                problem, status = str(reason), 409
            else:
                if gone:
                    messages.success(request, _("It is deleted at %(provider)s.") % {"provider": project.provider_name})
                else:
                    text = _("The answer was lost. Whether it is deleted is looked up now; this page tells.")
                    messages.warning(request, text)
                return redirect(project)
    context = {"nav": "projects", "project": project, "problem": problem, "word": DELETE}
    return render(request, "projects/project_delete.html", context, status=status)
