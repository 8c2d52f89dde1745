"""Statuses of Submagic. The documents' lists are open: an unknown status is kept raw and means "in progress"."""

from __future__ import annotations

from enum import StrEnum


class ProjectStatus(StrEnum):
    """Of projects and clips (001 Get Project); `uploading` and `transcribed` are named in other places only."""

    UPLOADING = "uploading"
    PROCESSING = "processing"
    TRANSCRIBING = "transcribing"
    TRANSCRIBED = "transcribed"
    EXPORTING = "exporting"
    COMPLETED = "completed"
    FAILED = "failed"


class TranscriptionStatus(StrEnum):
    """Upper case in the documents, compared in lower case (contract row 11)."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class PublishStatus(StrEnum):
    """Of publications and their posts (001 List Published Projects)."""

    PUBLISHED = "published"
    SCHEDULED = "scheduled"
    PROCESSING = "processing"
    FAILED = "failed"


class SyncStatus(StrEnum):
    """Of a post's analytics."""

    SYNCED = "synced"
    PENDING = "pending"
    FAILED = "failed"


def known[S: StrEnum](kind: type[S], raw: str | None) -> S | None:
    """The status in any case, or None for one that the documents do not name."""
    try:
        return kind((raw or "").strip().lower())
    except ValueError:
        return None
