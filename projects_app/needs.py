"""Projects that wait for a person though nothing failed: jobs that stand still."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboard.models import Team
from dashboard.needs import MOST, Need
from projects_app.models import Project


def of_team(team: Team) -> list[Need]:
    found = Project.objects.for_team(team).stalled().select_related("api_key", "team")
    return [_stalled(project) for project in found[:MOST]]


def _stalled(project: Project) -> Need:
    told = {"title": project.title, "provider": project.provider_name}
    title = _("%(title)s stands still at %(provider)s") % told
    text = _("It is looked at on and on, and nothing is lost. Check it there; starting it anew may cost again.")
    return Need(f"stalled-{project.pk}", "warn", title, text, project.get_absolute_url(), project.stalled_since)
