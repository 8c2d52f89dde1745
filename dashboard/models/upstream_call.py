from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboard.leases import Leased
from dashboard.models.api_key import ApiKey
from dashboard.models.team import Team, TeamOwnedQuerySet
from dashboard.models.user import User


class CallState(models.TextChoices):
    """States of a call that must not be repeated (design: reliability, 2.3).

    A draft is written down with all it needs, and waits for its time or for a person; nothing sends it.
    """

    DRAFT = "draft", _("kept until its time")
    READY = "ready", _("waiting to be sent")
    SENDING = "sending", _("being sent")
    COMMITTING = "committing", _("waiting for the answer")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("refused")
    UNKNOWN = "unknown", _("outcome unknown")
    ABANDONED = "abandoned", _("given up")


# "Resend of the same body within 24 h asks once" (design: reliability, 2.3, phase A).
SAME_WITHIN = dt.timedelta(hours=24)
LIVE_STATES = (CallState.READY, CallState.SENDING, CallState.COMMITTING, CallState.UNKNOWN)


def digest_of(body: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


class UpstreamCallQuerySet(TeamOwnedQuerySet["UpstreamCall"]):
    def for_team(self, team: Team) -> UpstreamCallQuerySet:
        return self.filter(team=team)

    def live(self) -> UpstreamCallQuerySet:
        return self.filter(state__in=LIVE_STATES)

    def unsent_of(self, person: User, operation: str) -> UpstreamCallQuerySet:
        """What somebody has asked for and nobody has sent yet."""
        return self.filter(actor=person, operation=operation, state__in=(CallState.DRAFT, CallState.READY))

    def same_lately(self, operation: str, body: dict[str, Any]) -> UpstreamCallQuerySet:
        """Of the last day, those of the very same request that may have been applied, the newest first."""
        since = timezone.now() - SAME_WITHIN
        gone = models.Q(state=CallState.REJECTED) | models.Q(state=CallState.ABANDONED, sent_at=None)
        same = self.filter(operation=operation, body_sha256=digest_of(body), created_at__gte=since)
        return same.exclude(gone).order_by("-created_at")

    def waiting(self, api_key_id: uuid.UUID, operation: str) -> UpstreamCallQuerySet:
        """Those of one kind that a key's budget has put off."""
        return self.filter(api_key=api_key_id, operation=operation, state=CallState.READY, not_before__isnull=False)

    def for_target(self, target_id: uuid.UUID) -> UpstreamCallQuerySet:
        return self.filter(target_id=target_id).order_by("-created_at")


class UpstreamCall(Leased):
    """The intent to make one call of a provider that spends, posts or creates, and what became of it.

    Written before the socket is opened; at most one complete request per row ever reaches the wire.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="upstream_calls")
    api_key = models.ForeignKey(ApiKey, models.PROTECT, related_name="upstream_calls")
    key_version = models.PositiveIntegerField()
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    # create_project, upload_project, create_magic_clips, upload_magic_clips, update, export, publish,
    # create_media, upload_media, render_slideshow
    operation = models.CharField(max_length=32)
    # The row of an upper app that the call is about (project, clip, publication).
    target_id = models.UUIDField()
    # From the form: a double click, a refresh or a repeated request is the same intent.
    form_token = models.UUIDField(null=True, blank=True, unique=True)
    body: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    # Of `body` (JSON, names in order), so that the same request is noticed before it is sent a second time.
    body_sha256 = models.CharField(max_length=64, default="", db_default="", editable=False)
    # Evidence from before the send (publish: the project's publication ids).
    baseline: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    hook_hash = models.CharField(max_length=64, unique=True)
    # The webhook address' token, sealed, until the provider has taken it.
    hook_sealed = models.TextField(blank=True)
    # The team's `hook_round` when the address was made; it is open only while the two are the same.
    hook_round = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    state = models.CharField(max_length=10, choices=CallState, default=CallState.READY)
    attempts = models.PositiveIntegerField(default=0)
    # It waits for its turn (the key's budget, or a time that the provider named), or a draft for its time.
    not_before = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    status_code = models.PositiveSmallIntegerField(null=True, blank=True)
    upstream_id = models.CharField(max_length=255, blank=True)
    reply: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    # The start of an answer that was not understood, scrubbed (providers.errors).
    sample = models.TextField(default="", db_default="", blank=True)
    # For a person: what happened, and what to do about it.
    problem = models.CharField(max_length=500, blank=True)
    advice = models.CharField(max_length=500, blank=True)
    supersedes = models.OneToOneField("self", models.SET_NULL, null=True, blank=True, related_name="superseded_by")

    objects = UpstreamCallQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["team", "body_sha256"], name="upstream_call_same_body")]
        constraints = [
            models.UniqueConstraint(
                fields=["target_id", "operation"],
                condition=models.Q(state__in=LIVE_STATES),
                name="upstream_call_one_live",
            ),
            models.CheckConstraint(condition=models.Q(state__in=CallState.values), name="upstream_call_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=(CallState.DRAFT, *LIVE_STATES)) | models.Q(settled_at__isnull=False),
                name="upstream_call_settled_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.state}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def may_have_arrived(self) -> bool:
        """Also one that a person gave up without knowing; not one that was refused or never went out."""
        if self.state in (CallState.ABANDONED, CallState.DRAFT) and self.reply.get("doubted"):
            return True  # kept before a backup that was restored
        if self.state == CallState.ABANDONED:
            return self.sent_at is not None
        if self.state == CallState.DRAFT:
            return False
        return self.state not in (CallState.READY, CallState.REJECTED)

    @property
    def waits_until(self) -> dt.datetime | None:
        """When it goes by itself, for a call that waits for its turn."""
        waits = self.state == CallState.READY and self.not_before and self.not_before > timezone.now()
        return self.not_before if waits else None
