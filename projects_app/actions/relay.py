"""Handing an upload to the provider, on the node whose spool holds it, while it may still be arriving.

Until the closing boundary everything may be tried again from the spool; after it nothing is repeated by a machine
(design: reliability, 2.3 and R7). `relay` is safe to call at any time and any number of times.
"""

from __future__ import annotations

import logging
import time
import uuid
from typing import Final

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import crypto, leases, remote
from dashboard.actions import api_keys, hook_addresses, permits, upstream_calls
from dashboard.actions.permits import Reason
from dashboard.models import CallState
from projects_app import sampling, spool
from projects_app.actions import examining, pace, uploads
from projects_app.actions.relay_outcome import Outcome
from projects_app.actions.upload_request import request_of
from projects_app.models import Project, ProjectState, Upload, UploadState
from projects_app.models.upload import UNDER_WAY
from providers.errors import ProviderError, Unauthorised
from providers.multipart import UploadBody
from providers.submagic import Created, SubmagicClient, UploadMagicClips, UploadProject, limits

log = logging.getLogger(__name__)

PROGRESS_SECONDS: Final = 0.5
# The states a project is in while its file is on its way, or waits for a key.
_BEFORE_HAND_OVER: Final = (
    *(ProjectState.DRAFT, ProjectState.UPLOADING, ProjectState.RELAYING),
    *(ProjectState.QUEUED, ProjectState.NEEDS_YOU, ProjectState.UNKNOWN),
)


class Ended(Exception):
    """The upload was cancelled or refused while it was being handed over."""


class TooSlow(Exception):
    """The browser's leg fell behind so far that holding the connection open makes no sense."""


def relay(upload_id: uuid.UUID) -> None:
    """Do whatever this upload needs now: hand it over, find out what a dead relay left, or clear it away."""
    upload = Upload.objects.filter(pk=upload_id, pruned_at=None).first()
    if upload is None:
        return
    with leases.held(upload, heartbeat=True) as hold:
        if hold is None:
            return
        try:
            # Whatever happens in here: if this process dies, the row is looked at again (I9).
            hold.write(next_look_at=pace.redelivery())
            Run(upload, hold).go()
        except leases.LeaseLost:
            log.warning("the relay of upload %s went to another worker", upload_id)


class Run(Outcome):
    """One run over one upload, under its lease."""

    def __init__(self, upload: Upload, hold: leases.Held) -> None:
        super().__init__(upload, hold)
        self.told = 0.0
        self.meter = pace.Meter()
        self.began = time.monotonic()

    def go(self) -> None:
        if self.call.state in (CallState.SENDING, CallState.COMMITTING):
            # We hold the lease, so whoever was sending it is dead.
            self._settle()
        if self.upload.state == UploadState.RELAYED:
            self._clear_when_over()
        elif self.upload.state not in UNDER_WAY:
            upstream_calls.abandon(call=self.call, by=None)
            self._clear_when_over()
        elif self.call.state == CallState.READY:
            self._ready()
        else:
            self._show()

    # --- Before ----------------------------------------------------------------------------------------------------

    def _ready(self) -> None:
        upload = self.upload
        if upload.state == UploadState.RECEIVING and upload.expires_at <= timezone.now():
            uploads.expire(upload)
        elif upload.not_before and upload.not_before > timezone.now():
            # The provider named a time (R9): whoever wakes us, nothing goes out before it.
            self.hold.write(next_look_at=upload.not_before)
        elif not pace.is_due(upload) or (upload.offset < upload.size and pace.is_silent(upload)):
            self._wait_for_bytes()
        else:
            self._hand_over()

    def _wait_for_bytes(self) -> None:
        """The commit that makes it due wakes us; one that came in this moment found us awake, so look again."""
        mine = Upload.objects.filter(pk=self.upload.pk, lease_owner=self.hold.owner)
        if not mine.filter(offset=self.upload.offset).update(next_look_at=self.upload.expires_at):
            self.hold.write(next_look_at=timezone.now())

    def _withdrawn(self, error: permits.Withdrawn) -> None:
        """Rights or key were taken away before it went out, or before its end did (R16, R17)."""
        if error.reason is Reason.KEY_REPLACED:
            self._again(timezone.now())
        elif error.reason in permits.WAITS:
            self._leave_call()
            self._park(error.problem, error.advice)
        elif error.reason is Reason.KEY_REMOVED:
            advice = _("Start a new project with another key. Nothing was spent.")
            uploads.refuse(self.upload, problem=error.problem, advice=advice)
        else:
            advice = _("An editor can start a new project with the same file. Nothing was spent.")
            uploads.refuse(self.upload, problem=error.problem, advice=advice)

    # --- On the wire -----------------------------------------------------------------------------------------------

    def _hand_over(self) -> None:
        try:
            permits.check(self.call)
            hook = hook_addresses.url_to_send(self.call)
            client = remote.client_for(self.call.api_key)
        except permits.Withdrawn as error:
            self._withdrawn(error)
            return
        except (remote.NoUsableKey, crypto.CannotOpen) as error:
            self._park(str(error))
            return
        with client:
            try:
                # Before it is begun: what goes wrong in here has reached nobody.
                request = request_of(self.call, hook)
            except (ValueError, TypeError, KeyError) as error:
                text = _("The desk could not make a request of these settings: %(why)s.") % {"why": error}
                uploads.refuse(self.upload, problem=text, advice=_("Start a new project. Nothing was sent or spent."))
                return
            try:
                reader = spool.Reader(self.upload.pk)
            except spool.Missing:
                uploads.damaged(self.upload)
                return
            with reader:
                if not upstream_calls.take_turn(self.call):
                    self._wait_turn()
                    return
                try:
                    if not upstream_calls.begin(self.call, check=permits.check):
                        return
                except permits.Withdrawn as error:
                    self._withdrawn(error)
                    return
                self._leave_call()
                self._begun()
                try:
                    answer = self._send(client, reader, request)
                except ProviderError as error:
                    self._failed(error)
                else:
                    self._accepted(answer)
                    pace.learn(self.call.api_key, self.meter.rate)
                    Upload.objects.filter(pk=self.upload.pk).update(
                        digest=sampling.digest(reader.read, self.upload.size)
                    )

    def _begun(self) -> None:
        self.hold.write(
            relay_attempts=self.upload.relay_attempts + 1,
            relay_started_at=timezone.now(),
            relayed=0,
            not_before=None,
            problem="",
            advice="",
        )
        Project.objects.filter(pk=self.project.pk, state__in=_BEFORE_HAND_OVER).update(
            state=ProjectState.RELAYING, failure_reason="", advice="", look_problem=""
        )

    def _send(self, client: SubmagicClient, reader: spool.Reader, request: UploadMagicClips | UploadProject) -> Created:
        upload = self.upload
        body = UploadBody(
            filename=upload.filename,
            size=upload.size,
            content_type=limits.FILE_TYPES[f".{upload.container}"],
            chunks=reader.follow(upload.size, stall_seconds=pace.STALL_SECONDS, watch=self._watch, meter=self.meter),
            before_end=lambda: self._before_end(reader),
        )
        if isinstance(request, UploadMagicClips):
            return client.upload_magic_clips(request, body)
        return client.upload_project(request, body)

    def _watch(self, position: int) -> None:
        """Between blocks, and while waiting for one: tell how far it is, and notice when it is over."""
        self.hold.check()
        now = time.monotonic()
        if now - self.told < PROGRESS_SECONDS:
            return
        self.told = now
        mine = Upload.objects.filter(pk=self.upload.pk, lease_owner=self.hold.owner)
        if not mine.filter(state__in=UNDER_WAY).update(relayed=position, next_look_at=pace.redelivery()):
            raise self._why_not_mine()
        if now - self.began > pace.longest_wait(self.upload) and not self._is_complete():
            raise TooSlow

    def _why_not_mine(self) -> Exception:
        if Upload.objects.filter(pk=self.upload.pk, lease_owner=self.hold.owner).exists():
            return Ended()
        return leases.LeaseLost(str(self.upload.pk))

    def _is_complete(self) -> bool:
        return Upload.objects.filter(pk=self.upload.pk, state=UploadState.RECEIVED).exists()

    def _before_end(self, reader: spool.Reader) -> None:
        """Every byte has been written. Only a file that is all here and found good gets its closing boundary."""
        self._wait_until_durable()
        examining.examine(self.upload, reader.read, reader.size)
        with transaction.atomic():
            row = Upload.objects.select_for_update().get(pk=self.upload.pk)
            if row.lease_owner != self.hold.owner:
                raise leases.LeaseLost(str(row.pk))
            if row.state != UploadState.RECEIVED or not upstream_calls.committing(self.call, check=permits.check):
                raise Ended
            Upload.objects.filter(pk=row.pk).update(relayed=row.size, next_look_at=pace.redelivery())
            self._leave_call()

    def _wait_until_durable(self) -> None:
        """The last bytes can be read a moment before the request that brought them has made them durable."""
        until = time.monotonic() + pace.STALL_SECONDS
        while not self._is_complete():
            self.hold.check()
            if not Upload.objects.filter(pk=self.upload.pk, state__in=UNDER_WAY).exists():
                raise Ended
            if time.monotonic() > until:
                raise spool.Stalled
            time.sleep(spool.POLL_SECONDS)

    # --- After -----------------------------------------------------------------------------------------------------

    def _failed(self, error: ProviderError) -> None:
        cause = error.__cause__
        if isinstance(cause, leases.LeaseLost):
            return  # another run has the upload now, and with it the call
        if isinstance(cause, Ended | uploads.Unacceptable):
            self._ended(cause)
        elif isinstance(cause, permits.Withdrawn):
            # Stopped by us before the closing boundary, so the file can go again, or is told why it does not.
            upstream_calls.lost(self.call, counts=False)
            self._leave_call()
            self._withdrawn(cause)
        elif isinstance(cause, spool.Stalled | TooSlow):
            self._rejoin_later()
        else:
            self._settle(error)
            if isinstance(error, Unauthorised) and api_keys.doubt(key=self.call.api_key, problem=error.message):
                self._park(permits.refused(self.call.api_key))

    def _ended(self, cause: Exception) -> None:
        """Stopped by us before the closing boundary: nothing exists at the provider."""
        upstream_calls.lost(self.call, counts=False)
        self._leave_call()
        if isinstance(cause, uploads.Unacceptable):
            uploads.refuse(self.upload, problem=cause.message, advice=cause.advice)
        upstream_calls.abandon(call=self.call, by=None)
        self.upload.refresh_from_db()
        if self.upload.state in UNDER_WAY:
            self._show()  # nobody stopped it: a message has proved that an earlier attempt had arrived
        else:
            self._clear_when_over()

    def _rejoin_later(self) -> None:
        """The browser stopped sending. From the first byte again, once everything is here (multipart cannot resume)."""
        upstream_calls.lost(self.call, counts=False)
        self._leave_call()
        Project.objects.filter(pk=self.project.pk, state=ProjectState.RELAYING).update(state=ProjectState.UPLOADING)
        with transaction.atomic():
            row = Upload.objects.select_for_update().get(pk=self.upload.pk)
            # It may have become complete in this moment, with nobody left to wake us.
            again = timezone.now() if row.state == UploadState.RECEIVED else row.expires_at
            self.hold.write(relayed=0, relay_started_at=None, next_look_at=again)
