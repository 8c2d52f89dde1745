from __future__ import annotations

import datetime as dt
import uuid
import zlib
from typing import Any

from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dashboard.leases import Leased
from dashboard.models import ApiKey, Provider, Team, TeamOwnedQuerySet, UpstreamCall, User
from projects_app.models import standing


class Kind(models.TextChoices):
    MAGIC_CLIPS = "magic_clips", _("Magic Clips")
    CAPTIONS = "captions", _("Captions")
    MAGIC_HOUR = "magic_hour", _("Magic Hour video")
    SLIDESHOW = "slideshow", _("Picovico slideshow")


# Those that are started here, at Submagic; the others are only taken up.
STARTED_HERE = (Kind.MAGIC_CLIPS, Kind.CAPTIONS)


class Source(models.TextChoices):
    UPLOAD = "upload", _("File")
    URL = "url", _("Link")
    YOUTUBE = "youtube", _("YouTube")
    CLIP = "clip", _("Clip")  # a clip that was opened as a project of its own (contract.md, section 2)
    IMPORT = "import", _("Added by its id")  # made elsewhere, and taken up here by its id
    BEGUN = "begun", _("Begun here")  # a slideshow, whose draft lies at its provider all the same


class ProjectState(models.TextChoices):
    """Where a project is, in our words; the provider's own word stays in `upstream_status`."""

    DRAFT = "draft", _("waiting for its file")
    UPLOADING = "uploading", _("uploading")
    RELAYING = "relaying", _("relaying")
    QUEUED = "queued", _("queued")
    PROCESSING = "processing", _("processing")
    TRANSCRIBING = "transcribing", _("transcribing")
    EXPORTING = "exporting", _("exporting")
    READY = "ready", _("ready")
    NEEDS_YOU = "needs_you", _("needs you")
    FAILED = "failed", _("failed")
    UNKNOWN = "unknown", _("unknown")
    DELETED = "deleted", _("deleted")  # at the provider, by a person; what was read before stays


# Of each provider's words for where a project is, those that our states stand for.
KNOWN_WORDS: dict[str, tuple[str, ...]] = {
    Provider.SUBMAGIC: (
        *("", "uploading", "processing", "transcribing", "transcribed", "exporting", "completed", "failed"),
    ),
    Provider.MAGIC_HOUR: ("", "draft", "queued", "rendering", "complete", "error", "canceled"),
    Provider.PICOVICO: ("", "initial", "processing", "published", "failed", "cancelled"),
}
# Those of their words that say more than our state does, as the status pill knows them.
FINER_WORDS: dict[tuple[str, str], str] = {
    (Provider.MAGIC_HOUR, "draft"): "initial",
    (Provider.MAGIC_HOUR, "rendering"): "rendering",
    (Provider.MAGIC_HOUR, "canceled"): "cancelled",
    (Provider.PICOVICO, "cancelled"): "cancelled",
}
_BY_THE_PROVIDER = (ProjectState.QUEUED, ProjectState.PROCESSING, ProjectState.FAILED)
FINAL_STATES = (ProjectState.READY, ProjectState.FAILED, ProjectState.DELETED)
IN_FLIGHT_STATES = (
    ProjectState.DRAFT,
    ProjectState.UPLOADING,
    ProjectState.RELAYING,
    ProjectState.QUEUED,
    ProjectState.PROCESSING,
    ProjectState.TRANSCRIBING,
    ProjectState.EXPORTING,
    ProjectState.UNKNOWN,
)


class ProjectQuerySet(TeamOwnedQuerySet["Project"]):
    def for_team(self, team: Team) -> ProjectQuerySet:
        return self.filter(team=team)

    def for_list(self, team: Team) -> ProjectQuerySet:
        """Everything the list shows, in a fixed number of queries."""
        clips = self.model._meta.get_field("clips").related_model
        first = clips._base_manager.filter(project=OuterRef("pk")).exclude(video="").order_by("position")
        return (
            self.for_team(team)
            .select_related("api_key", "created_by", "upload", "team", "clip__project")
            .annotate(
                first_clip_video=Subquery(first.values("video")[:1]),
                clip_count=Count("clips", distinct=True),
                decided_count=Count("clips", filter=~Q(clips__decision="undecided"), distinct=True),
            )
            .order_by("-created_at", "-id")
        )

    def of_submagic(self) -> ProjectQuerySet:
        """Those that can be changed, exported, made again and posted."""
        return self.filter(api_key__provider=Provider.SUBMAGIC)

    def for_page(self) -> ProjectQuerySet:
        """With what the project's own page reads beside it."""
        return self.select_related("api_key", "created_by", "upload", "call", "team", "clip__project")

    def seen_lately(self, api_key: ApiKey) -> ProjectQuerySet:
        """A few that the key surely sees, the one seen last first."""
        seen = self.filter(api_key=api_key, seen_at__isnull=False, missing_since=None).exclude(upstream_id="")
        return seen.exclude(state=ProjectState.DELETED).order_by("-seen_at")[:3]

    def stalled(self) -> ProjectQuerySet:
        return standing.stalled(self)

    def in_flight(self) -> ProjectQuerySet:
        """Something happens to them, or waits for its turn. A slideshow's draft waits for people alone."""
        return self.filter(state__in=IN_FLIGHT_STATES).exclude(kind=Kind.SLIDESHOW, state=ProjectState.DRAFT)


class Project(Leased):
    """One video at a provider: its source, its options, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, models.CASCADE, related_name="projects")
    api_key = models.ForeignKey(ApiKey, models.PROTECT, related_name="projects")
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    source = models.CharField(max_length=8, choices=Source)
    source_url = models.URLField(_("link"), max_length=2048, blank=True)
    title = models.CharField(_("title"), max_length=100)
    language = models.CharField(_("language"), max_length=10)
    # What is sent beside title and language, in the API's spelling: templateName, minClipLength …
    options: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, choices=ProjectState, default=ProjectState.DRAFT)
    # The call that creates it at the provider.
    call = models.OneToOneField(UpstreamCall, models.PROTECT, null=True, related_name="created_project")
    upstream_id = models.CharField(max_length=255, blank=True)
    upstream_status = models.CharField(max_length=60, blank=True)
    transcription_status = models.CharField(max_length=60, blank=True)
    # When something was last begun with it here, or a look found another state.
    moved_at = models.DateTimeField(null=True, blank=True, editable=False)
    failure_reason = models.CharField(max_length=500, blank=True)
    # What a person can do about `failed` or `needs you`.
    advice = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    duration = models.FloatField(_("duration"), null=True, blank=True)  # seconds
    fps = models.FloatField(null=True, blank=True)
    download_url = models.URLField(max_length=2048, blank=True)
    direct_url = models.URLField(max_length=2048, blank=True)
    preview_url = models.URLField(max_length=2048, blank=True)
    # What its provider tells beside all this, in the API's spelling (Magic Hour: type, credits_charged, downloads …).
    details: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, db_default={}, blank=True)
    upstream_updated_at = models.DateTimeField(null=True, blank=True)
    # The provider answered about this project at this time ("as of").
    seen_at = models.DateTimeField(null=True, blank=True)
    look_problem = models.CharField(max_length=300, blank=True)
    # The provider's first "no such project" in a row; one alone is no reason to call it gone.
    missing_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    transcribed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # The clip that this is, opened as a project of its own; the clip's id at the provider is the project's.
    clip = models.OneToOneField("projects.Clip", models.CASCADE, null=True, blank=True, related_name="own_project")
    # A change was taken at this time that no finished export shows yet.
    outdated_since = models.DateTimeField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["team", "-created_at"], name="project_team_created")]
        constraints = [
            models.UniqueConstraint(
                fields=["api_key", "upstream_id"], condition=~Q(upstream_id=""), name="project_upstream_once"
            ),
            models.CheckConstraint(condition=Q(state__in=ProjectState.values), name="project_state_known"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("projects:project-detail", kwargs={"team": self.team.slug, "pk": self.pk})

    @property
    def provider_name(self) -> str:
        return str(Provider(self.api_key.provider).label)

    @property
    def is_submagic(self) -> bool:
        """Its words, edits, exports and posts are Submagic's alone."""
        return self.api_key.provider == Provider.SUBMAGIC

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def video_url(self) -> str:
        """Where the finished video plays from (contract.md, row 19)."""
        return self.direct_url or self.download_url

    @property
    def is_open_draft(self) -> bool:
        """People are at work on it at Picovico: nothing about it changes by itself."""
        return self.kind == Kind.SLIDESHOW and self.state == ProjectState.DRAFT

    @property
    def is_clip(self) -> bool:
        """A clip that was opened as a project of its own."""
        return self.source == Source.CLIP

    @property
    def kind_word(self) -> str:
        return str(Source.CLIP.label if self.is_clip else Kind(self.kind).label)

    @property
    def may_export(self) -> bool:
        """The provider renders what is transcribed and not being uploaded or rendered (contract.md, rows 9 and 10).

        A Magic Clips project has no picture of its own: each of its clips is exported as a project.
        """
        return (
            self.kind == Kind.CAPTIONS
            and bool(self.upstream_id)
            and self.transcription_status.lower() == "completed"
            and self.upstream_status.lower() not in ("uploading", "exporting")
            and self.state not in (ProjectState.EXPORTING, ProjectState.UNKNOWN)
        )

    @property
    def may_change(self) -> bool:
        """As for an export, and the provider is not at work on it: a change would meet another one."""
        return self.may_export and self.state in (*FINAL_STATES, ProjectState.NEEDS_YOU)

    @property
    def lacks_video(self) -> bool:
        """Captions that are done but came without a video (contract.md, section 2)."""
        return self.may_export and not self.video_url and self.state in (ProjectState.NEEDS_YOU, ProjectState.READY)

    @property
    def status_word(self) -> str:
        """For the status pill: our state, or the provider's own word where that says more or is one we do not know."""
        provider, told = self.api_key.provider, self.upstream_status.lower()
        if self.is_open_draft:
            return "initial"
        if self.state == ProjectState.PROCESSING and told not in KNOWN_WORDS.get(provider, ()):
            return self.upstream_status
        return FINER_WORDS.get((provider, told), self.state) if self.state in _BY_THE_PROVIDER else self.state

    @property
    def is_resting(self) -> bool:
        """Nothing about it changes by itself any more; lists need not look again."""
        return self.state in (*FINAL_STATES, ProjectState.NEEDS_YOU)

    @property
    def look(self) -> str:
        """Changes whenever its row in the list looks different (annotated by `for_list`)."""
        counts = getattr(self, "clip_count", 0), getattr(self, "decided_count", 0)
        ages = self.stalled_since is None, self.stale_since is None
        shown = (self.state, self.status_word, self.duration, self.picture, counts, ages)
        return f"{zlib.crc32(repr(shown).encode()):x}"

    @property
    def stalled_since(self) -> dt.datetime | None:
        return standing.stalled_since(self)

    @property
    def stale_since(self) -> dt.datetime | None:
        return standing.stale_since(self)

    @property
    def picture(self) -> str:
        """A video whose frame stands for the project: its own, else the first clip's (annotated by `for_list`)."""
        return self.video_url or str(getattr(self, "first_clip_video", None) or "")
