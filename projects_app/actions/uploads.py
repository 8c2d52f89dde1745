"""Opening, refusing, cancelling and clearing away uploads. Their bytes come in actions/receiving.py and go out in
actions/relay.py."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from pathlib import PurePath
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import audit, heartbeat
from dashboard.actions import upstream_calls
from dashboard.models import CallState, Team, UpstreamCall, User
from projects_app import spool
from projects_app.actions import projects
from projects_app.models import Kind, Media, Project, Upload, UploadState
from projects_app.models.upload import UNDER_WAY
from providers.submagic import limits

# An upload without a new byte for this long is given up; a file that was handed over is kept a little, in case.
ORPHAN_AFTER: Final = dt.timedelta(days=1)
KEEP_AFTER_END: Final = dt.timedelta(hours=1)
ENDPOINTS: Final = {Kind.CAPTIONS: "projects.upload", Kind.MAGIC_CLIPS: "magic_clips.upload"}


class Unacceptable(Exception):
    """This file cannot be taken. `message` and `advice` are for the person; `status` is the HTTP answer."""

    def __init__(self, message: str, advice: str, *, status: int = 422) -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.status = status


class TooLate(Exception):
    """It cannot be cancelled any more: the provider may have the whole file."""


def limit_of(kind: str) -> limits.UploadLimit:
    return limits.UPLOADS[ENDPOINTS[Kind(kind)]]


def gigabytes(size: int) -> str:
    return f"{size / limits.GIGABYTE:.3g} GB"


def check(*, kind: str, filename: str, size: int) -> None:
    """What can be said before any byte is sent. Raises Unacceptable; forms call it too."""
    if PurePath(filename.lower()).suffix not in limits.FILE_TYPES:
        raise Unacceptable(
            _("“%(name)s” is not an MP4 or MOV file.") % {"name": filename[:80]},
            _("Export the video as MP4 and choose it again."),
            status=415,
        )
    if size <= 0:
        raise Unacceptable(
            _("“%(name)s” is empty: it has 0 bytes.") % {"name": filename[:80]},
            _("Check the file on your computer; the recording or the export may have failed."),
        )
    block = limit_of(kind).block
    if size > block:
        raise Unacceptable(
            _("The file is too large: %(size)s. Submagic takes up to %(limit)s.")
            % {"size": gigabytes(size), "limit": gigabytes(block)},
            _("Export it with a lower bit rate, or cut it into parts."),
            status=413,
        )


def warning(*, kind: str, size: int) -> str:
    """Where Submagic's documents disagree about the limit, the file goes and the person is told; else empty."""
    limit = limit_of(kind)
    if limit.warn < size <= limit.block:
        return _("Submagic may refuse this: its documents name both %(warn)s and %(block)s as the limit.") % {
            "warn": gigabytes(limit.warn),
            "block": gigabytes(limit.block),
        }
    return ""


def _within_quota(project: Project, by: User, size: int) -> None:
    """Raises Unacceptable (429) when the person or the team has as much under way as one may.

    The team's row is locked first: of two that come at once the second one counts the first.
    """
    Team.objects.select_for_update().get(pk=project.team_id)
    open_ones = Upload.objects.under_way().filter(created_by=by).count()
    if open_ones >= settings.UPLOADS_OPEN_PER_PERSON:
        raise Unacceptable(
            _("You have %(count)d uploads under way, and more are not taken at once.") % {"count": open_ones},
            _("Wait until one is through, or cancel one; then start this one again. Nothing was sent."),
            status=429,
        )
    kept = Upload.objects.for_team(project.team).in_spools().aggregate(total=Sum("size"))["total"] or 0
    if kept + size > settings.UPLOAD_BYTES_PER_TEAM:
        raise Unacceptable(
            _("Your team has %(kept)s under way; with this file it would be more than the %(most)s it may have.")
            % {"kept": gigabytes(kept), "most": gigabytes(settings.UPLOAD_BYTES_PER_TEAM)},
            _("Wait until other uploads are through (their room is free an hour later). Nothing was sent."),
            status=429,
        )


@transaction.atomic
def open_upload(
    *,
    project: Project,
    filename: str,
    size: int,
    by: User,
    content_type: str = "",
    fingerprint: str = "",
    metadata: str = "",
    digest: str = "",
) -> Upload:
    """Room on this node for a file that the browser sends next. Raises Unacceptable before anything is kept.

    Called in the transaction that makes the project; a file whose transaction fails is cleared away by `sweep_spool`.
    """
    check(kind=project.kind, filename=filename, size=size)
    _within_quota(project, by, size)
    now = timezone.now()
    upload = Upload(
        team=project.team,
        project=project,
        created_by=by,
        node=settings.NODE,
        filename=display_name(filename),
        content_type=content_type[:60],
        size=size,
        fingerprint=fingerprint[:300],
        metadata=metadata,
        digest=digest,
        upstream_rate=project.api_key.upload_rate,
        expires_at=now + ORPHAN_AFTER,
        next_look_at=now + ORPHAN_AFTER,
    )
    upload.save(force_insert=True)
    try:
        spool.create(upload.pk, size)
    except spool.SpoolFull:
        raise Unacceptable(
            _("There is no room for this file on the desk right now."),
            _("Wait until other uploads are through, or ask an admin to make room. Nothing was sent."),
            status=507,
        ) from None
    audit.record(team=upload.team, by=by, verb="upload.opened", target=upload, filename=upload.filename, size=size)
    return upload


def display_name(filename: str) -> str:
    """What people see of the name: the last part, without anything that is not printable."""
    last = filename.replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in last if c.isprintable()).strip() or "video.mp4"
    stem, dot, suffix = text.rpartition(".")
    return text if len(text) <= 200 else f"{stem[: 199 - len(suffix)]}{dot}{suffix}"


# --- Ends other than success ---------------------------------------------------------------------------------------


@transaction.atomic
def stop(upload: Upload, *, state: UploadState, problem: str, advice: str, keep: bool = False) -> bool:
    """End an upload that is under way, with its call and its project. False when it had ended already.

    A call that is on the wire right now is left to its relay, which sees the new state before the closing boundary.
    Raises TooLate when the closing boundary may be out.
    """
    # The upload's row first, here and in the relay: of "cancel" and "commit" only one can win.
    row = Upload.objects.select_for_update().get(pk=upload.pk)
    if row.state not in UNDER_WAY:
        return False
    project = Project.objects.select_related("team").get(pk=row.project_id)
    call = UpstreamCall.objects.select_for_update().filter(created_project=project).first()
    if call and call.state in (CallState.COMMITTING, CallState.UNKNOWN, CallState.ACCEPTED):
        raise TooLate
    now = timezone.now()
    values = {
        "state": state,
        "problem": problem[:500],
        "advice": advice[:500],
        "expires_at": now + KEEP_AFTER_END if keep else now,
        # Soon, not never: the relay's next run clears away the file and a call that was on the wire.
        "next_look_at": now,
    }
    Upload.objects.filter(pk=row.pk).update(writer=F("writer") + 1, **values)
    for name, value in values.items():
        setattr(upload, name, value)
    if call:
        upstream_calls.abandon(call=call, by=None)
    projects.refused(project=project, problem=problem, advice=advice)
    if not keep:
        transaction.on_commit(lambda: spool.remove(row.pk))
    return True


def refuse(upload: Upload, *, problem: str, advice: str) -> bool:
    """The file is not one that the provider takes; said as soon as it is known."""
    return stop(upload, state=UploadState.REFUSED, problem=problem, advice=advice)


@transaction.atomic
def damaged(upload: Upload) -> bool:
    try:
        stopped = stop(
            upload,
            state=UploadState.DAMAGED,
            problem=_("Part of the file was lost on the desk's disk."),
            advice=_("Start a new project and drop the file again. Nothing was sent to Submagic, nothing was spent."),
        )
    except TooLate:
        # A restored backup does not know whether the whole of it was here and sent since; its call will tell.
        return False
    if stopped:
        audit.record(team=upload.team, by=None, verb="upload.damaged", target=upload, offset=upload.offset)
    return stopped


@transaction.atomic
def cancel(*, upload: Upload, by: User) -> bool:
    """A person does not want it any more. Raises TooLate when the provider may have it."""
    stopped = stop(
        upload,
        state=UploadState.CANCELLED,
        problem=_("Cancelled by %(person)s.") % {"person": by},
        advice=_("Nothing was spent. Start a new project to send a file."),
    )
    if stopped:
        audit.record(team=upload.team, by=by, verb="upload.cancelled", target=upload, offset=upload.offset)
    return stopped


def is_left(upload: Upload) -> bool:
    """Its node was silent for hours, and so was its browser: then it may be ended from any other."""
    heard = upload.last_byte_at or upload.created_at
    return timezone.now() - heard > heartbeat.GONE_AFTER and heartbeat.is_gone(upload.node)


def expire(upload: Upload) -> bool:
    """No byte came for a day."""
    return stop(
        upload,
        state=UploadState.CANCELLED,
        problem=_("The upload was not finished within a day, so its part was removed."),
        advice=_("Start a new project and drop the file again. Nothing was spent."),
    )


# --- Clearing away -------------------------------------------------------------------------------------------------


def clear(upload: Upload) -> None:
    """The file of an upload that has ended is not needed any more."""
    spool.remove(upload.pk)
    Upload.objects.filter(pk=upload.pk).update(pruned_at=timezone.now(), next_look_at=None)


def sweep_spool() -> int:
    """Remove what lies in this node's spool without a row that needs it, a day after its last change.

    Rows clear their own files (relay.py); this finds the files of transactions that failed and of deleted teams.
    """
    old = timezone.now() - ORPHAN_AFTER
    candidates = {pk for pk, changed in spool.stored().items() if changed < old.timestamp()}
    needed: set[uuid.UUID] = set()
    for some in itertools.batched(sorted(candidates), 500):
        for kept in (Upload.objects, Media.objects.exclude(node="")):
            needed.update(kept.filter(pk__in=some, pruned_at=None).values_list("pk", flat=True))
    for pk in candidates - needed:
        spool.remove(pk)
    return len(candidates - needed)
