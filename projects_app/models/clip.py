from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dashboard.models import Team, TeamOwnedQuerySet, User
from projects_app.models import clip_order
from projects_app.models.project import Project
from projects_app.models.text_search import contains


class Decision(models.TextChoices):
    UNDECIDED = "undecided", _("undecided")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")


class LengthBand(models.TextChoices):
    SHORT = "short", _("Under 30 s")
    MIDDLE = "middle", _("30 to 60 s")
    LONG = "long", _("60 to 90 s")
    LONGER = "longer", _("90 s and more")


# Seconds: from, and below (None: no limit).
LENGTH_BANDS: dict[LengthBand, tuple[float, float | None]] = {
    LengthBand.SHORT: (0, 30),
    LengthBand.MIDDLE: (30, 60),
    LengthBand.LONG: (60, 90),
    LengthBand.LONGER: (90, None),
}


class ClipQuerySet(TeamOwnedQuerySet["Clip"]):
    def for_team(self, team: Team) -> ClipQuerySet:
        return self.filter(team=team)

    def for_gallery(self, team: Team) -> ClipQuerySet:
        return self.for_team(team).select_related("project__api_key", "decided_by", "archived")

    def waiting_for_review(self) -> ClipQuerySet:
        return self.filter(decision=Decision.UNDECIDED).exclude(video="")

    def matching(
        self,
        *,
        project: Project | None = None,
        least_score: int | None = None,
        length: str = "",
        terms: Iterable[str] = (),
    ) -> ClipQuerySet:
        """The gallery's filters, all but the decision. Every term is in the title, the project's title or the words."""
        found = self
        if project is not None:
            found = found.filter(project=project)
        if least_score:
            found = found.filter(virality_total__gte=least_score)
        if length:
            least, below = LENGTH_BANDS[LengthBand(length)]
            found = found.filter(duration__gte=least)
            found = found if below is None else found.filter(duration__lt=below)
        for term in terms:
            found = found.filter(contains(term, "title", "project__title", "transcript__text"))
        return found

    def with_decision(self, decision: str) -> ClipQuerySet:
        return self.filter(decision=decision) if decision else self

    def count_by_decision(self) -> dict[str, int]:
        """{"all": n, "undecided": n, "approved": n, "rejected": n} in one query."""
        each = {str(choice): Count("pk", filter=Q(decision=choice)) for choice in Decision}
        return self.aggregate(all=Count("pk"), **each)

    def in_order(self, sort: str, *, backwards: bool = False) -> ClipQuerySet:
        return self.annotate(**clip_order.columns(sort)).order_by(*clip_order.ordering(sort, backwards=backwards))

    def beyond(self, sort: str, place: clip_order.Place, *, backwards: bool = False) -> ClipQuerySet:
        """What comes after a place (before it, when backwards), nearest first."""
        ordered = self.in_order(sort, backwards=backwards)
        return ordered.filter(clip_order.beyond(sort, place, backwards=backwards))


class Clip(models.Model):
    """One short video that the provider cut from a project. At the provider it is a project of its own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="clips")
    project = models.ForeignKey(Project, models.CASCADE, related_name="clips")
    upstream_id = models.CharField(max_length=255)
    # Its place in the provider's list, which is not ordered by time.
    position = models.PositiveIntegerField(default=0)
    title = models.CharField(_("title"), max_length=255)
    duration = models.FloatField(_("length"), null=True, blank=True)  # seconds
    upstream_status = models.CharField(max_length=60, blank=True)
    # The provider's scores as it sent them; None where it sent none.
    virality_total = models.FloatField(_("score"), null=True, blank=True)
    shareability = models.FloatField(null=True, blank=True)
    hook_strength = models.FloatField(null=True, blank=True)
    story_quality = models.FloatField(null=True, blank=True)
    emotional_impact = models.FloatField(null=True, blank=True)
    scores: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    # directUrl, else downloadUrl: where it plays from. Links go stale, so `seen_at` says how old this one is.
    video = models.URLField(max_length=2048, blank=True)
    download_url = models.URLField(max_length=2048, blank=True)
    preview_url = models.URLField(max_length=2048, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.UNDECIDED)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ClipQuerySet.as_manager()

    class Meta:
        ordering = ["project", "position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "upstream_id"], name="clip_once_per_project"),
            models.CheckConstraint(condition=Q(decision__in=Decision.values), name="clip_decision_known"),
            models.CheckConstraint(
                condition=Q(decision="undecided", decided_at=None)
                | (~Q(decision="undecided") & Q(decided_at__isnull=False)),
                name="clip_decided_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-virality_total"], name="clip_team_score"),
            # What was lately made or approved, for what is kept by itself.
            models.Index(fields=["created_at"], name="clip_created"),
            models.Index(fields=["decided_at"], condition=Q(decision="approved"), name="clip_approved"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def part_scale(self) -> int:
        """What a sub-score is out of: 25 when all four add up to the total, else 100 (contract.md, row 16)."""
        parts = [self.shareability, self.hook_strength, self.story_quality, self.emotional_impact]
        known = [part for part in parts if part is not None]
        if self.virality_total is not None and len(known) == 4 and abs(sum(known) - self.virality_total) <= 2:
            return 25
        return 100

    @property
    def is_playable(self) -> bool:
        return bool(self.video or self.download_url)

    def get_absolute_url(self) -> str:
        return reverse("projects:clip-detail", kwargs={"team": self.team.slug, "pk": self.pk})
