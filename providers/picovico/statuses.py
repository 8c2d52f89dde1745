"""Statuses of a video. The list is open: an unknown status is kept raw and means neither done nor failed."""

from __future__ import annotations

from enum import StrEnum


class VideoStatus(StrEnum):
    """`initial` and `published` are in the examples of 003; `processing` is what lies between them, and `failed` and
    `cancelled` are of the later API 2.7 (contract section 1)."""

    INITIAL = "initial"
    PROCESSING = "processing"
    PUBLISHED = "published"
    FAILED = "failed"
    CANCELLED = "cancelled"


def known(raw: str) -> VideoStatus | None:
    """The status in any case, or None for one that no document names."""
    try:
        return VideoStatus(raw.strip().lower())
    except ValueError:
        return None
