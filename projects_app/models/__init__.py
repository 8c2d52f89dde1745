from __future__ import annotations

from projects_app.models.archive_policy import ArchivePolicy, Keep
from projects_app.models.archived_video import ArchivedVideo, ArchiveState
from projects_app.models.clip import Clip, Decision, LengthBand
from projects_app.models.clip_order import ClipSort
from projects_app.models.export import Export, ExportState
from projects_app.models.media import Media, MediaState, MediaType
from projects_app.models.preset import Preset
from projects_app.models.project import (
    FINAL_STATES,
    IN_FLIGHT_STATES,
    STARTED_HERE,
    Kind,
    Project,
    ProjectQuerySet,
    ProjectState,
    Source,
)
from projects_app.models.transcript import Transcript
from projects_app.models.upload import Upload, UploadState
from projects_app.models.webhook_event import Verdict, WebhookEvent

__all__ = [
    "FINAL_STATES",
    "IN_FLIGHT_STATES",
    "STARTED_HERE",
    "ArchivePolicy",
    "ArchiveState",
    "ArchivedVideo",
    "Clip",
    "ClipSort",
    "Decision",
    "Export",
    "ExportState",
    "Keep",
    "Kind",
    "LengthBand",
    "Media",
    "MediaState",
    "MediaType",
    "Preset",
    "Project",
    "ProjectQuerySet",
    "ProjectState",
    "Source",
    "Transcript",
    "Upload",
    "UploadState",
    "Verdict",
    "WebhookEvent",
]
