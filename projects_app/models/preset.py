from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dashboard.models import Team, TeamOwnedQuerySet, User
from projects_app.models.project import STARTED_HERE


class PresetQuerySet(TeamOwnedQuerySet["Preset"]):
    def for_team(self, team: Team) -> PresetQuerySet:
        return self.filter(team=team).order_by("name")


class Preset(models.Model):
    """Options of a project under a name of the team's own. (A Submagic preset is another thing: `presetId`.)"""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="presets")
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(max_length=12, choices=[(each.value, each.label) for each in STARTED_HERE])
    language = models.CharField(max_length=10, blank=True)
    # As Project.options, in the API's spelling.
    options: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    used_at = models.DateTimeField(null=True, blank=True)

    objects = PresetQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "name"], name="preset_name_once")]

    def __str__(self) -> str:
        return self.name
