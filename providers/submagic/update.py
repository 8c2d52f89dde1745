"""Changing a project after it was made (001 Update Project). The video shows the change after a later export only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self

from providers import reading
from providers.submagic import statuses
from providers.submagic.insert import AiBroll, HookTitle, Music, UserMediaItem, hook_title, item
from providers.submagic.sending import only_set, refuse_unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateProject:
    """None is "leave as it is". `hook_title`: True is Submagic's own text, False takes it away.

    `items` has at least one entry; whether it replaces the items that are there or is added to them is not said
    (001 Update Project), and so is no way to take away the last one.
    """

    remove_silence_pace: str | None = None
    remove_bad_takes: bool | None = None
    disable_captions: bool | None = None
    hook_title: HookTitle | bool | None = None
    music: Music | None = None
    items: tuple[UserMediaItem | AiBroll, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        hook = self.hook_title
        return only_set(
            removeSilencePace=self.remove_silence_pace,
            removeBadTakes=self.remove_bad_takes,
            disableCaptions=self.disable_captions,
            hookTitle=hook.to_json() if isinstance(hook, HookTitle) else hook,
            music=None if self.music is None else self.music.to_json(),
            items=[each.to_json() for each in self.items] if self.items else None,
        )

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """From the API's spelling, as `to_json` gives it; raises ValueError for fields that PUT does not know."""
        refuse_unknown(
            values,
            *("removeSilencePace", "removeBadTakes", "disableCaptions", "hookTitle", "music", "items"),
        )
        hook: Any = values.get("hookTitle")
        return cls(
            remove_silence_pace=values.get("removeSilencePace"),
            remove_bad_takes=values.get("removeBadTakes"),
            disable_captions=values.get("disableCaptions"),
            hook_title=hook_title(hook) if isinstance(hook, dict) else hook,
            music=Music.from_json(values["music"]) if values.get("music") else None,
            items=tuple(item(each) for each in values["items"]) if values.get("items") else None,
        )


@dataclass(frozen=True, slots=True)
class Updated:
    """The change was taken; whether it is done already is not said (contract row 13)."""

    id: str
    status: str
    message: str | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_json(cls, data: reading.JSON) -> Self:
        return cls(
            id=reading.identity(data, "id", "projectId"),
            status=reading.text(data, "status") or statuses.ProjectStatus.PROCESSING,
            message=reading.text(data, "message"),
            raw=dict(data),
        )
