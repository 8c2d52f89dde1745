from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboard.leases import Leased
from dashboard.models import Team, TeamOwnedQuerySet, User
from projects_app.models.project import Project


class UploadState(models.TextChoices):
    RECEIVING = "receiving", _("uploading")
    RECEIVED = "received", _("all bytes are here")
    RELAYED = "relayed", _("handed to the provider")
    REFUSED = "refused", _("refused")
    DAMAGED = "damaged", _("damaged")
    CANCELLED = "cancelled", _("cancelled")


# Bytes are still to come, or still to be handed over.
UNDER_WAY = (UploadState.RECEIVING, UploadState.RECEIVED)


class UploadQuerySet(TeamOwnedQuerySet["Upload"]):
    def for_team(self, team: Team) -> UploadQuerySet:
        return self.filter(team=team)

    def under_way(self) -> UploadQuerySet:
        return self.filter(state__in=UNDER_WAY)

    def in_spools(self) -> UploadQuerySet:
        """Whose file still lies on some node."""
        return self.filter(pruned_at=None)

    def same_file(self, team: Team, digest: str) -> UploadQuerySet:
        """The team's uploads of the file with this digest that became (or are becoming) a project, the newest first."""
        if not digest:
            return self.none()
        alive = (*UNDER_WAY, UploadState.RELAYED)
        return self.filter(team=team, digest=digest, state__in=alive).select_related("project").order_by("-created_at")

    def for_tray(self, team: Team, user: User, also: Sequence[uuid.UUID] = ()) -> UploadQuerySet:
        """What this person has under way here, and the ones that the tray asks for by id."""
        wanted = Q(state__in=UNDER_WAY) | Q(pk__in=also)
        return self.filter(wanted, team=team, created_by=user).select_related("project", "team").order_by("created_at")


class Upload(Leased):
    """A file on its way: browser → spool on `node` → provider.

    `offset` counts durable bytes (fdatasync came before it was written here); `relayed` counts bytes handed to the
    provider in the current attempt, and starts again from 0 with each attempt.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="uploads")
    project = models.OneToOneField(Project, models.CASCADE, related_name="upload")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    node = models.CharField(max_length=40)
    filename = models.CharField(_("file name"), max_length=200)  # display text only, never a path
    content_type = models.CharField(max_length=60, blank=True)
    size = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    relayed = models.PositiveBigIntegerField(default=0)
    # Bytes a second of the browser's leg, as of the last durable byte.
    rate = models.PositiveBigIntegerField(default=0)
    # Of samples (projects_app/sampling.py): the browser's word until the file is here, then our own.
    digest = models.CharField(max_length=80, blank=True, db_index=True)
    # Upload-Metadata as a tus client sent it with the creation, for its HEAD; empty for the page's own uploads.
    metadata = models.TextField(blank=True)
    # Bytes a second that the key's provider took lately, as known when the upload began; 0 when nothing is known.
    upstream_rate = models.PositiveBigIntegerField(default=0)
    # "mp4" or "mov" once the first bytes were seen; empty before.
    container = models.CharField(max_length=8, blank=True)
    duration = models.FloatField(null=True, blank=True)  # seconds, once the moov box was read
    # The browser's name for the file, to find it again after a reload.
    fingerprint = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=UploadState, default=UploadState.RECEIVING)
    # For a person: why it stopped, and what to do.
    problem = models.CharField(max_length=500, blank=True)
    advice = models.CharField(max_length=500, blank=True)
    relay_attempts = models.PositiveIntegerField(default=0)
    # The provider takes nothing before this time, or there is no use in trying earlier.
    not_before = models.DateTimeField(null=True, blank=True)
    # Since which start of the machine it has been written (projects_app/spool.py, `boot`).
    boot = models.CharField(max_length=40, blank=True)
    # Raised by each new writer; a writer that sees a higher number than its own has been replaced.
    writer = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    first_byte_at = models.DateTimeField(null=True, blank=True)
    last_byte_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    relay_started_at = models.DateTimeField(null=True, blank=True)
    relayed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    # The spool file is gone (an hour after acceptance, a day after the last byte of an orphan).
    pruned_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(offset__lte=F("size")), name="upload_offset_in_size"),
            models.CheckConstraint(condition=Q(state__in=UploadState.values), name="upload_state_known"),
        ]

    def __str__(self) -> str:
        return self.filename

    @property
    def waits_until(self) -> dt.datetime | None:
        """When it is handed over, for one whose key has no calls left."""
        waits = self.is_under_way and self.not_before and self.not_before > timezone.now()
        return self.not_before if waits else None

    @property
    def is_complete(self) -> bool:
        return self.offset == self.size

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def received_percent(self) -> int:
        return self.offset * 100 // self.size

    @property
    def relayed_percent(self) -> int | None:
        """Of the second leg; None before it has begun."""
        if self.state == UploadState.RELAYED:
            return 100
        return self.relayed * 100 // self.size if self.relay_started_at else None
