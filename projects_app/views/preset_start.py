"""What the page of a new project shows of the team's presets: those to begin with, and the place to save one."""

from __future__ import annotations

import uuid
from typing import Any

from dashboard.requests import TeamRequest
from projects_app.actions import presets
from projects_app.forms.presets import SaveForm, initial_of, not_offered
from projects_app.forms.projects import NewProjectForm
from projects_app.models import Preset


def chosen(request: TeamRequest) -> Preset | None:
    """The preset that the address names (`?preset=`), or that the sent form began with."""
    try:
        pk = uuid.UUID(request.POST.get("preset") or request.GET.get("preset") or "")
    except ValueError:
        return None
    return Preset.objects.for_team(request.team).filter(pk=pk).first()


def initial(request: TeamRequest) -> dict[str, Any]:
    preset = chosen(request)
    return initial_of(preset) if preset else {}


def context(request: TeamRequest, form: NewProjectForm) -> dict[str, Any]:
    preset = chosen(request)
    return {
        "presets": list(Preset.objects.for_team(request.team)),
        "preset": preset,
        "preset_gone": bool(request.GET.get("preset")) and preset is None,
        "not_offered": not_offered(form),
        "preset_form": SaveForm(initial={"name": preset.name} if preset else {}),
    }


def mark_used(request: TeamRequest) -> None:
    if preset := chosen(request):
        presets.used(preset=preset)
