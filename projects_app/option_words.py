"""Options in words: for the page of a project, for presets and for problems. Options are in the API's spelling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

NAMES: Final[dict[str, Any]] = {
    "templateName": gettext_lazy("Look"),
    "userThemeId": gettext_lazy("Own theme"),
    "presetId": gettext_lazy("Submagic preset"),
    "aiEditTemplate": gettext_lazy("AI edit template"),
    "hookTitle": gettext_lazy("Hook title"),
    "removeSilencePace": gettext_lazy("Cut pauses"),
    "removeBadTakes": gettext_lazy("Cut bad takes"),
    "magicZooms": gettext_lazy("Magic zooms"),
    "cleanAudio": gettext_lazy("Clean audio"),
    "disableCaptions": gettext_lazy("Captions"),
    "magicBrolls": gettext_lazy("Magic B-roll"),
    "magicBrollsPercentage": gettext_lazy("Share of Magic B-roll"),
    "items": gettext_lazy("B-roll"),
    "music": gettext_lazy("Music"),
    "dictionary": gettext_lazy("Words to get right"),
    "minClipLength": gettext_lazy("Shortest clip"),
    "maxClipLength": gettext_lazy("Longest clip"),
    "faceTracking": gettext_lazy("Face tracking"),
}
PACES: Final = {
    "natural": gettext_lazy("natural"),
    "fast": gettext_lazy("fast"),
    "extra-fast": gettext_lazy("extra fast"),
}
SHOWN_TERMS: Final = 12


def words_of(options: Mapping[str, Any], media_names: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Name and value of everything that was set. `media_names` are the library's names by their ids."""
    names = media_names or {}
    found: list[tuple[str, str]] = []
    low, high = options.get("minClipLength"), options.get("maxClipLength")
    if low or high:
        texts = [str(each) if each else _("default") for each in (low, high)]
        found.append((_("Clip length"), _("%(low)s to %(high)s seconds") % {"low": texts[0], "high": texts[1]}))
    for name, label in NAMES.items():
        if name in options and name not in ("minClipLength", "maxClipLength"):
            found.append((str(label), _value(name, options[name], names)))
    return found


def media_ids(options: Mapping[str, Any]) -> list[str]:
    """The media that the options name."""
    listed = [each.get("userMediaId") for each in [*(options.get("items") or []), options.get("music") or {}]]
    return [each for each in listed if each]


def _value(name: str, value: Any, names: Mapping[str, str]) -> str:
    if name == "hookTitle":
        return _hook_title(value)
    if name == "items":
        return _items(value, names)
    if name == "music":
        return _music(value, names)
    if name == "dictionary":
        return ", ".join(value[:SHOWN_TERMS]) + (f" … ({len(value)})" if len(value) > SHOWN_TERMS else "")
    if name == "disableCaptions":
        return _("hidden") if value else _("shown")
    if name == "removeSilencePace":
        return str(PACES.get(value, value))
    if name == "magicBrollsPercentage":
        return f"{value} %"
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return str(value)


def _hook_title(value: Any) -> str:
    if not isinstance(value, dict):
        return _("written by AI") if value else _("off")
    parts = [f"“{value['text']}”" if value.get("text") else _("written by AI")]
    if value.get("template"):
        parts.append(_("style %(name)s") % {"name": value["template"]})
    if value.get("top") is not None:
        parts.append(_("%(number)s from the top") % {"number": value["top"]})
    if value.get("size") is not None:
        parts.append(_("size %(number)s") % {"number": value["size"]})
    return ", ".join(parts)


def _items(value: list[dict[str, Any]], names: Mapping[str, str]) -> str:
    by_ai = sum(each.get("type") == "ai-broll" for each in value)
    parts = []
    if own := len(value) - by_ai:
        parts.append(ngettext("%(count)s from the library", "%(count)s from the library", own) % {"count": own})
    if by_ai:
        parts.append(ngettext("%(count)s made by AI", "%(count)s made by AI", by_ai) % {"count": by_ai})
    used = dict.fromkeys(names[each["userMediaId"]] for each in value if each.get("userMediaId") in names)
    return ", ".join(parts) + (f" ({', '.join(used)})" if used else "")


def _music(value: dict[str, Any], names: Mapping[str, str]) -> str:
    parts = [names.get(value.get("userMediaId", ""), "") or _("from the library")]
    if value.get("volume") is not None:
        parts.append(_("volume %(number)s") % {"number": value["volume"]})
    if value.get("startFromTime"):
        parts.append(_("from second %(number)s") % {"number": f"{value['startFromTime']:g}"})
    if value.get("fade") is not None:
        parts.append(_("with fades") if value["fade"] else _("without fades"))
    return ", ".join(parts)
