"""One request's share of an upload: written, looked at, made durable, recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from dashboard import connections
from projects_app import containers, durable, receive, spool, tus
from projects_app.actions import examining, pace, uploads
from projects_app.actions.interruptions import Gone, Replaced, Silent, TooLong
from projects_app.models import Project, ProjectState, Upload, UploadState

# The end of the machine costs at most this much (reliability R1), or what came within these seconds. On lines faster
# than a gigabit the pause between two commits counts, and how far the next blocks may be ahead of one.
COMMIT_BYTES: Final = 8 * 1024 * 1024
COMMIT_SECONDS: Final = 3.0
COMMIT_PAUSE: Final = 0.1
MOST_AHEAD: Final = 256 * 1024 * 1024
# How often a request that lasts asks whether it may go on.
ASK_SECONDS: Final = 5.0
# The first ones come sooner, so that the hand-over of a fast upload begins without delay.
FIRST_COMMIT_BYTES: Final = 1024 * 1024
# What a socket's buffers give at once says nothing about the line: the rate counts from here on.
TRUSTED_BYTES: Final = 1024 * 1024
TRUSTED_SECONDS: Final = 0.5
# An odd number of pages: writes of aligned powers of two make the page cache look for large pieces of memory, which at
# times costs six times the copy (raw recv and write of 1 GiB: full aligned blocks 0.4 to 0.7 GB/s, these 1.8).
_LARGE_BLOCK: Final = 245 * 4096


class Session:
    """`may_go_on` raises when the person who sends may not any more; it is asked every few seconds."""

    def __init__(
        self,
        upload: Upload,
        writer: spool.Writer,
        checksum: tus.Checksum | None,
        may_go_on: Callable[[], None] = lambda: None,
    ) -> None:
        self.upload = upload
        self.may_go_on = may_go_on
        self.writer = writer
        self.checksum = checksum
        if checksum:
            writer.hide(upload.offset)
        self.position = upload.offset
        # Our own number: the row's may be a newer writer's by the time it is read again.
        self.number = upload.writer
        self.started = self.heard = self.committed_at = self.asked_at = time.monotonic()
        self.began_at = upload.offset
        # Bytes that must be here before the next look at the content can tell anything new.
        self.check_at = min(containers.SNIFF_BYTES, upload.size)
        self.commit_bytes = FIRST_COMMIT_BYTES
        self.woken = False
        # On a fast line only: made durable while more comes in.
        self.background: durable.Background | None = None

    def run(self, source: receive.Source) -> int:
        """The new number of durable bytes. Where the disk refused some, all that lies behind the last good sync is
        dropped: which of them it holds nobody knows, and a later sync would not tell (R4)."""
        try:
            try:
                return self._run(source)
            finally:
                self._end_background()
        except (spool.SpoolFull, OSError):
            self.writer.truncate(self.upload.offset, of=self.upload.offset)
            raise

    def _run(self, source: receive.Source) -> int:
        room = memoryview(bytearray(spool.BLOCK))
        connections.let_go()
        try:
            while True:
                try:
                    count = source.read_into(room)
                except receive.Idle:
                    self._while_idle()
                    continue
                if not count:
                    break
                self._take(room[:count])
                if count == len(room) < _LARGE_BLOCK:
                    # A fast line: larger blocks cost less, and only the ones who use them pay the memory.
                    room = memoryview(bytearray(_LARGE_BLOCK))
                    if source.fast:
                        self.background = durable.Background(self.writer)
            if self.checksum:
                self.checksum.check()
                self._check_whole()
        except (receive.Cut, Replaced, Silent, TooLong, tus.Mismatch, PermissionDenied):
            if self.checksum:
                self.writer.truncate(self.upload.offset, of=self.upload.size)
            else:
                self._commit()
            raise
        self.checksum = None
        self.writer.show(self.position)
        self._commit()
        return self.upload.offset

    def _take(self, block: memoryview) -> None:
        if self.position + len(block) > self.upload.size:
            raise TooLong
        self.writer.write(block, self.position)
        self.position += len(block)
        self.heard = time.monotonic()
        if self.position >= self.check_at:
            self._check()
        if self.checksum:
            self.checksum.digest.update(block)
        else:
            self._check_whole()
            self.writer.show(self.position)
        # The very first block too: from then on everybody sees that the upload is under way.
        is_first = self.upload.first_byte_at is None and bool(self.upload.container)
        fresh, passed = self.position - self.upload.offset, self.heard - self.committed_at
        is_due = fresh >= self.commit_bytes and (passed >= COMMIT_PAUSE or self.commit_bytes < COMMIT_BYTES)
        if is_first or is_due or passed >= COMMIT_SECONDS:
            self._commit_soon()
            self.commit_bytes = min(COMMIT_BYTES, 2 * self.commit_bytes)
        elif self.background and self.background.is_running:
            self._commit_soon()
        if self.writer.is_wanted:
            raise Replaced
        if self.heard - self.asked_at >= ASK_SECONDS:
            self._ask()

    def _ask(self) -> None:
        """One request may last for hours: is the upload still wanted, and may this person still bring it (R17)?"""
        self.asked_at = time.monotonic()
        self.may_go_on()
        mine = Upload.objects.filter(pk=self.upload.pk, writer=self.number, state=UploadState.RECEIVING)
        if not mine.exists():
            self.upload.refresh_from_db()
            raise Replaced if self.upload.state == UploadState.RECEIVING else Gone
        connections.let_go()

    def _while_idle(self) -> None:
        now = time.monotonic()
        if self.writer.is_wanted:
            raise Replaced
        if now - self.heard >= receive.SILENCE_SECONDS:
            raise Silent
        if self.position > self.upload.offset and now - self.committed_at >= COMMIT_SECONDS:
            self._commit()

    # --- What is in it ---------------------------------------------------------------------------------------------

    def _check(self) -> None:
        """Look at the content as soon as it can tell something; a wrong file is refused at once."""
        try:
            self.check_at = examining.examine(self.upload, self.writer.read, self.position)
        except uploads.Unacceptable as error:
            uploads.refuse(self.upload, problem=error.message, advice=error.advice)
            raise

    def _check_whole(self) -> None:
        """Only now its boxes reach to their ends: a file that was cut short is refused before its last byte counts."""
        if self.position == self.upload.size:
            self._check()

    # --- Durable ---------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        """fdatasync, then the row, then (by returning) the acknowledgement."""
        self.committed_at = time.monotonic()
        if self.background:
            # Its mark lies behind what is made durable here; told later, it would take the row back.
            self.background.ended(wait=True)
        if self.position == self.upload.offset or self.checksum:
            return  # nothing new, or nothing that is known to be right
        self.writer.sync()
        self._record(self.position)

    def _end_background(self) -> None:
        """Raises spool.SpoolFull or OSError when a sync beside the blocks has failed."""
        background, self.background = self.background, None
        if background:
            background.close()

    def _commit_soon(self) -> None:
        """The same on the way: on a fast line the sync runs beside the next blocks, which wait for it only when they
        are too far ahead of it."""
        background = self.background
        if background is None or self.checksum:
            self._commit()
            return
        if background.ended(wait=self.position - background.mark >= MOST_AHEAD and background.is_running):
            self._record(background.mark)
        elif not background.is_running and self.position > self.upload.offset:
            self.committed_at = time.monotonic()
            background.begin(self.position)

    def _record(self, durable_to: int) -> None:
        upload = self.upload
        now = timezone.now()
        values: dict[str, Any] = {
            "offset": durable_to,
            "container": upload.container,
            "duration": upload.duration,
            "first_byte_at": upload.first_byte_at or now,
            "last_byte_at": now,
            "expires_at": now + uploads.ORPHAN_AFTER,
            "rate": self._rate(),
        }
        if complete := durable_to == upload.size:
            values |= {"state": UploadState.RECEIVED, "received_at": now}
        # With the last byte always: the relay that was woken before may have given up, and then waits for this.
        wake = (complete or not self.woken) and pace.is_due(upload, offset=durable_to, rate=values["rate"])
        if wake:
            # Should the message get lost, the sweep finds the row.
            values["next_look_at"] = pace.redelivery()
        self._write(values, first=upload.first_byte_at is None)
        for name, value in values.items():
            setattr(upload, name, value)
        if wake:
            self.woken = True
            pace.wake(upload)
        connections.let_go()

    def _rate(self) -> int:
        """Bytes a second of this request; what was known before while it is too young to tell."""
        came, seconds = self.position - self.began_at, self.committed_at - self.started
        if came < TRUSTED_BYTES and seconds < TRUSTED_SECONDS:
            return self.upload.rate
        return round(came / max(0.001, seconds))

    def _write(self, values: dict[str, Any], *, first: bool) -> None:
        # A connection that was idle for as long as a body lasts may have been closed by the other side.
        connections.insist(lambda: self._write_once(values, first=first), seconds=0)

    def _write_once(self, values: dict[str, Any], *, first: bool) -> None:
        with connections.turn(), transaction.atomic():
            mine = Upload.objects.filter(pk=self.upload.pk, writer=self.number)
            if mine.filter(state=UploadState.RECEIVING).update(**values) != 1:
                if "received_at" in values and mine.filter(received_at=values["received_at"]).exists():
                    return  # it was written, and only the word of that got lost
                self.upload.refresh_from_db()
                raise Replaced if self.upload.state == UploadState.RECEIVING else Gone
            if first:
                Project.objects.filter(pk=self.upload.project_id, state=ProjectState.DRAFT).update(
                    state=ProjectState.UPLOADING
                )
