"""What happened to a project so far, as steps for its page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboard.models import CallState, UpstreamCall
from projects_app.models import Kind, Project, ProjectState, Source, Upload, UploadState

ICONS = {"ok": "circle-check", "busy": "loader", "warn": "hand", "bad": "circle-x", "next": "circle-dashed"}


@dataclass(slots=True)
class Step:
    """tone: ok (done), busy (under way), warn, bad, or next (not begun)."""

    name: str | Promise
    at: dt.datetime | None = None
    note: str = ""
    tone: str = "next"

    @property
    def icon(self) -> str:
        return ICONS[self.tone]


def steps(project: Project, call: UpstreamCall | None, upload: Upload | None) -> list[Step]:
    """In order; the first one that is not done is under way, or where it came to a halt."""
    if project.is_clip:
        found = [Step(_("Opened as a project"), project.created_at)]
    elif project.source == Source.BEGUN:
        found = [Step(_("Begun"), project.created_at)]
    elif project.source == Source.IMPORT:
        taken_up = _("Taken up from %(provider)s") % {"provider": project.provider_name}
        found = [Step(taken_up, project.created_at)]
    else:
        found = [Step(_("Created"), project.created_at)]
        if project.source == Source.UPLOAD:
            found.append(Step(_("File uploaded"), *_uploaded(upload)))
        found += [
            Step(_("Handed to Submagic"), _handed(call, upload)),
            Step(_("Accepted by Submagic"), project.accepted_at),
        ]
    if project.is_submagic:
        found.append(Step(_("Speech transcribed"), project.transcribed_at))
    found += [
        Step(ENDS[Kind(project.kind)], project.finished_at if _has_ended(project) else None),
    ]
    if project.outdated_since:
        found += [Step(_("Changed"), project.outdated_since), Step(_("Exported with the change"))]
    # A later step that is done proves the ones before it, also where their own times were never seen.
    last_done = max(number for number, step in enumerate(found) if step.at)
    for number, step in enumerate(found):
        if number <= last_done:
            step.tone = "ok"
    if last_done + 1 < len(found):
        current = found[last_done + 1]
        current.tone, note = _current(project, call, upload)
        current.note = note or current.note
    return found


def _has_ended(project: Project) -> bool:
    """Its first video was there once; it stays so while it is changed and rendered anew."""
    return project.state == ProjectState.READY or bool(project.outdated_since and project.video_url)


ENDS = {
    Kind.MAGIC_CLIPS: gettext_lazy("Clips ready"),
    Kind.CAPTIONS: gettext_lazy("Video ready"),
    Kind.MAGIC_HOUR: gettext_lazy("Video ready"),
    Kind.SLIDESHOW: gettext_lazy("Film ready"),
}


def _uploaded(upload: Upload | None) -> tuple[dt.datetime | None, str]:
    return (upload.received_at, upload.filename) if upload else (None, "")


def _handed(call: UpstreamCall | None, upload: Upload | None) -> dt.datetime | None:
    if upload:
        return upload.relayed_at
    return call.sent_at if call and call.state == CallState.ACCEPTED else None


def _current(project: Project, call: UpstreamCall | None, upload: Upload | None) -> tuple[str, str]:
    match project.state:
        case ProjectState.READY if project.outdated_since:
            return "next", _("The video does not show the change yet.")
        case ProjectState.FAILED:
            return "bad", _("It stopped here.")
        case ProjectState.NEEDS_YOU:
            return "warn", _("It waits for you.")
        case ProjectState.UNKNOWN:
            return "warn", _("We are checking whether this reached Submagic.")
        case ProjectState.DRAFT | ProjectState.UPLOADING if upload and upload.state == UploadState.RECEIVING:
            return "busy", _("Waiting for the file.") if not upload.offset else _("On its way from the browser.")
        case ProjectState.QUEUED if call and call.state == CallState.READY:
            return "busy", project.look_problem or _("Waiting to be sent.")
    return "busy", ""
