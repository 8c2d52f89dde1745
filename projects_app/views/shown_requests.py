"""A filled-in form as the request that it would send, to be pasted into a shell: an export, a link for the library.

Nothing is sent and nothing is made. The new-project and edit pages have their own Check (dry_run.py).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from dashboard import access, remote
from dashboard.models import ApiKey, Role
from dashboard.requests import TeamRequest
from projects_app import curl
from projects_app.actions.upload_request import with_hook
from projects_app.forms.exports import ExportForm
from projects_app.forms.media import MediaUrlForm
from projects_app.models import Project
from projects_app.views.exports import why_not

NAME = "projects/request.html"


@require_POST
@access.team_view(need=Role.EDITOR)
def export_request(request: TeamRequest, pk: uuid.UUID) -> HttpResponse:
    project = access.get_or_404(Project.objects.of_submagic().for_page(), request.team, pk)
    form = ExportForm(request.POST, project=project)
    key = project.api_key

    def body() -> dict[str, Any]:
        numbers = {name: number for name, number in form.numbers.items() if number}
        # The address is a secret, made anew for each request.
        return with_hook(numbers, remote.hook_url("…", key.environment))

    problems = [problem] if (problem := why_not(project)) else problems_of(form)
    return shown(request, problems, "export", body, key=key, upstream_id=project.upstream_id)


@require_POST
@access.team_view(need=Role.EDITOR)
def media_request(request: TeamRequest) -> HttpResponse:
    form = MediaUrlForm(request.POST, keys=list(ApiKey.objects.for_team(request.team).usable()))
    problems = problems_of(form)
    key = form.cleaned_data.get("key")
    return shown(request, problems, "create_media", lambda: {"url": form.cleaned_data["url"]}, key=key)


def problems_of(form: forms.Form) -> list[str]:
    """What is wrong with the form, each with the name of its field."""
    found: list[str] = []
    for name, texts in form.errors.items():
        field = form.fields.get(name)
        is_named = field is not None and not form[name].is_hidden
        found += [f"{field.label}: {text}" if field and is_named else str(text) for text in texts]
    return found


def shown(
    request: TeamRequest,
    problems: list[str],
    operation: str,
    body: Callable[[], dict[str, Any]],
    *,
    key: ApiKey | None,
    upstream_id: str = "",
) -> HttpResponse:
    """For htmx the part of the page; without a script a page of its own, and the browser's Back leads to the form.

    `body` in the API's spelling is asked for only when there is no problem.
    """
    command = ""
    if not problems and key:
        try:
            base_url = remote.base_url(key.environment)
        except remote.NoUsableKey as error:
            problems = [str(error)]
        else:
            command = curl.command(operation, body(), base_url=base_url, last4=key.last4, upstream_id=upstream_id)
    context = {"problems": problems or ([] if command else [_("There is no key to send it with.")]), "command": command}
    return render(request, NAME + ("#request" if request.htmx else ""), context)
