"""The groups of options by name: which kind takes them, where their findings are shown, and the way back from stored
options."""

from __future__ import annotations

from typing import Any

from django import forms

from projects_app.forms.items import ItemsFields, MusicFields
from projects_app.forms.options import (
    ClipFields,
    CutFields,
    DictionaryField,
    EffectFields,
    HookTitleFields,
    LookFields,
)
from projects_app.models import Kind

GROUPS: dict[str, type[forms.Form]] = {
    "look": LookFields,
    "hook_title": HookTitleFields,
    "cuts": CutFields,
    "effects": EffectFields,
    "items": ItemsFields,
    "music": MusicFields,
    "dictionary": DictionaryField,
    "clips": ClipFields,
}
# What the requests of each kind know (001 Create Project, Magic Clips).
TAKEN = {
    Kind.CAPTIONS: ("look", "hook_title", "cuts", "effects", "items", "music", "dictionary"),
    Kind.MAGIC_CLIPS: ("look", "clips"),
}
# Where a rule's finding is shown: the API's name of the option → the field.
FIELD_OF = {
    "file": "source",
    "templateName": "template",
    "userThemeId": "theme_id",
    "presetId": "preset_id",
    "aiEditTemplate": "ai_edit_template",
    "hookTitle": "hook_title",
    "removeSilencePace": "silence_pace",
    "removeBadTakes": "bad_takes",
    "magicZooms": "magic_zooms",
    "magicBrolls": "magic_brolls",
    "magicBrollsPercentage": "magic_brolls_percentage",
    "cleanAudio": "clean_audio",
    "disableCaptions": "disable_captions",
    "items": "items",
    "music": "music_media",
    "dictionary": "dictionary",
    "minClipLength": "min_clip_length",
    "maxClipLength": "max_clip_length",
    "faceTracking": "face_tracking",
}


def for_new(options: dict[str, Any]) -> dict[str, Any]:
    """What of a project's options a new one can be asked for: only a change takes a hook title away (contract.md,
    row 14), and a new project begins without that choice."""
    return {name: value for name, value in options.items() if (name, value) != ("hookTitle", False)}


def initial_of_options(kind: str, language: str, options: dict[str, Any]) -> dict[str, Any]:
    """Kind, language and every option as the form's values; also for presets. A language of "" is left open."""
    found: dict[str, Any] = {"kind": kind} | ({"language": language} if language else {})
    options = for_new(options)
    for group, fields in GROUPS.items():
        found |= getattr(fields, f"{group}_initial")(options)
    return found
