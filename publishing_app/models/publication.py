from __future__ import annotations

import datetime as dt
import uuid
import zoneinfo
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as now_

from dashboard.models import ApiKey, CallState, Team, TeamOwnedQuerySet, UpstreamCall, User
from projects_app.models import Clip, Project
from publishing_app.models.platform import Chip, platform_name
from publishing_app.models.publication_state import REFUSED, PublicationState
from publishing_app.models.schedule import Keeper, Schedule

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from publishing_app.models.post import Post

# A person decides about an unknown outcome once we have looked for it this long (reliability.md 2.3, 5).
PERSON_AFTER = dt.timedelta(hours=1)
# The feed shows a post within minutes: a look from after that tells something.
SETTLED_AFTER = dt.timedelta(minutes=5)
# A post that never gets an end state is not asked for in a hurry any longer than this.
HURRY_FOR = dt.timedelta(hours=24)
NUMBERS_HURRY_FOR = dt.timedelta(hours=1)
# So long a refusal waits for somebody on the home page.
REFUSED_FOR = dt.timedelta(days=3)
# Readings of the whole feed without it (reliability, R19).
GONE_AFTER = 2


class PublicationQuerySet(TeamOwnedQuerySet["Publication"]):
    def for_team(self, team: Team) -> PublicationQuerySet:
        return self.filter(team=team)

    def for_list(self, team: Team) -> PublicationQuerySet:
        return (
            self.for_team(team)
            .select_related("clip", "clip__project", "project", "api_key", "created_by", "call")
            .prefetch_related("posts")
            .order_by("-created_at", "-id")
        )

    def upcoming(self, team: Team) -> PublicationQuerySet:
        """What goes out later, the next one first: kept here, or already at Submagic (then the feed says when)."""
        due = Coalesce("scheduled_for", "published_at")
        return self.for_list(team).filter(state=PublicationState.SCHEDULED).alias(due=due).order_by("due", "id")

    def on_platform(self, platform: str) -> PublicationQuerySet:
        return self.filter(Q(platforms__has_key=platform) | Q(posts__platform=platform)).distinct()

    def of_project(self, project_id: uuid.UUID) -> PublicationQuerySet:
        """Also of a clip that was opened as this project."""
        of_clips = Q(clip__project_id=project_id) | Q(clip__own_project=project_id)
        return self.filter(Q(project_id=project_id) | of_clips)

    def refused_lately(self, team: Team) -> PublicationQuerySet:
        """By a platform in the last days, and not sent out again since."""
        since = timezone.now() - REFUSED_FOR
        # One that was found in the feed without a time may be of any age.
        lately = Q(published_at__gt=since) | Q(published_at=None, call__isnull=False, created_at__gt=since)
        same = Q(clip=OuterRef("clip")) | Q(project=OuterRef("project"))
        again = self.model._base_manager.filter(same, created_at__gt=OuterRef("created_at")).exclude(state__in=REFUSED)
        return (
            self.for_list(team)
            .filter(lately, ~Exists(again), state__in=REFUSED, posts__publish_status__iexact="failed")
            .distinct()
        )

    def in_a_hurry(self, api_key: ApiKey) -> PublicationQuerySet:
        """Whose end state or first numbers are still to come: the feed is read more often while there are any."""
        now = timezone.now()
        going_on = Q(state=PublicationState.SENT) | Q(posts__publish_status__iexact="processing")
        going_on |= Q(state=PublicationState.SCHEDULED, scheduled_for__lt=now)
        numbers = Q(posts__sync_status__iexact="pending") & Q(created_at__gt=now - NUMBERS_HURRY_FOR)
        return (
            self.filter(api_key=api_key)
            .filter(Q(created_at__gt=now - HURRY_FOR) | Q(scheduled_for__gt=now - HURRY_FOR))
            .exclude(upstream_id="")
            .filter(going_on | numbers)
            .distinct()
        )


class Publication(models.Model):
    """One clip or captioned project sent to one or more platforms in one call, by us or found in the feed."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="publications")
    api_key = models.ForeignKey(ApiKey, models.PROTECT, related_name="publications")
    # What is published: a clip, or a captions project; neither when the feed knows more than we do.
    clip = models.ForeignKey(Clip, models.SET_NULL, null=True, blank=True, related_name="publications")
    project = models.ForeignKey(Project, models.SET_NULL, null=True, blank=True, related_name="publications")
    upstream_project_id = models.CharField(max_length=255)
    title = models.CharField(max_length=255, blank=True)
    call = models.OneToOneField(UpstreamCall, models.PROTECT, null=True, blank=True, related_name="publication")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    # The documented `platforms` object as sent: {"youtube": {"title": …}, …}; empty when found in the feed.
    platforms: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    upstream_id = models.CharField(max_length=255, blank=True)
    upstream_status = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=14, choices=PublicationState, default=PublicationState.QUEUED)
    scheduled = models.BooleanField(default=False)
    # As asked for here: when it is to go out, in which zone that was said, and who keeps it until then.
    scheduled_for = models.DateTimeField(null=True, blank=True)
    zone = models.CharField(max_length=64, blank=True)
    keeper = models.CharField(max_length=8, choices=Keeper, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=500, blank=True)
    advice = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    # Whole readings of the feed, in a row, that did not show it any more.
    absences = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    objects = PublicationQuerySet.as_manager()

    if TYPE_CHECKING:
        posts: RelatedManager[Post]

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "upstream_id"], condition=~Q(upstream_id=""), name="publication_upstream_once"
            ),
            models.CheckConstraint(condition=Q(state__in=PublicationState.values), name="publication_state_known"),
            models.CheckConstraint(
                condition=Q(scheduled_for=None, keeper="") | Q(scheduled_for__isnull=False, keeper__in=Keeper.values),
                name="publication_schedule_whole",
            ),
        ]
        indexes = [models.Index(fields=["team", "-published_at"], name="publication_team_published")]

    def __str__(self) -> str:
        return self.title or self.upstream_id

    def get_absolute_url(self) -> str:
        return reverse("publishing:publication-detail", kwargs={"team": self.team.slug, "pk": self.pk})

    @property
    def is_ours(self) -> bool:
        """Sent from here, not found in the feed."""
        return self.call_id is not None

    @property
    def is_gone(self) -> bool:
        """The provider's list shows it no more (R19): deleted there. What was read of it stays."""
        return self.absences >= GONE_AFTER

    @property
    def matched_by_us(self) -> bool:
        """Its answer was lost; the feed's entry was found by comparing, so a person should look once."""
        return self.call is not None and self.call.reply.get("matched") == "feed"

    @property
    def person_decides(self) -> bool:
        """The outcome is unknown and we have looked for it long enough."""
        call = self.call
        if self.state != PublicationState.UNKNOWN or call is None or call.sent_at is None:
            return False
        waited = call.next_look_at is None or timezone.now() - call.sent_at >= PERSON_AFTER
        return waited and (self.was_looked_for or self.cannot_be_seen)

    @property
    def was_looked_for(self) -> bool:
        """The feed was read when it must have shown the post; before that nobody can say that it is not there."""
        if self.call is None or self.call.sent_at is None:
            return False
        try:
            looked_at = dt.datetime.fromisoformat(self.call.reply["looked_at"])
        except (KeyError, TypeError, ValueError):
            return False
        return looked_at >= self.call.sent_at + SETTLED_AFTER

    @property
    def cannot_be_seen(self) -> bool:
        """Its key was removed, so nobody here can read that feed any more."""
        return self.api_key.state == ApiKey.State.REVOKED

    @property
    def surely_not_sent(self) -> bool:
        """No call that was made for it can have reached the provider, or the provider says that all of it failed."""
        if self.state == PublicationState.FAILED and self.upstream_id:
            return True
        call = self.call
        while call is not None:
            if call.may_have_arrived:
                return False
            call = call.supersedes
        ended = (PublicationState.FAILED, PublicationState.ABANDONED, PublicationState.MISSED)
        return self.call is not None and self.state in ended

    @property
    def in_flight(self) -> bool:
        """Something about it changes by itself soon: its row on a page is asked for again."""
        if self.state in (PublicationState.QUEUED, PublicationState.SENT):
            return timezone.now() - max(self.created_at, self.scheduled_for or self.created_at) < HURRY_FOR
        if self.state == PublicationState.SCHEDULED and self.due_at is not None:
            return abs(timezone.now() - self.due_at) < HURRY_FOR
        if self.state == PublicationState.UNKNOWN:
            return not self.person_decides
        return any(post.is_going_on for post in self.posts.all())

    @property
    def schedule(self) -> Schedule | None:
        return Schedule(self.scheduled_for, self.zone, Keeper(self.keeper)) if self.scheduled_for else None

    @property
    def is_kept(self) -> bool:
        """Not sent yet, and this desk can still change it or take it back."""
        return self.call is not None and self.call.state == CallState.DRAFT

    @property
    def may_be_taken_back(self) -> bool:
        """Surely not sent yet."""
        return self.call is not None and self.call.state in (CallState.DRAFT, CallState.READY)

    @property
    def went_out_at(self) -> dt.datetime:
        """As far as that is known here; of one made elsewhere, when it was seen first: nobody could ask before that."""
        if self.call:
            return self.call.sent_at or self.created_at
        return min((post.created_at for post in self.posts.all()), default=self.created_at)

    @property
    def due_at(self) -> dt.datetime | None:
        """When a scheduled one goes out: what Submagic says, else what was asked for."""
        return self.published_at or self.scheduled_for

    @property
    def time_as_said(self) -> dt.datetime | None:
        """The time in the zone it was said in, when the person who looks is in another one."""
        if self.scheduled_for is None or self.zone == timezone.get_current_timezone_name():
            return None
        return self.scheduled_for.astimezone(zoneinfo.ZoneInfo(self.zone))

    @property
    def is_due(self) -> bool:
        """It is not public yet: `due_at` (the feed's `publishedAt`, contract.md, row 34) is still to come."""
        if self.state == PublicationState.SCHEDULED:
            return True
        return self.scheduled and self.published_at is not None and self.published_at > timezone.now()

    @property
    def platform_keys(self) -> list[str]:
        """The platforms asked for, then those that only the feed knows, each once."""
        return list(dict.fromkeys([*self.platforms, *(post.platform for post in self.posts.all())]))

    @property
    def platform_names(self) -> str:
        return ", ".join(platform_name(platform) for platform in self.platform_keys)

    @property
    def chips(self) -> list[Chip]:
        posts = list(self.posts.all())
        found: list[Chip] = []
        for platform in self.platform_keys:
            found += [post.chip for post in posts if post.platform == platform] or [Chip(platform, *self._said())]
        return found

    def _said(self) -> tuple[str, str]:
        """State and words of a platform whose post the feed has not shown yet."""
        match self.state:
            case PublicationState.QUEUED:
                return "queued", now_("Waiting to be sent")
            case PublicationState.UNKNOWN:
                return "unknown", now_("Outcome unknown")
            case PublicationState.FAILED:
                return "failed", now_("Not sent")
            case PublicationState.ABANDONED:
                unsent = self.call is not None and not self.call.may_have_arrived
                return "cancelled", now_("Not sent") if unsent else now_("Given up")
            case PublicationState.SCHEDULED:
                return "scheduled", now_("Scheduled here") if self.is_kept else now_("Scheduled at Submagic")
            case PublicationState.MISSED:
                return "needs you", now_("Not sent")
        return "sent", now_("Handed to Submagic")
