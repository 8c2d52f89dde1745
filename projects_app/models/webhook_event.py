from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Final

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboard.leases import Leased
from dashboard.models import CallState, Team, TeamOwnedQuerySet, UpstreamCall
from projects_app.models.project import Project, ProjectState

# What of a message is personal or large goes first (actions/hook_retention.py); that it came is known for longer.
KEEP_BODY: Final = dt.timedelta(days=30)
KEEP_ROW: Final = dt.timedelta(days=180)


class Verdict(models.TextChoices):
    WAITING = "waiting", _("not looked at yet")
    CONFIRMED = "confirmed", _("confirmed by a look")
    NOT_CONFIRMED = "not_confirmed", _("not confirmed")
    LATE = "late", _("late, no effect")
    UNREADABLE = "unreadable", _("unreadable; a look was made all the same")


class WebhookEventQuerySet(TeamOwnedQuerySet["WebhookEvent"]):
    def for_inbox(self) -> WebhookEventQuerySet:
        """Newest first, without what is large: a body is read when it is looked at."""
        large = ("body", "call__body", "call__baseline", "call__reply")
        return self.select_related("call__api_key").defer(*large).order_by("-received_at", "-pk")

    def before(self, event: WebhookEvent) -> WebhookEventQuerySet:
        at = event.received_at
        return self.filter(Q(received_at__lt=at) | Q(received_at=at, pk__lt=event.pk))

    def waiting(self) -> WebhookEventQuerySet:
        return self.filter(verdict=Verdict.WAITING)

    def late(self, now: dt.datetime) -> WebhookEventQuerySet:
        """Those that wait, that nobody works on, and whose project had reached its end: they say nothing new.

        Not after a failure: what the provider gave up it may have done after all. Nor when a person asks.
        """
        ready = Project.objects.filter(pk=OuterRef("call__target_id"), state=ProjectState.READY)
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        return self.waiting().filter(free, Exists(ready), call__state=CallState.ACCEPTED, asked_at=None)

    def since(self, at: dt.datetime) -> WebhookEventQuerySet:
        return self.filter(received_at__gte=at)

    def with_body(self) -> WebhookEventQuerySet:
        return self.filter(body_removed_at=None)


class WebhookEvent(Leased):
    """What arrived under a call's secret address, stored raw before it was answered.

    It proves nothing by itself: it makes us look the project up again at the provider.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="webhook_events")
    call = models.ForeignKey(UpstreamCall, models.CASCADE, related_name="webhook_events")
    body = models.BinaryField()
    size = models.PositiveIntegerField(default=0, db_default=0)
    # Stays when the body goes: the same body has no effect for as long as the row is there.
    sha256 = models.CharField(max_length=64)
    headers: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    source_ip = models.GenericIPAddressField(null=True, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    verdict = models.CharField(max_length=14, choices=Verdict, default=Verdict.WAITING)
    note = models.CharField(max_length=300, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    # A person wanted another look then: one is made whatever is known already.
    asked_at = models.DateTimeField(null=True, blank=True)
    body_removed_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookEventQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at"]
        constraints = [models.UniqueConstraint(fields=["call", "sha256"], name="webhook_body_once_per_call")]
        indexes = [
            models.Index(fields=["team", "-received_at", "-id"], name="webhook_inbox"),
            models.Index(fields=["team", "verdict", "-received_at", "-id"], name="webhook_inbox_by_verdict"),
            models.Index(fields=["received_at"], name="webhook_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.call.operation} {self.verdict}"

    @property
    def is_waiting(self) -> bool:
        return self.verdict == Verdict.WAITING

    @property
    def since(self) -> dt.datetime:
        """From when on a look tells something about it."""
        return self.asked_at or self.received_at

    @property
    def removed_early(self) -> bool:
        """Its body went because all bodies together were too many, not because it was old."""
        return self.body_removed_at is not None and self.body_removed_at - self.received_at < KEEP_BODY

    @property
    def next_try_at(self) -> dt.datetime | None:
        """When it is looked at by itself, if that is not now."""
        waits = self.is_waiting and self.next_look_at and self.next_look_at > timezone.now()
        return self.next_look_at if waits else None
