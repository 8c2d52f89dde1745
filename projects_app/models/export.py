from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dashboard.models import Team, TeamOwnedQuerySet, UpstreamCall, User
from projects_app.models.project import Project


class ExportState(models.TextChoices):
    ASKED = "asked", _("waiting to be sent")
    RUNNING = "running", _("exporting")
    DONE = "done", _("done")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown")


class ExportQuerySet(TeamOwnedQuerySet["Export"]):
    def for_team(self, team: Team) -> ExportQuerySet:
        return self.filter(project__team=team)

    def for_page(self) -> ExportQuerySet:
        """With what a project's list of exports shows of each."""
        return self.select_related("call", "asked_by", "project", "project__api_key", "project__team", "archived")

    def open(self) -> ExportQuerySet:
        return self.filter(state__in=(ExportState.ASKED, ExportState.RUNNING, ExportState.UNKNOWN))

    def done(self) -> ExportQuerySet:
        return self.filter(state=ExportState.DONE)


class Export(models.Model):
    """One rendering of a project: what was asked for, the settings that it shows, and where its video lies."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    project = models.ForeignKey(Project, models.CASCADE, related_name="exports")
    # None: the provider rendered by itself (after creation, or after AI B-roll).
    call = models.OneToOneField(UpstreamCall, models.PROTECT, null=True, blank=True, related_name="export")
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    # None: as the project (001 Export Project).
    fps = models.PositiveSmallIntegerField(_("frames per second"), null=True, blank=True)
    width = models.PositiveSmallIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveSmallIntegerField(_("height"), null=True, blank=True)
    # The project's options at that moment, in the API's spelling.
    options: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=ExportState, default=ExportState.ASKED)
    problem = models.CharField(max_length=500, blank=True)
    download_url = models.URLField(max_length=2048, blank=True)
    direct_url = models.URLField(max_length=2048, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=ExportState.values), name="export_state_known"),
        ]

    def __str__(self) -> str:
        size = f"{self.width}×{self.height}" if self.width and self.height else ""
        return " ".join(part for part in (size, f"{self.fps} fps" if self.fps else "") if part) or str(_("as recorded"))

    @property
    def video_url(self) -> str:
        return self.direct_url or self.download_url

    @property
    def is_open(self) -> bool:
        """Its end is still to come."""
        return self.state in (ExportState.ASKED, ExportState.RUNNING, ExportState.UNKNOWN)

    @property
    def began_at(self) -> dt.datetime:
        """When the provider was asked; when we first saw it where nobody asked."""
        return (self.call.sent_at if self.call else None) or self.created_at

    @property
    def status_word(self) -> str:
        """For the status pill."""
        return {"asked": "queued", "running": "exporting"}.get(self.state, self.state)

    @property
    def size(self) -> str:
        """As “1080 × 1920”; empty where it is as recorded."""
        return f"{self.width} × {self.height}" if self.width and self.height else ""
