from __future__ import annotations

import uuid
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from dashboard.leases import Leased
from dashboard.models import Team, TeamOwnedQuerySet, User
from projects_app.models import keyset
from projects_app.models.clip import Clip
from projects_app.models.export import Export
from projects_app.models.project import Project
from projects_app.models.text_search import contains


class ArchiveState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    KEPT = "kept", _("kept")
    FAILED = "failed", _("failed")
    # The row stays, so that what people took out is not copied again by itself.
    REMOVED = "removed", _("taken out")


TO_COPY: Final = Q(state=ArchiveState.WAITING) | Q(renews=True)
TYPES: Final = {"mp4": "video/mp4", "mov": "video/quicktime"}


class ArchivedVideoQuerySet(TeamOwnedQuerySet["ArchivedVideo"]):
    def for_team(self, team: Team) -> ArchivedVideoQuerySet:
        return self.filter(team=team)

    def for_page(self) -> ArchivedVideoQuerySet:
        """With what the archive shows of each; newest first."""
        return (
            self.exclude(state=ArchiveState.REMOVED)
            .select_related("team", "asked_by", "clip__team", "clip__project__api_key", "clip__project__team")
            .select_related("export__project__api_key", "export__project__team")
            .order_by("-created_at", "-id")
        )

    def kept(self) -> ArchivedVideoQuerySet:
        return self.filter(state=ArchiveState.KEPT)

    def waiting(self) -> ArchivedVideoQuerySet:
        return self.filter(state=ArchiveState.WAITING)

    def to_copy(self) -> ArchivedVideoQuerySet:
        """Those that wait, and those that are to take the place of what is kept."""
        return self.filter(TO_COPY)

    def next_for(self, node: str, *, after: uuid.UUID) -> uuid.UUID | None:
        """The one that has waited longest in the line, or whose next try has come; nobody is at it."""
        now = timezone.now()
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        due = Q(next_look_at__lte=now) | Q(looks=0, problem="")
        mine = self.to_copy().filter(free, due, node__in=("", node)).exclude(pk=after)
        return mine.order_by("created_at").values_list("pk", flat=True).first()

    def after(self, place: str) -> ArchivedVideoQuerySet:
        """The rows older than the last one shown (its `place`)."""
        return self.filter(keyset.older_than(place))

    def saying(self, text: str) -> ArchivedVideoQuerySet:
        """Every word is in the title of the clip or of its project."""
        found = self
        for term in text.split()[:10]:
            found = found.filter(contains(term, "clip__title", "clip__project__title", "export__project__title"))
        return found

    def used_bytes(self) -> int:
        """What lies on the disk, and what is still to come of copies under way."""
        each = Greatest(Coalesce("size", 0), "received", output_field=models.BigIntegerField())
        live = self.filter(state__in=(ArchiveState.KEPT, ArchiveState.WAITING))
        return live.aggregate(total=Sum(each))["total"] or 0


class ArchivedVideo(Leased):
    """A checked copy of a finished video on the desk's own disk: providers' links go stale, and their files end."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="archive")
    # Of exactly one of the two.
    clip = models.OneToOneField(Clip, models.CASCADE, null=True, blank=True, related_name="archived")
    export = models.OneToOneField(Export, models.CASCADE, null=True, blank=True, related_name="archived")
    state = models.CharField(max_length=10, choices=ArchiveState, default=ArchiveState.WAITING)
    # A newer version is copied; until it is whole the one that is kept stays, and stays in use.
    renews = models.BooleanField(default=False)
    # None: kept by itself, as the team wishes (models/archive_policy.py).
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    # Whose disk holds the file; "" until one begins with it.
    node = models.CharField(max_length=40, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True)  # bytes, as the provider's host announced them
    received = models.PositiveBigIntegerField(default=0)  # bytes
    # What stays the same of the link it came from, when that is given out anew (actions/rendering.py).
    source = models.CharField(max_length=300, blank=True)
    # Which version of the file the bytes so far are of, and since which start of the machine they lie there.
    etag = models.CharField(max_length=200, blank=True)
    boot = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    container = models.CharField(max_length=4, blank=True)
    duration = models.FloatField(null=True, blank=True)  # seconds
    problem = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    kept_at = models.DateTimeField(null=True, blank=True)

    objects = ArchivedVideoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ArchiveState.values), name="archive_state_known"),
            models.CheckConstraint(
                condition=Q(clip__isnull=False, export=None) | Q(clip=None, export__isnull=False),
                name="archive_of_one_thing",
            ),
            models.CheckConstraint(
                condition=~Q(state="kept") | (Q(kept_at__isnull=False, size__isnull=False) & ~Q(sha256="")),
                name="archive_kept_is_whole",
            ),
        ]
        indexes = [models.Index(fields=["team", "-created_at"], name="archive_team_created")]

    def __str__(self) -> str:
        return self.title

    @property
    def thing(self) -> Clip | Export:
        found = self.clip or self.export
        assert found is not None  # the database's own check
        return found

    @property
    def project(self) -> Project:
        return self.thing.project

    @property
    def title(self) -> str:
        if self.clip:
            return self.clip.title
        return f"{self.project.title} ({self.export})"

    @property
    def is_kept(self) -> bool:
        return self.state == ArchiveState.KEPT

    @property
    def is_waiting(self) -> bool:
        return self.state == ArchiveState.WAITING

    @property
    def is_under_way(self) -> bool:
        """Something of it is still to be copied."""
        return self.is_waiting or self.renews

    @property
    def is_failed(self) -> bool:
        return self.state == ArchiveState.FAILED

    @property
    def place(self) -> str:
        """Where it stands in the list, see `ArchivedVideoQuerySet.after`."""
        return keyset.place_of(self.created_at, self.pk)

    @property
    def percent(self) -> int | None:
        """Of a copy under way; None before the first byte, and where the host does not say how many come."""
        known = self.size and self.received and not self.renews
        return min(100, self.received * 100 // (self.size or 1)) if known else None

    @property
    def filename(self) -> str:
        """For the person who saves it."""
        return f"{slugify(self.title, allow_unicode=True)[:80] or 'video'}.{self.container or 'mp4'}"

    @property
    def content_type(self) -> str:
        return TYPES.get(self.container, TYPES["mp4"])

    @property
    def file_url(self) -> str:
        """It names the node that has it, so that a balancer leads there (docs/operations.md)."""
        ours = reverse("projects:archive-file", kwargs={"team": self.team.slug, "pk": self.pk})
        return f"{ours}?node={self.node or settings.NODE}"

    def get_absolute_url(self) -> str:
        if self.clip:
            return self.clip.get_absolute_url()
        return reverse("projects:project-exports", kwargs={"team": self.team.slug, "pk": self.project.pk})
