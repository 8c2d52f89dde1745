"""From a provider's answer about a project to our rows."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import budgets
from projects_app import media_csp
from projects_app.actions import look_turns, rendering
from projects_app.models import Clip, Kind, Project, ProjectState, Transcript, standing
from providers.errors import ProviderError
from providers.submagic import Clip as SeenClip
from providers.submagic import Project as Seen
from providers.submagic import ProjectStatus, SubmagicClient, Word, is_ready

log = logging.getLogger(__name__)

# How far along each status of the provider is; one that the documents do not name counts as being worked on.
RANK = {
    ProjectStatus.UPLOADING: 0,
    ProjectStatus.PROCESSING: 1,
    ProjectStatus.TRANSCRIBING: 2,
    ProjectStatus.TRANSCRIBED: 3,
    ProjectStatus.EXPORTING: 4,
    ProjectStatus.COMPLETED: 5,
    ProjectStatus.FAILED: 5,
}
STATES = {
    ProjectStatus.TRANSCRIBING: ProjectState.TRANSCRIBING,
    ProjectStatus.EXPORTING: ProjectState.EXPORTING,
}
# Clips whose words are asked for in one look; each is a read of its own.
CLIPS_A_LOOK = {"live": 3, "sandbox": 12}


def fields(project: Project, seen: Seen, now: dt.datetime) -> dict[str, Any]:
    """What to write on the project; empty when this answer is older than what is known, or than what was asked."""
    if not _is_newer(project, seen, now) or rendering.is_from_before(project, seen):
        return {}
    state, reason, advice = _state(project, seen)
    values: dict[str, Any] = {
        "state": state,
        "failure_reason": reason[:500],
        "advice": advice[:500],
        "upstream_status": seen.status[:60],
        "transcription_status": (seen.transcription_status or "")[:60],
        "description": seen.description or project.description,
        "width": seen.video_meta.width or project.width,
        "height": seen.video_meta.height or project.height,
        "duration": seen.video_meta.duration or project.duration,
        "fps": seen.video_meta.fps or project.fps,
        # While it is rendered anew there are no links; the old video stays playable until then.
        "download_url": _link(seen.download_url) or ("" if seen.is_completed else project.download_url),
        "direct_url": _link(seen.direct_url) or ("" if seen.is_completed else project.direct_url),
        "preview_url": _link(seen.preview_url) or project.preview_url,
        "upstream_updated_at": seen.updated_at or project.upstream_updated_at,
    }
    if seen.is_transcribed and not project.transcribed_at:
        values["transcribed_at"] = now
    if state in (ProjectState.READY, ProjectState.FAILED):
        values["finished_at"] = project.finished_at or now
    return values


def _is_newer(project: Project, seen: Seen, now: dt.datetime) -> bool:
    """Forward by the provider's own time; at the same time (or without one) by how far along the status is."""
    known = standing.last_told(project, now)
    if seen.updated_at and seen.updated_at != known:
        return known is None or seen.updated_at > known
    return _rank(seen.status) >= _rank(project.upstream_status)


def _rank(status: str) -> int:
    try:
        return RANK[ProjectStatus(status.lower())]
    except ValueError:
        return 1


def _state(project: Project, seen: Seen) -> tuple[ProjectState, str, str]:
    if seen.is_failed:
        reason = seen.failure_reason or _("Submagic gave no reason.")
        return ProjectState.FAILED, reason, advice_for(reason)
    if not seen.is_completed:
        known = seen.known_status
        return (STATES.get(known, ProjectState.PROCESSING) if known else ProjectState.PROCESSING), "", ""
    if is_ready(seen) and (project.kind == Kind.CAPTIONS or seen.clips):
        return ProjectState.READY, "", ""
    if project.kind == Kind.MAGIC_CLIPS:
        return _clips_state(seen)
    # "completed" without a video happens (contract.md, section 2); it may still come, so looks go on.
    return (
        ProjectState.NEEDS_YOU,
        _("The captions are done, but Submagic has not made a video yet."),
        _("Press Export to have it made."),
    )


def _clips_state(seen: Seen) -> tuple[ProjectState, str, str]:
    if not seen.clips:
        return (
            ProjectState.NEEDS_YOU,
            _("Submagic found no clips in this video."),
            _("Try again with a shorter minimum length, or with a video that has more speech."),
        )
    if all(clip.is_failed for clip in seen.clips):
        return ProjectState.FAILED, _("None of the clips could be made."), _("Start it again later.")
    return ProjectState.PROCESSING, "", ""


def advice_for(reason: str) -> str:
    """The next step after a failure, from the words that were seen (contract.md, section 2)."""
    lowered = reason.lower()
    if "metadata" in lowered or "video duration" in lowered:
        return _("YouTube was not ready to hand the video out. Fresh videos often work an hour later: start it again.")
    if "audio" in lowered or "speech" in lowered or "transcri" in lowered:
        return _("Check that the video has clear speech in the chosen language, then start it again.")
    if "credit" in lowered:
        return _("Add credits at Submagic, then start it again.")
    return _("Start it again with the same settings; if it fails once more, try another file.")


def _link(url: str | None) -> str:
    """As long as our column, and nothing but http(s): a link of another kind must never reach a page."""
    return url if url and len(url) <= 2048 and url.lower().startswith(("https://", "http://")) else ""


def links(thing: Clip | Project, seen: Seen) -> None:
    """Only the links, for a video that is about to be played."""
    thing.download_url = _link(seen.download_url) or thing.download_url
    thing.preview_url = _link(seen.preview_url) or thing.preview_url
    thing.seen_at = timezone.now()
    if isinstance(thing, Clip):
        thing.video = _link(seen.url) or thing.video
        thing.save(update_fields=["download_url", "preview_url", "seen_at", "video"])
    else:
        thing.direct_url = _link(seen.direct_url) or thing.direct_url
        thing.save(update_fields=["download_url", "preview_url", "seen_at", "direct_url"])


def store(project: Project, seen: Seen, now: dt.datetime, known_status: str) -> None:
    """What else follows from an answer that is newer than what was known."""
    clips(project, seen, now)
    transcript(project, seen)
    mirror(project, seen, now)
    rendering.settle(project, seen, known_status=known_status, now=now)


def addresses(seen: Seen) -> list[str | None]:
    return [seen.url, *(clip.url for clip in seen.clips)]


# --- Clips --------------------------------------------------------------------------------------------------------


def mirror(project: Project, seen: Seen, now: dt.datetime) -> None:
    """A clip that was opened as a project is that project: what is new of the one is new of the other."""
    if project.clip is None:
        return
    clip = project.clip
    clip.upstream_status = seen.status[:60]
    clip.video = _link(seen.url) or clip.video
    clip.download_url = _link(seen.download_url) or clip.download_url
    clip.preview_url = _link(seen.preview_url) or clip.preview_url
    clip.seen_at = now
    clip.save(update_fields=["upstream_status", "video", "download_url", "preview_url", "seen_at"])


@transaction.atomic
def clips(project: Project, seen: Seen, now: dt.datetime) -> None:
    """Upsert by the provider's id; what people decided is theirs and stays. Clips that are listed no more stay too."""
    known = {clip.upstream_id: clip for clip in project.clips.all()}
    fresh: dict[str, Clip] = {}
    changed: dict[str, Clip] = {}
    for position, each in enumerate(seen.clips):
        if each.id in known:
            clip = changed[each.id] = known[each.id]
        else:
            new = Clip(team=project.team, project=project, upstream_id=each.id)
            clip = fresh.setdefault(each.id, new)
        _fill(clip, each, position, now)
    Clip.objects.bulk_create(fresh.values())
    Clip.objects.bulk_update(changed.values(), CLIP_FIELDS, batch_size=100)


CLIP_FIELDS = [
    *("position", "title", "duration", "upstream_status", "virality_total", "shareability", "hook_strength"),
    *("story_quality", "emotional_impact", "scores", "video", "download_url", "preview_url", "seen_at"),
]


def _fill(clip: Clip, seen: SeenClip, position: int, now: dt.datetime) -> None:
    clip.position = position
    clip.title = (seen.title or clip.title or _("Clip %(number)d") % {"number": position + 1})[:255]
    clip.duration = seen.duration if seen.duration is not None else clip.duration
    clip.upstream_status = seen.status[:60]
    if seen.scores is not None:
        clip.virality_total = seen.scores.total
        clip.shareability = seen.scores.shareability
        clip.hook_strength = seen.scores.hook_strength
        clip.story_quality = seen.scores.story_quality
        clip.emotional_impact = seen.scores.emotional_impact
        clip.scores = seen.scores.raw
    # While a clip is rendered anew it has no links; the old video stays playable until then.
    clip.video = _link(seen.url) or clip.video
    clip.download_url = _link(seen.download_url) or clip.download_url
    clip.preview_url = _link(seen.preview_url) or clip.preview_url
    clip.seen_at = now


# --- Words --------------------------------------------------------------------------------------------------------


def transcript(project: Project, seen: Seen) -> None:
    if seen.words:
        store_words(project, seen.words, seen.language)
        if project.clip:
            store_words(project.clip.project, seen.words, seen.language, clip=project.clip)


def words_missing(project: Project) -> bool:
    return project.state == ProjectState.READY and _without_words(project).exists()


def _without_words(project: Project) -> QuerySet[Clip]:
    return project.clips.filter(upstream_status__iexact="completed", transcript=None).order_by("position")


def missing_words(project: Project, client: SubmagicClient) -> None:
    """The words of a clip come with the clip's own project (contract.md, section 2): a few reads in each look."""
    for clip in _without_words(project)[: CLIPS_A_LOOK[project.api_key.environment]]:
        if budgets.turn(project.api_key, look_turns.READ, evenly=True):
            return
        try:
            seen = client.get_project(clip.upstream_id)
        except ProviderError as error:
            # The project itself was read; the clip's words are asked for again at the next look.
            log.info("words of clip %s could not be read: %s", clip.pk, error)
            return
        if seen.words:
            store_words(project, seen.words, seen.language, clip=clip)
        media_csp.remember(project.team_id, [seen.url])


def store_words(project: Project, words: list[Word], language: str | None, *, clip: Clip | None = None) -> None:
    """Write the list when it changed; `text` is the same as running text."""
    kept = [
        {"id": word.id, "text": word.text, "type": word.type, "start": word.start, "end": word.end} for word in words
    ]
    digest = hashlib.sha256(json.dumps(kept, ensure_ascii=False).encode()).hexdigest()
    if Transcript.objects.filter(project=project, clip=clip, digest=digest).exists():
        return
    Transcript.objects.update_or_create(
        project=project,
        clip=clip,
        defaults={
            "team": project.team,
            "language": (language or project.language)[:10],
            "words": kept,
            "text": running_text(words),
            "word_count": sum(not word.is_silence and not word.is_punctuation for word in words),
            "digest": digest,
        },
    )


def running_text(words: list[Word]) -> str:
    text = ""
    for word in words:
        piece = word.text.strip()
        if word.is_silence or not piece:
            continue
        text += piece if word.is_punctuation or not text else f" {piece}"
    return text
