from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from dashboard import access
from dashboard.models import ApiKey, Provider, Role
from dashboard.requests import TeamRequest
from projects_app.actions import imports
from projects_app.actions.imports import Taken
from projects_app.actions.projects import NotNow
from projects_app.forms.imports import ImportForm

# Those that give no list of what an account has.
PROVIDERS = (Provider.SUBMAGIC, Provider.MAGIC_HOUR)


@require_http_methods(["GET", "HEAD", "POST"])
@access.team_view(need=Role.EDITOR)
def project_import(request: TeamRequest) -> HttpResponse:
    """Projects that were made elsewhere (in the provider's app, by another program) are taken up by their ids."""
    keys = [key for provider in PROVIDERS for key in ApiKey.objects.for_team(request.team).usable(provider)]
    if not keys:
        return redirect("projects:project-new", team=request.team.slug)  # that page says what to do about it
    form = ImportForm(request.POST or None, keys=keys)
    status, taken = 200, list[Taken]()
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                taken = imports.take_up_all(
                    team=request.team, api_key=data["api_key"], text=data["upstream"], by=request.user
                )
            except NotNow as reason:
                form.add_error("upstream", str(reason))
            else:
                if len(taken) == 1 and (project := taken[0].project):
                    known, fresh = _("Your team has it already."), _("Taken up. It is kept up to date from now on.")
                    messages.success(request, fresh if taken[0].fresh else known)
                    return redirect(project)
                form, status = _what_is_left(form, taken, keys)
    context = {
        "nav": "projects",
        "form": form,
        "taken": [each for each in taken if each.project],
        "providers": list(dict.fromkeys(key.provider for key in keys)),
        "sandbox": all(key.is_sandbox for key in keys),
    }
    return render(request, "projects/project_import.html", context, status=status)


def _what_is_left(form: ImportForm, taken: list[Taken], keys: list[ApiKey]) -> tuple[ImportForm, int]:
    """The lines that could not be taken up stay in the form, each with its reason."""
    left = [each for each in taken if each.project is None]
    if not left:
        return ImportForm(keys=keys, initial={"api_key": form.cleaned_data["api_key"].pk}), 200
    form.data = {**form.data, "upstream": "\n".join(each.text for each in left)}
    for each in left:
        form.add_error("upstream", each.problem if len(taken) == 1 else f"{each.text[:60]}: {each.problem}")
    return form, 409
