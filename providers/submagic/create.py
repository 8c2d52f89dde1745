"""Requests that make a project, and their answer (001 Create/Upload Project, Magic Clips; 000 Upload Magic Clips)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, Self

from providers import reading
from providers.submagic import statuses
from providers.submagic.insert import AiBroll, HookTitle, Music, UserMediaItem, hook_title, item
from providers.submagic.limits import BESIDE_AI_EDIT_TEMPLATE
from providers.submagic.sending import as_fields, only_set, refuse_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionOptions:
    """What a captions project can be told, by URL or by upload. None is "not sent": Submagic's default holds.

    `hook_title`: True is Submagic's own text; leaving it out is not the same as "off" (contract row 14).
    `disable_captions` is the name that the live API takes for the option which the documents show without a name.
    Beside `ai_edit_template` only what goes with it is sent: the rest would be ignored or refused (contract row 24).
    """

    title: str
    language: str
    template_name: str | None = None
    user_theme_id: str | None = None
    preset_id: str | None = None
    ai_edit_template: str | None = None
    webhook_url: str | None = None
    dictionary: tuple[str, ...] | None = None
    hook_title: HookTitle | Literal[True] | None = None
    items: tuple[UserMediaItem | AiBroll, ...] | None = None
    magic_zooms: bool | None = None
    magic_brolls: bool | None = None
    magic_brolls_percentage: int | None = None
    remove_silence_pace: str | None = None
    remove_bad_takes: bool | None = None
    clean_audio: bool | None = None
    disable_captions: bool | None = None
    music: Music | None = None

    def to_json(self) -> dict[str, Any]:
        hook = self.hook_title
        values = only_set(
            title=self.title,
            language=self.language,
            templateName=self.template_name,
            userThemeId=self.user_theme_id,
            presetId=self.preset_id,
            aiEditTemplate=self.ai_edit_template,
            webhookUrl=self.webhook_url,
            dictionary=None if self.dictionary is None else list(self.dictionary),
            hookTitle=hook.to_json() if isinstance(hook, HookTitle) else hook,
            items=None if self.items is None else [item.to_json() for item in self.items],
            magicZooms=self.magic_zooms,
            magicBrolls=self.magic_brolls,
            magicBrollsPercentage=self.magic_brolls_percentage,
            removeSilencePace=self.remove_silence_pace,
            removeBadTakes=self.remove_bad_takes,
            cleanAudio=self.clean_audio,
            disableCaptions=self.disable_captions,
            music=None if self.music is None else self.music.to_json(),
        )
        if self.ai_edit_template is None:
            return values
        taken = BESIDE_AI_EDIT_TEMPLATE | {"aiEditTemplate"}
        return {name: value for name, value in values.items() if name in taken}


def _caption_values(values: dict[str, Any]) -> dict[str, Any]:
    """From the API's spelling to the names above."""
    hook = values.get("hookTitle")
    listed = values.get("items")
    return {
        "title": values["title"],
        "language": values["language"],
        "template_name": values.get("templateName"),
        "user_theme_id": values.get("userThemeId"),
        "preset_id": values.get("presetId"),
        "ai_edit_template": values.get("aiEditTemplate"),
        "webhook_url": values.get("webhookUrl"),
        "dictionary": tuple(values["dictionary"]) if values.get("dictionary") else None,
        "hook_title": hook_title(hook) if isinstance(hook, dict) else hook or None,
        "items": tuple(item(each) for each in listed) if listed else None,
        "magic_zooms": values.get("magicZooms"),
        "magic_brolls": values.get("magicBrolls"),
        "magic_brolls_percentage": values.get("magicBrollsPercentage"),
        "remove_silence_pace": values.get("removeSilencePace"),
        "remove_bad_takes": values.get("removeBadTakes"),
        "clean_audio": values.get("cleanAudio"),
        "disable_captions": values.get("disableCaptions"),
        "music": Music.from_json(values["music"]) if values.get("music") else None,
    }


CAPTION_FIELDS: Final = (
    *("title", "language", "templateName", "userThemeId", "presetId", "aiEditTemplate", "webhookUrl", "dictionary"),
    *("hookTitle", "items", "magicZooms", "magicBrolls", "magicBrollsPercentage", "removeSilencePace"),
    *("removeBadTakes", "cleanAudio", "disableCaptions", "music"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateProject(CaptionOptions):
    """A captions project from a public video URL."""

    video_url: str

    def to_json(self) -> dict[str, Any]:
        return {**CaptionOptions.to_json(self), "videoUrl": self.video_url}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """From the API's spelling, as `to_json` gives it; raises ValueError for a field it does not know."""
        refuse_unknown(values, *CAPTION_FIELDS, "videoUrl")
        return cls(**_caption_values(values), video_url=values["videoUrl"])


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadProject(CaptionOptions):
    """A captions project from an uploaded file."""

    def to_fields(self) -> list[tuple[str, str]]:
        return as_fields(self.to_json())

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        refuse_unknown(values, *CAPTION_FIELDS)
        return cls(**_caption_values(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipOptions:
    """What a Magic Clips project can be told. Lengths are in seconds; how many clips it makes cannot be chosen."""

    title: str
    language: str
    webhook_url: str | None = None
    template_name: str | None = None
    user_theme_id: str | None = None
    min_clip_length: int | None = None
    max_clip_length: int | None = None
    face_tracking: bool | None = None

    def to_json(self) -> dict[str, Any]:
        return only_set(
            title=self.title,
            language=self.language,
            webhookUrl=self.webhook_url,
            templateName=self.template_name,
            userThemeId=self.user_theme_id,
            minClipLength=self.min_clip_length,
            maxClipLength=self.max_clip_length,
            faceTracking=self.face_tracking,
        )


def _clip_values(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": values["title"],
        "language": values["language"],
        "webhook_url": values.get("webhookUrl"),
        "template_name": values.get("templateName"),
        "user_theme_id": values.get("userThemeId"),
        "min_clip_length": values.get("minClipLength"),
        "max_clip_length": values.get("maxClipLength"),
        "face_tracking": values.get("faceTracking"),
    }


CLIP_FIELDS: Final = (
    *("title", "language", "webhookUrl", "templateName", "userThemeId"),
    *("minClipLength", "maxClipLength", "faceTracking"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateMagicClips(ClipOptions):
    """A Magic Clips project from a YouTube video."""

    youtube_url: str

    def to_json(self) -> dict[str, Any]:
        return {**ClipOptions.to_json(self), "youtubeUrl": self.youtube_url}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        refuse_unknown(values, *CLIP_FIELDS, "youtubeUrl")
        return cls(**_clip_values(values), youtube_url=values["youtubeUrl"])


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadMagicClips(ClipOptions):
    """A Magic Clips project from an uploaded file."""

    def to_fields(self) -> list[tuple[str, str]]:
        return as_fields(self.to_json())

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        refuse_unknown(values, *CLIP_FIELDS)
        return cls(**_clip_values(values))


@dataclass(frozen=True, slots=True)
class Created:
    """The answer of all four. `raw` is the whole answer; `status` as sent, see `known_status`."""

    id: str
    status: str
    title: str | None = None
    language: str | None = None
    webhook_url: str | None = None
    template_name: str | None = None
    user_theme_id: str | None = None
    created_at: datetime | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def known_status(self) -> statuses.ProjectStatus | None:
        return statuses.known(statuses.ProjectStatus, self.status)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            id=reading.identity(data, "id", "projectId"),
            # The project exists once there is an id; a missing status must not hide it.
            status=reading.text(data, "status") or statuses.ProjectStatus.PROCESSING,
            title=reading.text(data, "title"),
            language=reading.text(data, "language"),
            webhook_url=reading.text(data, "webhookUrl"),
            template_name=reading.text(data, "templateName"),
            user_theme_id=reading.text(data, "userThemeId"),
            created_at=reading.moment(data, "createdAt"),
            raw=dict(data),
        )
