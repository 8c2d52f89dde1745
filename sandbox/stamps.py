"""Headers that every answer has: an id to ask support about, and the stand-in's own time."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any


def stamps(environ: Mapping[str, Any], now: datetime) -> list[tuple[str, str]]:
    found = [("X-Request-Id", f"req_{uuid.uuid4().hex}")]
    if "gunicorn.socket" not in environ:
        # gunicorn gives a Date of its own; in process the clock may be one that a test moves.
        found.append(("Date", format_datetime(now.astimezone(UTC).replace(microsecond=0), usegmt=True)))
    return found
