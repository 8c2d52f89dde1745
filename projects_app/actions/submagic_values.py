"""What a project of ours begins with that was made at Submagic elsewhere, by Submagic's answer about it."""

from __future__ import annotations

from typing import Any

from projects_app.models import Kind
from providers.submagic import Project as Seen


def values(seen: Seen) -> dict[str, Any]:
    return {
        "kind": Kind.MAGIC_CLIPS if seen.has_clips else Kind.CAPTIONS,
        "title": seen.title,
        "made_at": seen.created_at,
        "language": (seen.language or "en")[:10],
        "options": options_of(seen),
    }


def options_of(seen: Seen) -> dict[str, Any]:
    """What the answer tells of its options, in the API's spelling; much of it is not echoed (row 28)."""
    told = {
        "templateName": seen.template_name,
        "userThemeId": seen.user_theme_id,
        "presetId": seen.preset_id,
        "aiEditTemplate": seen.ai_edit_template,
        "magicZooms": seen.magic_zooms,
        "magicBrolls": seen.magic_brolls,
        "magicBrollsPercentage": seen.magic_brolls_percentage,
        "removeSilencePace": seen.remove_silence_pace,
        "removeBadTakes": seen.remove_bad_takes,
    }
    return {name: value for name, value in told.items() if value}
