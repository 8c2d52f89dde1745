from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.models import Team, TeamOwnedQuerySet
from publishing_app.links import safe_link
from publishing_app.models.numbers import NUMBERS, Numbers
from publishing_app.models.platform import Chip, advice_for, platform_name
from publishing_app.models.publication import NUMBERS_HURRY_FOR, Publication


class PostQuerySet(TeamOwnedQuerySet["Post"]):
    def for_team(self, team: Team) -> PostQuerySet:
        return self.filter(team=team)

    def for_analytics(self, team: Team) -> PostQuerySet:
        return self.for_team(team).select_related(
            "publication", "publication__clip", "publication__project", "publication__api_key"
        )


class Post(Numbers):
    """One platform's share of a publication, with the newest numbers the feed gave.

    A number the platform does not give is None and shown as a dash, never as 0.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="posts")
    publication = models.ForeignKey(Publication, models.CASCADE, related_name="posts")
    platform = models.CharField(max_length=16)  # open: the provider may add platforms
    platform_post_id = models.CharField(max_length=255, blank=True)
    url = models.URLField(max_length=2048, blank=True)
    publish_status = models.CharField(max_length=60, blank=True)
    sync_status = models.CharField(max_length=60, blank=True)
    error = models.TextField(blank=True)
    measured_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            # The platform's own id comes late. Two of one platform: somebody connected two accounts of it.
            models.UniqueConstraint(
                fields=["publication", "platform", "platform_post_id"],
                condition=~models.Q(platform_post_id=""),
                name="post_once_per_id",
            )
        ]

    def __str__(self) -> str:
        return f"{self.platform} · {self.publication}"

    def get_absolute_url(self) -> str:
        return reverse("publishing:post-detail", kwargs={"team": self.team.slug, "pk": self.pk})

    @property
    def platform_name(self) -> str:
        return platform_name(self.platform)

    @property
    def link(self) -> str:
        """Where the post is, when that address may be a link; `url` is then shown as text otherwise."""
        return safe_link(self.url, self.platform)

    @property
    def is_going_on(self) -> bool:
        """The platform has not taken or refused it yet, or its first numbers are about to come."""
        if self.publish_status.strip().lower() == "processing":
            return True
        return (
            self.measured_at is None
            and self.sync_status.strip().lower() == "pending"
            and (timezone.now() - self.created_at < NUMBERS_HURRY_FOR)
        )

    @property
    def is_measured(self) -> bool:
        return self.measured_at is not None

    @property
    def numbers_state(self) -> str:
        """Why the numbers are missing or old, in words; empty when they are current."""
        match self.sync_status.strip().lower():
            case "synced":
                return ""
            case "pending":
                return _("not synced yet") if self.measured_at is None else _("new numbers are on their way")
            case "failed":
                return _("sync failed at Submagic")
        return f"“{self.sync_status}”" if self.sync_status else _("not synced yet")

    @property
    def engagement(self) -> float | None:
        """Our own rate: likes, comments and shares per view; None without views or without any of the three."""
        parts = [value for value in (self.likes, self.comments, self.shares) if value is not None]
        return sum(parts) / self.views if self.views and parts else None

    @property
    def chip(self) -> Chip:
        raw = self.publish_status.strip()
        word = raw.lower()
        said = {
            "processing": _("Publishing"),
            "published": _("Published"),
            "scheduled": _("Scheduled"),
            "failed": _("Failed"),
        }.get(word, "")
        if word == "failed":
            error = self.error or _("%(name)s gave no reason.") % {"name": self.platform_name}
            return Chip(self.platform, "failed", said, self.link, self.url, error, advice_for(error, self.platform))
        return Chip(self.platform, raw or "processing", said, self.link, self.url, self.error)

    def numbers(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in NUMBERS}
