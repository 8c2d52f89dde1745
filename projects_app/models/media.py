from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dashboard.leases import Leased
from dashboard.models import ApiKey, Team, TeamOwnedQuerySet, UpstreamCall, User
from projects_app.models import keyset
from projects_app.models.preset import Preset
from projects_app.models.project import Project


class MediaType(models.TextChoices):
    VIDEO = "VIDEO", _("Video")
    IMAGE = "IMAGE", _("Picture")
    AUDIO = "AUDIO", _("Music")


class MediaState(models.TextChoices):
    """`waiting`: taken by the provider, but not yet in its list, so not yet usable (contract.md, section 2)."""

    UPLOADING = "uploading", _("uploading")
    QUEUED = "queued", _("queued")
    WAITING = "waiting", _("getting ready")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown")
    GONE = "gone", _("no longer there")


# Something will change by itself, or the outcome is looked for.
IN_MOTION: Final = (MediaState.QUEUED, MediaState.UPLOADING, MediaState.WAITING, MediaState.UNKNOWN)
# Submagic makes most media ready within minutes; a picture was seen that it never did (contract.md, section 2).
SLOW_AFTER: Final = dt.timedelta(minutes=15)
# Seconds between a page's own looks at what is in motion, by its age.
POLLS: Final = ((60, 2), (300, 5), (900, 15))
CALM_POLL: Final = 60


class MediaQuerySet(TeamOwnedQuerySet["Media"]):
    def for_team(self, team: Team) -> MediaQuerySet:
        return (
            self.filter(team=team)
            .select_related("api_key", "created_by", "team", "call")
            .order_by("-created_at", "-id")
        )

    def of_key(self, api_key: ApiKey) -> MediaQuerySet:
        """The library of one account."""
        return self.filter(api_key=api_key)

    def in_motion(self) -> MediaQuerySet:
        return self.filter(state__in=IN_MOTION)

    def after(self, place: str) -> MediaQuerySet:
        """The rows older than the last one shown (its `place`)."""
        return self.filter(keyset.older_than(place))

    def on_node(self, node: str) -> MediaQuerySet:
        """Whose file lies in this node's spool."""
        return self.filter(node=node, pruned_at=None)

    def ready(self) -> MediaQuerySet:
        return self.filter(state=MediaState.READY)

    def usable_with(self, api_key: ApiKey) -> MediaQuerySet:
        """What may be named in a request with this key: the library belongs to the key's account."""
        return self.ready().filter(api_key=api_key)


class Media(Leased):
    """One entry of an account's media library: B-roll videos and pictures, and music."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="media")
    api_key = models.ForeignKey(ApiKey, models.PROTECT, related_name="media")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    # "" until the list tells it, when the file's name does not.
    type = models.CharField(max_length=12, blank=True)
    name = models.CharField(_("name"), max_length=200)
    source_url = models.URLField(_("link"), max_length=2048, blank=True)
    url = models.URLField(max_length=2048, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    duration = models.FloatField(null=True, blank=True)  # seconds
    size = models.PositiveBigIntegerField(null=True, blank=True)  # bytes
    state = models.CharField(max_length=10, choices=MediaState, default=MediaState.QUEUED)
    upstream_id = models.CharField(max_length=255, blank=True)
    call = models.OneToOneField(UpstreamCall, models.PROTECT, null=True, blank=True, related_name="media")
    problem = models.CharField(max_length=500, blank=True)
    advice = models.CharField(max_length=500, blank=True)
    # Where its file lies until the provider has it (spool, by our id); "" for a link or what the list showed.
    node = models.CharField(max_length=40, blank=True)
    sent = models.PositiveBigIntegerField(default=0)  # bytes handed to the provider so far
    pruned_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    # The list showed it at this time ("as of").
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = MediaQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "media"
        indexes = [models.Index(fields=["team", "-created_at"], name="media_team_created")]
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "upstream_id"], condition=~Q(upstream_id=""), name="media_upstream_once"
            ),
            models.CheckConstraint(condition=Q(state__in=MediaState.values), name="media_state_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("projects:media-detail", kwargs={"team": self.team.slug, "pk": self.pk})

    @property
    def place(self) -> str:
        """Where it stands in the list, see `MediaQuerySet.after`."""
        return keyset.place_of(self.created_at, self.pk)

    @property
    def status_word(self) -> str:
        """What the status pill is made of (dashboard/templatetags/states.py)."""
        special = {MediaState.WAITING: "getting ready", MediaState.GONE: "no longer there"}
        return special.get(MediaState(self.state), str(self.state))

    @property
    def type_word(self) -> str:
        return str(MediaType(self.type).label) if self.type in MediaType.values else self.type.capitalize()

    @property
    def is_file(self) -> bool:
        """It was dropped here, so its bytes come from this desk."""
        return bool(self.node)

    @property
    def has_file(self) -> bool:
        return self.is_file and self.pruned_at is None

    @property
    def is_found(self) -> bool:
        """The provider's list showed it; nobody added it from here."""
        return self.call_id is None

    @property
    def is_in_motion(self) -> bool:
        return self.state in IN_MOTION

    @property
    def is_on_its_way(self) -> bool:
        """Between the desk and the provider."""
        return self.state in (MediaState.QUEUED, MediaState.UPLOADING)

    @property
    def may_be_removed(self) -> bool:
        """Taking it off our list loses nothing: the provider does not have it (any more)."""
        return self.state in (MediaState.FAILED, MediaState.GONE)

    @property
    def sent_percent(self) -> int | None:
        """Of the way to the provider; None before it has begun."""
        if self.state != MediaState.UPLOADING or not self.size:
            return None
        return min(100, self.sent * 100 // self.size)

    @property
    def age(self) -> dt.timedelta:
        return timezone.now() - (self.accepted_at or self.created_at)

    @property
    def is_slow(self) -> bool:
        """Taken by the provider long ago, and still not usable."""
        return self.state == MediaState.WAITING and self.age > SLOW_AFTER

    @property
    def waited_minutes(self) -> int:
        return int(self.age.total_seconds() // 60)

    @property
    def poll_seconds(self) -> int:
        """Until a page that shows it looks again; the older, the calmer."""
        age = self.age.total_seconds()
        return next((seconds for until, seconds in POLLS if age < until), CALM_POLL)


# --- Where it is used ----------------------------------------------------------------------------------------------

MOST_READ: Final = 2000


def named_in(options: Any) -> set[str]:
    """Ids of media that a project's options name: `items[].userMediaId` and `music.userMediaId`."""
    if not isinstance(options, dict):
        return set()
    items = options.get("items")
    places = [*(items if isinstance(items, list) else []), options.get("music")]
    found = (place.get("userMediaId") for place in places if isinstance(place, dict))
    return {each for each in found if isinstance(each, str) and each}


def uses(team: Team, upstream_ids: Collection[str]) -> dict[str, list[Project | Preset]]:
    """By media id: the team's projects, newest first, and presets that name it."""
    wanted = set(upstream_ids) - {""}
    found: dict[str, list[Project | Preset]] = defaultdict(list)
    for thing in _naming_media(team) if wanted else ():
        for each in named_in(thing.options) & wanted:
            found[each].append(thing)
    return found


def _naming_media(team: Team) -> Iterator[Project | Preset]:
    # The word is looked for in the JSON as text, because not every database can look inside it; most rows lack it.
    text = Cast("options", models.TextField())
    projects = Project.objects.for_team(team).annotate(said=text).filter(said__contains="userMediaId")
    yield from projects.select_related("team").defer("description").order_by("-created_at", "-id")[:MOST_READ]
    yield from Preset.objects.for_team(team).annotate(said=text).filter(said__contains="userMediaId")[:MOST_READ]
