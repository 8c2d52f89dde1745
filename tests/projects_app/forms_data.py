"""A filled-in form of a new project."""

from __future__ import annotations

import uuid
from typing import Any


def filled(**changes: Any) -> dict[str, Any]:
    data: dict[str, Any] = {
        "form_token": str(uuid.uuid4()),
        "source": "youtube",
        "kind": "magic_clips",
        "youtube_url": "https://youtu.be/sandbox0001?t=5",
        "title": "A talk",
        "language": "en",
        "template": "",
        "face_tracking": "",
    }
    return {name: value for name, value in (data | changes).items() if value is not None}
