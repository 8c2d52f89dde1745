from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dashboard.leases import Leased
from dashboard.models import Team, TeamOwnedQuerySet, UpstreamCall


class Verdict(models.TextChoices):
    WAITING = "waiting", _("not looked at yet")
    CONFIRMED = "confirmed", _("confirmed by a look")
    NOT_CONFIRMED = "not_confirmed", _("not confirmed")
    LATE = "late", _("late, no effect")
    UNREADABLE = "unreadable", _("unreadable; a look was made all the same")


class WebhookEvent(Leased):
    """What arrived under a call's secret address, stored raw before it was answered.

    It proves nothing by itself: it makes us look the project up again at the provider.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="webhook_events")
    call = models.ForeignKey(UpstreamCall, models.CASCADE, related_name="webhook_events")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    headers: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    source_ip = models.GenericIPAddressField(null=True, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    verdict = models.CharField(max_length=14, choices=Verdict, default=Verdict.WAITING)
    note = models.CharField(max_length=300, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    objects = TeamOwnedQuerySet["WebhookEvent"].as_manager()

    class Meta:
        ordering = ["-received_at"]
        constraints = [models.UniqueConstraint(fields=["call", "sha256"], name="webhook_body_once_per_call")]

    def __str__(self) -> str:
        return f"{self.call.operation} {self.verdict}"
