from __future__ import annotations

from typing import Any

from django.db import models

from dashboard.models.team import Team, TeamOwnedQuerySet
from dashboard.models.user import User


class AuditEvent(models.Model):
    """Who did what to which row, when. Written in the same transaction as the change; never changed."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="audit_events")
    # None: the desk itself (a worker, a webhook).
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=40)
    data: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    objects = TeamOwnedQuerySet["AuditEvent"].as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["team", "-at"], name="audit_team_at"),
            models.Index(fields=["target_type", "target_id", "-at"], name="audit_target"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_type} {self.target_id}"
