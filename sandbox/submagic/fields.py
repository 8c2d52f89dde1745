"""Which fields each create endpoint takes, and how wrong ones are answered."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sandbox.submagic import checks, errors, inserts
from sandbox.submagic.checks import Check, Wrong
from sandbox.submagic.errors import ApiError, Detail

# name: (kind in a multipart form, check)
SHARED: dict[str, tuple[str, Check]] = {
    "title": ("text", checks.text(1, 100)),
    "language": ("text", checks.language),
    "webhookUrl": ("text", checks.webhook),
    "templateName": ("text", checks.template),
    "userThemeId": ("text", checks.identifier),
}
CAPTIONS: dict[str, tuple[str, Check]] = {
    **SHARED,
    "aiEditTemplate": ("text", checks.one_of(("kelly", "karl", "ella"))),
    "presetId": ("text", checks.identifier),
    "hookTitle": ("json", checks.hook_title),
    "dictionary": ("json", checks.dictionary),
    "items": ("json", inserts.items),
    "magicZooms": ("flag", checks.flag),
    "magicBrolls": ("flag", checks.flag),
    "magicBrollsPercentage": ("number", checks.number(0, 100)),
    "removeSilencePace": ("text", checks.one_of(("natural", "fast", "extra-fast"))),
    "removeBadTakes": ("flag", checks.flag),
    "cleanAudio": ("flag", checks.flag),
    "disableCaptions": ("flag", checks.flag),
    "music": ("json", inserts.music),
}
CLIPS: dict[str, tuple[str, Check]] = {
    **SHARED,
    "minClipLength": ("number", checks.number(15, 300)),
    "maxClipLength": ("number", checks.number(15, 300)),
    "faceTracking": ("flag", checks.flag),
}
UPDATE: dict[str, tuple[str, Check]] = {
    **{name: CAPTIONS[name] for name in ("removeSilencePace", "removeBadTakes", "disableCaptions")},
    **{name: CAPTIONS[name] for name in ("hookTitle", "music")},
    "items": ("json", inserts.at_least_one_item),
}
MEDIA_URL = {"url": ("text", checks.media_url)}
VIDEO_URL = {"videoUrl": ("text", checks.video_url)}
YOUTUBE_URL = {"youtubeUrl": ("text", checks.youtube_url)}

PRESET_EXCLUDES = {
    *("templateName", "userThemeId", "hookTitle", "music", "items", "magicZooms", "magicBrolls"),
    *("magicBrollsPercentage", "removeSilencePace", "removeBadTakes"),
}
PRESET_MESSAGE = (
    "presetId cannot be combined with templateName, userThemeId, magicZooms, magicBrolls, magicBrollsPercentage, "
    "removeBadTakes, removeSilencePace, items, hookTitle, or music. The preset controls these settings."
)
# The documents: what else is given "will be ignored or rejected". Rejecting shows what a client should not have sent.
BESIDE_AI_EDIT = {"title", "language", "videoUrl", "webhookUrl", "dictionary", "aiEditTemplate"}


def read(
    given: Mapping[str, Any],
    spec: Mapping[str, tuple[str, Check]],
    *,
    required: Collection[str],
    form: bool,
    partial: bool = False,
) -> dict[str, Any]:
    """The clean fields, or an ApiError 400. `partial` forgives missing fields: more of the form is still to come.

    Missing and unknown fields are told in one sentence ("Validation failed: …"); wrong values come as `details`.
    """
    problems = [] if partial else [f"{name} is required" for name in required if given.get(name, "") == ""]
    problems += [f"Unknown field: {name}" for name in given if name not in spec]
    clean: dict[str, Any] = {}
    details: list[Detail] = []
    for name, value in given.items():
        # An empty multipart field is a field that a form left out.
        if name not in spec or (value == "" and (form or name in required)):
            continue
        kind, check = spec[name]
        try:
            clean[name] = checks.from_form(check, kind)(value) if form else check(value)
        except Wrong as wrong:
            if wrong.whole:
                raise errors.invalid(wrong.message) from wrong
            details.append({"field": name, "message": wrong.message, "value": value})
    if problems:
        problems += [f"{detail['field']}: {detail['message']}" for detail in details]
        raise errors.invalid("Validation failed: " + ", ".join(problems))
    if details:
        raise ApiError(400, "VALIDATION_ERROR", "Request validation failed", details=details)
    _combinations(clean)
    return clean


def _combinations(clean: Mapping[str, Any]) -> None:
    if "presetId" in clean and PRESET_EXCLUDES & clean.keys():
        raise errors.invalid(PRESET_MESSAGE)
    if "aiEditTemplate" in clean and (others := [name for name in clean if name not in BESIDE_AI_EDIT]):
        details: list[Detail] = [
            {"field": name, "message": "Cannot be combined with aiEditTemplate", "value": clean[name]}
            for name in others
        ]
        raise ApiError(400, "VALIDATION_ERROR", "Request validation failed", details=details)
    if "templateName" in clean and "userThemeId" in clean:
        raise errors.invalid("templateName cannot be used together with userThemeId")
    shortest, longest = clean.get("minClipLength", 15), clean.get("maxClipLength", 60)
    if shortest > longest:
        raise errors.field_invalid("minClipLength", "Must not be greater than maxClipLength", shortest)
