"""Things that are put into a captions project: B-roll, a hook title, music (001 Create Project)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from providers.submagic.sending import only_set, refuse_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMediaItem:
    """A piece of the media library, from `start_time` to `end_time` in seconds."""

    start_time: float
    end_time: float
    user_media_id: str
    layout: str | None = None

    def to_json(self) -> dict[str, Any]:
        return only_set(
            type="user-media",
            startTime=self.start_time,
            endTime=self.end_time,
            userMediaId=self.user_media_id,
            layout=self.layout,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AiBroll:
    """A generated piece of at most 12 seconds; each costs 3 AI credits."""

    start_time: float
    end_time: float
    prompt: str
    layout: str | None = None

    def to_json(self) -> dict[str, Any]:
        return only_set(
            type="ai-broll", startTime=self.start_time, endTime=self.end_time, prompt=self.prompt, layout=self.layout
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HookTitle:
    """The animated opening caption; what is None is Submagic's default (template tiktok, top 50, size 30)."""

    text: str | None = None
    template: str | None = None
    top: int | None = None
    size: int | None = None

    def to_json(self) -> dict[str, Any]:
        return only_set(text=self.text, template=self.template, top=self.top, size=self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Music:
    """Background music from the media library; `volume` 1 to 100, `start_from_time` in seconds."""

    user_media_id: str
    volume: int | None = None
    start_from_time: float | None = None
    fade: bool | None = None

    def to_json(self) -> dict[str, Any]:
        return only_set(
            userMediaId=self.user_media_id, volume=self.volume, startFromTime=self.start_from_time, fade=self.fade
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        refuse_unknown(values, "userMediaId", "volume", "startFromTime", "fade")
        return cls(
            user_media_id=values["userMediaId"],
            volume=values.get("volume"),
            start_from_time=values.get("startFromTime"),
            fade=values.get("fade"),
        )


def hook_title(values: dict[str, Any]) -> HookTitle:
    refuse_unknown(values, "text", "template", "top", "size")
    return HookTitle(**values)


def item(values: dict[str, Any]) -> UserMediaItem | AiBroll:
    """One of `items`, by its `type`; raises ValueError for any other."""
    if values.get("type") not in ("user-media", "ai-broll"):
        raise ValueError("an item is of type user-media or ai-broll")
    if values["type"] == "ai-broll":
        refuse_unknown(values, "type", "startTime", "endTime", "prompt", "layout")
        return AiBroll(
            start_time=values["startTime"],
            end_time=values["endTime"],
            prompt=values["prompt"],
            layout=values.get("layout"),
        )
    refuse_unknown(values, "type", "startTime", "endTime", "userMediaId", "layout")
    return UserMediaItem(
        start_time=values["startTime"],
        end_time=values["endTime"],
        user_media_id=values["userMediaId"],
        layout=values.get("layout"),
    )
