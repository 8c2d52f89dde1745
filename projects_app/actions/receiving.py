"""An upload's bytes on their way in: written, checked, made durable, then acknowledged (reliability R1, I1)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db.models import F

from projects_app import durable, receive, spool, tus
from projects_app.actions import uploads
from projects_app.actions.interruptions import Conflict, Gone, Replaced, Silent, TooLong
from projects_app.actions.receive_session import Session
from projects_app.models import Upload, UploadState

__all__ = ["Conflict", "Gone", "Replaced", "Silent", "TooLong", "append", "offset_of", "recover"]


def offset_of(upload: Upload) -> int:
    """How many bytes are durable. A request that is still sending has to end first, so the answer stays true.

    Raises Gone, or spool.Busy.
    """
    if upload.state in (UploadState.RECEIVED, UploadState.RELAYED):
        return upload.size
    if upload.state != UploadState.RECEIVING:
        raise Gone
    with _writing(upload) as writer:
        if not _join(upload, writer):
            return upload.size
    return upload.offset


def append(
    *,
    upload: Upload,
    at: int,
    source: receive.Source,
    checksum: tus.Checksum | None = None,
    may_go_on: Callable[[], None] = lambda: None,
) -> int:
    """Write what the source gives, from byte `at` on; returns the new number of durable bytes.

    What came before an error is kept and made durable as well; with a `checksum` nothing is kept and nothing is
    handed over before all of it was found right. `may_go_on` raises PermissionDenied once the person may not any more;
    it is asked every few seconds. Raises Conflict, Gone, Replaced, Silent, TooLong, tus.Mismatch,
    receive.Cut, spool.Busy, spool.SpoolFull, uploads.Unacceptable or a database error (then nothing is acknowledged).
    """
    if upload.state in (UploadState.RECEIVED, UploadState.RELAYED):
        if at != upload.size:
            raise Conflict
        return upload.size
    if upload.state != UploadState.RECEIVING:
        raise Gone
    with _writing(upload) as writer:
        joined = _join(upload, writer)
        if at != (upload.offset if joined else upload.size):
            raise Conflict
        if not joined:
            return upload.size
        return Session(upload, writer, checksum, may_go_on).run(source)


@contextmanager
def _writing(upload: Upload) -> Iterator[spool.Writer]:
    try:
        with spool.writing(upload.pk) as writer:
            yield writer
    except spool.Missing:
        upload.refresh_from_db()
        if upload.state == UploadState.RECEIVING:
            uploads.damaged(upload)
        raise Gone from None


def _join(upload: Upload, writer: spool.Writer) -> bool:
    """Become the writer in the database too, and bring file and row together again after a crash.

    False when the one we waited for has brought the last byte.
    """
    rows = Upload.objects.filter(pk=upload.pk, state=UploadState.RECEIVING)
    joined = rows.update(writer=F("writer") + 1)
    upload.refresh_from_db()
    if joined:
        recover(upload, writer)
    elif upload.state not in (UploadState.RECEIVED, UploadState.RELAYED):
        raise Gone
    return bool(joined)


def recover(upload: Upload, writer: spool.Writer) -> None:
    """Make file and row agree again (R1): the row counts durable bytes, and what lies behind them is dropped.

    Unless the machine has run since they were written: then only a process died, its bytes are whole, and they are
    made durable and counted instead. The very last byte is left to the client, whose request for it ends the upload.
    """
    if writer.size < upload.offset:
        uploads.damaged(upload)
        raise Gone
    whole = min(writer.shown, upload.size - 1)
    boot = durable.boot()
    if whole > upload.offset and boot and upload.boot == boot:
        writer.sync()
        if Upload.objects.filter(pk=upload.pk, writer=upload.writer).update(offset=whole) != 1:
            raise Replaced
        upload.offset = whole
    if writer.size > upload.offset:
        writer.truncate(upload.offset, of=upload.size)
    if upload.boot != boot:
        # Last: until what an earlier start of the machine left is gone, nothing here counts as written since.
        if Upload.objects.filter(pk=upload.pk, writer=upload.writer).update(boot=boot) != 1:
            raise Replaced
        upload.boot = boot
