"""From a stored call to the client's message for an uploaded file."""

from __future__ import annotations

from typing import Any

from dashboard.models import UpstreamCall
from providers.submagic import UploadMagicClips, UploadProject


def with_hook(body: dict[str, Any], hook: str | None) -> dict[str, Any]:
    """The stored fields and the webhook address, which is a secret and therefore never stored in the clear."""
    return {**body, "webhookUrl": hook} if hook else body


def request_of(call: UpstreamCall, hook: str | None) -> UploadMagicClips | UploadProject:
    """The call's fields (API spelling, as projects.body_of stored them) as the client's message."""
    kind = UploadMagicClips if call.operation == "upload_magic_clips" else UploadProject
    return kind.from_json(with_hook(call.body, hook))
