"""A project as Submagic tells it (001 Get Project). A Magic Clips project carries its clips; a clip is one as well."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from providers import reading
from providers.submagic import statuses
from providers.submagic.clip import Clip
from providers.submagic.video import Video
from providers.submagic.word import Word


@dataclass(frozen=True, slots=True)
class VideoMeta:
    """Of the source: pixels, seconds, frames per second."""

    width: int | None = None
    height: int | None = None
    duration: float | None = None
    fps: float | None = None

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            width=reading.pixels(data, "width"),
            height=reading.pixels(data, "height"),
            duration=reading.number(data, "duration"),
            fps=reading.number(data, "fps"),
        )


@dataclass(frozen=True, slots=True)
class Project(Video):
    """All texts are as sent; everything but `id` and `status` may be absent. `raw` is the whole answer.

    URLs are opaque and go stale: ask again at the moment of use, and never take one as an identity.
    """

    id: str
    status: str
    title: str | None = None
    description: str | None = None
    language: str | None = None
    webhook_url: str | None = None
    template_name: str | None = None
    user_theme_id: str | None = None
    preset_id: str | None = None
    ai_edit_template: str | None = None
    transcription_status: str | None = None
    failure_reason: str | None = None
    download_url: str | None = None
    direct_url: str | None = None
    preview_url: str | None = None
    magic_zooms: bool | None = None
    magic_brolls: bool | None = None
    magic_brolls_percentage: float | None = None
    remove_silence_pace: str | None = None
    remove_bad_takes: bool | None = None
    video_meta: VideoMeta = VideoMeta()
    words: list[Word] = field(default_factory=list)
    clips: list[Clip] = field(default_factory=list)
    has_clips: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def known_transcription_status(self) -> statuses.TranscriptionStatus | None:
        return statuses.known(statuses.TranscriptionStatus, self.transcription_status)

    @property
    def is_transcribed(self) -> bool:
        return self.known_transcription_status is statuses.TranscriptionStatus.COMPLETED

    @property
    def can_export(self) -> bool:
        """Transcribed, and not uploading or exporting (contract row 9)."""
        busy = (statuses.ProjectStatus.UPLOADING, statuses.ProjectStatus.EXPORTING)
        return self.is_transcribed and self.known_status not in busy

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            id=reading.identity(data, "id", "projectId"),
            status=reading.word(data, "status"),
            title=reading.text(data, "title"),
            description=reading.text(data, "description"),
            language=reading.text(data, "language"),
            webhook_url=reading.text(data, "webhookUrl"),
            template_name=reading.text(data, "templateName"),
            user_theme_id=reading.text(data, "userThemeId"),
            preset_id=reading.text(data, "presetId"),
            ai_edit_template=reading.text(data, "aiEditTemplate"),
            transcription_status=reading.word(data, "transcriptionStatus", "") or None,
            failure_reason=reading.text(data, "failureReason"),
            download_url=reading.text(data, "downloadUrl"),
            direct_url=reading.text(data, "directUrl"),
            preview_url=reading.text(data, "previewUrl"),
            magic_zooms=reading.flag(data, "magicZooms"),
            magic_brolls=reading.flag(data, "magicBrolls"),
            magic_brolls_percentage=reading.number(data, "magicBrollsPercentage"),
            remove_silence_pace=reading.text(data, "removeSilencePace"),
            remove_bad_takes=reading.flag(data, "removeBadTakes"),
            video_meta=VideoMeta.from_json(reading.mapping(data, "videoMetaData") or {}),
            words=reading.items(data, "words", Word.from_json),
            clips=reading.items(data, "magicClips", Clip.from_json),
            has_clips=data.get("magicClips") is not None,
            created_at=reading.moment(data, "createdAt"),
            updated_at=reading.moment(data, "updatedAt"),
            raw=dict(data),
        )


def is_ready(thing: Project | Clip) -> bool:
    """Completed and with something to show for it.

    "completed" alone is not enough: it also comes without a URL, and then an export is needed (contract section 2).
    A Magic Clips project has no URL of its own; it is ready when it has clips and each is ready or has failed.
    """
    if not thing.is_completed:
        return False
    if isinstance(thing, Project) and thing.has_clips:
        return any(is_ready(clip) for clip in thing.clips) and all(
            is_ready(clip) or clip.is_failed for clip in thing.clips
        )
    return thing.url is not None
