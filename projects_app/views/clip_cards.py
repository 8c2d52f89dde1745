"""What a clip shows of itself in the gallery, on its page and in the queue."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from dashboard.models import Team
from dashboard.templatetags.ui import score_tone
from projects_app import archive_links, media_csp
from projects_app.actions import video_links
from projects_app.forms.clips import GalleryForm
from projects_app.models import ArchivedVideo, ArchiveState, Clip, Decision, Export, Project


@dataclass(frozen=True, slots=True)
class Part:
    """One of the four sub-scores, out of `scale`; the bar is drawn by `percent`."""

    name: str
    meaning: str
    value: float | None
    scale: int

    @property
    def percent(self) -> int | None:
        return None if self.value is None else max(0, min(100, round(self.value / self.scale * 100)))


@dataclass(frozen=True, slots=True)
class Card:
    """`video` is empty when there is nothing that may be played; `frame` when it may not be shown without a click."""

    clip: Clip
    video: str
    frame: str
    parts: list[Part]

    @property
    def total(self) -> int | None:
        total = self.clip.virality_total
        return None if total is None else max(0, min(100, round(total)))

    @property
    def tone(self) -> str:
        return score_tone(self.total)

    @property
    def is_kept(self) -> bool:
        found = kept_of(self.clip)
        return found is not None and found.is_kept and archive_links.is_current(found)

    @property
    def has_parts(self) -> bool:
        return any(part.value is not None for part in self.parts)


@dataclass(frozen=True, slots=True)
class Facet:
    """A tab of the gallery: a decision and how many clips have it."""

    state: str
    label: str
    count: int
    query: str
    is_current: bool


def video_address(thing: Clip | Project, url: str, team: Team, *, number: int | None = None) -> str:
    """Where a page lets a video play from: the provider's link while it is fresh, else our address that renews it.
    `number`: of the project's download that it is."""
    safe = media_csp.safe_media_url(url)
    if not safe:
        return kept_address(thing, team)
    if video_links.are_fresh(thing):
        return safe
    ours = reverse(f"projects:{'clip' if isinstance(thing, Clip) else 'project'}-video", args=[team.slug, thing.pk])
    return ours if number is None else f"{ours}?download={number}"


def kept_of(thing: Clip | Export) -> ArchivedVideo | None:
    """Its row in the archive, unless it was taken out."""
    found: ArchivedVideo | None = getattr(thing, "archived", None)
    return None if found is None or found.state == ArchiveState.REMOVED else found


def kept_address(thing: Clip | Project, team: Team) -> str:
    """Where the archive's copy plays from; "" when there is none of what the provider shows now."""
    found = kept_of(thing) if isinstance(thing, Clip) else None
    if found is None or not found.is_kept or not archive_links.is_current(found):
        return ""
    found.team = team  # its address names it
    return found.file_url


def card(clip: Clip, team: Team) -> Card:
    url = clip.video or clip.download_url
    scale = clip.part_scale
    parts = [
        Part(_("Hook"), _("how well the first seconds hold people"), clip.hook_strength, scale),
        Part(_("Story"), _("how well it stands on its own"), clip.story_quality, scale),
        Part(_("Emotion"), _("how much it moves people"), clip.emotional_impact, scale),
        Part(_("Shareability"), _("how likely people pass it on"), clip.shareability, scale),
    ]
    return Card(clip, video_address(clip, url, team), media_csp.frame_url(url), parts)


def facets(form: GalleryForm, counts: dict[str, int]) -> list[Facet]:
    current = form.value("state") or ""
    words = {
        "": _("All"),
        Decision.UNDECIDED: _("Undecided"),
        Decision.APPROVED: _("Approved"),
        Decision.REJECTED: _("Rejected"),
    }
    return [
        Facet(str(state), label, counts[str(state) or "all"], form.query(state=str(state)), state == current)
        for state, label in words.items()
    ]
